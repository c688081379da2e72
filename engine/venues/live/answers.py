"""What decoded answers are made of, checked before anything is read from it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from engine.domain.errors import Malformed

_EXCERPT = 100
_LARGEST = Decimal(10) ** 20
_LAST_MS = 253_402_300_799_000


def rows(answer: Any) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401 - JSON of any shape
    """Return a list of objects; raises Malformed for anything else."""
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise Malformed(f"not a list of objects: {str(answer)[:_EXCERPT]}")
    return answer


def row(answer: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON of any shape
    """Return an object; raises Malformed for anything else."""
    if not isinstance(answer, dict):
        raise Malformed(f"not an object: {str(answer)[:_EXCERPT]}")
    return answer


def amount(source: Mapping[str, Any], key: str) -> Decimal:
    """Return an amount as it was written; raises Malformed where there is none that can be true."""
    value = source.get(key)
    try:
        found = Decimal(str(value)) if isinstance(value, str | int | float | Decimal) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite() or abs(found) > _LARGEST:
        raise Malformed(f"{key} is no amount: {str(value)[:50]!r}")
    return found


def at_ms(value: object) -> datetime:
    """Return the moment of so many milliseconds since 1970; raises Malformed for nonsense."""
    if not isinstance(value, int) or not 0 <= value <= _LAST_MS:
        raise Malformed(f"no moment: {str(value)[:50]!r}")
    return datetime.fromtimestamp(value // 1000, UTC).replace(microsecond=value % 1000 * 1000)
