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
        self._paths = {venue: folder / f"{venue.value}.csv" for venue in VenueName}
        self._points = {venue: _read(path) for venue, path in self._paths.items()}

    def note(self, venue: VenueName, points: Sequence[Point]) -> None:
        """Keep points, oldest first; one that is not after the newest kept is passed over.

        Raises:
            DiskFailed: the file cannot be written.
        """
        known = self._points[venue]
        newest = known[-1][0] if known else None
        news = [point for point in points if newest is None or point[0] > newest]
        if not news:
            return
        known += news
        text = "".join(f"\n{at.isoformat()},{equity:f}" for at, equity in news)
        try:
            if newest is None:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(self._paths[venue], flags, 0o600)
            try:
                os.write(descriptor, text.encode())
            finally:
                os.close(descriptor)
        except OSError as e:
            message = f"the equity of {venue} was not written: {e.strerror}"
            raise DiskFailed(message) from e

    def since(self, venue: VenueName, start: datetime) -> Sequence[Point]:
        """Return the points from a moment on, oldest first."""
        return [point for point in self._points[venue] if point[0] >= start]


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
