"""Whose turn it is to send to a chat: one message a second, short bursts, alarms first."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum

from bot.clock import Clock


class Lane(IntEnum):
    """How urgent a message is; lower goes first."""

    ALARM = 0
    REPLY = 1
    FILL = 2
    DIGEST = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a chat may be written to; lanes below `unpaced_below` never wait."""

    per_s: float = 1.0
    burst: int = 3
    unpaced_below: Lane = Lane.ALARM


class Turns:
    """The queue in front of one chat: a bucket of tokens, the last kept for alarms."""

    def __init__(self, clock: Clock, pace: Pace) -> None:
        """Start with a full bucket."""
        self._clock = clock
        self._pace = pace
        self._tokens = float(pace.burst)
        self._filled_at = clock.monotonic()
        self._closed_until = 0.0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._arrivals = 0
        self._sending = 0
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, lane: Lane) -> AsyncIterator[None]:
        """Hold the chat for one message; an alarm does not wait for a message being sent."""
        if lane >= self._pace.unpaced_below:
            await self._wait(lane)
        counted = lane is not Lane.ALARM and lane >= self._pace.unpaced_below
        try:
            yield
        finally:
            if counted:
                self._sending -= 1
            self._grant()

    def close_for(self, seconds: float) -> None:
        """Send nothing for so long: the server asked for it."""
        self._closed_until = max(self._closed_until, self._clock.monotonic() + seconds)

    async def _wait(self, lane: Lane) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heapq.heappush(self._waiting, (lane, self._arrivals, future))
        self._grant()
        try:
            await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and lane is not Lane.ALARM:
                self._sending -= 1
            future.cancel()
            self._grant()
            raise

    def _grant(self) -> None:
        self._refill()
        while self._waiting:
            lane, _, future = self._waiting[0]
            if future.cancelled():
                heapq.heappop(self._waiting)
                continue
            if lane != Lane.ALARM and self._sending:
                return
            needed = 1.0 if lane == Lane.ALARM else 2.0
            delay = self._delay(min(needed, float(self._pace.burst)))
            if delay > 0:
                self._wake_after(delay)
                return
            heapq.heappop(self._waiting)
            self._tokens -= 1.0
            if lane != Lane.ALARM:
                self._sending += 1
            future.set_result(None)

    def _delay(self, needed: float) -> float:
        closed = self._closed_until - self._clock.monotonic()
        missing = (needed - self._tokens) / self._pace.per_s
        return max(closed, missing)

    def _refill(self) -> None:
        now = self._clock.monotonic()
        gained = (now - self._filled_at) * self._pace.per_s
        self._tokens = min(float(self._pace.burst), self._tokens + gained)
        self._filled_at = now

    def _wake_after(self, delay: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay + 0.001, self._grant)
