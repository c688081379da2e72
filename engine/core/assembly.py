"""Build an engine from its ports: the same assembly live, on paper, in replay and in backtests."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.core.context import DeskContext
from engine.core.day import DayLoss
from engine.core.desk import Desk
from engine.core.engine import Engine
from engine.core.engine_tables import Memory
from engine.core.operator import Operator
from engine.core.orders import OrderDesk
from engine.core.portfolio import Portfolio
from engine.core.recorder import Recorder
from engine.core.reload import rules_for
from engine.core.why import Decisions
from engine.domain.venue import VenueName
from engine.ports.clock import Clock
from engine.ports.store import EquityLog, Store
from engine.ports.venue import Venue
from engine.settings import Settings


@dataclass(frozen=True, slots=True)
class TradedVenue:
    """A venue with the clock it runs by: replayed venues have their own time."""

    venue: Venue
    clock: Clock


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything of the outside that an engine is built on."""

    venues: Mapping[VenueName, TradedVenue]
    store: Store
    equity: EquityLog
    clock: Clock


def build_engine(ports: Ports, settings: Settings, last_seq: int, version: str) -> Engine:
    """Return an engine that has not started: `Engine.start` restores its books."""
    recorder = Recorder(ports.store, last_seq)
    operator = Operator(recorder, ports.clock)
    # Entries are counted for all venues together.
    sent: deque[datetime] = deque()
    desks = {
        name: Desk(_context(name, traded, settings, recorder, operator, sent), ports.equity)
        for name, traded in ports.venues.items()
    }
    days = {name: desk.context.day_loss for name, desk in desks.items()}
    memory = Memory(operator, days)
    return Engine(desks, memory, recorder, ports.store, ports.clock, version)


def _context(
    name: VenueName,
    traded: TradedVenue,
    settings: Settings,
    recorder: Recorder,
    operator: Operator,
    sent: deque[datetime],
) -> DeskContext:
    rules = rules_for(settings, name)
    portfolio = Portfolio(name, traded.venue.profile.quote)
    limit = rules.slippage_alert_percent
    orders = OrderDesk(traded.venue, portfolio, recorder, traded.clock, limit)
    return DeskContext(
        venue=traded.venue,
        portfolio=portfolio,
        orders=orders,
        operator=operator,
        clock=traded.clock,
        rules=rules,
        decisions=Decisions(name),
        day_loss=DayLoss(),
        sent=sent,
    )
