"""The one way a fact comes into being: onto disk first, then to everyone who listens."""

import asyncio
from collections.abc import Callable, Sequence

from engine.domain.events import Fact, Recorded
from engine.ports.store import Store

Listener = Callable[[Recorded], None]


class Recorder:
    """Append facts to the store and tell them, in order, to the listeners."""

    def __init__(self, store: Store, last_seq: int) -> None:
        """Continue after the newest fact that is on disk."""
        self._store = store
        self._last_seq = last_seq
        self._listeners: list[Listener] = []
        self._news = asyncio.Event()

    @property
    def last_seq(self) -> int:
        """Return the number of the newest fact."""
        return self._last_seq

    def listen(self, listener: Listener) -> None:
        """Add a listener; it is called after the fact is durable and must not raise."""
        self._listeners.append(listener)

    async def record(self, facts: Sequence[Fact]) -> None:
        """Make facts durable, then tell them.

        Raises:
            DiskFailed: the write is not certain; no listener was told.
        """
        for recorded in await self._store.append(facts):
            self._last_seq = recorded.seq
            for listener in self._listeners:
                listener(recorded)
        self._news.set()

    def since(self, after: int, most: int) -> Sequence[Recorded]:
        """Return up to `most` facts numbered above `after`, oldest first."""
        return self._store.tail(after, most)

    async def wait_beyond(self, after: int, seconds: float) -> None:
        """Return once a fact above `after` exists, or when the time is over."""
        try:
            async with asyncio.timeout(seconds):
                while self._last_seq <= after:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return
