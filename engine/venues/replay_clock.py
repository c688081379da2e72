"""The clock of a replay: stands while a moment is told, runs scaled by its speed in between."""

import asyncio
import heapq
from datetime import datetime, timedelta
from itertools import count

from engine.domain.candle import EPOCH
from engine.ports.clock import Clock

_TICK = timedelta(microseconds=1)


class ReplayClock:
    """Virtual time: at speed 0 it moves only by what is told, else also with the wall clock.

    `sleep` waits for virtual seconds. Before the replay runs and after it has finished, virtual
    time stands still and sleeping goes by the wall, so that nobody waits for ever.
    """

    def __init__(self, start: datetime, speed: float, wall: Clock) -> None:
        """Stand at `start`; `speed` is virtual seconds per real second, 0 as fast as it goes."""
        self._speed = speed
        self._wall = wall
        self._told = start
        self._until = start
        self._left_at: float | None = None
        self._running = False
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._numbers = count()

    def now(self) -> datetime:
        """Return the present virtual moment, aware and in UTC."""
        if self._left_at is None or not self._speed:
            return self._told
        passed = timedelta(seconds=(self._wall.monotonic() - self._left_at) * self._speed)
        return min(self._told + passed, self._until)

    def monotonic(self) -> float:
        """Return virtual seconds: durations measured with it are those of the market."""
        return (self.now() - EPOCH).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Wait for that many virtual seconds."""
        if not self._running or self._speed:
            await self._wall.sleep(seconds / self._speed if self._running else seconds)
            return
        future = asyncio.get_running_loop().create_future()
        due = self._told + timedelta(seconds=seconds)
        heapq.heappush(self._sleepers, (due, next(self._numbers), future))
        await future

    def start(self) -> None:
        """Let sleepers wait for virtual time from here on."""
        self._running = True

    def enter(self, moment: datetime) -> None:
        """Stand at a moment while it is told."""
        self._told = moment
        self._left_at = None

    def leave(self, following: datetime) -> None:
        """Run on, up to just before the following moment."""
        self._until = max(self._told, following - _TICK)
        self._left_at = self._wall.monotonic()

    def wake(self) -> bool:
        """Wake everyone whose time has come and return whether there was anyone."""
        woken = False
        while self._sleepers and self._sleepers[0][0] <= self._told:
            self._wake_first()
            woken = True
        return woken

    @property
    def is_awaited(self) -> bool:
        """Return whether anyone sleeps by this clock."""
        return bool(self._sleepers)

    def finish(self) -> None:
        """Stand still for good and wake everyone."""
        self._running = False
        self._left_at = None
        while self._sleepers:
            self._wake_first()

    def _wake_first(self) -> None:
        _, _, future = heapq.heappop(self._sleepers)
        if not future.done():
            future.set_result(None)
