"""The lines to one venue: how each of them is, said once when it fails and once when it is back."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from engine.ports.clock import Clock
from engine.ports.venue import (
    ConnectionLost,
    ConnectionRestored,
    EventSink,
    Surface,
    SurfaceName,
    SurfaceState,
    VenueEvent,
)

_BROKEN = frozenset({SurfaceState.DOWN, SurfaceState.AUTH_FAILED})


class Lines:
    """State and age of a venue's surfaces, and the queue of what is to be told about them.

    Anybody may note that a line was heard or lost, inside of `run` or before it; `tell` passes the
    news on in order. A line that never was up is CONNECTING until it is heard or given up.
    """

    def __init__(self, names: Sequence[SurfaceName], clock: Clock) -> None:
        """Start with every line still connecting."""
        self._clock = clock
        self._surfaces = {name: Surface(name, None, SurfaceState.CONNECTING) for name in names}
        self._news: asyncio.Queue[VenueEvent] = asyncio.Queue()
        self._lost = {name: asyncio.Event() for name in names}

    def surfaces(self) -> Sequence[Surface]:
        """Return every line with its age."""
        return tuple(self._surfaces.values())

    def is_up(self, name: SurfaceName) -> bool:
        """Return whether a line carries."""
        return self._surfaces[name].state is SurfaceState.UP

    def heard(self, name: SurfaceName) -> None:
        """Note that a line carries; tells that it is back if it was lost."""
        now = self._clock.now()
        before = self._surfaces[name]
        self._surfaces[name] = Surface(name, now, SurfaceState.UP)
        if before.state in _BROKEN:
            self._lost[name].clear()
            self._news.put_nowait(ConnectionRestored(name, now))

    def lost(
        self,
        name: SurfaceName,
        reason: str,
        *,
        until: datetime | None = None,
        auth_failed: bool = False,
    ) -> None:
        """Note that a line failed; told once, and again when it gets worse: a ban, a refused key.

        A line whose key is refused stays so, whatever else fails, until it is heard again.
        """
        before = self._surfaces[name]
        is_known = before.state in _BROKEN
        refused = auth_failed or before.state is SurfaceState.AUTH_FAILED
        state = SurfaceState.AUTH_FAILED if refused else SurfaceState.DOWN
        self._surfaces[name] = replace(before, state=state)
        self._lost[name].set()
        is_worse = state is not before.state or until is not None
        if not is_known or is_worse:
            lost = ConnectionLost(name, reason, self._clock.now(), until, refused)
            self._news.put_nowait(lost)

    async def until_lost(self, name: SurfaceName) -> None:
        """Wait until a line is lost; returns at once while it is."""
        await self._lost[name].wait()

    def put(self, event: VenueEvent) -> None:
        """Queue an event of the venue behind what is to be told already."""
        self._news.put_nowait(event)

    async def tell(self, sink: EventSink) -> None:
        """Pass the news on in order, until cancelled."""
        while True:
            await sink(await self._news.get())
