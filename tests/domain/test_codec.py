"""Every record survives the way to disk or wire and back; junk is refused by one error."""

from dataclasses import dataclass, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import contract
from engine.codec import DecodeError, decode, encode
from engine.domain.custody import CustodyFact
from engine.domain.errors import StateCorrupt
from engine.domain.events import BookFact, Fact, OperationFact, OrderFact, VenueLost
from engine.domain.facts import from_record, to_record
from engine.domain.order import Order
from engine.domain.position import Position
from engine.domain.tuning import TuningFact
from engine.domain.venue import VenueName
from tests.domain.arbitrary import JSON, instances
from tests.domain.builders import NOON, entry

UNIONS = (OrderFact, BookFact, CustodyFact, OperationFact, TuningFact)
FACTS = [kind for union in UNIONS for kind in get_args(union)]
VIEWS = [
    kind
    for kind in vars(contract).values()
    if is_dataclass(kind) and kind.__module__ == contract.__name__
]
RECORDS = [*FACTS, *VIEWS, Order, Position]
LOST = VenueLost(VenueName.UPBIT, "timeout", NOON)


def through_json(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value))


def test_every_kind_of_fact_and_view_is_looked_at():
    assert len(FACTS) >= 27
    assert len(VIEWS) >= 20
    assert set(get_args(Fact)) == set(FACTS)


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_fact_comes_back_from_its_record_as_it_was(kind: type, data: st.DataObject):
    fact = data.draw(instances(kind))
    record = through_json(to_record(fact))
    assert record["kind"] == kind.__name__
    assert from_record(record) == fact


@pytest.mark.parametrize("kind", [*VIEWS, Order, Position], ids=lambda kind: kind.__name__)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_view_comes_back_from_the_wire_as_it_was(kind: type, data: st.DataObject):
    view = data.draw(instances(kind))
    assert decode(kind, through_json(encode(view))) == view


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(RECORDS), JSON)
def test_junk_is_refused_by_a_decode_error_alone(kind: type, junk: Any):
    try:
        decode(kind, junk)
    except DecodeError:
        return
    pytest.fail(f"{kind.__name__} was read out of {junk!r}")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(RECORDS), st.data())
def test_a_damaged_record_is_refused_or_read_and_never_fails_otherwise(
    kind: type, data: st.DataObject
):
    record = encode(data.draw(instances(kind)))
    name = data.draw(st.sampled_from([*record, "a field that is not there"]))
    if data.draw(st.booleans()):
        record[name] = data.draw(JSON)
    else:
        record.pop(name, None)
    try:
        read: object = decode(kind, record)
    except DecodeError:
        return
    assert isinstance(read, kind)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("venue", "nowhere"),
        ("venue", ["upbit"]),
        ("venue", None),
        ("cause", 3),
        ("at", "yesterday"),
        ("at", 1_700_000_000),
    ],
)
def test_a_value_of_another_shape_is_refused(field: str, value: Any):
    with pytest.raises(DecodeError):
        decode(VenueLost, {**encode(LOST), field: value})


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "sNaN", "1,5", "", 1.5, 1])
def test_an_amount_that_is_no_finite_decimal_in_words_is_refused(amount: Any):
    record = encode(contract.EquityPoint(NOON, Decimal(1)))
    with pytest.raises(DecodeError):
        decode(contract.EquityPoint, {**record, "equity": amount})


@pytest.mark.parametrize("number", [True, "1", 1.5, None])
def test_a_count_is_no_truth_and_no_text(number: Any):
    record = encode(contract.EventsView((), 7))
    with pytest.raises(DecodeError):
        decode(contract.EventsView, {**record, "last_seq": number})


def test_a_moment_without_an_offset_is_refused():
    with pytest.raises(DecodeError):
        decode(VenueLost, {**encode(LOST), "at": "2026-03-02T12:00:00"})


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"kind": "Nothing"},
        {"kind": None},
        {"kind": ["VenueLost"]},
        {"kind": "VenueLost"},
        {**to_record(LOST), "more": 1},
        {**to_record(LOST), "kind": "VenueFound"},
        {**to_record(LOST), "kind": "Recorded"},
    ],
)
def test_a_record_that_is_no_fact_is_corruption(record: dict[str, Any]):
    with pytest.raises(StateCorrupt):
        from_record(record)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1E+3", "1000"), ("1E-8", "0.00000001"), ("100.50", "100.50"), ("-0.5", "-0.5")],
)
def test_an_amount_travels_in_plain_digits(amount: str, text: str):
    assert encode(Decimal(amount)) == text


def test_moments_days_and_words_travel_as_text():
    assert encode(datetime(2026, 3, 2, 12, tzinfo=UTC)) == "2026-03-02T12:00:00+00:00"
    assert encode(date(2026, 3, 2)) == "2026-03-02"
    assert encode(VenueName.UPBIT) == "upbit"
    assert type(encode(VenueName.UPBIT)) is str
    assert encode({VenueName.UPBIT: (Decimal(1), None)}) == {"upbit": ["1", None]}


def test_what_no_record_may_hold_is_a_type_error():
    with pytest.raises(TypeError, match="no encoding for object"):
        encode(object())


def test_a_field_with_a_default_may_be_absent():
    record = encode(entry())
    del record["leverage"], record["group"]
    assert decode(type(entry()), record) == entry()


@dataclass(frozen=True, slots=True)
class Keyed:
    """A record with a map, as metadata have them."""

    levels: dict[str, float]


def test_a_map_is_read_key_by_key():
    assert decode(Keyed, {"levels": {"a": 1, "b": 2.5}}) == Keyed({"a": 1.0, "b": 2.5})
    with pytest.raises(DecodeError):
        decode(Keyed, {"levels": {"a": "high"}})
