"""Durable memory as the core sees it: facts first, snapshots after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from engine.domain.events import Fact, PositionClosed, Recorded
from engine.domain.venue import VenueName

Tables = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state file: its tables as of the fact with number `seq`."""

    seq: int
    tables: Tables


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a start found on disk.

    `snapshots` maps a file name ("upbit_portfolio") to its newest good generation; `facts` are all
    facts after the oldest of these snapshots (all facts there are for a file without one).
    `incidents` are phrases of what was damaged and what was done about it.
    """

    snapshots: Mapping[str, Snapshot]
    facts: Sequence[Recorded]
    last_seq: int
    incidents: Sequence[str]


class Store(Protocol):
    """The engine's only way to remember."""

    def recover(self) -> Recovered:
        """Return snapshots and the facts after them.

        Raises:
            StateCorrupt: a file is damaged and no good generation with its facts is left.
        """
        ...

    async def append(self, facts: Sequence[Fact]) -> Sequence[Recorded]:
        """Write facts to disk and return them numbered; they survive any crash from here on.

        Raises:
            DiskFailed: the write is not certain; nothing may be assumed of it.
        """
        ...

    async def save(self, name: str, snapshot: Snapshot) -> None:
        """Replace one state file atomically, keeping the previous generation.

        Raises:
            DiskFailed: the new file is not certain; the previous one still stands.
        """
        ...

    async def archive(self, closed: Sequence[PositionClosed]) -> None:
        """Add closed trades to the history of their months, each only once."""
        ...

    async def closed_between(self, start: datetime, end: datetime) -> Sequence[PositionClosed]:
        """Return archived trades that closed in [start, end), oldest first."""
        ...

    async def write_status(self, tables: Tables) -> None:
        """Replace bot_status.json, a heartbeat that may be lost in a crash."""
        ...

    def tail(self, after: int, most: int) -> Sequence[Recorded]:
        """Return up to `most` facts numbered above `after`, oldest first."""
        ...


class EquityLog(Protocol):
    """Equity curves: losing the newest point in a crash is no harm."""

    def note(self, venue: VenueName, points: Sequence[tuple[datetime, Decimal]]) -> None:
        """Keep points, oldest first; one that is not after the newest kept is passed over.

        Raises:
            DiskFailed: the file cannot be written.
        """
        ...

    def since(self, venue: VenueName, start: datetime) -> Sequence[tuple[datetime, Decimal]]:
        """Return the points from a moment on, oldest first."""
        ...
