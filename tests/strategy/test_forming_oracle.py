"""A step on a forming candle tells what closing there would, and keeps nothing of it."""

from copy import deepcopy
from math import nan

import numpy as np
import pytest

from tests.strategy.market import seeded_candles
from tests.strategy.oracles import CASES

FORMS = 3


@pytest.mark.parametrize("name", CASES)
def test_a_peek_equals_committing_on_a_copy(name: str):
    case, chance = CASES[name], np.random.default_rng(11)
    indicator = case.make()
    warm = 0
    for candle in seeded_candles(300):
        for _ in range(FORMS):
            # A candle that forms stays between its low and high so far, and volume comes in.
            part = chance.random()
            close = candle.low + part * (candle.high - candle.low)
            forming = candle._replace(close=close, volume=candle.volume * part)
            closed, before = deepcopy(indicator), case.lines(indicator)
            peeked = case.peek(indicator, *case.inputs(forming))
            closed.update(*case.inputs(forming))
            expected = case.lines(closed)
            assert case.lines(indicator) == before
            if expected is None:
                assert np.isnan(peeked[-1])
            else:
                assert tuple(peeked) == tuple(expected)
                warm += 1
        indicator.update(*case.inputs(candle))
    assert warm > FORMS * 150


@pytest.mark.parametrize("name", CASES)
def test_peeks_between_candles_change_no_later_value(name: str):
    case = CASES[name]
    peeked, quiet = case.make(), case.make()
    for candle in seeded_candles(300):
        case.peek(peeked, *case.inputs(candle._replace(high=1e6, low=1e-6, close=1e3, volume=nan)))
        peeked.update(*case.inputs(candle))
        quiet.update(*case.inputs(candle))
        assert case.lines(peeked) == case.lines(quiet)
    assert case.lines(quiet) is not None
