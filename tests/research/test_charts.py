"""Charts of markets: every strategy is drawn with the indicators it decides by."""

import struct
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from engine.domain.candle import Timeframe
from engine.venues.bars import Bars
from strategies.indicators import Ema
from strategies.momentum import Rsi
from strategies.parameters import Parameters
from strategies.registry import catalogue
from strategies.trend import Adx
from strategies.volatility import Bollinger
from tests.research.closed_trades import MONDAY, closed
from training.chart_equity import equity_chart
from training.chart_indicators import Indicators, indicators_of
from training.chart_market import MarketChart, market_chart

WARM, SHOWN = 300, 100


def walk(count: int = WARM + SHOWN) -> Bars:
    chance = np.random.default_rng(5)
    close = 100.0 * np.exp(np.cumsum(chance.normal(0, 0.01, count)))
    opened = np.concatenate(([100.0], close[:-1]))
    seconds = int(MONDAY.timestamp()) + 3600 * np.arange(-WARM, count - WARM, dtype=np.int64)
    high, low = np.maximum(opened, close) * 1.004, np.minimum(opened, close) * 0.996
    return Bars(seconds, opened, high, low, close, chance.uniform(1, 5, count))


def asked(name: str) -> Parameters:
    return Parameters(strategy=name, timeframe=Timeframe.H1)


def drawn(bars: Bars, indicators: Indicators) -> bytes:
    before = closed("5", opened=-9, lasted=12)
    inside = closed("-5", opened=20, lasted=7)
    return market_chart(MarketChart("title", "figures", bars, WARM, [before, inside], indicators))


@pytest.mark.parametrize("name", catalogue().strategies)
def test_every_strategy_can_be_drawn(name: str):
    bars = walk()
    png = drawn(bars, indicators_of(asked(name), bars))
    assert struct.unpack(">II", png[16:24]) == (1760, 990)


def test_a_chart_of_one_candle_and_of_prices_that_stand_still_can_be_drawn():
    flat = np.full(WARM + 1, 7.0)
    seconds = int(MONDAY.timestamp()) + 3600 * np.arange(-WARM, 1, dtype=np.int64)
    still = Bars(seconds, flat, flat, flat, flat, np.zeros(WARM + 1))
    assert drawn(still, indicators_of(asked("combined"), still)).startswith(b"\x89PNG")
    point = [(MONDAY, Decimal(100))]
    assert equity_chart("title", "figures", point, ()).startswith(b"\x89PNG")


def test_whole_columns_are_the_indicators_of_the_strategies():
    bars = walk()
    ema, rsi, adx, bollinger = Ema(50), Rsi(14), Adx(14), Bollinger(20, 2.0)
    for high, low, close in zip(bars.high, bars.low, bars.close, strict=True):
        ema.update(close)
        rsi.update(close)
        adx.update(high, low, close)
        bollinger.update(close)
    combined = indicators_of(asked("combined"), bars)
    assert last(combined.lines) == pytest.approx({"EMA50": ema.value}, rel=1e-9)
    assert combined.bands is not None
    lower, upper = (column[-1] for column in combined.bands)
    assert bollinger.bands is not None
    assert (lower, upper) == pytest.approx((bollinger.bands.lower, bollinger.bands.upper))
    assert combined.below is not None
    assert combined.below[1][-1] == pytest.approx(rsi.value)
    trend = indicators_of(asked("dynamic_breakout"), bars)
    assert trend.below is not None
    assert trend.below[1][-1] == adx.value


def test_the_level_of_a_breakout_stands_for_a_day():
    bars = walk()
    level = indicators_of(asked("breakout"), bars).lines["level"]
    day = int((MONDAY + timedelta(days=1)).timestamp())
    yesterday = (bars.opened >= day - 86_400) & (bars.opened < day)
    span = bars.high[yesterday].max() - bars.low[yesterday].min()
    today = (bars.opened >= day) & (bars.opened < day + 86_400)
    expected = bars.open[today][0] + 0.5 * span
    assert level[today].tolist() == [expected] * int(today.sum())
    assert np.isnan(level[0])


def last(columns: Mapping[str, np.ndarray]) -> dict[str, float]:
    return {name: float(column[-1]) for name, column in columns.items()}
