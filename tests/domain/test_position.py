"""Arithmetic of a position against figures worked out by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.exits import ExitPlan
from engine.domain.position import filled, opened
from engine.domain.venue import VenueName
from tests.domain.builders import EXITS, entry, held, sale, sold, traded

TRAILING = replace(EXITS, trailing=Decimal("0.02"))
PRICES = st.decimals(Decimal("0.01"), Decimal(100_000), places=2)
QUANTITIES = st.decimals(Decimal("0.001"), Decimal(1000), places=3)


def test_the_entry_price_is_the_mean_of_what_was_bought():
    intent = entry(quantity="3")
    position = opened(intent, traded(intent, "1", "100", "a"), "ETH")
    position = filled(position, traded(intent, "2", "130", "b"), "ETH")
    assert position.entry_price == 120
    assert position.high == 130
    assert position.quantity == 3


def test_a_fee_in_quote_costs_profit_and_leaves_the_quantity():
    intent = entry(quantity="2")
    position = opened(intent, traded(intent, "2", "100", fee="0.1"), "ETH")
    assert position.quantity == 2
    assert position.fees == Decimal("0.1")
    position = sold(position, "2", "110", fee="0.11")
    assert position.realized == 20
    assert position.pnl_so_far == Decimal("19.79")


def test_a_fee_in_base_shrinks_what_is_held():
    intent = entry(venue=VenueName.BINANCE_SPOT, quantity="2")
    bought = traded(intent, "2", "100", fee="0.002", fee_asset="ETH", fee_in_quote="0.2")
    position = opened(intent, bought, "ETH")
    assert position.quantity == Decimal("1.998")
    assert position.entry_price == 100
    position = sold(position, "1.998", "110")
    # 1.998 × 110 came in for 200: 19.78.
    assert position.pnl_so_far == Decimal("19.78")
    assert not position.quantity


def test_a_fee_in_a_third_asset_costs_profit_alone():
    intent = entry(venue=VenueName.BINANCE_SPOT, quantity="2")
    bought = traded(intent, "2", "100", fee="0.0003", fee_asset="BNB", fee_in_quote="0.2")
    position = opened(intent, bought, "ETH")
    assert (position.quantity, position.fees) == (Decimal(2), Decimal("0.2"))


def test_partial_exits_realize_their_share():
    position = sold(held("4", "100"), "1", "120")
    assert (position.quantity, position.realized) == (Decimal(3), Decimal(20))
    assert position.unrealized(Decimal(90)) == -30
    position = sold(position, "3", "90")
    assert (position.quantity, position.realized) == (Decimal(0), Decimal(-10))


def test_funding_counts_as_profit_when_received():
    position = replace(held(), funding=Decimal("-1.5"), fees=Decimal("0.5"))
    assert position.pnl_so_far == -2


def test_what_carries_no_exits_opens_no_position():
    intent = sale()
    with pytest.raises(ValueError, match="without exits"):
        opened(intent, traded(intent, "1", "100"), "ETH")


def test_value_and_emergency_stop_follow_the_price():
    position = held("2", "100")
    assert position.value(Decimal(50)) == 100
    assert position.emergency_stop == 95


@pytest.mark.parametrize(("high", "armed"), [("100", False), ("102", False), ("102.01", True)])
def test_the_trailing_stop_arms_only_above_entry_and_its_share(high: str, armed: bool):
    position = held(exits=TRAILING).seen(Decimal(high))
    assert (position.trailing_stop is not None) is armed


def test_the_trailing_stop_follows_the_high_and_never_falls():
    position = held(exits=TRAILING).seen(Decimal(120))
    assert position.trailing_stop == Decimal("117.6")
    assert position.seen(Decimal(105)) is position


def test_without_a_share_nothing_trails():
    assert held(exits=EXITS).seen(Decimal(1000)).trailing_stop is None


def test_the_trailing_stop_never_lies_below_entry():
    position = held(exits=TRAILING).seen(Decimal("102.01"))
    assert position.trailing_stop is not None
    assert position.trailing_stop >= position.entry_price


@pytest.mark.parametrize(
    ("leverage", "maintenance", "expected"),
    [
        # 100 × (1 - 1/10) / (1 - 0.004) and so on, by hand.
        (10, "0.004", "90.361445783"),
        (5, "0.004", "80.321285141"),
        (2, "0.004", "50.200803213"),
        (3, "0.005", "67.001675042"),
        (20, "0", "95.000000000"),
    ],
)
def test_the_liquidation_price_is_the_one_worked_out_by_hand(
    leverage: int, maintenance: str, expected: str
):
    position = held(venue=VenueName.BINANCE_FUTURES, leverage=leverage)
    price = position.liquidation_price(Decimal(maintenance))
    assert price is not None
    assert price.quantize(Decimal("0.000000001")) == Decimal(expected)


def test_at_the_liquidation_price_the_margin_left_is_the_maintenance_requirement():
    position = held("3", "100", VenueName.BINANCE_FUTURES, leverage=4)
    price = position.liquidation_price(Decimal("0.01"))
    assert price is not None
    margin = position.bought_value / 4 + position.unrealized(price)
    assert abs(margin - Decimal("0.01") * position.value(price)) < Decimal("1e-20")


def test_without_leverage_there_is_no_liquidation():
    assert held().liquidation_price(Decimal("0.004")) is None


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(QUANTITIES, PRICES), min_size=1, max_size=5),
    st.lists(st.tuples(st.decimals(0, 1, places=3), PRICES), max_size=5),
    PRICES,
)
def test_profit_made_and_open_is_money_out_and_in_whatever_the_fills(
    buys: list[tuple[Decimal, Decimal]], sales: list[tuple[Decimal, Decimal]], price: Decimal
):
    intent = entry(quantity="1")
    fills = [traded(intent, f"{q}", f"{p}", f"b{i}", fee="0.25") for i, (q, p) in enumerate(buys)]
    position = opened(intent, fills[0], "ETH")
    for fill in fills[1:]:
        position = filled(position, fill, "ETH")
    for share, at in sales:
        quantity = (position.quantity * share).quantize(Decimal("0.001"))
        position = sold(position, f"{min(quantity, position.quantity)}", f"{at}", fee="0.125")
    cash = position.sold_value - position.bought_value - position.fees
    worth = cash + position.value(price)
    made = position.pnl_so_far + position.unrealized(price)
    assert abs(made - worth) < Decimal("1e-9")


@settings(max_examples=100, deadline=None)
@given(PRICES, st.decimals(Decimal("0.001"), Decimal("0.5"), places=3), st.lists(PRICES))
def test_a_trailing_stop_is_silent_until_the_high_passes_its_share(
    price: Decimal, share: Decimal, seen: list[Decimal]
):
    plan = ExitPlan(None, None, share, Decimal("0.05"))
    position = held("1", f"{price}", exits=plan)
    for each in seen:
        position = position.seen(each)
    assert position.high == max([price, *seen])
    armed = position.trailing_stop
    assert (armed is not None) is (position.high > price * (1 + share))
    if armed is not None:
        assert armed < position.high
