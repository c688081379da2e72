"""Signals of whole series as arrays: where a strategy enters, and at what price."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strategies.breakout import ADX_PERIOD, EMA_PERIOD
from strategies.parameters import EntryOn, Parameters
from strategies.simulator.backend import Backend, kernels
from strategies.simulator.candle_arrays import CandleArrays, Flags, Floats, Integers
from strategies.simulator.columns import at_next_open, spans_before
from strategies.simulator.rules import Fill
from strategies.strategy import ATR_PERIOD

_PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Entries:
    """Rows in ascending order at which a strategy would enter, with the price it decides on.

    `inside` entries come during their candle (a touch, or its open) and meet the exits of that
    candle's own prices from the entry price on, the stop first; others come at its close and meet
    those of the next candle. `atr` is the average true range after each candle of the series,
    empty where no stop needs it.
    """

    rows: Integers
    prices: Floats
    inside: bool
    atr: Floats


@dataclass(frozen=True, slots=True)
class EntryGrid:
    """Entries for several K at once: rows (-1 for none) and prices are (K, day)."""

    k_values: Floats
    rows: Integers
    prices: Floats
    inside: bool
    atr: Floats

    def of(self, k: int) -> Entries:
        """Return the entries of the K at a place."""
        there = self.rows[k] >= 0
        return Entries(self.rows[k][there], self.prices[k][there], self.inside, self.atr)


def breakout_entries(
    candles: CandleArrays,
    parameters: Parameters,
    *,
    fill: Fill = Fill.CLOSE,
    backend: Backend | None = None,
) -> Entries:
    """Return where `breakout` enters a market, by its own rules and filters.

    On `touch` the price is max(open, level) of the candle that reaches the level. On `close` it is
    that close, or the open after it for NEXT_OPEN.
    """
    return breakout_grid(candles, parameters, (parameters.k_value,), fill, backend).of(0)


def breakout_grid(
    candles: CandleArrays,
    parameters: Parameters,
    k_values: Sequence[float],
    fill: Fill = Fill.CLOSE,
    backend: Backend | None = None,
) -> EntryGrid:
    """Return the same for several K, ascending, in one pass over the candles."""
    run = kernels(backend)
    levels = np.array(k_values, dtype=np.float64)
    gate, atr = filter_columns(candles, parameters, backend)
    inside = parameters.entry_on is EntryOn.TOUCH
    days = candles.day_starts, spans_before(candles.bars, candles.day_starts)
    rows, prices = run.breakout_entries(candles.bars, days, levels, gate, (EMA_PERIOD, inside))
    if not inside and fill is Fill.NEXT_OPEN:
        rows, prices = at_next_open(candles.bars, rows)
        inside = True
    return EntryGrid(levels, rows, prices, inside, atr)


def flagged_entries(
    candles: CandleArrays, flags: Flags, atr: Floats, fill: Fill = Fill.CLOSE
) -> Entries:
    """Return entries after each candle that is flagged, at its close or at the open after it."""
    rows = np.flatnonzero(flags).astype(np.int64)
    if fill is Fill.CLOSE:
        return Entries(rows, candles.close[rows], inside=False, atr=atr)
    following, prices = at_next_open(candles.bars, rows)
    there = following >= 0
    return Entries(following[there], prices[there], inside=True, atr=atr)


def touched_entries(candles: CandleArrays, levels: Floats, atr: Floats) -> Entries:
    """Return entries in each candle whose high reaches its level, nan for no level.

    The price is max(open, level). A level is what was known before its candle.
    """
    rows = np.flatnonzero(candles.high >= levels).astype(np.int64)
    return Entries(rows, np.maximum(candles.open[rows], levels[rows]), inside=True, atr=atr)


def filter_columns(
    candles: CandleArrays, parameters: Parameters, backend: Backend | None = None
) -> tuple[Flags, Floats]:
    """Return whether the filters let an entry pass after each candle, and the true range.

    Each is empty where nothing asks for it: no filter is on, no filter or stop needs the range.
    """
    # The trend filter never decides here: every level of the breakout is at least the EMA50.
    gate, atr = np.empty(0, dtype=np.bool_), np.empty(0)
    if parameters.use_volatility or not parameters.stop_loss_percent:
        atr = kernels(backend).atr_column(candles.bars, ATR_PERIOD)
    if parameters.use_volatility:
        least = parameters.min_volatility_percent(parameters.timeframe)
        gate = _PERCENT * atr / candles.close >= least
    if parameters.use_adx:
        index = kernels(backend).adx_column(candles.bars, ADX_PERIOD)
        before = np.concatenate((np.full(min(1, len(index)), np.nan), index[:-1]))
        strong = (index >= parameters.adx_minimum) & (index >= before)
        gate = gate & strong if len(gate) else strong
    return gate, atr
