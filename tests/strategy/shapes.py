"""Candles made by hand: closes in a row, and strategies fed with them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import sin

from engine.domain.candle import Candle, Timeframe
from engine.domain.signal import Gate, Signal
from engine.domain.venue import AroundTheClock
from strategies.parameters import Parameters
from strategies.strategy import Strategy
from tests.strategy.market import START, candle
from tests.strategy.series import HELD

DAY = AroundTheClock().day


def plain(name: str) -> Parameters:
    """Return parameters of a strategy without any filter, so that its own rule alone decides."""
    base = Parameters(strategy=name, timeframe=Timeframe.H1)
    return replace(base, use_volatility=False, use_trend=False, use_adx=False, use_mtf=False)


def closing(
    closes: Iterable[float], *, reach: float = 0.1, volumes: Sequence[float] = ()
) -> list[Candle]:
    """Return hourly candles with these closes, each reaching a little beyond open and close."""
    candles: list[Candle] = []
    for hour, close in enumerate(closes):
        opened = candles[-1].close if candles else close
        high, low = max(opened, close) + reach, min(opened, close) - reach
        volume = volumes[hour] if hour < len(volumes) else 1.0
        candles.append(candle(opened, high, low, close, hour, volume))
    return candles


def quiet(count: int, level: float = 100.0, swing: float = 0.5) -> list[float]:
    """Return closes that swing around a level: the RSI stays near 50."""
    return [level + (swing if i % 2 else -swing) for i in range(count)]


def waves(count: int, level: float = 100.0, swing: float = 0.5) -> list[float]:
    """Return closes that roll around a level: moves up and down, so that the ADX is low."""
    return [level + swing * sin(i) for i in range(count)]


def fed(strategy: Strategy, candles: Iterable[Candle]) -> Strategy:
    for each in candles:
        strategy.update(each, DAY(each.opened_at))
    return strategy


def bought(strategy: Strategy) -> Signal:
    """Return what is said without a position."""
    return strategy.signal(None)


def sold(strategy: Strategy) -> Signal:
    """Return what is said to a holder."""
    return strategy.signal(HELD)


def gate(strategy: Strategy, name: str) -> Gate:
    gates = strategy.gates(START.date(), 0.0, 0.0)
    return next(each for each in gates if each.name == name)


def closed_gates(strategy: Strategy) -> list[str]:
    return [each.name for each in strategy.gates(START.date(), 0.0, 0.0) if not each.passed]
