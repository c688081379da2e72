"""How Binance spot says no, and what its calls cost.

Source: binance-spot-api-docs, errors.md and rest-api.md "LIMITS" (2026-11).
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from engine.venues.live.budget import Budget, Limit
from engine.venues.live.outcome import Dialect, Response

NO_SUCH_ORDER = "-2013"
NOT_CANCELLED = "-2011"
REJECTED = "-2010"
_DUPLICATE = "duplicate order"
_THROUGH = ("would trigger immediately", "relationship of the prices")

WEIGHT, ORDERS_10S, ORDERS_DAY = "weight", "orders_10s", "orders_day"
LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        WEIGHT: Limit(6000, 60),
        ORDERS_10S: Limit(100, 10),
        ORDERS_DAY: Limit(200_000, 86_400),
    }
)
_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "x-mbx-used-weight-1m": WEIGHT,
        "x-mbx-order-count-10s": ORDERS_10S,
        "x-mbx-order-count-1d": ORDERS_DAY,
    }
)
_INTERVALS: Mapping[tuple[str, str, int], str] = MappingProxyType(
    {
        ("REQUEST_WEIGHT", "MINUTE", 1): WEIGHT,
        ("ORDERS", "SECOND", 10): ORDERS_10S,
        ("ORDERS", "DAY", 1): ORDERS_DAY,
    }
)


def _read(body: str) -> tuple[str, str]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(found, dict):
        return "", ""
    return str(found.get("code", "")), str(found.get("msg", ""))


def _is_duplicate(code: str, message: str) -> bool:
    return code == REJECTED and _DUPLICATE in message.lower()


# -1000, -1001, -1006 and -1007 say "execution status unknown" whatever status they come with.
DIALECT = Dialect(
    read=_read,
    auth=frozenset({"-1002", "-1022", "-2008", "-2014", "-2015"}),
    unknown=frozenset({"-1000", "-1001", "-1006", "-1007"}),
    timing=frozenset({"-1021"}),
    limits=frozenset({"-1003", "-1015"}),
    is_duplicate=_is_duplicate,
    pause=timedelta(seconds=10),
)


def is_through(code: str, message: str) -> bool:
    """Return whether an order was refused because the price is past its trigger already.

    Of an OCO Binance says that its prices stand in the wrong relation to the last one.
    """
    return code == REJECTED and any(words in message.lower() for words in _THROUGH)


def weight(units: int) -> Mapping[str, int]:
    """Return the cost of a question."""
    return {WEIGHT: units}


def new_orders(count: int) -> Mapping[str, int]:
    """Return the cost of placing so many orders: each counts until it trades."""
    return {WEIGHT: 1, ORDERS_10S: count, ORDERS_DAY: count}


def note_usage(response: Response, budget: Budget) -> None:
    """Take over from a response what the venue counted."""
    for header, group in _HEADERS.items():
        text = response.headers.get(header, "")
        if text.isdecimal():
            budget.used(group, int(text))


def stated_limits(rows: Any) -> Mapping[str, Limit]:  # noqa: ANN401 - `rateLimits` of exchangeInfo
    """Return the limits that the venue states; rows that cannot be read leave the usual ones."""
    found = {}
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict):
            continue
        number, units = row.get("intervalNum"), row.get("limit")
        if not isinstance(number, int):
            continue
        group = _INTERVALS.get((str(row.get("rateLimitType")), str(row.get("interval")), number))
        if group is not None and isinstance(units, int) and units > 0:
            found[group] = Limit(units, LIMITS[group].window_s)
    return found
