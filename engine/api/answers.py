"""Answers of the API: a view as JSON, or an error with its status and what to do about it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import orjson
from aiohttp import web

from engine.contract import ApiError, encode, line_of
from engine.domain.errors import (
    Ambiguous,
    AuthFailed,
    BadConfiguration,
    DiskFailed,
    Malformed,
    PasuError,
    Refused,
    StateCorrupt,
    StateLocked,
    Throttled,
    VenueDown,
)

_REFUSALS: Mapping[str, int] = MappingProxyType(
    {
        "unknown_symbol": 404,
        "unknown_preset": 404,
        "unknown_key": 404,
        "unknown_venue": 404,
        "not_allowed": 403,
        "invalid": 422,
        "bad_json": 400,
        "key_missing": 428,
        "stopping": 503,
    }
)
_FAILURES: tuple[tuple[type[PasuError], int, str], ...] = (
    (Throttled, 429, "throttled"),
    (StateCorrupt, 503, "state_corrupt"),
    (StateLocked, 503, "state_locked"),
    (DiskFailed, 503, "disk_failed"),
    (VenueDown, 503, "venue_down"),
    (Ambiguous, 504, "fate_unknown"),
    (AuthFailed, 502, "auth_failed"),
    (Malformed, 502, "malformed"),
)


def answer(value: object, status: int = 200) -> web.Response:
    """Return a view or a receipt as a JSON response."""
    return web.Response(
        body=orjson.dumps(encode(value)), status=status, content_type="application/json"
    )


def refusal(code: str, said: Sequence[str], status: int) -> web.Response:
    """Return an error as {"error": {"code", "message"}} with what was said as lines beside it."""
    lines = tuple(map(line_of, said))
    error = ApiError(code, "\n".join(line.text for line in lines))
    body = orjson.dumps({"error": encode(error), "lines": encode(lines)})
    return web.Response(body=body, status=status, content_type="application/json")


def failure(error: PasuError) -> web.Response:
    """Return the response that a failure of the engine deserves."""
    if isinstance(error, BadConfiguration):
        return refusal("invalid", [problem.said for problem in error.problems], 422)
    said = error.said if isinstance(error, Refused) else str(error)
    for kind, status, code in _FAILURES:
        if isinstance(error, kind):
            return refusal(code, [said], status)
    if isinstance(error, Refused):
        return refusal(error.code, [said], _REFUSALS.get(error.code, 409))
    return refusal("failed", [said], 503)
