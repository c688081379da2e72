"""How Upbit says what is wrong (docs.upbit.com, REST API guide), and how it counts requests.

Limits are per second and group; `Remaining-Req: group=default; min=1800; sec=29` says what is left
of the present second, its `min` is a dead field. Orders may go 12 times a second.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import orjson

from engine.venues.live.budget import Budget, Limit
from engine.venues.live.outcome import Dialect, Response

MARKET, CANDLES, TICKER, BOOK = "market", "candles", "ticker", "orderbook"
DEFAULT, ORDER = "default", "order"
LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        MARKET: Limit(10, 1, reserve=0.0),
        CANDLES: Limit(10, 1, reserve=0.0),
        TICKER: Limit(10, 1, reserve=0.2),
        BOOK: Limit(10, 1, reserve=0.2),
        DEFAULT: Limit(30, 1, reserve=0.4),
        ORDER: Limit(12, 1, reserve=0.4),
    }
)
UNKNOWN_ORDER = "order_not_found"
_LEFT = re.compile(r"group=(?P<group>[a-z-]+);.*\bsec=(?P<left>[0-9]+)")
_AUTH = frozenset(
    {
        "expired_access_key",
        "invalid_access_key",
        "invalid_query_payload",
        "jwt_verification",
        "no_authorization_ip",
        "no_authorization_token",
        "out_of_scope",
        "thirdparty_agreement_required",
    }
)
# The HTTP client repeats a GET or DELETE whose connection broke: then the first one arrived.
_UNKNOWN = frozenset({"nonce_used"})
_USED_BEFORE = ("already", "duplicate", "used", "이미", "중복")


def note_limits(budget: Budget, response: Response) -> None:
    """Correct the budget by what a response says is left of this second."""
    told = _LEFT.search(response.headers.get("remaining-req", ""))
    if told is not None:
        budget.left(told["group"], int(told["left"]))


def _read(body: str) -> tuple[str, str]:
    try:
        error = orjson.loads(body)["error"]
        return str(error["name"]), str(error["message"])
    except (ValueError, KeyError, TypeError):
        return "", ""


def _is_duplicate(code: str, message: str) -> bool:
    # The reference names no error of its own for an identifier that was used before.
    text = f"{code} {message}".lower()
    return "identifier" in text and any(word in text for word in _USED_BEFORE)


DIALECT = Dialect(
    read=_read,
    auth=_AUTH,
    unknown=_UNKNOWN,
    is_duplicate=_is_duplicate,
    pause=timedelta(seconds=1),
    ban=timedelta(seconds=60),
)
