"""Numbers and moments as Binance writes them, read exactly and with bounds."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.domain.errors import Malformed

_LARGEST = Decimal(10) ** 20
_LAST_MS = 253_402_300_799_000


def rows(answer: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - JSON of any shape
    """Return a list of objects; raises Malformed for anything else."""
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise Malformed(f"not a list of objects: {str(answer)[:100]}")
    return answer


def row(answer: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON of any shape
    """Return an object; raises Malformed for anything else."""
    if not isinstance(answer, dict):
        raise Malformed(f"not an object: {str(answer)[:100]}")
    return answer


def amount(source: Mapping[str, Any], key: str) -> Decimal:
    """Return an amount as it was written; raises Malformed where there is none that can be true."""
    value = source.get(key)
    try:
        found = Decimal(value) if isinstance(value, str | int) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or abs(found) > _LARGEST:
        raise Malformed(f"{key} is no amount: {str(value)[:50]!r}")
    return found


def text(source: Mapping[str, Any], key: str) -> str:
    """Return a text; raises Malformed where it is missing or empty."""
    value = source.get(key)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{key} is missing")
    return value


def whole(source: Mapping[str, Any], key: str) -> int:
    """Return a whole number; raises Malformed for anything else."""
    value = source.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"{key} is no whole number: {str(value)[:50]!r}")
    return value


def moment(source: Mapping[str, Any], key: str) -> datetime:
    """Return a moment written in milliseconds; raises Malformed for anything else."""
    return at_ms(whole(source, key))


def at_ms(value: object) -> datetime:
    """Return the moment of so many milliseconds since 1970; raises Malformed for nonsense."""
    if not isinstance(value, int) or not 0 <= value <= _LAST_MS:
        raise Malformed(f"no moment: {str(value)[:50]!r}")
    return datetime.fromtimestamp(value // 1000, UTC).replace(microsecond=value % 1000 * 1000)


def milliseconds(at: datetime) -> int:
    """Return a moment as Binance writes it."""
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


def written(value: Decimal) -> str:
    """Return an amount as Binance takes it: exact, without an exponent or idle zeros."""
    return f"{value.normalize():f}"
