"""Turn what pydantic finds wrong with a value into words that say what to do."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

_SHOWN_CHARS = 60


def complaints(error: ValidationError, secret: frozenset[str]) -> Mapping[str, str]:
    """Return for each key at fault what its value should be; values of secret keys never show."""
    found: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        if detail["type"] == "default_factory_not_called":
            continue  # it hangs on another key, which is told already
        key = str(detail["loc"][0]).upper()
        found.setdefault(key, _complaint(detail, hide=key in secret))
    return found


def nearest(word: str, known: tuple[str, ...]) -> str:
    """Return the known word that this one resembles most, or nothing."""
    matches = get_close_matches(word, known, n=1, cutoff=0.6)
    return matches[0] if matches else ""


def shown(value: object) -> str:
    """Return a value as it may stand in a message: quoted, on one line, not endless."""
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def _complaint(detail: ErrorDetails, *, hide: bool) -> str:
    kind = detail["type"]
    context: dict[str, Any] = detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    advice = _ADVICE[kind](context) if kind in _ADVICE else detail["msg"].lower()
    return advice if hide else f"{advice}, not {shown(detail['input'])}"


def _number(context: Mapping[str, Any]) -> str:
    del context
    return "write a number such as 2.5"


def _whole_number(context: Mapping[str, Any]) -> str:
    del context
    return "write a whole number such as 20"


def _choice(context: Mapping[str, Any]) -> str:
    return f"choose one of {str(context['expected']).replace(chr(39), '')}"


def _bound(words: str, name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda context: f"write a number {words} {context[name]}"


_ADVICE: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "bool_parsing": lambda _: "write true or false",
    "bool_type": lambda _: "write true or false",
    "decimal_parsing": _number,
    "decimal_type": _number,
    "enum": _choice,
    "finite_number": _number,
    "float_parsing": _number,
    "float_type": _number,
    "greater_than": _bound("above", "gt"),
    "greater_than_equal": _bound("of at least", "ge"),
    "int_from_float": _whole_number,
    "int_parsing": _whole_number,
    "int_parsing_size": _whole_number,
    "int_type": _whole_number,
    "less_than": _bound("below", "lt"),
    "less_than_equal": _bound("of at most", "le"),
}
