"""Turn what pydantic finds wrong with a value into phrases that say what to do."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.phrases.faults import Fault

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
    return advice if hide else Fault.NOT_THAT.say(what=advice, given=shown(detail["input"]))


def _plainly(fault: Fault) -> Callable[[Mapping[str, Any]], str]:
    return lambda _: fault.say()


def _choice(context: Mapping[str, Any]) -> str:
    return Fault.CHOOSE.say(choices=str(context["expected"]).replace(" or ", ", ").replace("'", ""))


def _bound(fault: Fault, name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda context: fault.say(bound=context[name])


_ADVICE: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "bool_parsing": _plainly(Fault.WRITE_BOOL),
    "bool_type": _plainly(Fault.WRITE_BOOL),
    "decimal_parsing": _plainly(Fault.WRITE_NUMBER),
    "decimal_type": _plainly(Fault.WRITE_NUMBER),
    "enum": _choice,
    "finite_number": _plainly(Fault.WRITE_NUMBER),
    "float_parsing": _plainly(Fault.WRITE_NUMBER),
    "float_type": _plainly(Fault.WRITE_NUMBER),
    "greater_than": _bound(Fault.WRITE_ABOVE, "gt"),
    "greater_than_equal": _bound(Fault.WRITE_AT_LEAST, "ge"),
    "int_from_float": _plainly(Fault.WRITE_WHOLE),
    "int_parsing": _plainly(Fault.WRITE_WHOLE),
    "int_parsing_size": _plainly(Fault.WRITE_WHOLE),
    "int_type": _plainly(Fault.WRITE_WHOLE),
    "less_than": _bound(Fault.WRITE_BELOW, "lt"),
    "less_than_equal": _bound(Fault.WRITE_AT_MOST, "le"),
}
