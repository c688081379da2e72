"""Start and stop a fake exchange on loopback, in the event loop of a test.

    async with serving(UpbitServer(exchange, …)) as running:
        ccxt_client(running.url, running.ws_url)

For a venue in a process of its own see `remote`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Protocol

from aiohttp import web

from tests.exchanges.candles import CandleHistory
from tests.exchanges.clock import MovableClock
from tests.exchanges.faults import Faults
from tests.exchanges.matching import Exchange
from tests.exchanges.streams import Streams

HOST = "127.0.0.1"
_GRACE_S = 0.5


class VenueServer(Protocol):
    """What each venue's server offers; `tests.exchanges.<venue>.server.build(clock)` makes one."""

    @property
    def clock(self) -> MovableClock:
        """The time of fills and candles."""
        ...

    @property
    def exchange(self) -> Exchange:
        """The kernel behind the server."""
        ...

    @property
    def candles(self) -> CandleHistory:
        """What its candle paths serve."""
        ...

    @property
    def faults(self) -> Faults:
        """Faults of its requests, and their log."""
        ...

    @property
    def streams(self) -> Streams:
        """Its WebSocket connections."""
        ...

    def list_market(self, base: str, price: Decimal, minutes: int = 0) -> None:
        """List a market of a coin at a price, with so many minutes of a made-up past."""
        ...

    def application(self) -> web.Application:
        """Return a fresh application whose outermost middleware is that of `faults`."""
        ...


class Running:
    """A server on a loopback port of its own."""

    def __init__(self, server: VenueServer) -> None:
        self.server = server
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    @property
    def url(self) -> str:
        """Return scheme, host and port for HTTP."""
        return f"http://{HOST}:{self.port}"

    @property
    def ws_url(self) -> str:
        """Return scheme, host and port for WebSockets."""
        return f"ws://{HOST}:{self.port}"

    async def start(self, port: int = 0) -> None:
        """Listen; port 0 takes a free one."""
        self._runner = web.AppRunner(self.server.application(), shutdown_timeout=_GRACE_S)
        await self._runner.setup()
        await self._listen(port)

    async def stop(self) -> None:
        """Cut every connection and end."""
        self.server.faults.clear()
        self._cut()
        if self._runner is not None:
            await self._runner.cleanup()

    async def refuse(self) -> None:
        """Refuse connections from now on, and cut those there are."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        self._cut()

    async def accept(self) -> None:
        """Listen again on the same port after `refuse`."""
        if self._site is None:
            await self._listen(self.port)

    async def _listen(self, port: int) -> None:
        if self._runner is None:
            raise RuntimeError("not started")
        self._site = web.TCPSite(self._runner, HOST, port, reuse_address=True)
        await self._site.start()
        self.port = self._runner.addresses[0][1]

    def _cut(self) -> None:
        if self._runner is None or self._runner.server is None:
            return
        for connection in self._runner.server.connections:
            transport = connection.transport
            if isinstance(transport, asyncio.Transport):
                transport.abort()


@asynccontextmanager
async def serving(server: VenueServer) -> AsyncIterator[Running]:
    """Run a server on a free loopback port for the length of a block."""
    running = Running(server)
    await running.start()
    try:
        yield running
    finally:
        await running.stop()
