"""One market traded by the fast simulator and by the exact backtest, under rules both can keep.

What differs between the two, and which side gives way:

| the exact backtest has | here |
| --- | --- |
| ticks, lots, minimums, volume impact, orders resting at the venue | `Ideal` has none |
| a close decided on and filled at the next open | `Fill.NEXT_OPEN` of the simulator |
| size by ATR, cash and shares of equity | the order cap decides alone: a fixed stake |
| equity of all markets of a venue | one market at a time |
| the 1 h EMA50 before altcoins, the cap on a day's loss | off, and never reached |
| trades that end with the data | both are compared up to the last candle |

Everything else is each side's own: entries, fills inside a candle, the order of exits, fees.
"""

import asyncio
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from pyarrow import feather

from engine.domain.candle import Candle, Timeframe
from engine.domain.events import PositionClosed
from engine.domain.exits import ExitReason
from engine.domain.venue import AroundTheClock, VenueName
from engine.settings import Settings, parse
from engine.venues.candle_source import read_bars
from engine.venues.ideal import Ideal
from strategies.parameters import Parameters
from strategies.registry import presets, strategy
from strategies.simulator.candle_arrays import from_candles
from strategies.simulator.rules import Costs, Fill, Simulation, Stake, exit_rules
from strategies.simulator.signal_arrays import Entries, breakout_entries, flagged_entries
from strategies.simulator.simulate import Trades, simulate
from strategies.simulator.strategy_signals import verdicts
from training.progress import Progress
from training.replayed import Play, replay

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
START = datetime(2025, 2, 1, tzinfo=UTC)
VENUE = VenueName.BINANCE_SPOT
DAY_OF = AroundTheClock().day
KRW_PER_USDT = 1400
STAKE = 2_000
RICH_KRW = 10**12


@dataclass(frozen=True)
class Case:
    """One market, one strategy, one span; `share` of equity as stake instead of an amount."""

    parameters: Parameters
    symbol: str
    days: int
    share: float = 0.0
    fee: float = 0.001
    slippage: float = 0.0005

    @property
    def file(self) -> str:
        base = self.symbol.partition("/")[0]
        return f"{VENUE.value}/{base}_USDT-{self.parameters.timeframe.value}.feather"

    @property
    def end(self) -> datetime:
        return START + timedelta(days=self.days)

    @property
    def capital(self) -> float:
        return (10_000_000 if self.share else RICH_KRW) / KRW_PER_USDT


@dataclass(frozen=True)
class Told:
    """A closed trade as both sides can tell it; moments are openings of candles."""

    entered: datetime
    left: datetime
    bought: float
    sold: float
    reason: ExitReason
    pnl: float


def parameters_of(name: str, timeframe: Timeframe, **changes: object) -> Parameters:
    """Return the parameters of the strategy's own preset on another timeframe, for one market."""
    found = next(each.parameters for each in presets() if each.parameters.strategy == name)
    asked = replace(found, timeframe=timeframe, use_mtf=False, risk_percent=10.0)
    return replace(asked, max_position_size=1.0, **changes)


def cut(case: Case, folder: Path) -> Path:
    """Write what the case needs of the shared candles: the warm-up and its span."""
    source = SHARED / case.file
    if not source.exists() and not os.environ.get("CI"):
        pytest.skip("../shared/data is not beside the checkout")
    table = feather.read_table(source)
    opened = table["timestamp"].to_numpy().astype(np.int64)
    rows = np.searchsorted(opened, [_ms(START), _ms(case.end)])
    warmup = strategy(case.parameters).warmup
    target = folder / case.file
    target.parent.mkdir(parents=True)
    feather.write_feather(table.slice(rows[0] - warmup, rows[1] - rows[0] + warmup), target)
    return target


def exactly(case: Case, data: Path, folder: Path) -> list[Told]:
    """Return the trades of the exact backtest: the engine over the replayed candles."""
    ideal = Ideal(Decimal(str(case.fee)), Decimal(str(case.slippage)))
    play = Play(audit=False, ideal=ideal, parameters=case.parameters)
    show = Progress(io.StringIO(), shown=False)
    replayed = asyncio.run(replay(_settings(case, data), folder, play, show))
    frame = case.parameters.timeframe
    closed = (_told(trade, frame) for trade in replayed.books[VENUE].closed)
    return [trade for trade in closed if trade.left < case.end]


def quickly(case: Case, file: Path) -> list[Told]:
    """Return the trades of the fast simulator over the same candles."""
    candles = read_bars(file, case.parameters.timeframe).candles()
    arrays = from_candles(candles, DAY_OF)
    entries, sells = _signals(case.parameters, candles)
    late = entries.rows >= strategy(case.parameters).warmup
    entries = replace(entries, rows=entries.rows[late], prices=entries.prices[late])
    stake = Stake(share=case.share, amount=0.0 if case.share else STAKE, capital=case.capital)
    costs = Costs(case.fee, case.slippage)
    rules = Simulation(exit_rules(case.parameters), costs, stake, fill=Fill.NEXT_OPEN)
    return _listed(simulate(arrays, entries, rules, sells=sells), candles)


def differences(first: Sequence[Told], second: Sequence[Told]) -> list[tuple[Told, Told]]:
    """Return the pairs that differ in candle, reason, price (1e-9 of it) or pnl (a millionth)."""
    return [
        (ours, theirs)
        for ours, theirs in zip(first, second, strict=True)
        if (ours.entered, ours.left, ours.reason) != (theirs.entered, theirs.left, theirs.reason)
        or (ours.bought, ours.sold) != pytest.approx((theirs.bought, theirs.sold), rel=1e-9)
        or ours.pnl != pytest.approx(theirs.pnl, rel=1e-9, abs=1e-6)
    ]


def _signals(
    parameters: Parameters, candles: Sequence[Candle]
) -> tuple[Entries, np.ndarray | None]:
    arrays = from_candles(candles, DAY_OF)
    if parameters.strategy == "breakout":
        return breakout_entries(arrays, parameters, fill=Fill.NEXT_OPEN), None
    said = verdicts(candles, parameters, DAY_OF)
    return flagged_entries(arrays, said.buys, said.atr, Fill.NEXT_OPEN), said.sells


def _listed(trades: Trades, candles: Sequence[Candle]) -> list[Told]:
    columns = (
        trades.entry_rows,
        trades.exit_rows,
        trades.entry_prices,
        trades.exit_prices,
        trades.pnl,
    )
    rows = zip(*(column.tolist() for column in columns), trades.reasons, strict=True)
    return [
        Told(candles[entry].opened_at, candles[left].opened_at, bought, sold, reason, pnl)
        for entry, left, bought, sold, pnl, reason in rows
    ]


def _told(trade: PositionClosed, frame: Timeframe) -> Told:
    return Told(
        frame.start(trade.opened_at),
        frame.start(trade.at),
        float(trade.entry_price),
        float(trade.exit_price),
        trade.reason,
        float(trade.pnl),
    )


def _settings(case: Case, data: Path) -> Settings:
    values = {f"{name.value}_MODE".upper(): "off" for name in VenueName if name is not VENUE}
    cap = RICH_KRW if case.share else STAKE * KRW_PER_USDT
    values |= {
        "REPLAY_DATA": str(data),
        "REPLAY_START": START.isoformat(),
        "WARMUP_LOOPS": "0",
        "USDT_KRW": str(KRW_PER_USDT),
        "CRYPTO_INITIAL_CAPITAL": str(10_000_000 if case.share else RICH_KRW),
        "MAX_ORDER_VALUE_KRW": str(cap),
        "MAX_DAILY_LOSS_PERCENT": "100",
    }
    return parse(values, "")


def _ms(at: datetime) -> int:
    return int(at.timestamp()) * 1000
