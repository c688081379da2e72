"""Each strategy says BUY and SELL exactly where whole columns of its indicators meet its rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pytest

from engine.domain.candle import Candle, Timeframe
from engine.domain.signal import Action
from engine.domain.venue import AroundTheClock
from strategies.parameters import Parameters
from strategies.registry import strategy
from tests.strategy import reference
from tests.strategy.market import columns, seeded_candles
from tests.strategy.series import SERIES, parameters_of, walked

Mask = np.ndarray


@dataclass(frozen=True)
class Market:
    """A series as columns, with the indicators that more than one rule looks at."""

    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray

    @property
    def bands(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return reference.bollinger(self.close, 20, 2)

    @property
    def rsi(self) -> np.ndarray:
        return reference.rsi(self.close, 14)

    @property
    def adx(self) -> np.ndarray:
        return reference.adx(self.high, self.low, self.close, 14)

    @property
    def times_mean(self) -> np.ndarray:
        return self.volume / reference.mean_volume(self.volume, 20)

    def ema(self, n: int) -> np.ndarray:
        return reference.ema(self.close, n)


def before(column: np.ndarray) -> np.ndarray:
    return np.concatenate(([np.nan], column[:-1]))


def bb_breakout(market: Market) -> tuple[Mask, Mask]:
    lower, middle, upper = market.bands
    width = (upper - lower) / middle
    heavy = market.times_mean >= 1.2
    return (market.close > upper) & heavy & (width > before(width)), market.close < middle


def dynamic_breakout(market: Market) -> tuple[Mask, Mask]:
    above = (market.close > market.ema(50)) & (market.close > market.bands[2])
    return above & (market.adx > 20), np.zeros(len(market.close), bool)


def pullback(market: Market) -> tuple[Mask, Mask]:
    rises = market.close > before(market.close)
    turns = rises & ~np.concatenate(([False], rises[:-1]))
    low = (market.rsi < 50) & (market.close > market.ema(100))
    return low & turns, np.zeros(len(market.close), bool)


def rsi_bollinger(market: Market) -> tuple[Mask, Mask]:
    lower, _, upper = market.bands
    bought = (market.rsi < 30) & (market.close < lower)
    return bought, (market.rsi > 70) | (market.close > upper)


def combined(market: Market) -> tuple[Mask, Mask]:
    lower, _, upper = market.bands
    line, signal = reference.macd(market.close, 12, 26, 9)
    gap, volume = line - signal, 1 * (market.times_mean >= 1.2)
    golden, dead = (gap > 0) & (before(gap) <= 0), (gap < 0) & (before(gap) >= 0)
    low, high = market.low <= lower, market.high >= upper
    buys = 3 * (market.rsi < 35) + 3 * (low & ~high) + 1 * (market.close < market.ema(50))
    sells = 3 * (market.rsi > 65) + 3 * (high & ~low) + 1 * (market.close > market.ema(50))
    return (
        buys + 2 * newest_within(golden, dead) + volume > 5,
        sells + 2 * newest_within(dead, golden) + volume > 5,
    )


def newest_within(wanted: Mask, other: Mask, candles: int = 3) -> Mask:
    """Return where the newest cross is the wanted one, on its candle and the two after it."""
    found = np.zeros(len(wanted), bool)
    for i in range(len(wanted)):
        crosses = [j for j in range(max(0, i - candles + 1), i + 1) if wanted[j] or other[j]]
        found[i] = bool(crosses) and bool(wanted[crosses[-1]])
    return found


RULES: Mapping[str, tuple[Callable[[Market], tuple[Mask, Mask]], int, bool]] = MappingProxyType(
    {
        # rule, candles before it may speak, whether it states trend and ADX filter
        "bb_breakout": (bb_breakout, 50, True),
        "dynamic_breakout": (dynamic_breakout, 50, True),
        "pullback": (pullback, 100, True),
        "rsi_bollinger": (rsi_bollinger, 20, False),
        "combined": (combined, 50, False),
    }
)


def expected(name: str, candles: list[Candle], parameters: Parameters) -> tuple[Mask, Mask]:
    rule, minimum, follows_trend = RULES[name]
    market = Market(*columns(candles))
    with np.errstate(invalid="ignore"):
        buys, sells = rule(market)
        if parameters.use_volatility:
            share = 100 * reference.atr(market.high, market.low, market.close, 14) / market.close
            buys &= share >= parameters.min_volatility_percent(parameters.timeframe)
        if follows_trend and parameters.use_trend:
            buys &= market.close >= market.ema(50)
        if follows_trend and parameters.use_adx:
            adx = market.adx
            buys &= (adx >= 20) & (adx >= before(adx))
    warm = np.arange(len(candles)) >= minimum - 1
    return buys & warm, sells & warm


def hold_equal(name: str, candles: list[Candle], parameters: Parameters, day_of) -> int:
    said = walked(strategy(parameters), candles, day_of)
    buys, sells = expected(name, candles, parameters)
    # Prices lie on ticks: a close may be the mean itself, which each sum rounds its own way.
    middle = reference.bollinger(columns(candles)[2], 20, 2)[1]
    clear = ~np.isclose(columns(candles)[2], middle, rtol=1e-12, atol=0)
    assert ((np.array([flat.action is Action.BUY for flat, _ in said]) == buys) | ~clear).all()
    assert ((np.array([held.action is Action.SELL for _, held in said]) == sells) | ~clear).all()
    assert (~clear).mean() < 0.01
    assert not (buys & sells).any()
    assert all(flat.action is not Action.SELL for flat, _ in said)
    assert all(held.action is not Action.BUY for _, held in said)
    return int(buys.sum())


@pytest.mark.parametrize("name", RULES)
def test_seeded_signals_equal_those_of_whole_columns(name: str):
    parameters = parameters_of(name)
    found = [
        hold_equal(name, seeded_candles(1500, seed=seed), parameters, AroundTheClock().day)
        for seed in range(3)
    ]
    assert sum(found) > 20


@pytest.mark.shared
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("series_name", ["ada_1h", "samsung_1d", "sol_5m"])
def test_real_signals_equal_those_of_whole_columns(name: str, series_name: str):
    series = SERIES[series_name]
    candles = series.candles(1000, 6000)
    assert hold_equal(name, candles, parameters_of(name, series.timeframe), series.day_of) > 10


@pytest.mark.shared
def test_all_three_filters_on_a_pullback_leave_next_to_nothing():
    candles = SERIES["ada_1h"].candles()
    parameters = Parameters(strategy="pullback", timeframe=Timeframe.H1)
    assert 0 < hold_equal("pullback", candles, parameters, AroundTheClock().day) < 20
