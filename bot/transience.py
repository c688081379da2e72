"""What a failed call to Telegram means: may it be tried again, and when."""

from datetime import timedelta
from enum import Enum

import httpx
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

_FIRST_S, _MOST_S = 1.0, 30.0
_NEVER_LEFT = (httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ConnectError)


class Fault(Enum):
    """How a call failed."""

    THROTTLED = "throttled"
    NOT_SENT = "not_sent"
    AMBIGUOUS = "ambiguous"
    BAD = "bad"
    REFUSED = "refused"


def classify(error: TelegramError) -> Fault:
    """Return what is known about a failed call.

    BadRequest is a NetworkError in python-telegram-bot, so it is asked about first. A response of
    5xx means the server did not take the message; a broken or silent connection means nobody knows.
    """
    if isinstance(error, RetryAfter):
        return Fault.THROTTLED
    if isinstance(error, BadRequest):
        return Fault.BAD
    if isinstance(error, Forbidden | InvalidToken) or not isinstance(error, NetworkError):
        return Fault.REFUSED
    cause = error.__cause__
    if isinstance(cause, _NEVER_LEFT) or not isinstance(cause, httpx.HTTPError):
        return Fault.NOT_SENT
    return Fault.AMBIGUOUS


def wait_s(error: TelegramError, attempt: int) -> float:
    """Return how long to wait before the next try, in seconds."""
    if isinstance(error, RetryAfter):
        asked = error.retry_after
        return asked.total_seconds() if isinstance(asked, timedelta) else float(asked)
    return min(_MOST_S, _FIRST_S * 2.0 ** (attempt - 1))
