"""Frozen dataclasses to JSON-able values and back: the one encoding of journal, snapshots and API.

Decimals travel as strings, moments as ISO 8601 with offset, enums as their values; a fact carries
its class name under "kind".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Json = Any
T = TypeVar("T")
_Decoder = Callable[[Json], Any]
_PLAIN: Mapping[Any, tuple[type, ...]] = {str: (str,), bool: (bool,), int: (int,)}


class DecodeError(ValueError):
    """Raised when a value does not fit the type it should become."""


def encode(value: object) -> Json:
    """Return the JSON-able form of a value.

    Raises:
        TypeError: the value has a type that no record may hold.
    """
    if value is None or (isinstance(value, bool | int | float) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(encode(key)): encode(item) for key, item in value.items()}
    if isinstance(value, Sequence | frozenset):
        return [encode(item) for item in value]
    message = f"no encoding for {type(value).__name__}"
    raise TypeError(message)


def decode(kind: type[T], value: Json) -> T:
    """Return the value as the given dataclass.

    Raises:
        DecodeError: a field is missing, unknown to the type, or of another shape.
    """
    result: T = _decoder(cast("Any", kind))(value)
    return result


@cache
def _decoder(hint: Any) -> _Decoder:
    if hint in _PLAIN:
        return _expect(_PLAIN[hint])
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return _optional(tuple(arg for arg in get_args(hint) if arg is not NoneType))
    if origin is tuple:
        return _tuple(_decoder(get_args(hint)[0]))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(*(_decoder(arg) for arg in get_args(hint)))
    if hasattr(hint, "__supertype__"):
        return _decoder(hint.__supertype__)
    return _scalar(hint)


def _scalar(hint: Any) -> _Decoder:
    if hint is Any:
        return lambda value: value
    if hint is float:
        return lambda value: float(_expect((int, float))(value))
    if hint is Decimal:
        return _decimal
    if hint is datetime:
        return _moment
    if hint is date:
        return lambda value: _parsed(hint.fromisoformat, value)
    if is_dataclass(hint):
        return _record(cast("type", hint))
    return lambda value: _parsed(hint, value)


def _expect(kinds: tuple[type, ...]) -> _Decoder:
    def check(value: Json) -> Any:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            message = f"expected {kinds[0].__name__}, not {value!r}"
            raise DecodeError(message)
        return value

    return check


def _parsed(parse: Callable[[Json], Any], value: Json) -> Any:
    try:
        return parse(value)
    except (ValueError, TypeError) as e:
        message = f"cannot read {value!r}"
        raise DecodeError(message) from e


def _moment(value: Json) -> datetime:
    moment: datetime = _parsed(datetime.fromisoformat, value)
    if moment.tzinfo is None:
        message = f"a moment without its offset: {value!r}"
        raise DecodeError(message)
    return moment


def _decimal(value: Json) -> Decimal:
    try:
        number = Decimal(_expect((str,))(value))
    except InvalidOperation as e:
        message = f"not a number: {value!r}"
        raise DecodeError(message) from e
    if not number.is_finite():
        message = f"not a finite number: {value!r}"
        raise DecodeError(message)
    return number


def _optional(choices: tuple[Any, ...]) -> _Decoder:
    (only,) = choices
    inner = _decoder(only)
    return lambda value: None if value is None else inner(value)


def _tuple(item: _Decoder) -> _Decoder:
    return lambda value: tuple(item(part) for part in _expect((list,))(value))


def _mapping(key: _Decoder, item: _Decoder) -> _Decoder:
    return lambda value: {key(k): item(v) for k, v in _expect((dict,))(value).items()}


def _record(kind: type) -> _Decoder:
    hints = get_type_hints(kind)
    decoders = {field.name: _decoder(hints[field.name]) for field in fields(kind)}

    def read(value: Json) -> Any:
        given = _expect((dict,))(value)
        unknown = given.keys() - decoders.keys()
        if unknown:
            message = f"{kind.__name__} has no field {sorted(unknown)}"
            raise DecodeError(message)
        arguments = {name: decoders[name](item) for name, item in given.items()}
        try:
            return kind(**arguments)
        except TypeError as e:
            raise DecodeError(str(e)) from e

    return read
