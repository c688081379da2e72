"""Facts as JSON records: the class name travels under "kind"."""

from collections.abc import Mapping
from typing import get_args

from engine.codec import DecodeError, Json, decode, encode
from engine.domain.custody import CustodyFact
from engine.domain.errors import StateCorrupt
from engine.domain.events import BookFact, Fact, OperationFact, OrderFact
from engine.domain.tuning import TuningFact

_KINDS: Mapping[str, type[Fact]] = {
    kind.__name__: kind
    for union in (OrderFact, BookFact, CustodyFact, OperationFact, TuningFact)
    for kind in get_args(union)
}


def to_record(fact: Fact) -> dict[str, Json]:
    """Return the JSON-able record of a fact."""
    return {"kind": type(fact).__name__, **encode(fact)}


def from_record(record: dict[str, Json]) -> Fact:
    """Return the fact of a record.

    Raises:
        StateCorrupt: the record is not one that `to_record` makes.
    """
    given = dict(record)
    kind = _KINDS.get(str(given.pop("kind", "")))
    if kind is None:
        message = f"unknown kind of fact: {record.get('kind')!r}"
        raise StateCorrupt(message)
    try:
        return decode(kind, given)
    except DecodeError as e:
        message = f"unreadable {kind.__name__}: {e}"
        raise StateCorrupt(message) from e
