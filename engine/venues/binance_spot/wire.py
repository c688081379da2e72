"""The REST side of Binance spot: both clients under one budget, with the venue's clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.ports.clock import Clock
from engine.ports.venue import SurfaceName
from engine.venues.binance_spot.clients import Clients, Key
from engine.venues.binance_spot.dialect import DIALECT, LIMITS, note_usage, weight
from engine.venues.binance_spot.endpoints import Endpoints
from engine.venues.live.answers import at_ms, row
from engine.venues.live.call import CallPlan
from engine.venues.live.outcome import Response
from engine.venues.live.wire import LiveWire, Patience

_MS = 1000


@dataclass(frozen=True, slots=True)
class Access:
    """Where the venue is, with which key, and whose time and chance are used."""

    at: Endpoints
    key: Key
    clock: Clock
    random: Callable[[], float]
    patience: Patience = field(default_factory=Patience)


class Wire(LiveWire):
    """Calls to one account, or to public data alone, with everything they share."""

    def __init__(self, access: Access, surfaces: Sequence[SurfaceName]) -> None:
        """Prepare; nothing is opened before the first call."""
        timeout_s = access.patience.call_s
        plan = CallPlan(DIALECT, access.random, timeout_s, resync=self.resync)
        super().__init__(surfaces, LIMITS, plan, access.patience, access.clock)
        self.at = access.at
        self.clients = Clients(access.at, access.key, timeout_s, self._answered)

    @property
    def now(self) -> datetime:
        """Return the present moment by the venue's clock."""
        return self.clock.now() - timedelta(seconds=self.skew.ahead_s)

    async def resync(self) -> None:
        """Measure how far the venue's clock is from ours, and sign by it from now on.

        Raises:
            VenueDown: it does not answer.
        """
        await self.caller.ask(self._read_clock, weight(1), vital=True)
        self.clients.set_clock(-round(self.skew.ahead_s * _MS))

    async def ping(self) -> object:
        """Ask the cheapest question there is."""
        return await self.clients.exchange.publicGetPing()

    async def close(self) -> None:
        """Let go of every connection."""
        await self.clients.close()

    async def _read_clock(self) -> object:
        exchange = self.clients.exchange
        before = exchange.milliseconds()
        answer = await exchange.publicGetTime()
        after = exchange.milliseconds()
        venue_ms = at_ms(row(answer).get("serverTime")).timestamp() * _MS
        self.skew.measured((venue_ms - after) / _MS, (venue_ms + 1 - before) / _MS)
        return answer

    def _answered(self, response: Response) -> None:
        note_usage(response, self.budget)
