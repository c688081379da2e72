"""A window of `warmup` candles, which is what the engine fetches, moves no signal."""

from random import Random

import pytest

from strategies.registry import strategy
from strategies.strategy import Strategy
from tests.strategy.series import HELD, SERIES, STRATEGIES, parameters_of

pytestmark = [
    pytest.mark.shared,
    pytest.mark.parametrize("series_name", SERIES),
    pytest.mark.parametrize("name", STRATEGIES),
]
CHOICE = 1500


def hold_windows(name: str, series_name: str, count: int, seed: int) -> None:
    series = SERIES[series_name]
    parameters = parameters_of(name, series.timeframe)
    whole = strategy(parameters)
    warmup = whole.warmup
    assert warmup >= whole.minimum
    # Candles of before the choice, so that the whole run began long before any window.
    candles = series.candles(2000, 2 * warmup + CHOICE)
    picked = set(Random(seed).sample(range(2 * warmup, len(candles)), count))
    for i, each in enumerate(candles):
        whole.update(each, series.day_of(each.opened_at))
        if i in picked:
            window = strategy(parameters)
            for inside in candles[i + 1 - warmup : i + 1]:
                window.update(inside, series.day_of(inside.opened_at))
            hold_equal(window, whole, i)


def hold_equal(window: Strategy, whole: Strategy, i: int) -> None:
    for position in (None, HELD):
        short, long = window.signal(position), whole.signal(position)
        assert short.action is long.action, i
        assert short.confidence == pytest.approx(long.confidence, abs=1e-6), i
        names = [(gate.name, gate.passed) for gate in long.gates]
        assert [(gate.name, gate.passed) for gate in short.gates] == names, i
    assert window.atr == pytest.approx(whole.atr, rel=1e-9)


def test_forty_windows_say_what_the_whole_series_says(name: str, series_name: str):
    hold_windows(name, series_name, 40, 41)


@pytest.mark.slow
def test_two_hundred_windows_say_what_the_whole_series_says(name: str, series_name: str):
    hold_windows(name, series_name, 200, 42)
