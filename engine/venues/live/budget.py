"""A venue's rate limits, kept before they are hit, with a share held back for what must go out."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from engine.domain.errors import Throttled
from engine.phrases.causes import Cause
from engine.ports.clock import Clock

FREE: Mapping[str, int] = MappingProxyType({})
_EPSILON_S = 0.001
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many units in every window, windows counted from 00:00 UTC.

    `reserve` is the share of it that only vital calls may use: cancels, protective orders, exits
    and panic.
    """

    units: int
    window_s: int
    reserve: float = 0.25


class Budget:
    """What may still be asked of a venue now; its own count is corrected by the venue's.

    Calls name their cost by group. A venue that said no is left alone until the time it named, and
    a ban ends every call, vital or not.
    """

    def __init__(self, limits: Mapping[str, Limit], clock: Clock, patience_s: float = 5.0) -> None:
        """Start with unused limits; a call waits for its turn at most `patience_s`."""
        self._limits = dict(limits)
        self._clock = clock
        self._patience_s = patience_s
        self._used: dict[str, tuple[int, int]] = {}
        self._closed_until = _EPOCH
        self._closed_why = ""

    @property
    def closed_until(self) -> datetime | None:
        """Return when the venue may be called again, None while it may be."""
        return self._closed_until if self._clock.now() < self._closed_until else None

    def spent(self, group: str) -> int:
        """Return what was used of a group in the present window, zero for one without a limit."""
        limit = self._limits.get(group)
        return 0 if limit is None else self._spent(group, limit)

    def adopt(self, limits: Mapping[str, Limit]) -> None:
        """Take other limits for groups, as the venue states them."""
        self._limits.update(limits)

    def close(self, until: datetime, why: str) -> None:
        """Allow no call before a moment."""
        if until > self._closed_until:
            self._closed_until, self._closed_why = until, why

    def used(self, group: str, units: int) -> None:
        """Take the venue's own count of what was used in the present window."""
        limit = self._limits.get(group)
        if limit is not None:
            window = self._window(limit)
            known = self._spent(group, limit)
            # Calls under way are in our count and not in an answer that overtook them.
            self._used[group] = (window, max(known, units))

    def left(self, group: str, units: int) -> None:
        """Take the venue's own count of what is left in the present window."""
        limit = self._limits.get(group)
        if limit is not None:
            self.used(group, limit.units - units)

    async def take(self, costs: Mapping[str, int], *, vital: bool) -> None:
        """Wait until a call of these costs is allowed, and count it.

        Raises:
            Throttled: the venue is closed, or the wait would be longer than patience: nothing was
                sent.
        """
        deadline = self._clock.now() + timedelta(seconds=self._patience_s)
        while True:
            self._refuse_if_closed()
            free_at = self._free_at(costs, vital=vital)
            if free_at is None:
                break
            if free_at > deadline:
                raise Throttled(Cause.OWN_BUDGET.say(), free_at)
            wait = (free_at - self._clock.now()).total_seconds()
            await asyncio.sleep(max(wait, 0.0) + _EPSILON_S)
        for group, cost in costs.items():
            limit = self._limits.get(group)
            if limit is not None:
                self._used[group] = (self._window(limit), self._spent(group, limit) + cost)

    def _refuse_if_closed(self) -> None:
        until = self.closed_until
        if until is not None:
            raise Throttled(self._closed_why, until)

    def _free_at(self, costs: Mapping[str, int], *, vital: bool) -> datetime | None:
        """Return the end of the window that a call has to wait for, None if it may go now."""
        found: datetime | None = None
        for group, cost in costs.items():
            limit = self._limits.get(group)
            if limit is None:
                continue
            allowed = limit.units if vital else int(limit.units * (1 - limit.reserve))
            # A call that is dearer than a whole window goes when the window is unused.
            spent = self._spent(group, limit)
            if spent and spent + cost > allowed:
                end = _EPOCH + timedelta(seconds=(self._window(limit) + 1) * limit.window_s)
                found = end if found is None else max(found, end)
        return found

    def _spent(self, group: str, limit: Limit) -> int:
        window, units = self._used.get(group, (0, 0))
        return units if window == self._window(limit) else 0

    def _window(self, limit: Limit) -> int:
        return int((self._clock.now() - _EPOCH).total_seconds()) // limit.window_s
