"""Closed trades by month, each only once, so that no file grows with the years."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from engine.domain.errors import DiskFailed, StateCorrupt
from engine.domain.events import PositionClosed
from engine.domain.facts import from_record, to_record
from storage.atomic import AtomicStorage
from storage.disk import Disk
from storage.migration import Migrations

_FILE = re.compile(r"(\d{4}-\d{2})\.json")
_TABLE = "trades"
_KEY = ("venue", "symbol", "opened_at", "at")


@dataclass(frozen=True, slots=True)
class _Month:
    name: str
    trades: TinyDB
    keys: set[tuple[str, ...]]


class History:
    """Keep closed trades in one TinyDB file for each UTC month of their closing.

    Adding touches the files of the months concerned alone, each with one write. Reading goes to the
    disk and may happen in another thread: a file is replaced whole.
    """

    def __init__(
        self, folder: Path, *, disk: Disk | None = None, migrations: Migrations | None = None
    ) -> None:
        self._folder = folder
        self._disk = disk or Disk()
        self._migrations = migrations or Migrations()
        self._newest: _Month | None = None

    def months(self) -> Sequence[str]:
        """Return the months there are, oldest first, as "2025-01".

        Raises:
            DiskFailed: the folder could not be read.
        """
        try:
            names = self._disk.names(self._folder)
        except OSError as e:
            raise DiskFailed(f"the history was not read: {e}") from e
        return [match[1] for match in map(_FILE.fullmatch, names) if match]

    def add(self, closed: Sequence[PositionClosed]) -> None:
        """Add trades to the files of their months; one that is there already is passed over.

        Raises:
            DiskFailed: the trades are not certain; adding them again is safe.
            StateCorrupt: the file of a month is damaged; it was left as it is.
        """
        by_month: dict[str, list[PositionClosed]] = {}
        for trade in closed:
            by_month.setdefault(_month_of(trade.at), []).append(trade)
        for name, trades in sorted(by_month.items()):
            self._add_to_month(name, trades)

    def closed_between(self, start: datetime, end: datetime) -> Sequence[PositionClosed]:
        """Return trades closed at or after `start` and before `end`, oldest first.

        Raises:
            DiskFailed: a file could not be read.
            StateCorrupt: the file of a month is damaged.
        """
        first, last = _month_of(start), _month_of(end)
        names = [name for name in self.months() if first <= name <= last]
        trades = [trade for name in names for trade in self._read_month(name)]
        return sorted((t for t in trades if start <= t.at < end), key=lambda trade: trade.at)

    def _add_to_month(self, name: str, trades: Sequence[PositionClosed]) -> None:
        month = self._open(name)
        fresh: dict[tuple[str, ...], dict[str, Any]] = {}
        for trade in trades:
            record = to_record(trade)
            if _key(record) not in month.keys:
                fresh.setdefault(_key(record), record)
        if not fresh:
            return
        # Until the disk agrees, what is remembered of the month is not the truth.
        self._newest = None
        month.trades.table(_TABLE).insert_multiple(fresh.values())
        month.keys.update(fresh)
        self._newest = month

    def _open(self, name: str) -> _Month:
        if self._newest is not None and self._newest.name == name:
            return self._newest
        try:
            self._disk.make_folder(self._folder)
        except OSError as e:
            raise DiskFailed(f"the history was not opened: {e}") from e
        trades = self._database(name)
        return _Month(name, trades, {_key(record) for record in trades.table(_TABLE)})

    def _read_month(self, name: str) -> Sequence[PositionClosed]:
        facts = [from_record(dict(record)) for record in self._database(name).table(_TABLE)]
        trades = [fact for fact in facts if isinstance(fact, PositionClosed)]
        if len(trades) != len(facts):
            raise StateCorrupt(f"history/{name}.json holds more than closed trades")
        return trades

    def _database(self, name: str) -> TinyDB:
        path = self._folder / f"{name}.json"
        return TinyDB(path, storage=AtomicStorage, disk=self._disk, migrations=self._migrations)


def _month_of(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m")


def _key(record: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(record[field]) for field in _KEY)
