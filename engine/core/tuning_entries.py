"""Where a strategy would have entered recorded candles, for every K at once: pure, no I/O."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np

from engine.domain.candle import EPOCH, Candle, Timeframe
from engine.domain.exits import ExitPlan
from engine.domain.money import ONE, ZERO
from engine.domain.position import Position
from engine.domain.signal import Action
from engine.domain.venue import VenueName
from strategies.breakout import Breakout
from strategies.closed_candle import ClosedCandleStrategy
from strategies.parameters import Parameters
from strategies.registry import strategy
from strategies.simulator.backend import Backend
from strategies.simulator.candle_arrays import CandleArrays, Flags, Floats, Integers, candle_arrays
from strategies.simulator.rules import Costs, Fill
from strategies.simulator.signal_arrays import (
    Entries,
    breakout_grid,
    flagged_entries,
    touched_entries,
)
from strategies.strategy import Strategy

_PRICES = 4


@dataclass(frozen=True, slots=True)
class MarketSeries:
    """Closed candles of one market as columns, ready to be handed to another process.

    `opened` is in seconds since 1970, `days` the ordinal of the venue's trading day of each candle,
    `columns` (5, n): open, high, low, close and volume.
    """

    name: str
    timeframe: Timeframe
    costs: Costs
    opened: Integers
    days: Integers
    columns: Floats

    def __len__(self) -> int:
        return len(self.opened)

    def row_at(self, second: int) -> int:
        """Return the row of the first candle that opened at or after a second."""
        return int(np.searchsorted(self.opened, second))

    @property
    def candles(self) -> CandleArrays:
        """Return the prices with the rows at which days begin."""
        starts = np.flatnonzero(np.diff(self.days, prepend=-1)).astype(np.int64)
        prices = self.columns[:_PRICES]
        return candle_arrays((prices[0], prices[1], prices[2], prices[3]), starts)


@dataclass(frozen=True, slots=True)
class MarketEntries:
    """Every entry of a market: rows (-1 for none) and prices are (K, n).

    Each depends on what came before it alone, so any part of the rows can be simulated. `sells`
    marks candles after which the strategy itself sells; empty where its exits alone do.
    """

    candles: CandleArrays
    rows: Integers
    prices: Floats
    inside: bool
    sells: Flags
    atr: Floats

    @property
    def entered(self) -> tuple[Integers, Floats]:
        """Return rows and prices together."""
        return self.rows, self.prices

    def between(self, start: int, stop: int) -> "MarketEntries":
        """Return the entries of the rows [start, stop), nothing from `stop` on known."""
        index = np.where((self.rows >= start) & (self.rows < stop), self.rows, -1)
        some = (index >= 0).any(axis=0)
        return MarketEntries(
            self.candles.rows(0, stop),
            np.ascontiguousarray(index[:, some]),
            np.ascontiguousarray(self.prices[:, some]),
            self.inside,
            self.sells[:stop],
            self.atr[:stop],
        )


def has_k(parameters: Parameters) -> bool:
    """Return whether K means anything to the strategy."""
    return isinstance(strategy(parameters), Breakout)


def market_entries(
    series: MarketSeries,
    parameters: Parameters,
    k_values: tuple[float, ...],
    backend: Backend | None = None,
) -> MarketEntries:
    """Return where the strategy enters a market for each K; others than the breakout have one.

    What a close decides is bought at the next open. The filter over other timeframes and the cap on
    positions belong to the desk and are not looked at.
    """
    asked = replace(parameters, timeframe=series.timeframe)
    made = strategy(asked)
    if isinstance(made, Breakout):
        # A stop of 0 makes the simulator work out the range that stops by ATR need.
        ranged = replace(asked, stop_loss_percent=0.0)
        grid = breakout_grid(series.candles, ranged, k_values, Fill.NEXT_OPEN, backend)
        nothing = np.empty(0, dtype=np.bool_)
        return MarketEntries(series.candles, grid.rows, grid.prices, grid.inside, nothing, grid.atr)
    return _walked(series, made)


def _walked(series: MarketSeries, made: Strategy) -> MarketEntries:
    """Feed the strategy candle by candle, as the engine does, and note what it says."""
    buys, sells = np.zeros(len(series), np.bool_), np.zeros(len(series), np.bool_)
    atr, levels = np.full(len(series), np.nan), np.full(len(series), np.nan)
    asks = type(made).entry_level is not Strategy.entry_level
    held, today, day_open = _held(), 0, 0.0
    table = zip(series.opened.tolist(), series.days.tolist(), *series.columns.tolist(), strict=True)
    for row, (opened, ordinal, *values) in enumerate(table):
        if ordinal != today:
            today, day_open = ordinal, values[0]
        day = date.fromordinal(ordinal)
        level = made.entry_level(day, day_open) if asks else None
        levels[row] = np.nan if level is None else level
        made.update(Candle(datetime.fromtimestamp(opened, UTC), *values), day)
        buys[row], sells[row] = _verdict(made, held)
        atr[row] = np.nan if made.atr is None else made.atr
    candles = series.candles
    entered = flagged_entries(candles, buys, atr, Fill.NEXT_OPEN)
    if not np.isnan(levels).all():
        entered = touched_entries(candles, levels, atr)
    return _one_k(candles, entered, sells if sells.any() else sells[:0])


def _verdict(made: Strategy, held: Position) -> tuple[bool, bool]:
    if isinstance(made, ClosedCandleStrategy):
        return made.buys, made.sells
    return (
        made.signal(None).action is Action.BUY,
        made.signal(held).action is Action.SELL,
    )


def _one_k(candles: CandleArrays, entered: Entries, sells: Flags) -> MarketEntries:
    rows, prices = entered.rows.reshape(1, -1), entered.prices.reshape(1, -1)
    return MarketEntries(candles, rows, prices, entered.inside, sells, entered.atr)


def _held() -> Position:
    """Return a holding to ask a strategy about: the rules of its own may look at what is held."""
    return Position(
        venue=VenueName.UPBIT,
        symbol="",
        quantity=ONE,
        bought=ONE,
        bought_value=ONE,
        opened_at=EPOCH,
        high=ONE,
        exits=ExitPlan(None, None, None, ZERO),
        strategy="",
        reason="",
    )
