"""Keep a stream alive: connect, catch up, listen, and begin anew when it falls silent or breaks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from engine.domain.errors import AuthFailed, DiskFailed, Malformed, StateCorrupt, VenueDown
from engine.phrases.causes import Cause
from engine.ports.venue import SurfaceName
from engine.venues.live.backoff import Backoff
from engine.venues.live.lines import Lines

AUTH_REST_S = 300.0
STEADY_S = 60.0
"""A connection that held this long was a good one: the next attempt after it waits a second."""
INBOX = 20_000
"""Messages that may wait while one is handled; a stream that is further behind begins anew."""

_GONE = object()

_log = logging.getLogger(__name__)

Put = Callable[[Any], None]


class StreamBroken(Exception):
    """Raised when a connection must be given up: closed, silent, or too far behind."""


class Feed(Protocol):
    """What a venue does for one of its streams; the `Supervisor` decides when.

    `silence_s` is how long it may say nothing: three times its normal gap, or 30 seconds.
    `lasts_s` is how long a connection may be used: it is renewed before the venue ends it.
    """

    @property
    def surface(self) -> SurfaceName:
        """Return which line of the venue this is."""
        ...

    @property
    def silence_s(self) -> float:
        """Return the seconds of silence after which `silent` is called."""
        ...

    @property
    def lasts_s(self) -> float:
        """Return the seconds after which a connection is renewed without a word."""
        ...

    async def open(self, put: Put) -> Awaitable[object]:
        """Connect and subscribe; hand every message to `put` from then on.

        Returns what fails, or ends, once the connection is gone. Raises AuthFailed where no retry
        helps, anything else where one may.
        """
        ...

    async def catch_up(self) -> None:
        """Bring in by REST what the stream did not tell: before its first message is heard."""
        ...

    async def hear(self, message: Any) -> None:  # noqa: ANN401 - as the venue sends it
        """Take one message; raises Malformed for one that makes no sense: dropped and counted."""
        ...

    async def silent(self) -> None:
        """Find out whether silence is natural; raise StreamBroken where it is not."""
        ...

    async def close(self) -> None:
        """Let the connection go, whatever state it is in."""
        ...


class Supervisor:
    """Runs one feed for ever; it alone tells that its line was lost and that it is back.

    The line counts as back after the catch-up and not before: nothing is decided on a stream that
    may have missed something.
    """

    def __init__(self, feed: Feed, lines: Lines, random: Callable[[], float]) -> None:
        """`random` returns numbers from 0 to 1 for the jitter of reconnections."""
        self._feed = feed
        self._lines = lines
        self._backoff = Backoff(random)
        self._up_at: float | None = None
        self.malformed = 0

    async def run(self) -> None:
        """Keep the feed alive until cancelled."""
        while True:
            wait_s = 0.0
            try:
                await self._once()
            except (DiskFailed, StateCorrupt):
                raise
            except AuthFailed as e:
                self._lines.lost(self._feed.surface, str(e), auth_failed=True)
                wait_s = AUTH_REST_S
            except Exception as e:  # noqa: BLE001 - a library's own errors are trouble with the network
                self._lines.lost(self._feed.surface, _words(e))
                wait_s = self._next_wait_s()
            finally:
                await self._close()
            await asyncio.sleep(wait_s)

    async def _once(self) -> None:
        inbox: asyncio.Queue[Any] = asyncio.Queue()
        gone = asyncio.ensure_future(await self._feed.open(inbox.put_nowait))
        gone.add_done_callback(lambda _: inbox.put_nowait(_GONE))
        try:
            await self._feed.catch_up()
            self._lines.heard(self._feed.surface)
            self._up_at = asyncio.get_running_loop().time()
            await self._listen(inbox, gone)
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)

    async def _listen(self, inbox: asyncio.Queue[Any], gone: asyncio.Future[object]) -> None:
        loop = asyncio.get_running_loop()
        renew_at = loop.time() + self._feed.lasts_s
        while loop.time() < renew_at:
            if inbox.qsize() > INBOX:
                raise StreamBroken(Cause.TOO_FAST.say())
            try:
                async with asyncio.timeout(self._feed.silence_s):
                    message = await inbox.get()
            except TimeoutError:
                await self._feed.silent()
                continue
            if message is _GONE:
                raise _ended(gone)
            self._lines.heard(self._feed.surface)
            try:
                await self._feed.hear(message)
            except Malformed as e:
                self.malformed += 1
                _log.warning("stream.malformed surface=%s cause=%s", self._feed.surface, e)

    def _next_wait_s(self) -> float:
        up_at, self._up_at = self._up_at, None
        if up_at is not None and asyncio.get_running_loop().time() - up_at >= STEADY_S:
            self._backoff.reset()
        return self._backoff.next_s()

    async def _close(self) -> None:
        try:
            await self._feed.close()
        except Exception as e:  # noqa: BLE001 - what is given up may fail in any way
            _log.info("stream.close_failed surface=%s cause=%s", self._feed.surface, _words(e))


def _ended(gone: asyncio.Future[object]) -> StreamBroken:
    error = None if gone.cancelled() else gone.exception()
    return StreamBroken(Cause.CONNECTION_ENDED.say(error=error or "closed"))


def _words(error: Exception) -> str:
    if isinstance(error, StreamBroken | VenueDown):
        return str(error)
    return f"{type(error).__name__}: {error}"
