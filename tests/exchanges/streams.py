"""WebSocket connections of a fake exchange, and what goes wrong with them.

A server opens a `Stream` for each connection and sends through it; faults apply to what is sent
from then on, on every connection of a channel ("public", "private", …; "" means all).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(slots=True)
class _Trouble:
    """What is scripted for one channel."""

    silent: bool = False
    delay_s: float = 0.0
    duplicates: int = 0
    reorder: int = 0
    swallow: dict[str, int] = field(default_factory=dict)


class Stream:
    """One connection: `send` puts a message in line, a task of its own writes it."""

    def __init__(self, owner: "Streams", channel: str, request: web.Request) -> None:
        self.channel = channel
        self._owner = owner
        self._request = request
        self._line: asyncio.Queue[tuple[float, str | bytes]] = asyncio.Queue()
        self._held: list[str | bytes] = []

    def send(self, kind: str, message: str | bytes) -> None:
        """Put a message in line, as the faults of the channel allow; bytes go as a binary frame."""
        trouble = self._owner.trouble(self.channel)
        if trouble.silent:
            return
        for wanted in (kind, ""):
            if trouble.swallow.get(wanted, 0) > 0:
                trouble.swallow[wanted] -= 1
                return
        if trouble.reorder:
            self._held.append(message)
            if len(self._held) < trouble.reorder:
                return
            trouble.reorder = 0
            ready, self._held = self._held[::-1], []
        else:
            ready = [message]
        if trouble.duplicates:
            trouble.duplicates -= 1
            ready = [one for one in ready for _ in range(2)]
        due = asyncio.get_running_loop().time() + trouble.delay_s
        for one in ready:
            self._line.put_nowait((due, one))

    def abort(self) -> None:
        """Cut the connection without a closing frame."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def write(self, ws: web.WebSocketResponse) -> None:
        """Write what is in line, for as long as the connection lives."""
        loop = asyncio.get_running_loop()
        with suppress(ConnectionError):
            while True:
                due, message = await self._line.get()
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                if isinstance(message, bytes):
                    await ws.send_bytes(message)
                else:
                    await ws.send_str(message)


class Streams:
    """All WebSocket connections of one server."""

    def __init__(self) -> None:
        self._open: list[Stream] = []
        self._trouble: dict[str, _Trouble] = {}

    @asynccontextmanager
    async def connected(
        self, request: web.Request, ws: web.WebSocketResponse, channel: str
    ) -> AsyncIterator[Stream]:
        """Keep a prepared connection on record, and write to it, until its handler is done."""
        stream = Stream(self, channel, request)
        self._open.append(stream)
        writer = asyncio.create_task(stream.write(ws))
        try:
            yield stream
        finally:
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
            self._open.remove(stream)

    def connections(self, channel: str = "") -> int:
        """Return how many connections are open."""
        return len(self._of(channel))

    def drop(self, channel: str = "") -> None:
        """Cut connections without a closing frame; clients may connect again."""
        for stream in self._of(channel):
            stream.abort()

    def silence(self, channel: str, *, on: bool = True) -> None:
        """Send no data while sockets stay open and pings are answered; what is missed is lost."""
        self.trouble(channel).silent = on

    def duplicate(self, channel: str, times: int = 1) -> None:
        """Send each of the next messages twice."""
        self.trouble(channel).duplicates = times

    def reorder(self, channel: str, among: int = 2) -> None:
        """Hold the next messages of a connection and send them together, the newest first."""
        self.trouble(channel).reorder = among

    def swallow(self, channel: str, times: int = 1, kind: str = "") -> None:
        """Lose the next messages of a kind as the server names it ("" for any)."""
        self.trouble(channel).swallow[kind] = times

    def delay(self, channel: str, seconds: float) -> None:
        """Send everything so much later, in order; 0 ends it."""
        self.trouble(channel).delay_s = seconds

    def clear(self) -> None:
        """End all trouble."""
        self._trouble.clear()

    def trouble(self, channel: str) -> _Trouble:
        """Return what is scripted for a channel."""
        return self._trouble.setdefault(channel, _Trouble())

    def _of(self, channel: str) -> list[Stream]:
        return [stream for stream in self._open if channel in {"", stream.channel}]
