"""Backtest by replay: the live engine on recorded candles, as fast as it goes.

`python -m training.backtest --data FOLDER` plays every venue of the folder side by side with one
purse each, through the same desks, orders, journal and state files as the service, and prints what
came of it.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from engine.clock import ReplayedWallClock, SystemClock
from engine.core.assembly import Ports, TradedVenue, build_engine
from engine.core.engine import Engine
from engine.domain.errors import PasuError
from engine.domain.events import PositionClosed, Recorded
from engine.domain.venue import VenueMode, VenueName
from engine.settings import Settings, parse
from engine.venues.replay import ReplayPlan, ReplayWorld, build_replay
from engine.version import VERSION
from storage.equity import EquityFiles
from storage.state import StateStore
from training.audit import Audit
from training.progress import Progress
from training.statistics import Performance, performance

PURSE = Decimal(10_000_000_000)


@dataclass(frozen=True, slots=True)
class Result:
    """What a backtest gave: performance per venue, candles told and the seconds they took."""

    venues: Mapping[VenueName, Performance]
    quotes: Mapping[VenueName, str]
    candles: int
    seconds: float
    first: datetime
    last: datetime
    checks: int
    differences: Sequence[str]


def main(arguments: Sequence[str]) -> int:
    """Run one backtest from the command line and return the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = _settings(chosen)
        result = asyncio.run(_keeping(chosen, settings))
    except PasuError as e:
        print(f"pasu backtest: {e}", file=sys.stderr)
        return 1
    print(report(result))
    return 1 if result.differences else 0


async def run(
    settings: Settings, folder: Path, *, audit: bool, show: Progress, end: datetime | None = None
) -> Result:
    """Play the settings' replay to its end in a folder and return what came of it.

    Raises:
        BadConfiguration: the candles cannot be used.
        DiskFailed: the journal could not be written.
    """
    wall = SystemClock()
    store = StateStore(folder, wall, inline=True)
    recovered = store.recover()
    world = build_replay(_plan(settings, folder, end), wall)
    venues = {name: TradedVenue(venue, world.clock) for name, venue in world.venues.items()}
    equity = EquityFiles(folder / "equity")
    clock = ReplayedWallClock(world.clock, wall)
    ports = Ports(venues, store, equity, clock)
    for venue in world.venues.values():
        venue.deposit(venue.profile.quote, PURSE)
    engine = build_engine(ports, settings, recovered.last_seq, VERSION)
    closed: list[PositionClosed] = []
    engine.recorder.listen(lambda recorded: _collect(closed, recorded))
    first = world.clock.now()
    await engine.start(recovered)
    checks = Audit(engine)
    began = time.perf_counter()
    await _play(engine, world, checks if audit else None, show)
    seconds = time.perf_counter() - began
    await engine.stop("the replay has ended")
    store.close()
    return _result(engine, closed, equity, world, (first, seconds), checks)


def report(result: Result) -> str:
    """Return the result as text: a line per venue."""
    speed = result.candles / result.seconds if result.seconds else 0
    span = f"{result.first:%Y-%m-%d} … {result.last:%Y-%m-%d}"
    pace = f"{result.candles:,} candles in {result.seconds:.1f} s = {speed:,.0f} candles/s"
    names = f"{'venue':<16}{'trades':>7}{'win %':>8}{'profit f.':>10}{'return %':>10}"
    lines = [f"{span}  {pace}", "", f"{names}{'drawdown %':>12}{'profit':>21}{'fees':>15}"]
    for name, found in result.venues.items():
        factor = "–" if found.profit_factor is None else f"{found.profit_factor:.2f}"
        lines.append(
            f"{name.value:<16}{found.trades:>7}{found.win_rate_percent:>8.1f}{factor:>10}"
            f"{found.return_percent:>10.2f}{found.max_drawdown_percent:>12.2f}"
            f"{found.profit:>17,.2f} {result.quotes[name]:<4}{found.fees:>14,.2f}"
        )
    lines.append("")
    lines.append(f"books checked {result.checks:,} times, {len(result.differences)} differences")
    return "\n".join([*lines, *result.differences[:10]])


async def _keeping(chosen: argparse.Namespace, settings: Settings) -> Result:
    folder = Path(chosen.out) if chosen.out else Path(tempfile.mkdtemp(prefix="pasu-backtest-"))
    try:
        show = Progress(sys.stderr, shown=sys.stderr.isatty())
        return await run(settings, folder, audit=not chosen.fast, show=show, end=chosen.end)
    finally:
        if not chosen.out:
            shutil.rmtree(folder, ignore_errors=True)


async def _play(engine: Engine, world: ReplayWorld, audit: Audit | None, show: Progress) -> None:
    feeds = [
        asyncio.create_task(
            desk.context.venue.run(desk.handle if audit is None else audit.watching(desk))
        )
        for desk in engine.desks.values()
    ]
    saving = asyncio.create_task(_save(engine, world, show))
    try:
        await world.run()
    finally:
        for task in (*feeds, saving):
            task.cancel()
        await asyncio.gather(*feeds, saving, return_exceptions=True)
        show.done()


async def _save(engine: Engine, world: ReplayWorld, show: Progress) -> None:
    while True:
        await asyncio.sleep(1)
        await engine.save()
        show.tell(*world.progress)


def _result(
    engine: Engine,
    closed: Sequence[PositionClosed],
    equity: EquityFiles,
    world: ReplayWorld,
    timing: tuple[datetime, float],
    audit: Audit,
) -> Result:
    first, seconds = timing
    venues = {}
    for name, desk in engine.desks.items():
        trades = [trade for trade in closed if trade.venue is name]
        curve = equity.since(name, first)
        initial = desk.context.portfolio.initial_capital
        venues[name] = performance(trades, curve, initial, desk.context.equity())
    quotes = {name: desk.context.portfolio.quote for name, desk in engine.desks.items()}
    last = world.clock.now()
    return Result(
        venues, quotes, world.progress[0], seconds, first, last, audit.checks, audit.differences
    )


def _collect(closed: list[PositionClosed], recorded: Recorded) -> None:
    if isinstance(recorded.fact, PositionClosed):
        closed.append(recorded.fact)


def _plan(settings: Settings, folder: Path, end: datetime | None) -> ReplayPlan:
    return ReplayPlan(
        venues=tuple(name for name in VenueName if settings.mode(name) is VenueMode.REPLAY),
        books=folder / "venues",
        data=settings.replay_data,
        krw_per_usdt=float(settings.usdt_krw),
        seed=settings.replay_seed,
        speed=0.0,
        start=settings.replay_start,
        end=end,
    )


def _settings(chosen: argparse.Namespace) -> Settings:
    wanted = set(chosen.venues.split(",")) if chosen.venues else {name.value for name in VenueName}
    values = {f"{name.value}_MODE".upper(): "replay" for name in VenueName if name.value in wanted}
    values |= {f"{n.value}_MODE".upper(): "off" for n in VenueName if n.value not in wanted}
    values |= {
        "CRYPTO_STRATEGY_PRESET": chosen.preset,
        "STOCK_STRATEGY_PRESET": chosen.stock_preset,
        "REPLAY_SEED": str(chosen.seed),
        "REPLAY_DATA": chosen.data or "",
        "REPLAY_START": chosen.start or "",
    }
    return parse(values, "")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.backtest", description=__doc__)
    parser.add_argument("--data", help="folder of candles; without it the built-in market")
    parser.add_argument("--venues", help="only these, with commas: upbit,binance_spot,…")
    parser.add_argument("--preset", default="mid_term", help="crypto preset (mid_term)")
    parser.add_argument("--stock-preset", default="mid_term", help="stock preset (mid_term)")
    parser.add_argument("--seed", type=int, default=7, help="seed of fills and built-in market (7)")
    parser.add_argument("--start", help="first day, such as 2025-01-31 (UTC)")
    parser.add_argument("--end", type=_moment, help="day to end before (UTC)")
    parser.add_argument("--out", help="keep journal and state files in this folder")
    parser.add_argument("--fast", action="store_true", help="do not check the books each candle")
    return parser


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T00:00:00+00:00")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
