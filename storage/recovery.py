"""What a start finds of the state files, and whether the journal can stand in for what is lost."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tinydb import TinyDB

from engine.domain.errors import StateCorrupt
from engine.phrases.book import english
from engine.phrases.incidents import Incident
from engine.ports.store import Snapshot
from storage.atomic import LEFTOVER, AtomicStorage, previous_of
from storage.disk import Disk
from storage.journal import Journal
from storage.migration import Migrations
from storage.seal import seq_of, tables_of

STATUS = "bot_status"
_STATE_FILE = re.compile(r"([a-z_]{1,40})\.json(?:\.1)?(?:\.corrupt\..+)?")
_LEFTOVER = re.compile(rf"(?:[a-z_]{{1,40}}|\d{{4}}-\d{{2}})\.json(?:\.1)?{re.escape(LEFTOVER)}")


@dataclass(frozen=True, slots=True)
class Found:
    """One state file at a start: its newest good generation, and what is wrong with newer ones.

    `cause` is the phrase why the present generation was not used, and is empty if it was.
    """

    name: str
    snapshot: Snapshot | None
    cause: str
    damaged: tuple[Path, ...]

    @property
    def seq(self) -> int:
        """Return the fact up to which the snapshot reaches, 0 if there is none."""
        return 0 if self.snapshot is None else self.snapshot.seq


def state_files(folder: Path, disk: Disk) -> Collection[str]:
    """Return the name of every state file of which any generation exists, good or set aside."""
    matches = map(_STATE_FILE.fullmatch, disk.names(folder))
    return {match[1] for match in matches if match} - {STATUS}


def find(folder: Path, name: str, disk: Disk, migrations: Migrations) -> Found:
    """Return the newest good generation of a state file, changing none.

    Raises:
        StateCorrupt: a generation is whole, but of a newer format.
        DiskFailed: a file could not be read.
    """
    path = folder / f"{name}.json"
    causes: list[str] = []
    damaged: list[Path] = []
    for generation in (path, previous_of(path)):
        try:
            exists = AtomicStorage(generation, disk=disk).verify()
        except StateCorrupt as e:
            causes.append(Incident.FILE_DAMAGED.say(file=path.name, error=e))
            damaged.append(generation)
            continue
        if exists:
            snapshot = _snapshot(generation, disk, migrations)
            return Found(name, snapshot, "".join(causes), tuple(damaged))
        causes.append(Incident.FILE_MISSING.say(file=path.name))
    return Found(name, None, causes[0], tuple(damaged))


def prove_reach(found: Sequence[Found], known: Collection[str], journal: Journal) -> None:
    """Make sure that the journal holds every fact after each snapshot, and all where there is none.

    `known` are the files of which any trace is left: they never begin empty.

    Raises:
        StateCorrupt: facts are missing, so that no true state can be built.
    """
    first, last = journal.first_seq, journal.last_seq
    if not found and first > 1:
        raise StateCorrupt(f"no state file is left, and the journal begins at fact {first} only")
    for file in found:
        name = f"{file.name}.json"
        if file.seq > last:
            raise StateCorrupt(
                f"{name} reaches to fact {file.seq}, but the journal ends at fact {last}: "
                "newer facts are lost"
            )
        lost_all = file.snapshot is None and last == 0 and file.name in known
        if lost_all or (first > file.seq + 1 and last > file.seq):
            fault = english(file.cause) or f"{name} is an old generation"
            raise StateCorrupt(
                f"{fault}, and the journal does not reach back to fact {file.seq + 1}: "
                f"it holds facts {first} to {last}"
            )


def told(file: Found, kept: Sequence[str], last_seq: int) -> str:
    """Return the phrase of what was wrong with a state file and what stands in."""
    what = file.cause
    if kept:
        what = Incident.KEPT_ASIDE.say(what=what, names=", ".join(kept))
    if file.snapshot is None:
        return Incident.BUILT_ANEW.say(what=what, facts=last_seq)
    return Incident.STOOD_IN_FOR.say(what=what, seq=file.seq, facts=last_seq - file.seq)


def sweep(folder: Path, disk: Disk) -> None:
    """Remove what writes that were cut short have left behind in a folder."""
    for name in disk.names(folder):
        if _LEFTOVER.fullmatch(name):
            disk.remove(folder / name)


def set_aside(path: Path, at: datetime, disk: Disk) -> str:
    """Rename a damaged file so that it is kept for ever, and return its new name."""
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    taken = frozenset(disk.names(path.parent))
    name, count = f"{path.name}.corrupt.{stamp}", 1
    while name in taken:
        count += 1
        name = f"{path.name}.corrupt.{stamp}-{count}"
    disk.replace(path, path.with_name(name))
    disk.sync_folder(path.parent)
    return name


def _snapshot(path: Path, disk: Disk, migrations: Migrations) -> Snapshot:
    database = TinyDB(path, storage=AtomicStorage, disk=disk, migrations=migrations)
    layout = database.storage.read() or {}
    tables = {
        name: [dict(document) for document in database.table(name)] for name in tables_of(layout)
    }
    return Snapshot(seq_of(layout), tables)
