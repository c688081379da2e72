"""Exits lie on ticks, in their order, and never sell what they should keep."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from engine.domain.candle import Timeframe
from engine.domain.exits import ExitPlan, ExitReason
from strategies.exits import LiquidationStep, exit_reason, levels, liquidation_step, plan_exits
from strategies.parameters import Parameters
from tests.strategy.market import futures, position, samsung, spot, upbit

BASE = Parameters(strategy="breakout", timeframe=Timeframe.H1)
ENTRY = Decimal(100)
INSTRUMENTS = st.sampled_from([upbit(), spot(), futures(), samsung()])
PRICES = st.decimals(Decimal("0.01"), Decimal(200_000_000), places=4, allow_nan=False)
SHARES = st.decimals(Decimal("0.001"), Decimal("0.5"), places=4)
PARAMETERS = st.builds(
    Parameters,
    strategy=st.just("breakout"),
    timeframe=st.just(Timeframe.H1),
    take_profit_percent=st.floats(0.1, 100),
    stop_loss_percent=st.one_of(st.just(0.0), st.floats(0.1, 50)),
    trailing_stop_percent=st.one_of(st.just(0.0), st.floats(0.1, 50)),
    atr_multiplier=st.floats(0.5, 10),
)
PLANS = st.builds(
    ExitPlan,
    take_profit=st.one_of(st.none(), st.decimals(101, 300, places=2)),
    stop_loss=st.one_of(st.none(), st.decimals(50, 99, places=2)),
    trailing=st.one_of(st.none(), SHARES),
    emergency=st.just(Decimal("0.05")),
)


def test_a_percent_plan_puts_profit_up_and_stop_down_to_a_tick():
    parameters = replace(BASE, take_profit_percent=6.0, stop_loss_percent=3.0)
    plan = plan_exits(upbit(), Decimal(1234), 20.0, parameters)
    assert plan == ExitPlan(
        take_profit=Decimal(1309),  # 1308.04
        stop_loss=Decimal(1196),  # 1196.98
        trailing=None,
        emergency=Decimal("0.05"),
    )


def test_a_stop_of_zero_percent_lies_a_multiple_of_the_atr_below():
    parameters = replace(BASE, trailing_stop_percent=2.0)
    plan = plan_exits(spot(), Decimal(2000), 12.345, parameters)
    assert plan.stop_loss == Decimal("1969.13")  # 2000 - 2.5 × 12.345 = 1969.1375
    assert plan.trailing == Decimal("0.02")


def test_without_an_atr_the_emergency_stop_stands_alone():
    plan = plan_exits(spot(), Decimal(2000), None, BASE)
    assert plan.stop_loss is None
    assert plan.emergency == Decimal("0.05")


def test_an_atr_larger_than_the_price_stops_at_the_lowest_tick():
    assert plan_exits(upbit(), Decimal("0.5"), 3.0, BASE).stop_loss == Decimal("0.0001")


def test_an_atr_of_nothing_still_stops_one_tick_below_entry():
    assert plan_exits(spot(), Decimal(2000), 0.0, BASE).stop_loss == Decimal("1999.99")


def test_an_entry_at_the_lowest_price_there_is_has_no_stop():
    assert plan_exits(upbit(), Decimal("0.0001"), 0.0001, BASE).stop_loss is None


@settings(deadline=None)
@given(INSTRUMENTS, PRICES, st.floats(0, 1e8), PARAMETERS)
def test_any_plan_surrounds_its_entry_on_whole_ticks(instrument, price, atr, parameters):
    ticks = instrument.ticks
    entry = ticks.near(price)
    assume(entry > 0)
    plan = plan_exits(instrument, entry, atr, parameters)
    assert plan.take_profit >= entry * (1 + Decimal(repr(parameters.take_profit_percent)) / 100)
    assert plan.take_profit % ticks.tick_at(plan.take_profit) == 0
    assert (plan.trailing is None) == (parameters.trailing_stop_percent == 0)
    if plan.stop_loss is not None:
        lowest = ticks.bands[-1][1]
        assert lowest <= plan.stop_loss < entry
        assert plan.stop_loss % ticks.tick_at(plan.stop_loss) == 0


def held(high: int | str = 100, **changes) -> object:
    plan = ExitPlan(Decimal(106), Decimal(97), Decimal("0.02"), Decimal("0.05"))
    return position(ENTRY, replace(plan, **changes), Decimal(high))


@pytest.mark.parametrize(
    ("price", "high", "reason"),
    [
        ("94.9", 100, ExitReason.EMERGENCY),
        ("95", 100, ExitReason.EMERGENCY),
        ("95.1", 100, ExitReason.STOP_LOSS),
        ("97", 100, ExitReason.STOP_LOSS),
        ("97.1", 100, None),
        ("105.9", 100, None),
        ("106", 100, ExitReason.TAKE_PROFIT),
        ("120", 100, ExitReason.TAKE_PROFIT),
        ("99.9", 102, None),
        ("102.9", 105, ExitReason.TRAILING_STOP),
        ("102.91", 105, None),
        ("96", 105, ExitReason.STOP_LOSS),
        ("90", 105, ExitReason.EMERGENCY),
        ("0", 105, None),
    ],
)
def test_a_price_sells_for_the_first_reason_of_the_order(price, high, reason):
    assert exit_reason(held(high), Decimal(price)) is reason


def test_an_emergency_comes_before_a_take_profit_below_it():
    odd = held(take_profit=Decimal(90))
    assert exit_reason(odd, Decimal(93)) is ExitReason.EMERGENCY


def test_the_levels_are_the_nearest_stop_and_the_take_profit():
    assert levels(held()) == (Decimal(97), Decimal(106))
    assert levels(held(105)) == (Decimal("102.90"), Decimal(106))
    assert levels(held(stop_loss=None, take_profit=None)) == (Decimal(95), None)
    assert levels(held(stop_loss=Decimal(80))) == (Decimal(95), Decimal(106))


@settings(deadline=None)
@given(PLANS, st.decimals(100, 300, places=2), st.decimals(1, 400, places=3))
def test_a_price_sells_exactly_when_it_reaches_a_level(plan, high, price):
    bought = position(ENTRY, plan, high)
    below, above = levels(bought)
    reached = price <= below or (above is not None and price >= above)
    assert (exit_reason(bought, price) is not None) == reached


@settings(deadline=None)
@given(st.decimals(1, 1000, places=3), SHARES, st.decimals(0, 1000, places=3))
@example(Decimal(100), Decimal("0.02"), Decimal("2.001"))
def test_a_trailing_stop_never_lies_below_entry(entry, share, rise):
    plan = ExitPlan(None, None, share, Decimal("0.05"))
    bought = position(entry, plan, entry + rise)
    assume(bought.trailing_stop is not None)
    below, _ = levels(bought)
    assert below >= entry
    assert exit_reason(bought, below) is ExitReason.TRAILING_STOP


def test_a_trailing_stop_sleeps_until_the_high_has_armed_it():
    assert exit_reason(held(102), Decimal("99.96")) is None
    assert exit_reason(held("102.01"), Decimal("99.97")) is ExitReason.TRAILING_STOP


@pytest.mark.parametrize(
    ("liquidation", "step"),
    [
        ("69.99", None),
        ("70", LiquidationStep.WARN),
        ("74.99", LiquidationStep.WARN),
        ("75", LiquidationStep.REDUCE),
        ("80", LiquidationStep.REDUCE),
        ("80.01", LiquidationStep.CLOSE),
        ("120", LiquidationStep.CLOSE),
    ],
)
def test_the_ladder_warns_then_reduces_then_closes(liquidation, step):
    assert liquidation_step(Decimal(100), Decimal(liquidation)) is step


def test_without_a_mark_or_a_liquidation_price_the_ladder_is_silent():
    assert liquidation_step(Decimal(0), Decimal(80)) is None
    assert liquidation_step(Decimal(100), None) is None
