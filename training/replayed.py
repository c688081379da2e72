"""Plays a replay to its end with the engine of the service and keeps what came of it."""

import asyncio
import gc
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from engine.clock import ReplayedWallClock, SystemClock
from engine.core.assembly import Ports, TradedVenue, build_engine
from engine.core.desk import Desk
from engine.core.engine import Engine
from engine.core.market import longer
from engine.domain.candle import Timeframe
from engine.domain.events import PositionClosed, Recorded
from engine.domain.venue import Sessions, VenueMode, VenueName
from engine.settings import Settings
from engine.venues.bars import Bars
from engine.venues.ideal import Ideal
from engine.venues.replay import ReplayPlan, ReplayWorld, build_replay
from engine.venues.replay_venue import ReplayVenue
from engine.version import VERSION
from storage.disk import Disk
from storage.equity import EquityFiles
from storage.state import StateStore
from strategies.parameters import Parameters
from training.audit import Audit
from training.progress import Progress

PURSE = Decimal(10_000_000_000)
# Candles of a window, on either side of it, and before it for the indicators.
SHOWN, EDGE, WARM = 140, 8, 400


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a market's candles to look at; those before row `first` only warm up."""

    symbol: str
    bars: Bars
    first: int


@dataclass(frozen=True, slots=True)
class Book:
    """One venue after its replay: trades in order, equity hour by hour, candles of its markets.

    Money is in `quote`, `timeframe` is the one that decided. `held_since` are the openings of the
    positions that were still held. `markets` holds each market's candles from the start of the
    replay on, an hour long or longer; `windows` where the markets with the most trades had most.
    """

    quote: str
    parameters: Parameters
    timeframe: Timeframe
    initial: Decimal
    final: Decimal
    closed: tuple[PositionClosed, ...]
    curve: tuple[tuple[datetime, Decimal], ...]
    held_since: tuple[datetime, ...]
    markets: Mapping[str, Bars]
    windows: tuple[Window, ...]
    sessions: Sessions


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay gave: a book per venue, candles told and the seconds they took."""

    books: Mapping[VenueName, Book]
    candles: int
    seconds: float
    first: datetime
    last: datetime
    checks: int
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """How a replay is played beside its settings.

    `end` is the moment to end before; `audit` checks the books at every candle; `windows` is of how
    many markets a venue a stretch of candles is kept. For research: `ideal` plays on markets
    without grain and depth, `parameters` replace those of the presets.
    """

    end: datetime | None = None
    audit: bool = True
    windows: int = 0
    ideal: Ideal | None = None
    parameters: Parameters | None = None


class _Unforced(Disk):
    """Leaves it to the system when files reach the disk: what is lost can be played again."""

    def sync(self, fd: int) -> None:
        """Do nothing."""

    def sync_data(self, fd: int) -> None:
        """Do nothing."""

    def sync_folder(self, folder: Path) -> None:
        """Do nothing."""


async def replay(settings: Settings, folder: Path, play: Play, show: Progress) -> Replayed:
    """Play the settings' replay to its end in a folder and return what came of it.

    Raises:
        BadConfiguration: the candles cannot be used.
        DiskFailed: the journal could not be written.
    """
    wall = SystemClock()
    store = StateStore(folder, wall, inline=True, disk=_Unforced())
    recovered = store.recover()
    world = build_replay(_plan(settings, folder, play), wall)
    venues = {name: TradedVenue(venue, world.clock) for name, venue in world.venues.items()}
    equity = EquityFiles(folder / "equity")
    clock = ReplayedWallClock(world.clock, wall)
    ports = Ports(venues, store, equity, clock)
    for venue in world.venues.values():
        venue.deposit(venue.profile.quote, PURSE)
    engine = build_engine(ports, settings, recovered.last_seq, VERSION)
    closed: list[PositionClosed] = []
    engine.recorder.listen(lambda recorded: _collect(closed, recorded))
    await _adopt(engine, play.parameters)
    first = world.clock.now()
    await engine.start(recovered)
    checks = Audit(engine)
    # What was loaded by now stays: the collector need not look at it again and again.
    gc.freeze()
    began = time.perf_counter()
    await _told(engine, world, checks if play.audit else None, show)
    seconds = time.perf_counter() - began
    gc.unfreeze()
    books = {}
    for name, desk in engine.desks.items():
        trades = tuple(trade for trade in closed if trade.venue is name)
        curve = (*equity.since(name, first), (world.clock.now(), desk.context.equity()))
        books[name] = _book(desk, world.venues[name], trades, curve, play.windows)
    last, told = world.clock.now(), world.progress[0]
    await engine.stop("the replay has ended")
    store.close()
    return Replayed(books, told, seconds, first, last, checks.checks, tuple(checks.differences))


async def _adopt(engine: Engine, parameters: Parameters | None) -> None:
    if parameters is None:
        return
    for desk in engine.desks.values():
        await desk.adopt(replace(desk.context.rules, parameters=parameters))


async def _told(engine: Engine, world: ReplayWorld, audit: Audit | None, show: Progress) -> None:
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


def _book(
    desk: Desk,
    venue: ReplayVenue,
    closed: tuple[PositionClosed, ...],
    curve: tuple[tuple[datetime, Decimal], ...],
    windows: int,
) -> Book:
    context = desk.context
    frames = [market.timeframe for market in context.markets.values()]
    timeframe = max(frames, key=lambda frame: frame.seconds, default=Timeframe.H1)
    first, last = int(curve[0][0].timestamp()), int(curve[-1][0].timestamp())
    hour = longer(timeframe, Timeframe.H1)
    count = (last - first) // hour.seconds
    traded = Counter(trade.symbol for trade in closed).most_common(windows)
    return Book(
        quote=context.portfolio.quote,
        parameters=context.rules.parameters,
        timeframe=timeframe,
        initial=context.portfolio.initial_capital,
        final=curve[-1][1],
        closed=closed,
        curve=curve,
        held_since=tuple(p.opened_at for p in context.portfolio.positions.values()),
        markets={s: venue.past(s, hour, last, count) for s in sorted(context.markets)},
        windows=tuple(_window(venue, s, timeframe, closed, last) for s, _ in traded),
        sessions=context.profile.sessions,
    )


def _window(
    venue: ReplayVenue,
    symbol: str,
    timeframe: Timeframe,
    closed: Sequence[PositionClosed],
    last: int,
) -> Window:
    moments = [at for each in closed if each.symbol == symbol for at in (each.opened_at, each.at)]
    start = busiest(moments, SHOWN * timeframe.delta) - EDGE * timeframe.delta
    until = min(last, int(start.timestamp()) + (SHOWN + 2 * EDGE) * timeframe.seconds)
    bars = venue.past(symbol, timeframe, until, SHOWN + 2 * EDGE + WARM)
    shown = int(np.searchsorted(bars.opened, int(start.timestamp()) - timeframe.seconds + 1))
    return Window(symbol, bars, shown)


def busiest(moments: Sequence[datetime], length: timedelta) -> datetime:
    """Return where a stretch of that length begins that holds most moments, the latest of these.

    Raises:
        ValueError: there are no moments.
    """
    ordered = sorted(moments)
    counts = [bisect_right(ordered, at + length) - i for i, at in enumerate(ordered)]
    return max(zip(counts, ordered, strict=True))[1]


def _collect(closed: list[PositionClosed], recorded: Recorded) -> None:
    if isinstance(recorded.fact, PositionClosed):
        closed.append(recorded.fact)


def _plan(settings: Settings, folder: Path, play: Play) -> ReplayPlan:
    return ReplayPlan(
        venues=tuple(name for name in VenueName if settings.mode(name) is VenueMode.REPLAY),
        books=folder / "venues",
        data=settings.replay_data,
        krw_per_usdt=float(settings.usdt_krw),
        seed=settings.replay_seed,
        speed=0.0,
        start=settings.replay_start,
        end=play.end,
        ideal=play.ideal,
    )
