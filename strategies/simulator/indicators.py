"""Indicator columns, compiled: equal to the live indicators bit by bit."""

import numpy as np

from strategies.simulator.candle_arrays import Bars, Floats
from strategies.simulator.compiled import compiled


@compiled
def atr_column(bars: Bars, period: int) -> Floats:
    """Return the average true range after each candle as `Atr` does, nan until warm."""
    _, high, low, close = bars
    values = np.full(len(close), np.nan)
    value = 0.0
    for i in range(1, len(close)):
        true_range = max(high[i], close[i - 1]) - min(low[i], close[i - 1])
        value += (true_range - value) / min(i, period)
        if i >= period:
            values[i] = value
    return values


@compiled
def adx_column(bars: Bars, period: int) -> Floats:
    """Return the average directional index after each candle as `Adx` does, nan until warm."""
    _, high, low, close = bars
    values = np.full(len(close), np.nan)
    plus = minus = index = 0.0
    for i in range(1, len(close)):
        up, down = high[i] - high[i - 1], low[i - 1] - low[i]
        kept = 1.0 if i < period else 1.0 - 1.0 / period
        plus = plus * kept + (up if up > down and up > 0 else 0.0)
        minus = minus * kept + (down if down > up and down > 0 else 0.0)
        index = _directional(index, plus, minus, i, period)
        if i + 1 >= 2 * period:
            values[i] = index
    return values


@compiled
def _directional(index: float, plus: float, minus: float, i: int, period: int) -> float:
    if i < period:
        return 0.0
    both = plus + minus
    directional = 100.0 * abs(plus - minus) / both if both > 0 else 0.0
    if i < 2 * period - 1:
        return index + directional
    if i == 2 * period - 1:
        return (index + directional) / period
    return index + (directional - index) / period if both > 0 else index
