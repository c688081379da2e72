"""The store behind the engine's port: journal, state files and history as one durable memory."""

import asyncio
import contextlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from engine.domain.errors import DiskFailed, Malformed, StateCorrupt
from engine.domain.events import Fact, PositionClosed, Recorded
from engine.domain.facts import from_record, to_record
from engine.ports.store import Recovered, Snapshot, Tables
from storage.atomic import AtomicStorage, layout_of
from storage.disk import Disk
from storage.history import History
from storage.journal import RECENT, SEGMENT_BYTES, Journal
from storage.migration import Layout, Migrations
from storage.recovery import (
    STATUS,
    Found,
    find,
    prove_reach,
    set_aside,
    state_files,
    sweep,
    told,
)
from storage.segment import Entry

T = TypeVar("T")
_NAME = re.compile(r"[a-z_]{1,40}")


class Now(Protocol):
    """The part of a clock that names files set aside."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a journal segment grows, in bytes, and how many facts stay in memory."""

    segment_bytes: int = SEGMENT_BYTES
    recent: int = RECENT


class StateStore:
    """Remember facts and state files under one folder; implements `engine.ports.store.Store`.

    `expected` names the state files that the engine keeps: one that is missing is then rebuilt from
    all facts, even if no trace of it is left. All writing happens in one thread of its own, or in
    the calling one when `inline`. After DiskFailed from `append` the journal takes nothing until
    `recover` has read the disk anew.
    """

    def __init__(
        self,
        data_dir: Path,
        clock: Now,
        *,
        expected: Collection[str] = (),
        inline: bool = False,
        disk: Disk | None = None,
        migrations: Migrations | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._folder = data_dir
        self._clock = clock
        self._expected = frozenset(map(_checked, expected))
        self._disk = disk or Disk()
        self._migrations = migrations or Migrations()
        self._limits = limits or Limits()
        self._history = History(data_dir / "history", disk=self._disk)
        self._journal: Journal | None = None
        self._closed = False
        self._writer = None if inline else ThreadPoolExecutor(1, thread_name_prefix="storage")

    def recover(self) -> Recovered:
        """Return the newest good snapshots and the facts after the oldest of them.

        Raises:
            StateCorrupt: no true state can be built from what is left; nothing was changed.
            DiskFailed: the folder cannot be read or written.
        """
        if self._writer is None:
            return self._recover()
        return self._writer.submit(self._recover).result()

    async def append(self, facts: Sequence[Fact]) -> Sequence[Recorded]:
        """Write facts to the journal and return them numbered; they survive any crash from here on.

        Raises:
            DiskFailed: the write is not certain; nothing may be assumed of it.
            Malformed: a fact would not read back as it is; nothing was written.
        """
        return await self._run(partial(self._append, tuple(facts)))

    async def save(self, name: str, snapshot: Snapshot) -> None:
        """Replace one state file atomically, keeping the previous generation.

        Raises:
            DiskFailed: the new file is not certain; the previous one still stands.
            Malformed: name or value cannot be stored, or `seq` is not in the journal yet.
        """
        layout = layout_of(snapshot.seq, snapshot.tables)
        await self._run(partial(self._save, _checked(name), snapshot.seq, layout))

    async def archive(self, closed: Sequence[PositionClosed]) -> None:
        """Add closed trades to the history of their months, each only once.

        Raises:
            DiskFailed: the trades are not certain; archiving them again is safe.
            StateCorrupt: the file of a month is damaged.
        """
        await self._run(partial(self._archive, tuple(closed)))

    async def write_status(self, tables: Tables) -> None:
        """Replace `bot_status.json` in one step, without waiting for the disk: it is a heartbeat.

        Raises:
            DiskFailed: the file was not written; no fact is in danger.
        """
        await self._run(partial(self._write_status, layout_of(0, tables)))

    async def closed_between(self, start: datetime, end: datetime) -> Sequence[PositionClosed]:
        """Return archived trades closed at or after `start` and before `end`, oldest first.

        Raises:
            DiskFailed: a file could not be read.
            StateCorrupt: the file of a month is damaged.
        """
        # Not in the writer's thread: years of trades must not hold up an order.
        read = partial(self._history.closed_between, start, end)
        return read() if self._writer is None else await asyncio.to_thread(read)

    def tail(self, after: int, most: int) -> Sequence[Recorded]:
        """Return up to `most` facts numbered above `after`, oldest first.

        Raises:
            DiskFailed: facts older than those in memory could not be read.
            StateCorrupt: facts older than those in memory are damaged.
        """
        return [_recorded(entry) for entry in self._started().read(after, most)]

    def close(self) -> None:
        """Finish what was begun and let go of the folder; nothing is taken afterwards."""
        self._closed = True
        if self._writer is not None:
            self._writer.shutdown(wait=True)
        if self._journal is not None:
            # Every confirmed fact is on disk already: closing can lose nothing.
            with contextlib.suppress(OSError):
                self._journal.close()

    async def _run(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise DiskFailed("the store is closed")
        if self._writer is None:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._writer, work)

    def _recover(self) -> Recovered:
        if self._journal is not None:
            with contextlib.suppress(OSError):
                self._journal.close()
            self._journal = None
        try:
            return self._recovered()
        except OSError as e:
            raise DiskFailed(f"the state was not recovered: {e}") from e

    def _recovered(self) -> Recovered:
        disk, folder = self._disk, self._folder
        disk.make_folder(folder)
        disk.sync_folder(folder)
        known = state_files(folder, disk)
        names = sorted(self._expected | frozenset(known))
        found = [find(folder, name, disk, self._migrations) for name in names]
        journal = Journal(
            folder / "journal",
            disk=disk,
            segment_bytes=self._limits.segment_bytes,
            recent=self._limits.recent,
        )
        entries = journal.load(min((file.seq for file in found), default=0))
        prove_reach(found, known, journal)
        if journal.last_seq == 0 and self._history.months():
            raise StateCorrupt("closed trades are on record, but the journal is gone")
        facts = [_recorded(entry) for entry in entries]
        # Only now, with a true state in hand, is anything on disk changed.
        for place in (folder, folder / "history"):
            sweep(place, disk)
        incidents = [*self._mended(found, journal.last_seq), *journal.start()]
        self._journal = journal
        snapshots = {file.name: file.snapshot for file in found if file.snapshot is not None}
        return Recovered(snapshots, facts, journal.last_seq, incidents)

    def _mended(self, found: Sequence[Found], last_seq: int) -> Sequence[str]:
        incidents = []
        any_saved = any(file.snapshot is not None for file in found)
        for file in found:
            kept = [set_aside(path, self._clock.now(), self._disk) for path in file.damaged]
            # Before the first save of all there is no file yet, and nothing to tell.
            if file.cause and (kept or (any_saved and last_seq)):
                incidents.append(told(file, kept, last_seq))
        return incidents

    def _started(self) -> Journal:
        if self._journal is None:
            raise StateCorrupt("the state was not recovered: nothing can be built on it")
        return self._journal

    def _append(self, facts: Sequence[Fact]) -> Sequence[Recorded]:
        first = self._started().append([_readable(fact) for fact in facts])
        return tuple(Recorded(seq, fact) for seq, fact in enumerate(facts, first))

    def _save(self, name: str, seq: int, layout: Layout) -> None:
        last = self._started().last_seq
        if seq > last:
            raise Malformed(f"{name} would reach to fact {seq}, but the journal ends at {last}")
        self._storage(name).write(layout)

    def _archive(self, closed: Sequence[PositionClosed]) -> None:
        self._started()
        self._history.add(closed)

    def _write_status(self, layout: Layout) -> None:
        AtomicStorage(self._folder / f"{STATUS}.json", disk=self._disk, durable=False).write(layout)

    def _storage(self, name: str) -> AtomicStorage:
        path = self._folder / f"{name}.json"
        return AtomicStorage(path, disk=self._disk, migrations=self._migrations)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or name == STATUS:
        raise Malformed(f"no name for a state file: {name!r}")
    return name


def _readable(fact: Fact) -> Mapping[str, Any]:
    # A fact that the next start could not read would keep the engine from ever starting again.
    try:
        record = to_record(fact)
        from_record(record)
    except (StateCorrupt, TypeError) as e:
        raise Malformed(f"not storable: {e}") from e
    return record


def _recorded(entry: Entry) -> Recorded:
    try:
        return Recorded(entry.seq, from_record(dict(entry.record)))
    except StateCorrupt as e:
        raise StateCorrupt(f"fact {entry.seq} of the journal: {e}") from e
