"""A live adapter under a real order desk: what both venues' benches share."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

from engine.clock import SystemClock
from engine.core.orders import OrderDesk
from engine.core.portfolio import Portfolio
from engine.core.recorder import Recorder
from engine.domain.events import CapitalSet, Fact
from engine.domain.venue import VenueName
from engine.ports.venue import OrderReport, SurfaceName, SurfaceState, Venue, VenueEvent
from tests.core.fakes import MemoryStore
from tests.exchanges.running import Running, VenueServer
from tests.exchanges.terms import VenueOrder

PATIENCE_S = 10.0

Server = TypeVar("Server", bound=VenueServer)
Traded = TypeVar("Traded", bound=Venue)


class ShiftedClock(SystemClock):
    """The host's clock, ahead by what a test has let pass."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self):
        return super().now() + self._ahead

    def pass_by(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


@dataclass
class Bench(Generic[Server, Traded]):
    """One venue, one desk, and everything they said."""

    running: Running
    server: Server
    venue: Traded
    clock: ShiftedClock
    store: MemoryStore
    portfolio: Portfolio
    desk: OrderDesk
    events: list[VenueEvent] = field(default_factory=list)

    def facts(self, kind: type[Fact]) -> list[Any]:
        return self.store.of(kind)

    def told(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def theirs(self) -> Sequence[VenueOrder]:
        """Return every order that the venue ever took."""
        return self.server.exchange.orders()

    def asked(self, method: str = "*", path: str = "*") -> int:
        return len(self.server.faults.asked(method, path))

    async def hear(self, event: VenueEvent) -> None:
        """Take an event as the core does: order reports are booked."""
        self.events.append(event)
        if isinstance(event, OrderReport):
            await self.desk.report(event)

    def state(self, name: SurfaceName) -> SurfaceState:
        return next(each.state for each in self.venue.surfaces() if each.name is name)

    def lines_up(self) -> bool:
        return all(each.state is SurfaceState.UP for each in self.venue.surfaces())


async def bench(
    running: Running, server: Server, venue: Traded, clock: ShiftedClock, capital: int
) -> Bench[Server, Traded]:
    """Put a desk with some capital over a venue."""
    profile, store = venue.profile, MemoryStore([])
    portfolio = Portfolio(profile.name, profile.quote)
    desk = OrderDesk(venue, portfolio, Recorder(store, 0), clock, Decimal("0.5"))
    name: VenueName = profile.name
    await desk.book([CapitalSet(name, profile.quote, Decimal(capital), clock.now())])
    return Bench(running, server, venue, clock, store, portfolio, desk)


@asynccontextmanager
async def connected(
    made: Bench[Server, Traded], streams: Sequence[str]
) -> AsyncIterator[Bench[Server, Traded]]:
    """Open the venue for a block; `streams` are markets to follow, none for REST alone."""
    await made.venue.connect()
    streaming = asyncio.create_task(made.venue.run(made.hear)) if streams else None
    if streams:
        made.venue.follow(streams)
        await until(made.lines_up)
    try:
        yield made
    finally:
        if streaming is not None:
            streaming.cancel()
            await asyncio.gather(streaming, return_exceptions=True)
        await made.venue.close()


async def early_in_a_minute(left_s: float = 5.0) -> None:
    """Wait for the next minute where the present one ends before a case about minutes is over."""
    left = 60.0 - time.time() % 60.0
    if left < left_s:
        await asyncio.sleep(left + 0.05)


async def until(condition: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Wait until something is so; whatever makes it so runs in the same event loop."""
    async with asyncio.timeout(patience_s):
        while not condition():  # noqa: ASYNC110 - what is waited for announces itself nowhere
            await asyncio.sleep(0.01)
