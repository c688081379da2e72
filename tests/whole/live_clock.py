"""One time for several processes, which a test pushes forward: the host's, and so many seconds.

The seconds lie in a file that every process has mapped: the engine, its next life, and the test.
"""

import asyncio
import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_SECONDS = struct.Struct("=d")


class PushedClock:
    """The host's clock, ahead by what the file says; both kinds of time move together."""

    def __init__(self, path: Path) -> None:
        """Follow a file, which is made where it is missing."""
        if not path.exists():
            path.write_bytes(_SECONDS.pack(0.0))
        with path.open("r+b") as file:
            self._seconds = mmap.mmap(file.fileno(), _SECONDS.size)

    @property
    def ahead_s(self) -> float:
        """Return how many seconds it is ahead."""
        seconds: float = _SECONDS.unpack_from(self._seconds)[0]
        return seconds

    def push(self, seconds: float) -> None:
        """Let time pass without waiting for it, for everybody who follows the file."""
        _SECONDS.pack_into(self._seconds, 0, self.ahead_s + seconds)

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead_s)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic() + self.ahead_s

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds, pushed or not."""
        until = self.monotonic() + seconds
        while (left := until - self.monotonic()) > 0:  # noqa: ASYNC110 - a push tells nobody
            await asyncio.sleep(min(left, 0.1))
