"""Disks that fail, die or count, and the facts and stores that the tests of storage are made of."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from engine.domain.events import PositionClosed, VenueLost
from engine.domain.exits import ExitReason
from engine.domain.venue import VenueName
from engine.ports.store import Snapshot
from storage.disk import Disk
from storage.state import Limits, StateStore

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
NAME = "upbit_portfolio"


class StoppedClock:
    """A clock that names files and never moves."""

    def now(self) -> datetime:
        return NOON


class CountingDisk(Disk):
    """Remember what was read."""

    def __init__(self) -> None:
        self.reads: list[Path] = []
        self.bytes_read = 0

    def read(self, path: Path) -> bytes:
        raw = super().read(path)
        self.reads.append(path)
        self.bytes_read += len(raw)
        return raw


class FaultyDisk(Disk):
    """Let a fault happen at call number `at` of those that change something.

    The fault comes before the call; where it is a write and `half` is set, after half of the bytes.
    """

    def __init__(self, at: int, fault: Callable[[], None], *, half: bool = False) -> None:
        self.at = at
        self.fault = fault
        self.half = half
        self.calls: list[str] = []

    def _step(self, name: str) -> bool:
        self.calls.append(name)
        return len(self.calls) == self.at

    def _call(self, name: str) -> None:
        if self._step(name):
            self.fault()

    def create(self, path: Path) -> int:
        self._call("create")
        return super().create(path)

    def create_new(self, path: Path) -> int:
        self._call("create_new")
        return super().create_new(path)

    def open_end(self, path: Path) -> int:
        self._call("open_end")
        return super().open_end(path)

    def write(self, fd: int, data: bytes) -> int:
        if self._step("write"):
            if self.half:
                super().write(fd, data[: len(data) // 2])
            self.fault()
        return super().write(fd, data)

    def truncate(self, fd: int, size: int) -> None:
        self._call("truncate")
        super().truncate(fd, size)

    def sync(self, fd: int) -> None:
        self._call("sync")
        super().sync(fd)

    def sync_data(self, fd: int) -> None:
        self._call("sync_data")
        super().sync_data(fd)

    def sync_folder(self, folder: Path) -> None:
        self._call("sync_folder")
        super().sync_folder(folder)

    def close(self, fd: int) -> None:
        self._call("close")
        super().close(fd)

    def link(self, path: Path, name: Path) -> None:
        self._call("link")
        super().link(path, name)

    def replace(self, path: Path, name: Path) -> None:
        self._call("replace")
        super().replace(path, name)

    def remove(self, path: Path) -> None:
        self._call("remove")
        super().remove(path)

    def make_folder(self, folder: Path) -> None:
        self._call("make_folder")
        super().make_folder(folder)


def error(number: int) -> Callable[[], None]:
    """Return a fault that raises an OSError of that number."""

    def fault() -> None:
        raise OSError(number, os.strerror(number))

    return fault


def kill() -> None:
    """End this process as the kernel would: nothing is flushed, nothing is tidied."""
    os.kill(os.getpid(), signal.SIGKILL)


def fact(number: int) -> VenueLost:
    """Return a fact that carries a number."""
    return VenueLost(VenueName.UPBIT, f"cause {number}", NOON + timedelta(seconds=number))


def facts(first: int, last: int) -> list[VenueLost]:
    """Return the facts with these numbers, both included."""
    return [fact(number) for number in range(first, last + 1)]


def trade(number: int, at: datetime = NOON) -> PositionClosed:
    """Return a closed trade that carries a number."""
    return PositionClosed(
        venue=VenueName.UPBIT,
        symbol=f"KRW-{number}",
        quantity=Decimal(number),
        entry_price=Decimal(100),
        exit_price=Decimal(110),
        pnl=Decimal(10 * number),
        pnl_percent=Decimal(10),
        fees=Decimal("0.05"),
        funding=Decimal(0),
        reason=ExitReason.TAKE_PROFIT,
        strategy="breakout",
        opened_at=at - timedelta(hours=1),
        at=at,
    )


def snapshot(seq: int) -> Snapshot:
    """Return a state of which every value tells the fact it reaches to."""
    positions = [{"symbol": f"KRW-{seq}-{n}", "quantity": str(seq)} for n in range(12)]
    return Snapshot(seq, {"positions": positions, "metadata": [{"seq": seq, "전략": "돌파"}]})


def store(folder: Path, disk: Disk | None = None, **options) -> StateStore:
    """Return a store that works in the calling thread, with small journal segments."""
    given = {"inline": True, "limits": Limits(segment_bytes=600, recent=8), **options}
    return StateStore(folder, StoppedClock(), disk=disk, **given)
