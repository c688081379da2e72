"""What the parts of one venue's desk share."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.backoff import FREE_TRIES, Backoff
from engine.core.day import DayLoss
from engine.core.external import Externals
from engine.core.link import Link
from engine.core.market import Market
from engine.core.operator import Operator
from engine.core.orders import AUTH_FAILED, OrderDesk
from engine.core.portfolio import Portfolio
from engine.core.rules import TradingRules
from engine.core.why import Decisions
from engine.domain.custody import PositionAdjusted, SymbolPaused
from engine.domain.errors import AuthFailed
from engine.domain.events import Fact
from engine.domain.exits import ExitReason
from engine.domain.instrument import Instrument
from engine.domain.intent import OrderIntent, Purpose, Side
from engine.domain.money import ZERO
from engine.domain.order import Order, OrderStatus
from engine.phrases.causes import Cause
from engine.ports.clock import Clock
from engine.ports.venue import Venue, VenueProfile

MINUTE = timedelta(minutes=1)


@dataclass
class DeskContext:
    """One venue's book, markets, orders and rules; the desk alone changes `rules` and `loops`.

    `busy` names markets with a decision under way, `short` what the venue holds of a market where
    that is less than the book says, `shortfall` how much quote the venue has less than the book.
    `entering` is the quote that entries take which are decided and not in the book yet: markets are
    decided on side by side. `closed_until` is where the closed candles of a market end that its
    history or its stream has told. `leaving` says why a position, known by when it was opened, is
    being sold piece by piece. `rules_stale` asks for the markets' rules anew.
    """

    venue: Venue
    portfolio: Portfolio
    orders: OrderDesk
    operator: Operator
    clock: Clock
    rules: TradingRules
    decisions: Decisions
    day_loss: DayLoss
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    markets: dict[str, Market] = field(default_factory=dict)
    closed_until: dict[str, datetime] = field(default_factory=dict)
    busy: set[str] = field(default_factory=set)
    backoff: Backoff = field(default_factory=Backoff)
    short: dict[str, Decimal] = field(default_factory=dict)
    shortfall: Decimal = ZERO
    entering: dict[str, Decimal] = field(default_factory=dict)
    leaving: dict[str, tuple[ExitReason, datetime]] = field(default_factory=dict)
    loops: int = 0
    sent: deque[datetime] = field(default_factory=deque)
    rules_stale: bool = False
    link: Link = field(init=False)
    externals: Externals = field(init=False)

    def __post_init__(self) -> None:
        """Build what follows from the parts."""
        self.link = Link(self.portfolio.venue, self.orders, self.clock)
        self.externals = Externals(self.portfolio)

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

    def recount(self) -> None:
        """Count the entries that the restored book remembers: a restart does not lift the cap."""
        orders = self.portfolio.orders.values()
        before = (o.created_at for o in orders if o.intent.purpose is Purpose.ENTRY)
        sent = sorted((*self.sent, *before))
        self.sent.clear()
        self.sent.extend(sent)

    def free_cash(self) -> Decimal:
        """Return the quote that a new entry may use: neither bound, nor decided on, nor missing."""
        booked = {o.intent.symbol for o in self.portfolio.pending() if o.intent.side is Side.BUY}
        decided = sum((n for symbol, n in self.entering.items() if symbol not in booked), ZERO)
        free = self.portfolio.cash - self.portfolio.reserved() - self.portfolio.margin_used()
        return free - decided - self.shortfall

    async def enter(self, intent: OrderIntent) -> None:
        """Send an entry and count it for the cap per minute; exits are never held back."""
        self.sent.append(self.clock.now())
        self.entering[intent.symbol] = intent.quantity * intent.decision_price / intent.leverage
        try:
            placed = await self.orders.submit([intent])
        finally:
            self.entering.pop(intent.symbol, None)
        await self.conclude(intent.symbol, Purpose.ENTRY, placed)

    async def conclude(self, symbol: str, purpose: Purpose, placed: Sequence[Order]) -> None:
        """Learn from what became of orders: after refusals wait, after three alike pause."""
        if self.orders.is_quiet:
            return
        refused = [order for order in placed if order.status is OrderStatus.REFUSED]
        if any(order.refusal.startswith(AUTH_FAILED) for order in refused):
            await self.link.failed(AuthFailed(refused[0].refusal))
        now = self.clock.now()
        if purpose is not Purpose.ENTRY:
            self.backoff.note(symbol, purpose, now, refused=bool(refused))
        why = self.backoff.repeated(symbol, [order.refusal for order in refused])
        if why and symbol not in self.portfolio.paused:
            self.rules_stale = True
            again = Cause.REFUSED_AGAIN.say(times=FREE_TRIES, refusal=why)
            await self.orders.book([SymbolPaused(self.portfolio.venue, symbol, again, now)])

    async def adjust(self, make: Callable[[], Sequence[Fact]]) -> None:
        """Bring a position down to what the venue holds; that is neither profit nor loss."""
        for fact in await self.orders.book_made(make):
            if isinstance(fact, PositionAdjusted):
                self.day_loss.shift(-fact.value)
