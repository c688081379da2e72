"""What the parts of one venue's desk share."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.backoff import Backoff
from engine.core.day import DayLoss
from engine.core.market import Market
from engine.core.operator import Operator
from engine.core.orders import OrderDesk
from engine.core.portfolio import Portfolio
from engine.core.rules import TradingRules
from engine.core.why import Decisions
from engine.domain.intent import OrderIntent
from engine.ports.clock import Clock
from engine.ports.venue import Venue, VenueProfile

MINUTE = timedelta(minutes=1)


@dataclass
class DeskContext:
    """One venue's book, markets, orders and rules; the desk alone changes `rules` and `loops`.

    `busy` names markets with a decision under way, `short` what the venue holds of a market where
    that is less than the book says.
    """

    venue: Venue
    portfolio: Portfolio
    orders: OrderDesk
    operator: Operator
    clock: Clock
    rules: TradingRules
    decisions: Decisions
    day_loss: DayLoss
    markets: dict[str, Market] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    backoff: Backoff = field(default_factory=Backoff)
    short: dict[str, Decimal] = field(default_factory=dict)
    loops: int = 0
    sent: deque[datetime] = field(default_factory=deque)

    @property
    def profile(self) -> VenueProfile:
        """Return what is fixed about the venue."""
        return self.venue.profile

    def prices(self) -> dict[str, Decimal]:
        """Return the newest price of every held market."""
        priced = {}
        for symbol in self.portfolio.positions:
            market = self.markets.get(symbol)
            price = market.price if market is not None else None
            if price is not None:
                priced[symbol] = price
        return priced

    def equity(self) -> Decimal:
        """Return what the book is worth now, in quote."""
        return self.portfolio.equity(self.prices())

    def session_open(self) -> bool:
        """Return whether orders can trade now."""
        return self.profile.sessions.is_open(self.clock.now())

    def orders_last_minute(self) -> int:
        """Return how many entries were sent in the last minute."""
        now = self.clock.now()
        while self.sent and now - self.sent[0] >= MINUTE:
            self.sent.popleft()
        return len(self.sent)

    async def enter(self, intent: OrderIntent) -> None:
        """Send an entry and count it for the cap per minute; exits are never held back."""
        self.sent.append(self.clock.now())
        await self.orders.submit([intent])
