"""Telegram's clock beside ours: a machine whose clock is wrong must not refuse every command."""

import logging
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from bot.clock import Clock

_log = logging.getLogger(__name__)
# The header counts whole seconds and the answer took a while: less than this is no difference.
_NOISE = timedelta(seconds=10)


class ServerTime:
    """The time by the clock that dates messages, learnt from the Date header of answers."""

    def __init__(self, clock: Clock) -> None:
        """Trust this machine's clock until an answer says otherwise."""
        self._clock = clock
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """Return the present moment as Telegram would date it, aware and in UTC."""
        return self._clock.now() + self._offset

    async def note(self, answer: httpx.Response) -> None:
        """Learn from an answer; one without a readable date teaches nothing."""
        try:
            offset = parsedate_to_datetime(answer.headers["Date"]) - self._clock.now()
        except (KeyError, ValueError, TypeError):
            return
        known, self._offset = self._offset, offset if abs(offset) > _NOISE else timedelta(0)
        if self._offset and not known:
            _log.warning("clock.wrong by_s=%.0f: check NTP on this machine", offset.total_seconds())
