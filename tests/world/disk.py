"""A disk that outlives the engine: what was acknowledged is there after a kill."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from engine.domain.errors import DiskFailed
from engine.domain.events import Fact, PositionClosed, Recorded
from engine.ports.store import Recovered, Snapshot, Tables
from tests.world.life import Life


@dataclass
class Disk:
    """Facts and snapshots, as they lie on the disk."""

    facts: list[Recorded] = field(default_factory=list)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    archived: dict[tuple[str, datetime], PositionClosed] = field(default_factory=dict)


class DiskStore:
    """The store of one life of the engine: one writer, who takes one thing at a time.

    A kill may fall before a write, and after it but before the engine hears of it. A write that
    fails may be there nevertheless, and from then on nothing is written any more.
    """

    def __init__(self, disk: Disk, life: Life, rng: Random, fails: float = 0.0) -> None:
        self._disk = disk
        self._life = life
        self._rng = rng
        self._fails = fails
        self._failed = False
        self._writer = asyncio.Lock()

    def recover(self) -> Recovered:
        oldest = min((s.seq for s in self._disk.snapshots.values()), default=0)
        tail = [each for each in self._disk.facts if each.seq > oldest]
        return Recovered(dict(self._disk.snapshots), tail, len(self._disk.facts), ())

    async def append(self, facts: Sequence[Fact]) -> Sequence[Recorded]:
        async with self._writer:
            await self._latency()
            first = len(self._disk.facts) + 1
            written = [Recorded(first + i, fact) for i, fact in enumerate(facts)]
            fails = self._fails > 0 and self._rng.random() < self._fails
            if not fails or self._rng.random() < 0.5:
                self._disk.facts.extend(written)
            await self._latency(fails=fails)
        return written

    async def save(self, name: str, snapshot: Snapshot) -> None:
        async with self._writer:
            await self._latency()
            self._disk.snapshots[name] = snapshot

    async def archive(self, closed: Sequence[PositionClosed]) -> None:
        async with self._writer:
            await self._latency()
            self._disk.archived.update({(each.symbol, each.opened_at): each for each in closed})

    async def closed_between(self, start: datetime, end: datetime) -> Sequence[PositionClosed]:
        return [each for each in self._disk.archived.values() if start <= each.at < end]

    async def write_status(self, tables: Tables) -> None:
        async with self._writer:
            await self._latency()

    def tail(self, after: int, most: int) -> Sequence[Recorded]:
        return self._disk.facts[after : after + most]

    async def _latency(self, *, fails: bool = False) -> None:
        await asyncio.sleep(self._rng.expovariate(1 / 0.001))
        await self._life.goes_on()
        self._failed = self._failed or fails
        if self._failed:
            message = "fsync: input/output error"
            raise DiskFailed(message)
