"""Everything that reaches one live venue: its lines, its rate budget, the one way to call it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.domain.errors import Refused, VenueDown
from engine.ports.clock import Clock
from engine.ports.venue import SurfaceName
from engine.venues.live.budget import FREE, Budget, Limit
from engine.venues.live.call import Call, Caller, CallPlan
from engine.venues.live.lines import Lines
from engine.venues.live.skew import Skew


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a call may take, and a stream say nothing, before something is done.

    `clock_s` is how often the clocks are compared.

    A market that is followed trades more than once in ten seconds; an account may rest for hours,
    so that its silence only leads to a question.
    """

    call_s: float = 9.0
    prices_s: float = 30.0
    orders_s: float = 30.0
    clock_s: float = 3600.0


class LiveWire(ABC):
    """What the parts of an adapter share; a venue adds its clients."""

    def __init__(
        self,
        surfaces: Sequence[SurfaceName],
        limits: Mapping[str, Limit],
        plan: CallPlan,
        patience: Patience,
        clock: Clock,
    ) -> None:
        """Prepare; nothing is opened before the first call."""
        self.clock = clock
        self.patience = patience
        self.random = plan.random
        self.lines = Lines(surfaces, clock)
        self.budget = Budget(limits, clock)
        self.caller = Caller(plan, self.budget, self.lines, clock)
        self.skew = Skew(self.lines, clock, is_trading=SurfaceName.ORDERS in surfaces)

    @abstractmethod
    async def resync(self) -> None:
        """Compare this host's clock with the venue's; raises VenueDown where it does not answer."""

    @abstractmethod
    async def ping(self) -> object:
        """Ask the cheapest question there is."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of every connection; the next use opens new ones."""

    async def ask(
        self,
        call: Call,
        costs: Mapping[str, int] = FREE,
        *,
        vital: bool = False,
        signed: bool = False,
    ) -> Any:  # noqa: ANN401 - JSON of any shape
        """Return the decoded answer to a question that the venue has no reason to refuse.

        Raises:
            VenueDown: no answer, or a no.
            AuthFailed: the key is not accepted.
            Malformed: the answer cannot be read.
        """
        try:
            return await self.caller.ask(call, costs, vital=vital, signed=signed)
        except Refused as e:
            raise VenueDown(str(e)) from e

    def check_open(self) -> None:
        """Keep from connecting where the venue asked to be left alone: it bans by address.

        Raises:
            VenueDown: it did, and the time is not over.
        """
        until = self.budget.closed_until
        if until is not None:
            message = f"the venue asked to be left alone until {until:%H:%M:%S}"
            raise VenueDown(message)
