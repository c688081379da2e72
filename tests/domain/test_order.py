"""The order state machine: every status against every fact, and facts in any order."""

from decimal import Decimal
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.errors import StateCorrupt
from engine.domain.events import OrderEnd, OrderFact, OrderFilled
from engine.domain.order import Order, OrderStatus, apply, intended
from tests.domain import builders
from tests.domain.builders import (
    NOON,
    accepted,
    ended,
    entry,
    fate_unknown,
    never_arrived,
    refused,
    traded,
)

ENTRY = entry(quantity="3")
FACTS: dict[str, OrderFact] = {
    "intended": builders.intended(ENTRY),
    "accepted": accepted(ENTRY),
    "refused": refused(ENTRY),
    "unknown": fate_unknown(ENTRY),
    "never": never_arrived(ENTRY),
    "filled": traded(ENTRY, "1", "100"),
    "closed": ended(ENTRY, OrderEnd.CANCELLED),
}
S = OrderStatus
# What each fact makes of each status, in the order of FACTS; None is a contradiction.
TABLE: dict[OrderStatus, tuple[OrderStatus | None, ...]] = {
    S.INTENDED: (
        S.INTENDED,
        S.OPEN,
        S.REFUSED,
        S.UNKNOWN,
        S.NEVER_ARRIVED,
        S.OPEN,
        S.CANCELLED,
    ),
    S.UNKNOWN: (S.UNKNOWN, S.OPEN, S.REFUSED, S.UNKNOWN, S.NEVER_ARRIVED, S.OPEN, S.CANCELLED),
    S.OPEN: (S.OPEN, S.OPEN, S.OPEN, S.OPEN, S.OPEN, S.OPEN, S.CANCELLED),
    S.FILLED: (S.FILLED,) * 7,
    S.CANCELLED: (S.CANCELLED,) * 7,
    S.EXPIRED: (S.EXPIRED,) * 7,
    S.REFUSED: (*(S.REFUSED,) * 5, None, S.REFUSED),
    S.NEVER_ARRIVED: (*(S.NEVER_ARRIVED,) * 5, None, S.NEVER_ARRIVED),
}
CASES = [
    (status, name, after)
    for status, row in TABLE.items()
    for name, after in zip(FACTS, row, strict=True)
]


def order(status: OrderStatus = S.INTENDED) -> Order:
    return Order(ENTRY, status, NOON)


def after(facts: list[OrderFact]) -> Order:
    state = order()
    for fact in facts:
        state = apply(state, fact)
    return state


def test_the_table_covers_every_status_and_every_fact():
    assert set(TABLE) == set(OrderStatus)
    assert all(len(row) == len(FACTS) for row in TABLE.values())


@pytest.mark.parametrize(("status", "name", "expected"), CASES)
def test_a_status_and_a_fact_give_one_status(
    status: OrderStatus, name: str, expected: OrderStatus | None
):
    if expected is None:
        with pytest.raises(StateCorrupt, match="and yet it filled"):
            apply(order(status), FACTS[name])
        return
    assert apply(order(status), FACTS[name]).status is expected


@pytest.mark.parametrize("end", list(OrderEnd))
def test_each_end_of_a_venue_is_a_status_of_the_same_name(end: OrderEnd):
    assert apply(order(S.OPEN), ended(ENTRY, end)).status.value == end.value


def test_an_intent_begins_an_uncertain_order():
    begun = intended(builders.intended(ENTRY))
    assert begun.status is S.INTENDED
    assert begun.is_uncertain
    assert begun.average_price is None
    assert begun.created_at == NOON


def test_a_late_fill_after_a_cancel_is_booked_and_reopens_nothing():
    state = after([accepted(ENTRY), ended(ENTRY, OrderEnd.CANCELLED), traded(ENTRY, "1", "100")])
    assert state.status is S.CANCELLED
    assert state.filled_quantity == 1
    assert state.trades == ("t1",)


def test_the_average_price_weighs_trades_by_quantity():
    state = after([traded(ENTRY, "1", "100", "a"), traded(ENTRY, "2", "130", "b")])
    assert state.average_price == 120


def test_a_late_acceptance_still_tells_the_venue_id():
    state = after([ended(ENTRY, OrderEnd.EXPIRED, "0"), accepted(ENTRY)])
    assert (state.status, state.venue_order_id) == (S.EXPIRED, "v-1")


def test_a_refusal_keeps_the_venues_own_words():
    assert after([refused(ENTRY)]).refusal == "NOTIONAL: too small"


LIVES = st.one_of(
    st.lists(st.integers(1, 30), max_size=5).flatmap(
        lambda quantities: st.tuples(
            st.just(
                [traded(ENTRY, f"{n}.5", f"{100 + i}", f"t{i}") for i, n in enumerate(quantities)]
            ),
            st.sampled_from([[], *([ended(ENTRY, end)] for end in OrderEnd)]),
            st.sampled_from([[], [fate_unknown(ENTRY)]]),
        ).map(
            lambda parts: [builders.intended(ENTRY), accepted(ENTRY), *chain.from_iterable(parts)]
        )
    ),
    st.just([builders.intended(ENTRY), fate_unknown(ENTRY), refused(ENTRY)]),
    st.just([builders.intended(ENTRY), fate_unknown(ENTRY), never_arrived(ENTRY)]),
)


def in_comparable_form(state: Order) -> tuple[object, ...]:
    return (
        state.status,
        state.venue_order_id,
        state.filled_quantity,
        state.filled_value,
        frozenset(state.trades),
        state.refusal,
    )


@settings(max_examples=150, deadline=None)
@given(LIVES.flatmap(lambda facts: st.tuples(st.just(facts), st.permutations(facts), st.data())))
def test_facts_in_any_order_and_number_end_in_the_same_order(
    drawn: tuple[list[OrderFact], list[OrderFact], st.DataObject],
):
    told, shuffled, data = drawn
    again = data.draw(st.lists(st.sampled_from(told), max_size=6))
    mixed = list(shuffled)
    for fact in again:
        mixed.insert(data.draw(st.integers(0, len(mixed))), fact)
    assert in_comparable_form(after(mixed)) == in_comparable_form(after(told))


@settings(max_examples=100, deadline=None)
@given(LIVES.flatmap(lambda facts: st.lists(st.sampled_from(facts), max_size=14)))
def test_quantity_never_shrinks_and_an_end_never_reopens(facts: list[OrderFact]):
    state = order()
    for fact in facts:
        following = apply(state, fact)
        assert following.filled_quantity >= state.filled_quantity
        assert len(following.trades) == len(set(following.trades))
        if state.status.is_final:
            assert following.status is state.status
        state = following
    booked = {fact.trade_id: fact for fact in facts if isinstance(fact, OrderFilled)}
    value = sum((fact.quantity * fact.price for fact in booked.values()), Decimal(0))
    assert state.filled_value == value
