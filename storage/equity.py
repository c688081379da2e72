"""Equity curves as text: a line per point, a file per venue, appended and never rewritten."""

import os
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from engine.domain.errors import DiskFailed
from engine.domain.venue import VenueName

Point = tuple[datetime, Decimal]


class EquityFiles:
    """Keep the equity points of every venue in `<folder>/<venue>.csv`, moment and equity a line."""

    def __init__(self, folder: Path) -> None:
        """Read what is there; a last line that a crash has torn is left out."""
        self._folder = folder
        self._points = {venue: _read(self._path(venue)) for venue in VenueName}

    def note(self, venue: VenueName, at: datetime, equity: Decimal) -> None:
        """Keep a point; one that is not after the newest kept is passed over.

        Raises:
            DiskFailed: the file cannot be written.
        """
        points = self._points[venue]
        if points and at <= points[-1][0]:
            return
        points.append((at, equity))
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(self._path(venue), flags, 0o600)
            try:
                os.write(descriptor, f"\n{at.isoformat()},{equity:f}".encode())
            finally:
                os.close(descriptor)
        except OSError as e:
            message = f"the equity of {venue} was not written: {e.strerror}"
            raise DiskFailed(message) from e

    def since(self, venue: VenueName, start: datetime) -> Sequence[Point]:
        """Return the points from a moment on, oldest first."""
        return [point for point in self._points[venue] if point[0] >= start]

    def _path(self, venue: VenueName) -> Path:
        return self._folder / f"{venue.value}.csv"


def _read(path: Path) -> list[Point]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    points: list[Point] = []
    for line in lines:
        point = _parsed(line)
        if point is not None and (not points or point[0] > points[-1][0]):
            points.append(point)
    return points


def _parsed(line: str) -> Point | None:
    moment, _, equity = line.partition(",")
    try:
        at = datetime.fromisoformat(moment)
        return (at, Decimal(equity)) if at.tzinfo is not None else None
    except (ValueError, InvalidOperation):
        return None
