"""Everything that reaches Upbit: clients, rate budget, lines, one way to call."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain.errors import VenueDown
from engine.ports.clock import Clock
from engine.ports.venue import SurfaceName
from engine.venues.live.budget import Budget
from engine.venues.live.call import Caller, CallPlan
from engine.venues.live.lines import Lines
from engine.venues.live.outcome import Response
from engine.venues.upbit.client import TIMEOUT_S, UpbitAddresses, UpbitClients, UpbitKeys
from engine.venues.upbit.dialect import LIMITS, dialect, note_limits
from engine.venues.upbit.history import History
from engine.venues.upbit.pyupbit_shim import QuotationShim


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a call may take, and a stream say nothing, before something is done."""

    call_s: float = TIMEOUT_S
    prices_s: float = 30.0
    orders_s: float = 60.0


USUAL = Patience()


class UpbitWire:
    """What the parts of the adapter share."""

    def __init__(
        self,
        at: UpbitAddresses,
        keys: UpbitKeys,
        names: Sequence[SurfaceName],
        clock: Clock,
        patience: Patience = USUAL,
    ) -> None:
        """Prepare; nothing is sent before the first call."""
        self.clock = clock
        self.patience = patience
        self.random = random.SystemRandom().random
        self.budget = Budget(LIMITS, clock)
        self.lines = Lines(names, clock)
        self.clients = UpbitClients(at, keys, self._note, patience.call_s)
        plan = CallPlan(dialect(), self.random, patience.call_s)
        self.caller = Caller(plan, self.budget, self.lines, clock)
        self.history = History(QuotationShim(at.rest, patience.call_s), clock)

    def check_open(self) -> None:
        """Raise VenueDown while the venue asked to be left alone: no line is dialled either."""
        until = self.budget.closed_until
        if until is not None:
            message = f"the venue asked to be left alone until {until:%H:%M:%S}"
            raise VenueDown(message)

    def _note(self, response: Response) -> None:
        note_limits(self.budget, response)
