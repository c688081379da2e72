"""Every indicator equals TA-Lib to a billionth, wherever both define it the same.

Bollinger bands, mean volume, ATR and ADX are TA-Lib's from their first value on. It begins RSI, EMA
and MACD with the plain mean of the first n values, we do as `ta` does; where a window began is
forgotten after `settling` candles, and from there on they are equal as well.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pytest
import talib

from engine.domain.candle import Candle
from tests.strategy.market import real_candles, seeded_candles
from tests.strategy.oracles import CASES, Column, walked

COUNT = 2_400
REAL = ("binance_spot/BTC_USDT-5m", "binance_spot/ADA_USDT-1h", "stock/005930-1d")
SAME_START = ("adx", "atr", "bollinger", "volume")

THEIRS: Mapping[str, Callable[..., object]] = MappingProxyType(
    {
        "rsi": lambda close: (talib.RSI(close, 14),),
        "ema50": lambda close: (talib.EMA(close, 50),),
        "ema100": lambda close: (talib.EMA(close, 100),),
        "macd": lambda close: talib.MACD(close, 12, 26, 9),
        "bollinger": lambda close: talib.BBANDS(close, 20, 2.0, 2.0)[::-1],
        "adx": lambda high, low, close: (talib.ADX(high, low, close, 14),),
        "atr": lambda high, low, close: (talib.ATR(high, low, close, 14),),
        "volume": lambda volume: (talib.SMA(volume, 20),),
    }
)


def theirs(name: str, candles: list[Candle]) -> Column:
    rows = np.array([CASES[name].inputs(candle) for candle in candles])
    return np.array(THEIRS[name](*np.ascontiguousarray(rows.T)))


def hold_equal(name: str, candles: list[Candle]) -> None:
    ours, expected = walked(name, candles), theirs(name, candles)
    first = 0 if name in SAME_START else CASES[name].settling
    assert first < len(candles) / 2
    # Beside the price or the volume: bands and MACD are differences of numbers of its size.
    size = max(CASES[name].inputs(candle)[-1] for candle in candles)
    near = 1e-9 if name in {"adx", "rsi"} else 1e-9 * size
    np.testing.assert_allclose(ours[:, first:], expected[:, first:], rtol=1e-9, atol=near)
    assert not np.isnan(ours[:, -1]).any()


@pytest.mark.parametrize("name", CASES)
def test_seeded_candles_give_the_columns_of_talib(name: str):
    hold_equal(name, seeded_candles(COUNT))


@pytest.mark.shared
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("series", REAL)
def test_real_candles_give_the_columns_of_talib(series: str, name: str):
    hold_equal(name, real_candles(series, 1_000, COUNT))


@pytest.mark.parametrize("name", sorted(set(CASES) - set(SAME_START)))
def test_what_begins_otherwise_differs_at_first(name: str):
    candles = seeded_candles(COUNT)
    ours, expected = walked(name, candles)[0], theirs(name, candles)[0]
    first = int(np.flatnonzero(~np.isnan(ours) & ~np.isnan(expected))[0])
    assert abs(ours[first] - expected[first]) > 1e-6
