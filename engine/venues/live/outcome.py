"""What a venue answered, kept with the error it became, and the error it means for Pasu.

An error without a complete response leaves the fate of an order unknown: it is asked about by its
client id and never sent again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

from engine.domain.errors import (
    Ambiguous,
    AuthFailed,
    Malformed,
    PasuError,
    Refused,
    Throttled,
    VenueDown,
)

OK, REDIRECTS, CLIENT_ERRORS, SERVER_ERRORS = 200, 300, 400, 500
REQUEST_TIMEOUT, TOO_MANY, BANNED = 408, 429, 418
_LIMITED = frozenset({TOO_MANY, BANNED})
_NO_ENTRY = frozenset({401, 403, 451})
_NOTHING: frozenset[str] = frozenset()
_EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Response:
    """A complete HTTP response; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str


class ResponseFailed(Exception):
    """Raised by a client library when a venue answered with anything but success."""

    def __init__(self, response: Response) -> None:
        """Keep the whole response: what it means is decided in one place."""
        super().__init__(f"HTTP {response.status}: {response.body[:_EXCERPT]}")
        self.response = response


class Outcome:
    """Mixed into a ccxt exchange: failures carry their response, every response is noted.

    Put it before the exchange class: `class Client(Outcome, ccxt.pro.upbit)`. It stands in for
    ccxt's own error classes, which depend on the host name, on earlier calls and on wording, and
    for `last_response_headers`, which concurrent calls overwrite for each other.
    """

    answered: Callable[[Response], None] | None = None

    def handle_errors(  # noqa: PLR0913, PLR0917 - the signature of ccxt
        self,
        code: int,
        reason: str,
        url: str,
        method: str,
        headers: Mapping[str, str],
        body: str,
        response: object,
        request_headers: object,
        request_body: object,
    ) -> None:
        """Raise for every status that is not success.

        Raises:
            ResponseFailed: with the whole response.
        """
        if code >= REDIRECTS:
            raise ResponseFailed(Response(code, lowered(headers), body or ""))

    def on_rest_response(
        self,
        code: int,
        reason: str,
        url: str,
        method: str,
        response_headers: Mapping[str, str],
        response_body: str,
        request_headers: object,
        request_body: object,
    ) -> str:
        """Note a response before anybody judges it, and return its body as it is."""
        if self.answered is not None:
            self.answered(Response(code, lowered(response_headers), response_body or ""))
        return response_body


def lowered(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return headers by their names in lower case."""
    return {name.lower(): value for name, value in headers.items()}


def _never(code: str, message: str) -> bool:
    del code, message
    return False


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a venue says what is wrong.

    `read` takes the body of an error apart into code and message, empty where there are none.
    `auth`: codes that only the owner can mend; `unknown`: codes that leave the fate of an order
    open whatever the status; `timing`: codes that refuse a request for its timestamp; `limits`:
    codes of the rate limit that come with another status than 429; `is_duplicate`: whether code and
    message say that the client id is known already. `pause` is how long to stay away after a 429
    that names no time, `ban` after a 418.
    """

    read: Callable[[str], tuple[str, str]]
    auth: frozenset[str] = _NOTHING
    unknown: frozenset[str] = _NOTHING
    timing: frozenset[str] = _NOTHING
    limits: frozenset[str] = _NOTHING
    is_duplicate: Callable[[str, str], bool] = field(default=_never)
    pause: timedelta = timedelta(seconds=1)
    ban: timedelta = timedelta(seconds=120)


def response_of(error: BaseException) -> Response | None:
    """Return the complete response behind an error, None where there was none."""
    return error.response if isinstance(error, ResponseFailed) else None


def is_timing(error: BaseException, dialect: Dialect) -> bool:
    """Return whether a venue refused a request for its timestamp alone."""
    response = response_of(error)
    definite = response is not None and CLIENT_ERRORS <= response.status < SERVER_ERRORS
    return definite and response is not None and dialect.read(response.body)[0] in dialect.timing


def classify(error: BaseException, dialect: Dialect, now: datetime, *, changes: bool) -> PasuError:
    """Return what a failed call means; `changes` says that it may have changed something.

    A definite no is a 4xx other than 408. Everything else leaves an order Ambiguous. A question
    that was refused is Refused too: who asked knows what it means.
    """
    if isinstance(error, PasuError):
        return error
    response = response_of(error)
    if response is None:
        return _unanswered(error, changes=changes)
    code, message = dialect.read(response.body)
    words = message or response.body[:_EXCERPT] or f"HTTP {response.status}"
    if response.status in _LIMITED or code in dialect.limits:
        return Throttled(words, closed_until(response, dialect, now))
    if not CLIENT_ERRORS <= response.status < SERVER_ERRORS:
        return _indefinite(response.status, words, changes=changes)
    if code in dialect.unknown or response.status == REQUEST_TIMEOUT:
        return _indefinite(SERVER_ERRORS, words, changes=changes)
    if code in dialect.auth or response.status in _NO_ENTRY:
        return AuthFailed(f"{code or response.status}: {words}")
    if changes and dialect.is_duplicate(code, message):
        return Ambiguous(f"an earlier attempt arrived: {words}")
    return Refused(code or str(response.status), words)


def closed_until(response: Response, dialect: Dialect, now: datetime) -> datetime:
    """Return when a venue may be called again: Retry-After, in seconds or as a date."""
    usual = dialect.ban if response.status == BANNED else dialect.pause
    text = response.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return now + min(timedelta(seconds=int(text[:9])), timedelta(days=30))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return now + usual
    return moment if moment.tzinfo is not None and moment > now else now + usual


def decoded(answer: Any, *, changes: bool) -> Any:  # noqa: ANN401 - JSON of any shape
    """Return a decoded JSON answer.

    Raises:
        Ambiguous: an order was answered with something else: it may have been taken.
        Malformed: a question was.
    """
    if isinstance(answer, dict | list):
        return answer
    message = f"not JSON: {str(answer)[:_EXCERPT]!r}"
    raise Ambiguous(message) if changes else Malformed(message)


def _indefinite(status: int, words: str, *, changes: bool) -> PasuError:
    if changes:
        return Ambiguous(words)
    told = f"HTTP {status}: {words}"
    return VenueDown(told) if status >= SERVER_ERRORS else Malformed(told)


def _unanswered(error: BaseException, *, changes: bool) -> PasuError:
    # The text of a client's error holds the whole signed address: only its kind is passed on.
    cause = error.__cause__
    words = type(error).__name__ if cause is None else f"{type(error).__name__}: {cause!r}"
    if changes:
        return Ambiguous(words)
    unreadable = (aiohttp.ClientPayloadError, RecursionError, ValueError)
    is_cut = isinstance(error, unreadable) or isinstance(cause, unreadable)
    return Malformed(words) if is_cut else VenueDown(words)
