"""Engines that start at once: `python -m tests.whole.live_engine` has loaded everything and forks.

Each line on standard input is an order in JSON, each is answered by a line:

    {"start": {environment}, "clock": path, "die": "after:PATTERN"}  ->  its process id
    {"wait": process id}  ->  how it ended, minus the signal that killed it, or null

An engine is what `python -m engine` starts, with `clock` for its time and, with `die`, a disk on
which it is killed: `before`, in the middle of (`half`), or `after` the write to the journal that
matches a pattern, or at the nth call of the save of a portfolio after it (`save3`).
"""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from engine.app import App, Host, Options
from engine.clock import SystemClock
from engine.domain.errors import StateLocked
from engine.domain.venue import VenueName
from engine.exit_codes import INTERNAL, LOCKED, STOPPED
from engine.ops.lock import acquire
from engine.ops.logs import Logs, open_logs
from engine.settings import SUPPORTED, Settings
from engine.settings.files import load
from engine.venues.live_venues import has_adapter
from storage.disk import Disk
from tests.whole.live_clock import PushedClock


def die() -> None:
    """End as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingDisk(Disk):
    """A disk on which the process dies at one call."""

    def __init__(self, order: str) -> None:
        """Die where the order says: `when:pattern`."""
        when, _, pattern = order.partition(":")
        self._when = when
        self._pattern = re.compile(pattern.encode())
        self._met = False
        self._saving = False
        self._left = int(when.removeprefix("save")) if when.startswith("save") else 0

    def create(self, path: Path) -> int:
        """Open a file for writing; after the pattern a portfolio's is the save that is meant."""
        if self._met and self._left and "_portfolio" in path.name:
            self._saving = True
        self._step()
        return super().create(path)

    def write(self, fd: int, data: bytes) -> int:
        """Write bytes, or die doing so."""
        self._step()
        if not self._met and self._pattern.search(data):
            self._met = True
            if self._when == "half":
                super().write(fd, data[: len(data) // 2])
            if self._when in {"before", "half"}:
                die()
        return super().write(fd, data)

    def sync_data(self, fd: int) -> None:
        """Force a file to the disk, then die if that was to be."""
        super().sync_data(fd)
        if self._met and self._when == "after":
            die()

    def sync(self, fd: int) -> None:
        """Force a file to the disk."""
        self._step()
        super().sync(fd)

    def link(self, path: Path, name: Path) -> None:
        """Give a file a second name."""
        self._step()
        super().link(path, name)

    def replace(self, path: Path, name: Path) -> None:
        """Rename a file over another."""
        self._step()
        super().replace(path, name)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        self._step()
        super().remove(path)

    def sync_folder(self, folder: Path) -> None:
        """Force the names in a folder to the disk."""
        self._step()
        super().sync_folder(folder)

    def _step(self) -> None:
        if self._saving:
            self._left -= 1
            if self._left <= 0:
                die()


def live(environ: Mapping[str, str], host: Host) -> int:
    """Run one engine as the service does, on a host of the test's."""
    settings = load(environ, SUPPORTED)
    try:
        with (
            acquire(settings.data_dir),
            open_logs(settings.data_dir, settings.log_level, settings.secrets()) as logs,
        ):
            asyncio.run(_run(settings, environ, logs, host))
    except StateLocked:
        return LOCKED
    return STOPPED


async def _run(settings: Settings, environ: Mapping[str, str], logs: Logs, host: Host) -> None:
    await App(settings, environ, logs, host).run(Options())


def host_of(order: Mapping[str, Any]) -> Host:
    """Return the host that an order describes."""
    clock = PushedClock(Path(order["clock"])) if "clock" in order else SystemClock()
    return Host(clock, DyingDisk(order["die"]) if "die" in order else Disk())


def start(order: Mapping[str, Any]) -> int:
    """Fork an engine and return its process id."""
    environ: dict[str, str] = order["start"]
    child = os.fork()
    if child:
        return child
    code = INTERNAL
    try:
        os.environ.clear()
        os.environ.update(environ)
        errors = os.open(order["errors"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number, target in enumerate((nothing, nothing, errors)):
            os.dup2(target, number)
        code = live(environ, host_of(order))
    except BaseException:  # noqa: BLE001 - a fork must never run what its parent has to do
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def serve() -> None:
    """Carry out orders until there are no more."""
    # What a life loads by name, when it is configured, is loaded before the first fork.
    for name in VenueName:
        if has_adapter(name):
            import_module(f"engine.venues.{name.value}.adapter")
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            ended, status = os.waitpid(order["wait"], os.WNOHANG)
            print(json.dumps(os.waitstatus_to_exitcode(status) if ended else None), flush=True)
        else:
            print(json.dumps(start(order)), flush=True)


if __name__ == "__main__":
    serve()
