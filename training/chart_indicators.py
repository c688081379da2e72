"""Whole columns of the indicators that a strategy decides by, for its chart.

EMA, Bollinger bands and RSI are those of the `ta` library; ADX is the one that the strategies use,
because `ta` works its own out in a Python loop and begins it differently.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd
from ta.momentum import RSIIndicator
from ta.trend import EMAIndicator
from ta.volatility import BollingerBands

from engine.venues.bars import Bars, Floats
from strategies.parameters import Parameters
from strategies.simulator.backend import kernels
from strategies.simulator.candle_arrays import utc_day_starts
from strategies.simulator.columns import spans_before

_RSI, _ADX, _BAND = 14, 14, 20


@dataclass(frozen=True, slots=True)
class Indicators:
    """Columns as long as the candles: lines and bands among the prices, one line beneath them.

    `bounds` are the levels at which the line beneath decides.
    """

    lines: Mapping[str, Floats] = field(default_factory=dict)
    bands: tuple[Floats, Floats] | None = None
    below: tuple[str, Floats] | None = None
    bounds: tuple[float, ...] = ()


def indicators_of(parameters: Parameters, bars: Bars) -> Indicators:
    """Return what a strategy looks at; nothing for one that is not known here."""
    if parameters.strategy == "breakout":
        level = {"level": _level(bars, parameters.k_value)}
        return Indicators({**_averages(bars, 50), **level})
    found = _DRAWN.get(parameters.strategy)
    return Indicators() if found is None else found(bars)


def _combined(bars: Bars) -> Indicators:
    return Indicators(_averages(bars, 50), _bands(bars), _rsi(bars), (35.0, 65.0))


def _bb_breakout(bars: Bars) -> Indicators:
    return Indicators(_averages(bars, 50), _bands(bars), _adx(bars), (20.0,))


def _pullback(bars: Bars) -> Indicators:
    return Indicators(_averages(bars, 100), None, _rsi(bars), (50.0,))


def _rsi_bollinger(bars: Bars) -> Indicators:
    return Indicators({}, _bands(bars), _rsi(bars), (30.0, 70.0))


_DRAWN: Mapping[str, Callable[[Bars], Indicators]] = MappingProxyType(
    {
        "combined": _combined,
        "bb_breakout": _bb_breakout,
        "pullback": _pullback,
        "dynamic_breakout": _bb_breakout,
        "rsi_bollinger": _rsi_bollinger,
    }
)


def _level(bars: Bars, k_value: float) -> Floats:
    starts = utc_day_starts(bars.opened)
    columns = (bars.open, bars.high, bars.low, bars.close)
    levels = bars.open[starts] + k_value * spans_before(columns, starts)
    # The first day has none before it.
    levels[~np.isfinite(levels)] = np.nan
    return np.repeat(levels, np.diff(starts, append=len(bars)))


def _averages(bars: Bars, period: int) -> Mapping[str, Floats]:
    average = EMAIndicator(pd.Series(bars.close), window=period).ema_indicator()
    return {f"EMA{period}": average.to_numpy()}


def _bands(bars: Bars) -> tuple[Floats, Floats]:
    bands = BollingerBands(pd.Series(bars.close), window=_BAND, window_dev=2)
    return bands.bollinger_lband().to_numpy(), bands.bollinger_hband().to_numpy()


def _rsi(bars: Bars) -> tuple[str, Floats]:
    return "RSI", RSIIndicator(pd.Series(bars.close), window=_RSI).rsi().to_numpy()


def _adx(bars: Bars) -> tuple[str, Floats]:
    columns = (bars.open, bars.high, bars.low, bars.close)
    return "ADX", kernels(None).adx_column(columns, _ADX)
