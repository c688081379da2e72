"""Tell the service manager that the bot hears: its loop turns, and Telegram is being asked.

Whether Telegram answers is not the question. An outage of Telegram passes by itself, and a bot that
is started again and again through it would in the end stay down.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bot.clock import Clock
from bot.poll_request import PollRequest
from engine.notify import Notifier

_log = logging.getLogger(__name__)
# The longest poll: 25 s at Telegram and every timeout of the connection used up come to 85 s.
DEAF_AFTER_S = 180.0


class Watchdog:
    """Sends a sign of life to the manager as long as there is one."""

    def __init__(self, notifier: Notifier, poll: PollRequest, clock: Clock) -> None:
        """Watch the poll; nothing is sent yet."""
        self._notifier = notifier
        self._poll = poll
        self._clock = clock
        self._is_deaf = False

    def beat(self) -> None:
        """Send a sign of life, unless polls have stopped coming and going."""
        last = self._poll.last_sign
        silent_s = 0.0 if last is None else self._clock.monotonic() - last
        if silent_s <= DEAF_AFTER_S:
            self._is_deaf = False
            self._notifier.watchdog()
        elif not self._is_deaf:
            self._is_deaf = True
            _log.error("poll.deaf silent_s=%.0f: the service manager will end this", silent_s)

    @asynccontextmanager
    async def running(self, interval_s: float | None) -> AsyncIterator[None]:
        """Beat at an interval for as long as this is held; never where it is None."""
        if interval_s is None:
            yield
            return
        task = asyncio.create_task(self._run(interval_s), name="watchdog")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _run(self, interval_s: float) -> None:
        while True:
            self.beat()
            await self._clock.sleep(interval_s)
