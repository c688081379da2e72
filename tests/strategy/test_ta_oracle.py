"""Every indicator equals `ta` to a billionth, a candle at a time and as a whole column.

RSI, EMA, MACD, Bollinger bands and mean volume are `ta`'s from their first value on. ATR and ADX
begin as TA-Lib does: `ta` counts a true range for the first candle, and adds up one more move
before it smooths. Where a window began is forgotten after `settling` candles; from there on they
are equal as well.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
import ta

from engine.domain.candle import Candle
from strategies.simulator.backend import Backend, kernels
from tests.strategy.market import real_candles, seeded_candles
from tests.strategy.oracles import CASES, Column, walked

COUNT = 1_500
REAL = ("binance_spot/BTC_USDT-5m", "binance_spot/ADA_USDT-1h", "stock/005930-1d")
LATER = ("adx", "atr")


def _macd(frame: pd.DataFrame) -> tuple[pd.Series, ...]:
    lines = ta.trend.MACD(frame["close"])
    # All three lines speak with the signal line, the last of them to be warm.
    line = lines.macd().where(lines.macd_signal().notna())
    return line, lines.macd_signal(), lines.macd_diff()


def _bollinger(frame: pd.DataFrame) -> tuple[pd.Series, ...]:
    bands = ta.volatility.BollingerBands(frame["close"], 20, 2)
    return bands.bollinger_lband(), bands.bollinger_mavg(), bands.bollinger_hband()


def _adx(frame: pd.DataFrame) -> tuple[pd.Series, ...]:
    return (ta.trend.ADXIndicator(frame["high"], frame["low"], frame["close"], 14).adx(),)


def _atr(frame: pd.DataFrame) -> tuple[pd.Series, ...]:
    prices = frame["high"], frame["low"], frame["close"]
    return (ta.volatility.AverageTrueRange(*prices, 14).average_true_range(),)


THEIRS: Mapping[str, Callable[[pd.DataFrame], tuple[pd.Series, ...]]] = MappingProxyType(
    {
        "rsi": lambda frame: (ta.momentum.RSIIndicator(frame["close"], 14).rsi(),),
        "ema50": lambda frame: (ta.trend.EMAIndicator(frame["close"], 50).ema_indicator(),),
        "ema100": lambda frame: (ta.trend.EMAIndicator(frame["close"], 100).ema_indicator(),),
        "macd": _macd,
        "bollinger": _bollinger,
        "adx": _adx,
        "atr": _atr,
        "volume": lambda frame: (ta.trend.SMAIndicator(frame["volume"], 20).sma_indicator(),),
    }
)


def theirs(name: str, candles: list[Candle]) -> Column:
    frame = pd.DataFrame(
        [candle[1:] for candle in candles], columns=["open", "high", "low", "close", "volume"]
    )
    return np.array([line.to_numpy() for line in THEIRS[name](frame)])


def hold_equal(name: str, candles: list[Candle]) -> None:
    ours, expected = walked(name, candles), theirs(name, candles)
    # Beside the price: bands and MACD are differences of numbers of its size.
    near = 1e-9 * max(candle.close for candle in candles)
    if name in LATER:
        settled = CASES[name].settling
        assert settled < len(candles) / 2
        ours, expected = ours[:, settled:], expected[:, settled:]
        near = 1e-9
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=near)
    assert not np.isnan(ours[:, -1]).any()


@pytest.mark.parametrize("name", CASES)
def test_seeded_candles_give_the_columns_of_ta(name: str):
    hold_equal(name, seeded_candles(COUNT))


@pytest.mark.shared
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("series", REAL)
def test_real_candles_give_the_columns_of_ta(series: str, name: str):
    hold_equal(name, real_candles(series, 1_000, COUNT))


@pytest.mark.parametrize("name", LATER)
@pytest.mark.parametrize("backend", Backend)
def test_a_whole_column_is_the_live_indicator_bit_by_bit(name: str, backend: Backend):
    candles = seeded_candles(COUNT)
    table = np.array([candle[1:5] for candle in candles])
    bars = tuple(np.ascontiguousarray(column) for column in table.T)
    run = kernels(backend)
    column = (run.adx_column if name == "adx" else run.atr_column)(bars, 14)
    assert np.array_equal(column, walked(name, candles)[0], equal_nan=True)


@pytest.mark.parametrize("name", LATER)
def test_what_begins_otherwise_differs_at_first(name: str):
    candles = seeded_candles(COUNT)
    ours, expected = walked(name, candles)[0], theirs(name, candles)[0]
    first = int(np.flatnonzero(~np.isnan(ours))[0])
    assert abs(ours[first] - expected[first]) > 1e-6
