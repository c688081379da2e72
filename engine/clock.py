"""The clocks of the host."""

import asyncio
import time
from datetime import UTC, datetime

from engine.ports.clock import Clock


class SystemClock:
    """Wall time in UTC and the host's monotonic time."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds."""
        await asyncio.sleep(seconds)


class ReplayedWallClock:
    """The moments of a replay with the host's monotonic time: for what is done, not simulated."""

    def __init__(self, replay: Clock, wall: Clock) -> None:
        """Stamp by the replay, measure and wait by the host."""
        self._replay = replay
        self._wall = wall

    def now(self) -> datetime:
        """Return the present moment of the replay."""
        return self._replay.now()

    def monotonic(self) -> float:
        """Return the host's seconds that never run backwards."""
        return self._wall.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for that many of the host's seconds."""
        await self._wall.sleep(seconds)
