"""The REST side of Binance spot: both clients under one budget, with the venue's clock."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.domain.errors import Refused, VenueDown
from engine.ports.clock import Clock
from engine.ports.venue import SurfaceName
from engine.venues.binance_spot.clients import Clients, Key
from engine.venues.binance_spot.dialect import DIALECT, LIMITS, note_usage, weight
from engine.venues.binance_spot.endpoints import Endpoints
from engine.venues.binance_spot.figures import row, whole
from engine.venues.live.budget import Budget
from engine.venues.live.call import Caller, CallPlan
from engine.venues.live.lines import Lines
from engine.venues.live.outcome import Response

TOLD_SKEW = timedelta(seconds=1)
MOST_SKEW = timedelta(seconds=5)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a call may take, and a stream say nothing, before something is done.

    A market that is followed trades more than once in ten seconds; an account may rest for hours,
    so that its silence only leads to a question.
    """

    call_s: float = 9.0
    prices_s: float = 30.0
    orders_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Access:
    """Where the venue is, with which key, and whose time and chance are used."""

    at: Endpoints
    key: Key
    clock: Clock
    random: Callable[[], float]
    patience: Patience = field(default_factory=Patience)


class Wire:
    """Calls to one account, or to public data alone, with everything they share."""

    def __init__(self, access: Access, surfaces: Sequence[SurfaceName]) -> None:
        """Prepare; nothing is opened before the first call."""
        self.clock = access.clock
        self.random = access.random
        self.at = access.at
        self.patience = access.patience
        self.lines = Lines(surfaces, access.clock)
        self.budget = Budget(LIMITS, access.clock)
        self.clients = Clients(access.at, access.key, access.patience.call_s, self._answered)
        timeout_s = access.patience.call_s
        plan = CallPlan(DIALECT, access.random, timeout_s, resync=self.resync)
        self.caller = Caller(plan, self.budget, self.lines, access.clock)
        self._skew = timedelta(0)

    @property
    def now(self) -> datetime:
        """Return the present moment by the venue's clock."""
        return self.clock.now() + self._skew

    async def resync(self) -> None:
        """Measure how far the venue's clock is from ours, and sign by it from now on.

        Raises:
            VenueDown: it does not answer.
        """
        exchange = self.clients.exchange
        before = exchange.milliseconds()
        answer = await self.caller.ask(exchange.publicGetTime, weight(1), vital=True)
        after = exchange.milliseconds()
        offset_ms = whole(row(answer), "serverTime") - (before + after) // 2
        self.clients.set_clock(offset_ms)
        self._skew = timedelta(milliseconds=offset_ms)
        if abs(self._skew) > TOLD_SKEW:
            _log.warning("venue.clock_off venue=binance_spot offset_ms=%d", offset_ms)

    async def ping(self) -> object:
        """Ask the cheapest question there is."""
        return await self.clients.exchange.publicGetPing()

    def check_open(self) -> None:
        """Keep from connecting where the venue asked to be left alone: it bans by address.

        Raises:
            VenueDown: it did, and the time is not over.
        """
        until = self.budget.closed_until
        if until is not None:
            raise VenueDown(f"to be left alone until {until:%H:%M:%S}")

    def check_clock(self) -> None:
        """Refuse to trade on a clock that is far off: candles and stops would be wrong with it.

        Raises:
            Refused: our clock and the venue's are more than five seconds apart.
        """
        if abs(self._skew) > MOST_SKEW:
            seconds = self._skew.total_seconds()
            raise Refused("clock", f"this host's clock is {seconds:+.1f} s off the venue's")

    def _answered(self, response: Response) -> None:
        note_usage(response, self.budget)
