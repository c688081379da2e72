"""How far this host's clock is from a venue's: measured, told, and too far for orders.

A measurement is a span that holds the truth: an answer takes its time, and a header names whole
seconds.
"""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from math import inf
from types import SimpleNamespace

import aiohttp

from engine.domain.errors import Refused
from engine.ports.clock import Clock
from engine.ports.venue import ClockOff, ClockRight
from engine.venues.live.lines import Lines
from engine.venues.live.outcome import OK, REDIRECTS

TOLD_S = 1.0
MOST_S = 5.0
DATE_STEP_S = 1.0
"""A `Date` names the second that an answer was written in (RFC 9110, 6.6.1)."""


class Skew:
    """What is known of the venue's clock against ours; only what is certain is said.

    Measurements narrow each other. One that contradicts those before begins anew: a clock was set.
    """

    def __init__(self, lines: Lines, clock: Clock, *, is_trading: bool) -> None:
        """Tell on `lines`; without an account there are no orders to hold back."""
        self._lines = lines
        self._clock = clock
        self._is_trading = is_trading
        self._low, self._high = -inf, inf
        self._is_off = self._is_far = False

    @property
    def ahead_s(self) -> float:
        """Return how many seconds ours is ahead, negative where it is behind, zero unmeasured."""
        return -(self._low + self._high) / 2 if self._high < inf else 0.0

    def measured(self, low_s: float, high_s: float) -> None:
        """Take in that ours is behind by between so many seconds, negative where it is ahead."""
        if low_s > high_s:
            return  # the clock was set while the answer was on its way
        low, high = max(self._low, low_s), min(self._high, high_s)
        self._low, self._high = (low, high) if low <= high else (low_s, high_s)
        was = self._is_off, self._is_far
        self._is_off = self._is_beyond(TOLD_S, before=self._is_off)
        self._is_far = self._is_beyond(MOST_S, before=self._is_far)
        if was != (self._is_off, self._is_far):
            self._tell()

    def check(self) -> None:
        """Refuse to trade on a clock that is far off: candles and stops would be wrong with it.

        Raises:
            Refused: our clock and the venue's are more than five seconds apart.
        """
        if self._is_far:
            raise Refused("clock", f"this host's clock is {self.ahead_s:+.1f} s off the venue's")

    def _is_beyond(self, limit_s: float, *, before: bool) -> bool:
        """Return whether the clocks are further apart; where that is open it is as before."""
        if self._low > limit_s or self._high < -limit_s:
            return True
        is_within = -limit_s <= self._low and self._high <= limit_s
        return before and not is_within

    def _tell(self) -> None:
        now = self._clock.now()
        if self._is_off:
            bars = self._is_far and self._is_trading
            self._lines.put(ClockOff(self.ahead_s, bars, now))
        else:
            self._lines.put(ClockRight(now))


def by_date(skew: Skew, host_s: Callable[[], float] = time.time) -> aiohttp.TraceConfig:
    """Return what makes an HTTP session measure with the `Date` of its answers.

    One that was kept on the way (`Age`) says nothing of now. `host_s` is this host's time.
    """

    async def sent(_session: object, call: SimpleNamespace, _request: object) -> None:
        call.sent_s = host_s()

    async def answered(
        _session: object, call: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        response = ended.response
        if not OK <= response.status < REDIRECTS or "Age" in response.headers:
            return
        try:
            date = parsedate_to_datetime(response.headers.get("Date", ""))
        except ValueError:
            return
        if date.tzinfo is not None:
            second = date.timestamp()
            skew.measured(second - host_s(), second + DATE_STEP_S - call.sent_s)

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(sent)
    trace.on_request_end.append(answered)
    return trace
