"""Numbers and moments as Binance writes them, read exactly and with bounds."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.domain.errors import Malformed
from engine.venues.live.answers import at_ms


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


def milliseconds(at: datetime) -> int:
    """Return a moment as Binance writes it."""
    return int(at.timestamp()) * 1000 + at.microsecond // 1000


def written(value: Decimal) -> str:
    """Return an amount as Binance takes it: exact, without an exponent or idle zeros."""
    return f"{value.normalize():f}"
