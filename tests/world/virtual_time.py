"""Time that jumps: an event loop that never waits, and the clock that reads it."""

import asyncio
from datetime import UTC, datetime, timedelta
from selectors import SelectorKey, SelectSelector
from typing import Any

START = datetime(2026, 3, 2, 3, tzinfo=UTC)


class Still(SelectSelector):
    """A selector that waits for nothing: this world has no files, sockets or signals."""

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if timeout is None:
            message = "everything waits for something that will never happen"
            raise AssertionError(message)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer, so that hours pass in milliseconds."""

    def __init__(self) -> None:
        super().__init__(Still())
        self._virtual = 0.0

    def time(self) -> float:
        return self._virtual

    def _run_once(self) -> None:
        self._jump()
        super()._run_once()  # type: ignore[misc]  # asyncio keeps its turn to itself

    def _jump(self) -> None:
        # asyncio's own lists: what may run now, and a heap of timers.
        ready: Any = self._ready  # type: ignore[attr-defined]
        timers: Any = self._scheduled  # type: ignore[attr-defined]
        if not ready and timers:
            self._virtual = max(self._virtual, timers[0].when())


class VirtualClock:
    """The moments of a virtual loop, from the same start in every history."""

    def __init__(self, loop: VirtualLoop, start: datetime = START) -> None:
        self._loop = loop
        self._start = start

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
