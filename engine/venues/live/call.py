"""The one way to call a live venue: budget, time limit, one meaning for every failure."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.domain.errors import AuthFailed, Malformed, PasuError, Refused, Throttled, VenueDown
from engine.phrases.causes import Cause
from engine.ports.clock import Clock
from engine.ports.venue import SurfaceName
from engine.venues.live.backoff import Backoff
from engine.venues.live.budget import FREE, Budget
from engine.venues.live.lines import Lines
from engine.venues.live.outcome import BANNED, Dialect, classify, decoded, is_timing, response_of

ATTEMPTS = 3
AUTH_REST = timedelta(minutes=5)
MALFORMED_LIMIT = 20
"""So many unreadable answers within a minute, and the venue counts as down."""
_MINUTE = timedelta(minutes=1)

_log = logging.getLogger(__name__)

Call = Callable[[], Awaitable[Any]]


async def _no_resync() -> None:
    """Leave the clock as it is: the venue does not check it."""


@dataclass(frozen=True, slots=True)
class CallPlan:
    """How a venue is called: its dialect, how long a call may take, how its clock is read anew.

    `resync` measures how far the venue's clock is off; a venue that refuses a timestamp is asked
    once more after it. `random` returns numbers from 0 to 1 for the jitter of back-offs.
    """

    dialect: Dialect
    random: Callable[[], float]
    timeout_s: float = 10.0
    resync: Callable[[], Awaitable[None]] = _no_resync


class Caller:
    """Calls one venue over REST, for questions (`ask`) and for what changes something (`act`).

    A call is a function that builds and signs its request anew each time it is called.
    """

    def __init__(self, plan: CallPlan, budget: Budget, lines: Lines, clock: Clock) -> None:
        """Call under a budget and note on `lines` how the venue answers."""
        self._plan = plan
        self._budget = budget
        self._lines = lines
        self._clock = clock
        self._no_entry: tuple[datetime, str] | None = None
        self._malformed: list[datetime] = []

    async def ask(
        self,
        call: Call,
        costs: Mapping[str, int] = FREE,
        *,
        vital: bool = False,
        signed: bool = False,
    ) -> Any:  # noqa: ANN401 - JSON of any shape
        """Return the decoded answer to a question; no answer is asked for again, at most twice.

        Raises:
            VenueDown: no answer, or the venue must be left alone for now.
            AuthFailed: the key is not accepted.
            Malformed: the answer cannot be read.
            Refused: the venue says no; the code tells why (an unknown order, say).
        """
        backoff = Backoff(self._plan.random, first_s=0.2, last_s=2.0)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._call(call, costs, vital=vital, signed=signed, changes=False)
            except Throttled as e:
                barred = Cause.LEFT_ALONE.say(error=e.said, until=f"{e.until:%H:%M:%S}")
                raise VenueDown(barred) from e
            except VenueDown as e:
                if attempt == ATTEMPTS:
                    self._lines.lost(SurfaceName.REST, str(e))
                    raise
            await asyncio.sleep(backoff.next_s())
        raise VenueDown(Cause.NO_REPLY.say())

    async def act(
        self,
        call: Call,
        costs: Mapping[str, int] = FREE,
        *,
        vital: bool = False,
    ) -> Any:  # noqa: ANN401 - JSON of any shape
        """Return the decoded answer to a signed call that changes something; sent once.

        Raises:
            Refused: a definite no.
            Throttled: a definite no because of the rate limit, the venue's or ours.
            AuthFailed: the key is not accepted.
            Ambiguous: it may have been carried out.
        """
        return await self._call(call, costs, vital=vital, signed=True, changes=True)

    async def revive(self, probe: Call) -> None:
        """Ask a cheap question while REST is lost, less and less often, until cancelled.

        A ban is waited out without any call.
        """
        while True:
            await self._lines.until_lost(SurfaceName.REST)
            backoff = Backoff(self._plan.random)
            while not self._lines.is_up(SurfaceName.REST):
                await asyncio.sleep(max(backoff.next_s(), self._closed_s()))
                if self._no_entry is not None:
                    continue  # the next signed question finds out
                try:
                    await self._call(probe, FREE, vital=True, signed=False, changes=False)
                except PasuError as e:
                    _log.info("venue.still_lost cause=%s", e)

    async def _call(
        self, call: Call, costs: Mapping[str, int], *, vital: bool, signed: bool, changes: bool
    ) -> Any:  # noqa: ANN401 - JSON of any shape
        self._check_entry(signed=signed)
        await self._budget.take(costs, vital=vital)
        try:
            answer = await self._timed(call)
        except Exception as e:
            if not signed or not is_timing(e, self._plan.dialect):
                raise self._judged(e, signed=signed, changes=changes) from e
            # A refused timestamp is a definite no, so this one may be sent again, once.
            await self._resync(changes=changes)
            answer = await self._again(call, changes=changes)
        try:
            found = decoded(answer, changes=changes)
        except PasuError as e:
            raise self._judged(e, signed=signed, changes=changes) from None
        self._heard(signed=signed)
        return found

    def _heard(self, *, signed: bool) -> None:
        """Note an answer; one to an unsigned question says nothing about the key."""
        if signed:
            self._no_entry = None
        if self._no_entry is None:
            self._lines.heard(SurfaceName.REST)

    async def _again(self, call: Call, *, changes: bool) -> Any:  # noqa: ANN401 - JSON
        try:
            return await self._timed(call)
        except Exception as e:
            raise self._judged(e, signed=True, changes=changes) from e

    async def _timed(self, call: Call) -> Any:  # noqa: ANN401 - JSON of any shape
        async with asyncio.timeout(self._plan.timeout_s):
            return await call()

    async def _resync(self, *, changes: bool) -> None:
        try:
            await self._plan.resync()
        except PasuError as e:
            words = Cause.CLOCK_UNREAD.say(error=e)
            raise (Refused("clock", words) if changes else VenueDown(words)) from e

    def _judged(self, error: Exception, *, signed: bool, changes: bool) -> PasuError:
        """Return what a failure means, having noted it for the calls after it."""
        now = self._clock.now()
        meaning = classify(error, self._plan.dialect, now, changes=changes)
        if isinstance(meaning, Throttled):
            self._close(error, meaning)
        elif isinstance(meaning, AuthFailed):
            # A public call that is turned away says nothing about the key.
            self._no_entry = (now + AUTH_REST, str(meaning)) if signed else self._no_entry
            self._lines.lost(SurfaceName.REST, str(meaning), auth_failed=True)
        elif isinstance(meaning, Malformed):
            self._count_malformed(now)
        elif isinstance(meaning, Refused):
            self._heard(signed=False)
        return meaning

    def _close(self, error: Exception, meaning: Throttled) -> None:
        self._budget.close(meaning.until, meaning.message)
        response = response_of(error)
        if response is not None and response.status == BANNED:
            self._lines.lost(SurfaceName.REST, meaning.message, until=meaning.until)

    def _count_malformed(self, now: datetime) -> None:
        self._malformed = [at for at in self._malformed if now - at < _MINUTE] + [now]
        if len(self._malformed) > MALFORMED_LIMIT:
            self._lines.lost(SurfaceName.REST, Cause.UNREADABLE.say())

    def _check_entry(self, *, signed: bool) -> None:
        if signed and self._no_entry is not None and self._clock.now() < self._no_entry[0]:
            raise AuthFailed(self._no_entry[1])

    def _closed_s(self) -> float:
        until = self._budget.closed_until
        return 0.0 if until is None else (until - self._clock.now()).total_seconds()
