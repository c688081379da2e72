"""Everything that reaches Upbit: clients, rate budget, lines, one way to call."""

import random
from collections.abc import Sequence

from engine.ports.clock import Clock
from engine.ports.venue import SurfaceName
from engine.venues.live.call import CallPlan
from engine.venues.live.outcome import Response
from engine.venues.live.skew import by_date
from engine.venues.live.wire import LiveWire, Patience
from engine.venues.upbit.client import UpbitAddresses, UpbitClients, UpbitKeys
from engine.venues.upbit.dialect import DIALECT, LIMITS, TICKER, note_limits
from engine.venues.upbit.history import History
from engine.venues.upbit.pyupbit_shim import QuotationShim

USUAL = Patience(orders_s=60.0)


class UpbitWire(LiveWire):
    """What the parts of the adapter share."""

    def __init__(
        self,
        at: UpbitAddresses,
        keys: UpbitKeys,
        surfaces: Sequence[SurfaceName],
        clock: Clock,
        patience: Patience = USUAL,
    ) -> None:
        """Prepare; nothing is sent before the first call."""
        plan = CallPlan(DIALECT, random.SystemRandom().random, patience.call_s)
        super().__init__(surfaces, LIMITS, plan, patience, clock)
        self.clients = UpbitClients(at, keys, self._note, patience.call_s, [by_date(self.skew)])
        self.history = History(QuotationShim(at.rest, patience.call_s), clock)

    async def resync(self) -> None:
        """Ask a cheap question: its answer, as every other, is dated by the venue's clock."""
        await self.ask(self.ping, {TICKER: 1})

    async def ping(self) -> object:
        """Ask for the price of one market."""
        return await self.clients.exchange.publicGetTicker({"markets": "KRW-BTC"})

    async def close(self) -> None:
        """Let go of every connection, and give pyupbit back what was replaced."""
        await self.history.close()
        await self.clients.close()

    def _note(self, response: Response) -> None:
        note_limits(self.budget, response)
