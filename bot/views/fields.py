"""The fields of an event as typed values, with something showable where one is missing."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from bot import figures
from engine.contract import EventView

_ZERO = Decimal(0)


def text(event: EventView, name: str) -> str:
    """Return a field as text, a dash where it is missing or null."""
    value = event.facts.get(name)
    return "—" if value is None else str(value)


def amount(event: EventView, name: str) -> Decimal:
    """Return a field as a number, zero where it is none."""
    return _number(event.facts, name) or _ZERO


def price(event: EventView, name: str, quote: str) -> str:
    """Return a field as a price, a dash where it is missing."""
    value = _number(event.facts, name)
    return "—" if value is None else figures.price_by_size(value, quote)


def nested(event: EventView, name: str) -> Mapping[str, Any]:
    """Return a field that is a record, empty where it is none."""
    value = event.facts.get(name)
    return value if isinstance(value, dict) else {}


def words(event: EventView, name: str) -> tuple[str, ...]:
    """Return a field that is a list of words."""
    value = event.facts.get(name)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def moment(event: EventView, name: str) -> datetime | None:
    """Return a field as a moment, None where it is none."""
    try:
        found = datetime.fromisoformat(text(event, name))
    except ValueError:
        return None
    return found if found.tzinfo else None


def inner_price(record: Mapping[str, Any], name: str, quote: str) -> str:
    """Return a price of a nested record, a dash where it is missing."""
    value = _number(record, name)
    return "—" if value is None else figures.price_by_size(value, quote)


def _number(record: Mapping[str, Any], name: str) -> Decimal | None:
    value = record.get(name)
    if value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
