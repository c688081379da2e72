"""What an answer of a venue, or its absence, means for a question and for an order."""

import json
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from engine.domain.errors import (
    Ambiguous,
    AuthFailed,
    Malformed,
    PasuError,
    Refused,
    Throttled,
    VenueDown,
)
from engine.venues.live.outcome import Dialect, Response, ResponseFailed, classify, decoded

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def _read(body: str) -> tuple[str, str]:
    try:
        found = json.loads(body)
    except ValueError:
        return "", ""
    return str(found["code"]), str(found["msg"])


DIALECT = Dialect(
    read=_read,
    auth=frozenset({"key"}),
    unknown=frozenset({"late"}),
    limits=frozenset({"slow"}),
    is_duplicate=lambda code, _: code == "twice",
    pause=timedelta(seconds=3),
    ban=timedelta(seconds=100),
)


def _failed(status: int, code: str = "", **headers: str) -> ResponseFailed:
    body = json.dumps({"code": code, "msg": "words"}) if code else "<html>"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ResponseFailed(Response(status, named, body))


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


CASES: list[tuple[Exception, type[PasuError], type[PasuError]]] = [
    (_failed(400, "odd"), Refused, Refused),
    (_failed(404), Refused, Refused),
    (_failed(409, "twice"), Ambiguous, Refused),
    (_failed(400, "late"), Ambiguous, VenueDown),
    (_failed(408), Ambiguous, VenueDown),
    (_failed(400, "key"), AuthFailed, AuthFailed),
    (_failed(401), AuthFailed, AuthFailed),
    (_failed(403), AuthFailed, AuthFailed),
    (_failed(451), AuthFailed, AuthFailed),
    (_failed(429), Throttled, Throttled),
    (_failed(418), Throttled, Throttled),
    (_failed(400, "slow"), Throttled, Throttled),
    (_failed(500, "odd"), Ambiguous, VenueDown),
    (_failed(503), Ambiguous, VenueDown),
    (_failed(504, "late"), Ambiguous, VenueDown),
    (_failed(302), Ambiguous, Malformed),
    (TimeoutError(), Ambiguous, VenueDown),
    (aiohttp.ClientConnectionError("reset"), Ambiguous, VenueDown),
    (aiohttp.ClientPayloadError("cut"), Ambiguous, Malformed),
    (_caused(RuntimeError("x"), aiohttp.ClientPayloadError("cut")), Ambiguous, Malformed),
    (RecursionError(), Ambiguous, Malformed),
]


@pytest.mark.parametrize(("error", "order", "question"), CASES, ids=lambda case: repr(case)[:40])
def test_failure_means_what_its_response_says(
    error: Exception, order: type[PasuError], question: type[PasuError]
):
    assert type(classify(error, DIALECT, NOW, changes=True)) is order
    assert type(classify(error, DIALECT, NOW, changes=False)) is question


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, "7", 7),
        (429, "", 3),
        (429, "soon", 3),
        (429, "Mon, 02 Mar 2026 12:00:30 GMT", 30),
        (429, "Mon, 02 Mar 2026 11:00:00 GMT", 3),
        (418, "", 100),
        (418, "86400", 86400),
        (429, "9" * 40, 30 * 86400),
    ],
)
def test_limit_names_the_moment_it_ends_to_the_second(status: int, header: str, seconds: int):
    meaning = classify(_failed(status, retry_after=header), DIALECT, NOW, changes=True)
    assert isinstance(meaning, Throttled)
    assert meaning.until == NOW + timedelta(seconds=seconds)


def test_signed_address_of_a_request_is_never_part_of_the_words():
    error = _caused(RuntimeError("GET https://x/?signature=abc"), TimeoutError())
    assert "signature" not in str(classify(error, DIALECT, NOW, changes=True))


@pytest.mark.parametrize("answer", ["<html>", "", None, 7, True])
def test_answer_that_is_no_json_is_ambiguous_for_an_order_and_malformed_for_a_question(answer):
    with pytest.raises(Ambiguous):
        decoded(answer, changes=True)
    with pytest.raises(Malformed):
        decoded(answer, changes=False)
    assert decoded({"a": 1}, changes=True) == {"a": 1}
