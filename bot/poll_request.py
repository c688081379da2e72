"""A getUpdates connection that never goes deaf.

python-telegram-bot 22.8 ends its polling task for good on a single 401 or 404, loops silently when
its one connection is wedged, and waits up to 30 s after an outage. All of these are turned into
timeouts here, which it retries at once; how long to wait before that is decided here, and the
connection is rebuilt when it keeps failing.
"""

import logging
from collections.abc import Callable
from typing import Any

from telegram.error import NetworkError, TimedOut
from telegram.request import HTTPXRequest

from bot.clock import Clock
from bot.server_time import ServerTime

_log = logging.getLogger(__name__)
_FIRST_WAIT_S, _MOST_WAIT_S = 0.25, 3.0
_REBUILD_EVERY = 5
# A poll of a predecessor lingers for as long as its timeout; a rival that outlives this is real.
_RIVAL_S = 90.0
_REJECTED = frozenset({401, 404})
_CONFLICT, _BROKEN = 409, 500
_SUCCESS = range(200, 300)


class PollRequest(HTTPXRequest):
    """The request object for getUpdates, with monotonic times of how it goes.

    `last_ok` is when a poll was last answered well; `last_sign` when one last began or ended,
    however it ended, None before the first.
    """

    def __init__(self, clock: Clock, on_rival: Callable[[], None], **arguments: Any) -> None:  # noqa: ANN401 - passed through to httpx
        """Take what is called when another program keeps polling with the same token."""
        super().__init__(**{"connection_pool_size": 2, **arguments})
        self._clock = clock
        self._on_rival = on_rival
        self._wait_s = 0.0
        self._failures = 0
        self._rival_since: float | None = None
        self.last_ok = clock.monotonic()
        self.last_sign: float | None = None
        self.rejections = 0
        self.rebuilds = 0

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:  # noqa: ANN401 - the signature of the base
        """Poll once; failures that python-telegram-bot would not survive become timeouts.

        Raises:
            TimedOut: try again at once, the waiting was done here.
        """
        self.last_sign = self._clock.monotonic()
        try:
            return await self._polled(*args, **kwargs)
        finally:
            self.last_sign = self._clock.monotonic()

    async def _polled(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:  # noqa: ANN401 - as above
        try:
            status, body = await super().do_request(*args, **kwargs)
        except NetworkError as e:
            await self._failed(type(e.__cause__ or e).__name__)
            raise TimedOut(f"poll: {type(e).__name__}") from e
        if status in _REJECTED:
            self.rejections += 1
            if self.rejections == 1:
                _log.error("poll.rejected status=%s: is the bot token still valid?", status)
            await self._clock.sleep(_MOST_WAIT_S)
            raise TimedOut(f"poll: HTTP {status}")
        if status == _CONFLICT:
            self._conflict()
        if status == _CONFLICT or status >= _BROKEN:
            await self._failed(f"HTTP {status}")
            raise TimedOut(f"poll: HTTP {status}")
        if status in _SUCCESS:
            self._succeeded()
        return status, body

    async def _failed(self, cause: str) -> None:
        self._failures += 1
        if self._failures == 1:
            _log.warning("poll.failing cause=%s", cause)
        self._wait_s = min(_MOST_WAIT_S, max(_FIRST_WAIT_S, self._wait_s * 2))
        await self._clock.sleep(self._wait_s)
        if self._failures % _REBUILD_EVERY == 0:
            await self.shutdown()
            await self.initialize()
            self.rebuilds += 1

    def _conflict(self) -> None:
        now = self._clock.monotonic()
        if self._rival_since is None:
            self._rival_since = now
            _log.warning("poll.conflict: another program polls with this token")
        elif now - self._rival_since > _RIVAL_S:
            self._on_rival()

    def _succeeded(self) -> None:
        if self._failures or self.rejections:
            _log.warning("poll.back after failures=%s", self._failures + self.rejections)
        self.last_ok = self._clock.monotonic()
        self._wait_s, self._failures, self.rejections, self._rival_since = 0.0, 0, 0, None


def new_poll(clock: Clock, time: ServerTime, on_rival: Callable[[], None]) -> PollRequest:
    """Return the poll connection with its four timeouts; its answers set the server's time."""
    return PollRequest(
        clock,
        on_rival,
        connect_timeout=10.0,
        read_timeout=20.0,
        write_timeout=20.0,
        pool_timeout=10.0,
        httpx_kwargs={"event_hooks": {"response": [time.note]}},
    )


def new_sender() -> HTTPXRequest:
    """Return the connection for everything but polling, with its four timeouts."""
    return HTTPXRequest(
        connection_pool_size=16,
        connect_timeout=10.0,
        read_timeout=20.0,
        write_timeout=20.0,
        pool_timeout=10.0,
        media_write_timeout=60.0,
    )
