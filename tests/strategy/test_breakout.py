"""Breakout on days made by hand: its level, its gates, and one entry a day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from engine.domain.candle import Candle, Timeframe
from engine.domain.signal import Action
from engine.domain.venue import AroundTheClock
from strategies.breakout import Breakout
from strategies.parameters import EntryOn, Parameters
from tests.strategy.market import START, candle, position, seeded_candles

PLAIN = Parameters(
    strategy="breakout",
    timeframe=Timeframe.H1,
    use_volatility=False,
    use_trend=False,
    use_adx=False,
    use_mtf=False,
)
DAY = AroundTheClock().day


def after_quiet_days(parameters: Parameters, hours: int = 72) -> Breakout:
    """Feed hours at 100 that each range from 98 to 102: yesterday's range is 4."""
    strategy = Breakout(parameters)
    for hour in range(hours):
        feed(strategy, candle(100, 102, 98, 100, hour))
    return strategy


def feed(strategy: Breakout, fed: Candle) -> None:
    strategy.update(fed, DAY(fed.opened_at))


def day_number(n: int) -> date:
    return (START + timedelta(days=n)).date()


def gate_names(strategy: Breakout, price: float, *, passed: bool) -> list[str]:
    gates = strategy.gates(day_number(3), 100.0, price)
    return [gate.name for gate in gates if gate.passed is passed]


def test_a_new_day_has_its_level_at_open_plus_k_times_the_finished_range():
    assert after_quiet_days(PLAIN).entry_level(day_number(3), 101.0) == 103.0
    wider = replace(PLAIN, k_value=0.75)
    assert after_quiet_days(wider).entry_level(day_number(3), 101.0) == 104.0


def test_the_level_stays_when_the_day_goes_on():
    strategy = after_quiet_days(PLAIN)
    feed(strategy, candle(101, 102.5, 90, 100, 72))
    assert strategy.entry_level(day_number(3), 101.0) == 103.0


def test_the_range_is_that_of_the_last_day_with_candles():
    strategy = after_quiet_days(PLAIN)
    assert strategy.entry_level(day_number(6), 101.0) == 103.0
    assert strategy.entry_level(day_number(1), 101.0) is None


def test_the_first_day_of_the_data_has_no_level():
    strategy = Breakout(replace(PLAIN, timeframe=Timeframe.M5))
    for step in range(100):
        feed(strategy, candle(100, 102, 98, 100, step / 12))
    assert strategy.entry_level(day_number(0), 100.0) is None
    assert strategy.entry_level(day_number(1), 100.0) == 102.0


def test_daily_candles_take_the_range_of_the_last_one():
    strategy = Breakout(replace(PLAIN, timeframe=Timeframe.D1))
    for day in range(60):
        feed(strategy, candle(100, 102 + day % 3, 98, 100, 24 * day))
    assert strategy.entry_level(day_number(60), 100.0) == 103.0


def test_a_level_below_the_average_is_raised_to_it():
    strategy = after_quiet_days(PLAIN)
    assert strategy.entry_level(day_number(3), 90.0) == pytest.approx(100.0)


def test_before_fifty_candles_nothing_is_bought():
    strategy = after_quiet_days(PLAIN, 49)
    assert strategy.entry_level(day_number(2), 100.0) is None
    assert "history" in gate_names(strategy, 150.0, passed=False)
    feed(strategy, candle(100, 102, 98, 100, 49))
    assert strategy.entry_level(day_number(2), 100.0) == 102.0


def test_a_touched_day_is_not_bought_again():
    strategy = after_quiet_days(PLAIN)
    feed(strategy, candle(100, 101.9, 99, 100, 72))
    assert strategy.entry_level(day_number(3), 100.0) == 102.0
    feed(strategy, candle(100, 102.0, 99, 100, 73))
    assert strategy.entry_level(day_number(3), 100.0) is None
    assert gate_names(strategy, 103.0, passed=False) == ["first_of_day"]
    assert strategy.entry_level(day_number(4), 100.0) == 101.5


def test_a_touch_never_speaks_through_the_signal():
    strategy = after_quiet_days(PLAIN)
    feed(strategy, candle(100, 110, 100, 109, 72))
    signal = strategy.signal(None)
    assert signal.action is Action.HOLD
    assert signal.reason.startswith("first_of_day")
    assert {gate.name for gate in signal.gates} == {"history", "breakout", "ema50", "first_of_day"}


def test_a_close_above_the_level_buys_on_its_first_candle_alone():
    strategy = after_quiet_days(replace(PLAIN, entry_on=EntryOn.CLOSE))
    assert strategy.entry_level(day_number(3), 100.0) is None
    feed(strategy, candle(100, 109, 99, 102, 72))
    assert strategy.signal(None).action is Action.HOLD, "a close at the level is not above it"
    feed(strategy, candle(101, 109, 99, 103, 73))
    bought = strategy.signal(None)
    assert bought.action is Action.BUY
    assert bought.reason == "close 103 above 102"
    assert all(gate.passed for gate in bought.gates)
    feed(strategy, candle(103, 109, 99, 105, 74))
    assert strategy.signal(None).action is Action.HOLD
    assert strategy.signal(None).reason.startswith("first_of_day")


def test_confidence_grows_from_a_half_at_the_level_to_one_an_atr_above():
    close = replace(PLAIN, entry_on=EntryOn.CLOSE)
    confidences = []
    for price in (102.001, 104.0, 150.0):
        strategy = after_quiet_days(close)
        feed(strategy, candle(100, price, 99, price, 72))
        confidences.append(strategy.signal(None).confidence)
    assert confidences[0] == pytest.approx(0.5, abs=0.01)
    assert confidences[0] < confidences[1] < confidences[2] == 1.0


def test_what_is_held_is_neither_bought_again_nor_sold_by_signal(held_exits):
    strategy = after_quiet_days(replace(PLAIN, entry_on=EntryOn.CLOSE))
    feed(strategy, candle(100, 109, 99, 103, 72))
    held = position(held_exits.take_profit, held_exits)
    assert strategy.signal(held).action is Action.HOLD
    assert strategy.signal(None).action is Action.BUY


def test_without_any_candle_it_holds_and_says_so():
    signal = Breakout(PLAIN).signal(None)
    assert signal.action is Action.HOLD
    assert signal.reason == "history: 0, needs ≥ 50"
    assert Breakout(PLAIN).entry_level(day_number(0), 100.0) is None


@pytest.mark.parametrize("name", ["volatility", "adx"])
def test_a_filter_that_does_not_pass_takes_the_level_away(name: str):
    strict = {
        "volatility": replace(PLAIN, use_volatility=True, volatility_percent=19.0),
        "adx": replace(PLAIN, use_adx=True, adx_minimum=99.0),
    }[name]
    strategy = after_quiet_days(strict)
    assert strategy.entry_level(day_number(3), 100.0) is None
    assert gate_names(strategy, 150.0, passed=False) == [name]


@pytest.mark.parametrize("seed", range(5))
def test_a_price_at_the_level_is_where_every_gate_passes(seed: int):
    parameters = Parameters(strategy="breakout", timeframe=Timeframe.H1)
    strategy = Breakout(parameters)
    opened = 0
    for each in seeded_candles(1500, seed=seed):
        day = DAY(each.opened_at)
        day_open = each.open * 0.999
        level = strategy.entry_level(day, day_open)
        for price in (each.low, each.close, each.high, each.high * 1.05, level or each.open):
            gates = strategy.gates(day, day_open, price)
            assert all(gate.passed for gate in gates) == (level is not None and price >= level)
            opened += level is not None
        feed(strategy, each)
    assert opened > 100


def test_feeding_the_same_candles_again_rebuilds_the_state():
    candles = seeded_candles(400)
    strategies = [Breakout(replace(PLAIN, use_adx=True)) for _ in range(2)]
    for strategy in strategies:
        for each in candles:
            feed(strategy, each)
    one, two = strategies
    assert one.signal(None) == two.signal(None)
    assert one.entry_level(day_number(17), 100.0) == two.entry_level(day_number(17), 100.0)
    assert one.atr == two.atr is not None
