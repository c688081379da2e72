"""Sizes keep inside every cap, and everything bought can be sold at its planned exits."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.candle import Timeframe
from strategies.exits import liquidation_step, plan_exits
from strategies.parameters import Parameters
from strategies.sizing import Bound, Size, size_entry
from tests.strategy.market import futures, position, samsung, spot, upbit

BASE = Parameters(strategy="breakout", timeframe=Timeframe.H1)


def size(instrument=None, **changes) -> Size:
    arguments = {
        "instrument": instrument or spot(),
        "price": Decimal(2000),
        "atr": 40.0,
        "equity": Decimal(10_000),
        "free_cash": Decimal(10_000),
        "order_cap": None,
        "max_leverage": 10,
        "parameters": BASE,
        **changes,
    }
    return size_entry(**arguments)


def refused_gates(sized: Size) -> list[str]:
    return [gate.name for gate in sized.gates if not gate.passed]


def test_one_percent_at_risk_over_the_atr_stop_decides_when_it_is_least():
    wide = size(atr=100.0)  # 100 / (100 × 2.5) = 0.4
    assert wide.quantity == Decimal("0.4")
    assert wide.bound is Bound.ATR
    assert wide.notional == wide.margin == 800
    assert (wide.leverage, wide.leverage_bound) == (1, None)
    assert refused_gates(wide) == []


def test_a_percent_stop_leaves_the_size_to_the_atr():
    percent = replace(BASE, stop_loss_percent=1.0)
    assert size(atr=100.0, parameters=percent).quantity == Decimal("0.4")


def test_a_calm_market_is_bounded_by_the_share_of_equity():
    calm = size(atr=10.0)
    assert calm.notional == 2000
    assert calm.bound is Bound.MAX_POSITION_SIZE


def test_short_cash_leaves_room_for_fees_and_slippage():
    short = size(atr=10.0, free_cash=Decimal(1000))
    assert short.bound is Bound.CASH
    assert Decimal(990) < short.notional < 1000
    assert short.notional * Decimal("1.006") <= 1000


def test_the_owners_cap_on_an_order_holds():
    capped = size(atr=10.0, order_cap=Decimal(500))
    assert capped.notional == 500
    assert capped.bound is Bound.ORDER_CAP


@pytest.mark.parametrize(("cap", "bought"), [(5200, 0), (5370, 0), (5371, 5371)])
def test_a_size_that_could_not_be_sold_at_its_stops_is_refused_with_the_bound(cap, bought):
    # Upbit takes 5,000 KRW: cap × 0.95 × 0.98 has to stay above it.
    rich = {"equity": Decimal(10**6), "free_cash": Decimal(10**6)}
    sized = size(upbit(), price=Decimal(1000), atr=5.0, order_cap=Decimal(cap), **rich)
    assert sized.notional == sized.margin == bought
    assert sized.bound is Bound.ORDER_CAP
    assert refused_gates(sized) == ([] if bought else ["minimum"])
    minimum = next(gate for gate in sized.gates if gate.name == "minimum")
    assert minimum.value.endswith("(order_cap)")
    assert minimum.threshold == "≥ 5,000 at the lowest exit"


def test_a_fee_taken_in_base_counts_against_what_can_be_sold():
    # 0.0027 would sell for 5.03 at the lowest exit, but 0.0027 less 0.1 % is 0.0026 in lots.
    short = size(atr=10.0, order_cap=Decimal("5.4"))
    assert refused_gates(short) == ["minimum"]
    assert size(atr=10.0, order_cap=Decimal("5.6")).quantity == Decimal("0.0028")


def test_an_empty_purse_buys_nothing():
    for cash in (Decimal(0), Decimal(-5)):
        broke = size(free_cash=cash)
        assert broke.quantity == 0
        assert broke.bound is Bound.CASH
        assert refused_gates(broke) == ["size", "minimum"]


@pytest.mark.parametrize("missing", [{"atr": None}, {"atr": 0.0}, {"price": Decimal(0)}])
def test_without_a_price_or_an_atr_nothing_is_bought(missing):
    refused = size(**missing)
    assert refused.quantity == 0
    assert refused_gates(refused) == ["size"]


def test_a_share_is_bought_whole_though_its_fee_is_a_fraction():
    purse = {"equity": Decimal(500_000), "free_cash": Decimal(500_000)}
    one = size(samsung(), price=Decimal(70_000), atr=1500.0, **purse)
    assert one.quantity == 1


@pytest.mark.parametrize(
    ("atr_percent", "cap", "own", "leverage", "bound"),
    [
        ("4", 10, 125, 1, Bound.ATR),
        ("1.5", 10, 125, 1, Bound.ATR),
        ("1", 10, 125, 2, Bound.ATR),
        ("0.2", 10, 125, 3, Bound.LIQUIDATION),
        ("0.2", 2, 125, 2, Bound.CAP),
        ("0.2", 10, 1, 1, Bound.CAP),
    ],
)
def test_leverage_is_two_percent_over_the_range_inside_its_bounds(
    atr_percent, cap, own, leverage, bound
):
    price = Decimal(100_000)
    atr = float(price * Decimal(atr_percent) / 100)
    sized = size(futures(own), price=price, atr=atr, max_leverage=cap)
    assert (sized.leverage, sized.leverage_bound) == (leverage, bound)
    assert sized.margin == sized.notional / leverage
    named = next(gate for gate in sized.gates if gate.name == "leverage")
    assert (named.value, named.threshold) == (f"{leverage} ×", bound.value)


def test_leverage_multiplies_the_share_of_equity_for_contracts():
    tripled = size(futures(), price=Decimal(1000), atr=2.0)
    assert tripled.notional == 6000
    assert tripled.margin == 2000


MONEY = st.decimals(0, 10**9, places=2)
ARGUMENTS = st.fixed_dictionaries(
    {
        "instrument": st.one_of(
            st.sampled_from([upbit(), spot(), samsung()]),
            st.builds(
                futures,
                max_leverage=st.integers(1, 125),
                maintenance=st.sampled_from(["0.004", "0.01", "0.025", "0.05"]),
            ),
        ),
        "price": st.decimals(Decimal("0.01"), 10**8, places=2),
        "atr": st.floats(1e-6, 1e7),
        "equity": MONEY,
        "free_cash": MONEY,
        "order_cap": st.one_of(st.none(), MONEY),
        "max_leverage": st.integers(1, 125),
        "parameters": st.builds(
            Parameters,
            strategy=st.just("breakout"),
            timeframe=st.just(Timeframe.H1),
            stop_loss_percent=st.one_of(st.just(0.0), st.floats(0.1, 50)),
            max_position_size=st.floats(0.01, 1),
            atr_multiplier=st.floats(0.5, 10),
            risk_percent=st.floats(0.05, 10),
        ),
    }
)
# Decimal division keeps 28 digits.
ROUNDING = Decimal("1.00000000000000000001")


@settings(deadline=None)
@given(ARGUMENTS)
def test_no_size_exceeds_a_cap(given_):
    sized = size_entry(**given_)
    parameters, instrument = given_["parameters"], given_["instrument"]
    risk = given_["equity"] * Decimal(repr(parameters.risk_percent)) / 100
    distance = Decimal(repr(given_["atr"])) * Decimal(repr(parameters.atr_multiplier))
    share = Decimal(repr(parameters.max_position_size)) * given_["equity"]
    fees = sized.notional * instrument.taker_fee
    assert sized.quantity * distance <= risk * ROUNDING
    assert sized.margin <= share * ROUNDING
    assert sized.margin + fees <= given_["free_cash"] * ROUNDING
    assert given_["order_cap"] is None or sized.notional <= given_["order_cap"] * ROUNDING
    assert sized.quantity == instrument.lots(sized.quantity) >= 0
    assert sized.notional == sized.quantity * given_["price"]


@settings(deadline=None)
@given(ARGUMENTS)
def test_every_planned_exit_of_a_size_can_be_sold(given_):
    sized = size_entry(**given_)
    instrument, price = given_["instrument"], given_["price"]
    if not sized.quantity:
        assert refused_gates(sized)
        return
    plan = plan_exits(instrument, price, given_["atr"], given_["parameters"])
    in_base = instrument.base == "ETH"
    held = sized.quantity * (1 - instrument.taker_fee) if in_base else sized.quantity
    for planned in (plan.stop_loss, plan.take_profit, price * (1 - plan.emergency)):
        assert planned is None or not instrument.is_dust(held, planned * Decimal("0.98"))


@settings(deadline=None)
@given(ARGUMENTS)
def test_leverage_opens_outside_the_liquidation_ladder(given_):
    sized = size_entry(**given_)
    instrument, price = given_["instrument"], given_["price"]
    if not instrument.is_contract:
        assert sized.leverage == 1
        return
    assert 1 <= sized.leverage <= min(10, given_["max_leverage"], instrument.max_leverage)
    plan = plan_exits(instrument, price, given_["atr"], given_["parameters"])
    opened = replace(position(price, plan), leverage=sized.leverage)
    margin = instrument.maintenance_margin
    assert liquidation_step(price, opened.liquidation_price(margin)) is None
    if sized.leverage_bound is Bound.LIQUIDATION:
        higher = replace(opened, leverage=sized.leverage + 1)
        assert liquidation_step(price, higher.liquidation_price(margin)) is not None
