"""What a strategy promises of candles to come, and its verdict without the words."""

from dataclasses import replace

import pytest

from engine.domain.candle import Timeframe
from engine.domain.signal import Action
from engine.domain.venue import AroundTheClock
from strategies.breakout import Breakout
from strategies.parameters import EntryOn, Parameters
from strategies.registry import strategy
from tests.strategy.market import seeded_candles
from tests.strategy.series import STRATEGIES, parameters_of

DAY = AroundTheClock().day
CANDLES = seeded_candles(2000, Timeframe.M15)


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_verdict_is_that_of_the_signal(name: str):
    tested = strategy(parameters_of(name, Timeframe.M15))
    heard = set()
    for each in CANDLES:
        tested.update(each, DAY(each.opened_at))
        assert tested.buys is (tested.signal(None).action is Action.BUY)
        heard.add(tested.buys)
    assert heard == {True, False}


@pytest.mark.parametrize("entry_on", EntryOn)
def test_below_its_promised_price_a_breakout_buys_nothing_all_day(entry_on: EntryOn):
    parameters = Parameters(strategy="breakout", timeframe=Timeframe.M15, entry_on=entry_on)
    tested = Breakout(replace(parameters, use_adx=False, use_volatility=False))
    promise, opened, day, kept, broken = None, 0.0, None, 0, 0
    for each in CANDLES:
        if DAY(each.opened_at) != day:
            day, opened = DAY(each.opened_at), each.open
            promise = tested.quiet_below(day, opened)
        level = tested.entry_level(day, opened)
        tested.update(each, day)
        bought = tested.buys or (level is not None and each.high >= level)
        if promise is not None and each.high < promise:
            assert not bought
            assert level is None or level >= promise
            kept += 1
        elif promise is not None:
            broken += bought
            promise = None
    assert kept > 500
    assert broken


def test_a_breakout_that_has_bought_promises_the_rest_of_its_day():
    tested = Breakout(
        Parameters(strategy="breakout", timeframe=Timeframe.M15, use_adx=False, use_trend=False)
    )
    promised = 0
    for each in CANDLES:
        day = DAY(each.opened_at)
        before = tested.quiet_below(day, each.open)
        level = tested.entry_level(day, each.open)
        if before == float("inf"):
            assert level is None
            promised += 1
        tested.update(each, day)
    assert promised > 100


def test_before_a_whole_day_was_seen_a_breakout_promises_nothing():
    tested = Breakout(Parameters(strategy="breakout", timeframe=Timeframe.M15))
    assert tested.quiet_below(DAY(CANDLES[0].opened_at), 100.0) is None
