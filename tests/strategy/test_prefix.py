"""No strategy looks ahead: what it says at a candle needs no later one, nor to have been asked."""

from collections.abc import Iterable
from copy import deepcopy
from random import Random

import pytest

from engine.domain.signal import Action
from strategies.registry import strategy
from tests.strategy.series import HELD, SERIES, STRATEGIES, parameters_of, walked

pytestmark = [
    pytest.mark.shared,
    pytest.mark.parametrize("series_name", SERIES),
    pytest.mark.parametrize("name", STRATEGIES),
]
SLICE = 2400
PICKED = 2000


def hold_prefixes(name: str, series_name: str, start: int, picks: Iterable[int]) -> None:
    """Compare a fresh run over candles 0…i with what one pass over the whole slice said at i."""
    series = SERIES[series_name]
    candles = series.candles(start, SLICE)
    assert len(candles) == SLICE
    tested = strategy(parameters_of(name, series.timeframe))
    said = walked(tested, candles, series.day_of)
    heard = {signal.action for pair in said for signal in pair}
    assert {Action.BUY, Action.HOLD} <= heard
    for i in picks:
        prefix = candles[: i + 1]
        position = HELD if i % 2 else None
        expected = said[i][position is HELD]
        assert tested.generate_signal(prefix, position, series.day_of) == expected, i


def test_forty_random_candles_say_the_same_without_what_follows(name: str, series_name: str):
    hold_prefixes(name, series_name, 3000, Random(31).sample(range(SLICE), 40))


@pytest.mark.slow
def test_two_thousand_random_candles_say_the_same_without_what_follows(name: str, series_name: str):
    hold_prefixes(name, series_name, 5000, Random(32).sample(range(SLICE), PICKED))


@pytest.mark.slow
def test_two_thousand_candles_of_a_whole_series_say_what_a_silent_run_says(
    name: str, series_name: str
):
    """Ask one run at each picked candle, and copies of one that nobody ever asked."""
    series = SERIES[series_name]
    candles = series.candles()
    parameters = parameters_of(name, series.timeframe)
    asked, silent = strategy(parameters), strategy(parameters)
    picked = set(Random(33).sample(range(len(candles)), PICKED))
    for i, each in enumerate(candles):
        day = series.day_of(each.opened_at)
        asked.update(each, day)
        silent.update(each, day)
        if i in picked or i % 5 == 0:
            said = asked.signal(None), asked.signal(HELD)
            if i in picked:
                copy = deepcopy(silent)
                assert (copy.signal(None), copy.signal(HELD)) == said, i
