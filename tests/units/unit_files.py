"""Read unit files as systemd.syntax(7) has them, as far as ours go."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.shape.source import ROOT

UNITS = ROOT / "systemd"
ENGINE, BOT, ALERT = "pasu-engine.service", "pasu-bot.service", "pasu-alert@.service"
_SPAN = re.compile(r"(\d+)\s*(us|ms|s|min|h)?")
_OURS = re.compile(r"(?<![\w/])/(?:opt|etc|run|var/lib|var/cache)/pasu")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: every value of every key, in the order of the file."""

    name: str
    values: Mapping[str, Sequence[str]]

    def all(self, key: str) -> Sequence[str]:
        """Return the values of a key such as `Service.Environment`, its specifiers filled in."""
        return [self._filled(value) for value in self.values.get(key, ())]

    def get(self, key: str, default: str | None = None) -> str:
        """Return the last value of a key."""
        values = self.all(key)
        if values:
            return values[-1]
        if default is None:
            raise KeyError(f"{self.name} has no {key}")
        return default

    def words(self, key: str) -> list[str]:
        """Return the words of a key's last value, none where it is not there."""
        return shlex.split(self.get(key, ""))

    def seconds(self, key: str, default: float | None = None) -> float:
        """Return a span of time; a number alone is in seconds."""
        if default is not None and key not in self.values:
            return default
        text = self.get(key)
        parts = _SPAN.findall(text)
        assert parts, f"{self.name}: {key}={text} is no span of time"
        assert "".join(number + unit for number, unit in parts) == text.replace(" ", "")
        return sum(int(number) * _SECONDS[unit or "s"] for number, unit in parts)

    def _filled(self, value: str) -> str:
        prefix = self.name.removesuffix(".service")
        instance = prefix.partition("@")[2]
        return value.replace("%n", self.name).replace("%N", prefix).replace("%i", instance)


def read(path: Path, name: str = "", root: Path | None = None) -> Unit:
    """Return the unit of a file, as the instance `name` of it; its folders lie under `root`."""
    values: dict[str, list[str]] = {}
    section = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and line[0] not in "#;":
            key, _, value = line.partition("=")
            values.setdefault(f"{section}.{key.strip()}", []).append(_under(value.strip(), root))
    return Unit(name or path.name, values)


def unit_file(folder: Path, name: str) -> Path:
    """Return where a unit is defined: an instance is defined by its template."""
    prefix, at, _ = name.partition("@")
    return folder / (f"{prefix}@.service" if at else name)


def _under(value: str, root: Path | None) -> str:
    if root is None:
        return value
    return _OURS.sub(lambda found: f"{root}{found[0]}", value)
