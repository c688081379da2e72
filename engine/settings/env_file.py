"""Read and rewrite a .env file, one KEY=value a line, keeping comments and order."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.domain.errors import BadConfiguration, DiskFailed, Problem
from engine.phrases.faults import Fault

_LINE = re.compile(
    r"(?P<head>\s*(?:export\s+)?(?P<key>[^=\s#]+)[ \t]*=)(?P<rest>[^\r\n]*)(?P<end>\r?\n?)"
)
_QUOTED = re.compile(r"""(?P<quote>['"])(?P<body>(?:\\.|(?!(?P=quote))[^\\])*)(?P=quote)""")
_ESCAPE = re.compile(r"\\(.)")
_COMMENT = re.compile(r"[ \t]+#.*$")
_PLAIN = re.compile(r"[^\s'\"#$\\][^'\"#$\\\x00-\x1f\x7f-\x9f\u2028\u2029]*")
_NAME = re.compile(r"[A-Za-z]{1,16}(_[A-Za-z0-9]{1,16})*")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class EnvLine:
    """One assignment of a .env file with the line it stands on, counted from 1."""

    key: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class EnvText:
    """What a .env file says: its assignments, and the lines that say nothing readable."""

    lines: tuple[EnvLine, ...]
    problems: tuple[Problem, ...]


def read(text: str) -> EnvText:
    """Return the assignments of the text and a problem for every line that is not one."""
    lines: list[EnvLine] = []
    problems: list[Problem] = []
    for number, raw in enumerate(_split(text), start=1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(raw)
        if match is None:
            problems.append(Problem(key_shown(raw.split()[0]), Fault.NO_VALUE.say(), number))
            continue
        key = match["key"]
        try:
            _, value, _ = _parts(match["rest"])
        except ValueError as e:
            problems.append(Problem(key_shown(key), str(e), number))
            continue
        lines.append(EnvLine(key, value, number))
    return EnvText(tuple(lines), tuple(problems))


def key_shown(word: str) -> str:
    """Return the word as it may be told: what is no plain name could be a secret out of place."""
    return word if _NAME.fullmatch(word) else "this line"


def assign(text: str, values: Mapping[str, str | None]) -> str:
    """Return the text with these keys set; None empties a key, which gives it its default back.

    A key that stands in the text keeps its line and the comment behind it; a new one goes to the
    end. Every other byte stays.

    Raises:
        BadConfiguration: a value holds a line break or another character no line can hold.
    """
    wrong: list[Problem] = []
    for key, value in values.items():
        try:
            _checked(value or "")
        except ValueError as e:
            wrong.append(Problem(key, str(e)))
    if wrong:
        raise BadConfiguration(wrong)
    left = dict(values)
    parts: list[str] = []
    for raw in _split(text):
        match = None if raw.lstrip().startswith("#") else _LINE.fullmatch(raw)
        if match is None or match["key"] not in values:
            parts.append(raw)
            continue
        value = values[match["key"]]
        left.pop(match["key"], None)
        lead, tail = _around(match["rest"])
        parts.append(match["head"] + lead + _quoted(value) + tail + match["end"])
    added = [f"{key}={_quoted(value)}\n" for key, value in left.items() if value is not None]
    if added and parts and not parts[-1].endswith("\n"):
        parts.append("\n")
    return "".join(parts + added)


def write(path: Path, values: Mapping[str, str | None]) -> None:
    """Set these keys in the file, as one step that survives a crash; the file ends up 0600.

    A symbolic link is followed, so that it goes on pointing where it did.

    Raises:
        BadConfiguration: a value does not fit into a line.
        DiskFailed: the file could not be read or replaced; the old one is still there.
    """
    target = path.resolve()
    try:
        text = target.read_bytes().decode() if target.exists() else ""
        _replace(target, assign(text, values).encode())
    except (OSError, UnicodeDecodeError) as e:
        message = f"{path} was not written: {e}"
        raise DiskFailed(message) from e


def _split(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text.removeprefix("\ufeff"))


def _parts(rest: str) -> tuple[str, str, str]:
    body = rest.lstrip(" \t")
    lead = rest[: len(rest) - len(body)]
    if lead and body.startswith("#"):
        return "", "", rest
    if body[:1] in {"'", '"'}:
        return lead, *_unquoted(body)
    comment = _COMMENT.search(body)
    end = comment.start() if comment else len(body)
    return lead, _checked(body[:end].rstrip()), body[end:]


def _unquoted(body: str) -> tuple[str, str]:
    match = _QUOTED.match(body)
    tail = body[match.end() :] if match else ""
    if match is None or (tail.strip() and not tail.lstrip().startswith("#")):
        raise ValueError(Fault.UNMATCHED_QUOTES.say())
    if any(escape[1] not in {"\\", match["quote"]} for escape in _ESCAPE.finditer(match["body"])):
        raise ValueError(Fault.STRAY_BACKSLASH.say())
    return _checked(_ESCAPE.sub(r"\1", match["body"])), tail


def _checked(value: str) -> str:
    if "${" in value:
        raise ValueError(Fault.NOT_FILLED_IN.say())
    if _UNPRINTABLE.search(value):
        raise ValueError(Fault.UNPRINTABLE.say())
    return value


def _around(rest: str) -> tuple[str, str]:
    try:
        lead, _, tail = _parts(rest)
    except ValueError:
        return "", ""
    return lead, tail


def _quoted(value: str | None) -> str:
    if not value:
        return ""
    if _PLAIN.fullmatch(value) and value == value.strip():
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _replace(target: Path, data: bytes) -> None:
    fresh = target.with_name(f"{target.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
