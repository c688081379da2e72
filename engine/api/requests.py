"""What each request may hold, checked before the engine hears of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TypeVar
from urllib.parse import unquote

import orjson
from aiohttp import web

from engine.codec import DecodeError, decode
from engine.contract import ACTOR_HEADER, IDEMPOTENCY_HEADER
from engine.domain.errors import Refused
from engine.phrases.refusals import Refusal

T = TypeVar("T")

MAX_BODY_BYTES = 64 * 1024
MAX_SEQ = 2**63 - 1
_MAX_TEXT_CHARS = 500
_MAX_KEY_CHARS = 128
_MAX_ACTOR_CHARS = 64


@dataclass(frozen=True, slots=True)
class Plain:
    """A command without arguments: optimize, panic, restart, undo."""

    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class SwitchPreset:
    """POST /v1/preset."""

    name: str
    market: str = "crypto"
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """POST /v1/set; an empty value takes the key back to its default."""

    key: str
    value: str
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class SellSymbol:
    """POST /v1/sell."""

    symbol: str
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class GiveReason:
    """POST /v1/pause and /v1/resume."""

    why: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class AcknowledgeEvents:
    """POST /v1/events/ack."""

    seq: int


AnyRequest = Plain | SwitchPreset | ChangeSetting | SellSymbol | GiveReason


async def read_body(request: web.Request, kind: type[T]) -> T:
    """Return the body as the given request; an empty body is one without arguments.

    Raises:
        Refused: bad_json for what is no JSON, invalid for fields and values that do not fit.
        HTTPRequestEntityTooLarge: the body is longer than 64 kB.
    """
    try:
        data = await request.read()
        value = orjson.loads(data) if data.strip() else {}
    except web.RequestPayloadError as e:
        raise Refused("bad_json", "the body cannot be unpacked: send it as plain JSON") from e
    except orjson.JSONDecodeError as e:
        message = f"the body is not JSON ({e}): send an object such as {{}}"
        raise Refused("bad_json", message) from e
    if not isinstance(value, dict):
        raise Refused("invalid", f"send a JSON object with {_fields_of(kind)}")
    try:
        result = decode(kind, value)
    except DecodeError as e:
        raise Refused("invalid", f"{readable(str(e), 200)}; send {_fields_of(kind)}") from e
    _check_values({name: getattr(result, name) for name in value})
    return result


def actor_of(request: web.Request) -> str:
    """Return who asks: the Pasu-Actor header, percent-decoded, or "api"."""
    return readable(unquote(request.headers.get(ACTOR_HEADER, "")), _MAX_ACTOR_CHARS) or "api"


def key_of(request: web.Request, *, required: bool) -> str:
    """Return the idempotency key.

    Raises:
        Refused: key_missing when there is none and it is required, invalid when it is too long or
            unprintable.
    """
    key = request.headers.get(IDEMPOTENCY_HEADER, "").strip()
    if not key and required:
        message = (
            f"send the header {IDEMPOTENCY_HEADER} with a value of your own, new for each command: "
            "repeated with the same value, a command runs once (dry_run: true needs none)"
        )
        raise Refused("key_missing", message)
    if len(key) > _MAX_KEY_CHARS or not key.isascii() or not key.isprintable():
        message = f"{IDEMPOTENCY_HEADER} takes up to {_MAX_KEY_CHARS} printable ASCII characters"
        raise Refused("invalid", message)
    return key


def readable(text: str, most: int) -> str:
    """Return the text on one line, cut to a length."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:most]


def parameter(request: web.Request, name: str, default: str) -> str:
    """Return a parameter of the query, or its default."""
    value = request.query.get(name, default)
    _check_values({name: value})
    return value


def number(request: web.Request, name: str, default: int, low: int, high: int) -> int:
    """Return a whole number of the query within bounds.

    Raises:
        Refused: invalid when it is none or lies outside.
    """
    text = request.query.get(name, str(default))
    message = Refusal.NOT_WHOLE.say(name=name, low=low, high=high)
    try:
        value = int(text)
    except ValueError as e:
        raise Refused("invalid", message) from e
    if not low <= value <= high:
        raise Refused("invalid", message)
    return value


def seconds(request: web.Request, name: str, default: float, high: float) -> float:
    """Return a duration of the query in seconds, from 0 to a bound.

    Raises:
        Refused: invalid when it is none or lies outside.
    """
    message = f"{name} takes seconds from 0 to {high:g}"
    try:
        value = float(request.query.get(name, str(default)))
    except ValueError as e:
        raise Refused("invalid", message) from e
    if not 0 <= value <= high:
        raise Refused("invalid", message)
    return value


def only(request: web.Request, *names: str) -> None:
    """Check that the query holds no other parameters.

    Raises:
        Refused: invalid, naming those that are known.
    """
    unknown = sorted(set(request.query) - set(names))
    if unknown:
        known = f"known: {', '.join(names)}" if names else "it takes none"
        message = f"unknown parameter {readable(unknown[0], 40)!r}; {known}"
        raise Refused("invalid", message)


def _check_values(values: Mapping[str, object]) -> None:
    for name, value in values.items():
        if isinstance(value, str) and (len(value) > _MAX_TEXT_CHARS or not value.isprintable()):
            raise Refused("invalid", Refusal.TOO_LONG.say(name=name, most=_MAX_TEXT_CHARS))
        if isinstance(value, int) and not 0 <= value <= MAX_SEQ:
            raise Refused("invalid", Refusal.NOT_WHOLE.say(name=name, low=0, high=MAX_SEQ))


def _fields_of(kind: type) -> str:
    return ", ".join(field.name for field in fields(kind))
