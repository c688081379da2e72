"""How a phrase is written down: `table.code key=value key="two words"`, like a line of the log."""

import json
import re
from collections.abc import Mapping

_CODE = re.compile(r"[a-z]+\.[a-z0-9_]+")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_FIGURE = re.compile(rf' ([a-z][a-z0-9_]*)=({_QUOTED}|[^\s"=]+)')
_BARE = re.compile(r'[^\s"=]+')


def write(code: str, figures: Mapping[str, object]) -> str:
    """Return a code with its figures as one line of text."""
    parts = [f"{name}={_value(str(value))}" for name, value in figures.items()]
    return " ".join((code, *parts))


def read(text: str) -> tuple[str, dict[str, str]] | None:
    """Return the code and the figures of a written line, None for a text of another form."""
    code = _CODE.match(text)
    if code is None:
        return None
    figures: dict[str, str] = {}
    end = code.end()
    while end < len(text):
        figure = _FIGURE.match(text, end)
        if figure is None:
            return None
        figures[figure[1]] = _unquoted(figure[2])
        end = figure.end()
    return code[0], figures


def _value(text: str) -> str:
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value, strict=False))
    except ValueError:
        return value
