"""When the next moment of a replay may be told, and when others get their turn."""

import asyncio

from engine.ports.clock import Clock
from engine.venues.replay_clock import ReplayClock
from engine.venues.timeline import at_second

_STEPS_BETWEEN_YIELDS = 50


class Pace:
    """Holds a replay to a multiple of real time, counted from its first moment so nothing drifts.

    At speed 0 it never waits; in either case the event loop gets a turn every 50 candles.
    """

    def __init__(self, speed: float, wall: Clock) -> None:
        """Start counting with the first moment that is reached."""
        self._speed = speed
        self._wall = wall
        self._origin: tuple[int, float] | None = None
        self._steps = 0

    async def reach(self, second: int, clock: ReplayClock) -> None:
        """Wait until the scaled wall clock reaches a moment."""
        if not self._speed:
            return
        clock.leave(at_second(second))
        if self._origin is None:
            started = self._wall.monotonic()
            ahead = (at_second(second) - clock.now()).total_seconds() / self._speed
            self._origin = (second, started + ahead)
        origin, started = self._origin
        wait = started + (second - origin) / self._speed - self._wall.monotonic()
        if wait > 0:
            await self._wall.sleep(wait)

    async def passed(self, candles: int, *, woken: bool) -> None:
        """Count what was told and let others run when it is their turn."""
        self._steps += candles + 1
        if woken or self._steps >= _STEPS_BETWEEN_YIELDS:
            self._steps = 0
            await asyncio.sleep(0)
