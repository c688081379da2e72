"""Keeps to what a venue allows: requests evenly spaced, and silence for as long as it asks."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from engine.domain.errors import Malformed, Throttled, VenueDown
from engine.ports.clock import Clock

Answer = TypeVar("Answer")
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")


class Pace:
    """Spaces requests to one venue; nothing leaves while it has asked for silence."""

    def __init__(self, clock: Clock, per_second: float) -> None:
        """Allow that many requests a second, none of them saved up for later."""
        self._clock = clock
        self._interval = 1 / per_second
        self._next = clock.monotonic()

    def change(self, per_second: float) -> None:
        """Allow another number of requests a second from now on."""
        self._interval = 1 / per_second

    def hold(self, seconds: float) -> None:
        """Let nothing leave for so many seconds from now."""
        self._next = max(self._next, self._clock.monotonic() + seconds)

    async def turn(self) -> None:
        """Wait until the next request may leave."""
        while (wait := self._next - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait)
        self._next = self._clock.monotonic() + self._interval


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to ask again, and for how long to wait.

    `tries` counts failures in a row, the last one included. A venue that asks for more than
    `longest_ban_s` of silence is not waited for.
    """

    tries: int = 6
    first_s: float = 1.0
    longest_s: float = 60.0
    refusals: int = 10
    longest_ban_s: float = 900.0

    def after(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row: each time twice as long."""
        return min(self.longest_s, self.first_s * 2.0 ** (failures - 1))


class Asker:
    """Puts questions to a venue until they are answered or patience ends."""

    def __init__(
        self, pace: Pace, clock: Clock, patience: Patience, tell: Callable[[str], None]
    ) -> None:
        """Say in words, through `tell`, whatever makes the answer late."""
        self._pace = pace
        self._clock = clock
        self._patience = patience
        self._tell = tell

    async def ask(self, question: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return the answer.

        Raises:
            Throttled: the venue asks for more silence than patience allows, or goes on refusing.
            VenueDown: it did not answer, as often as patience allows.
            Malformed: its answers made no sense, as often as patience allows.
            PasuError: it gave a definite no.
        """
        failures = refusals = 0
        while True:
            await self._pace.turn()
            try:
                return await question()
            except Throttled as e:
                refusals += 1
                self._wait_for(e, refusals)
            except (VenueDown, Malformed) as e:
                failures += 1
                if failures >= self._patience.tries:
                    raise
                wait = self._patience.after(failures)
                self._tell(f"{e}; asking again in {wait:g} s")
                self._pace.hold(wait)

    def _wait_for(self, refusal: Throttled, refusals: int) -> None:
        wait = (refusal.until - self._clock.now()).total_seconds()
        if wait > self._patience.longest_ban_s or refusals >= self._patience.refusals:
            raise refusal
        self._tell(f"{refusal.message}; going on at {refusal.until:%H:%M:%S} UTC")
        self._pace.hold(wait)


class Refusals:
    """Turns a venue's "too many requests" into the moment from which it may be asked again."""

    def __init__(self, clock: Clock) -> None:
        """Start with no refusal in a row."""
        self._clock = clock
        self._in_a_row = 0

    def forget(self) -> None:
        """Note that the venue has answered again."""
        self._in_a_row = 0

    def throttled(self, message: str, retry_after: str | None, least_s: float = 1.0) -> Throttled:
        """Return the error to raise: to the second the venue named, or twice as long each time.

        `retry_after` is the header of that name, in seconds. Where the venue names no time, the
        first wait is `least_s`.
        """
        self._in_a_row += 1
        told = retry_after is not None and _SECONDS.fullmatch(retry_after.strip())
        seconds = float(retry_after or 0) if told else least_s * 2.0 ** (self._in_a_row - 1)
        return Throttled(message, self._clock.now() + timedelta(seconds=seconds))
