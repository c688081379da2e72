"""One venue's book: capital, positions, orders and ledger, changed by facts alone."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from engine.domain.custody import PositionAdjusted, SymbolPaused, SymbolResumed
from engine.domain.errors import StateCorrupt
from engine.domain.events import (
    CapitalSet,
    DustDropped,
    ExitsChanged,
    Fact,
    FundingPaid,
    LiquidationNeared,
    OrderFact,
    OrderFilled,
    OrderIntended,
    PositionClosed,
)
from engine.domain.ids import ClientOrderId, TradeId
from engine.domain.instrument import base_and_quote
from engine.domain.intent import OrderIntent, Purpose, Side
from engine.domain.ledger import Ledger, postings
from engine.domain.money import ZERO
from engine.domain.order import Order, OrderStatus, apply, intended
from engine.domain.position import Position, adjusted, filled, opened
from engine.domain.venue import VenueName

HISTORY_KEPT = 200
ORDERS_KEPT = 60


@dataclass(frozen=True, slots=True)
class EntryMark:
    """The newest entry decision on a market: `taken` once an order of it may have traded."""

    decision: str
    attempts: int
    taken: bool


class Portfolio:
    """What Pasu owns at one venue and what it has asked for."""

    def __init__(self, venue: VenueName, quote: str) -> None:
        """Start with nothing; facts fill it."""
        self.venue = venue
        self.quote = quote
        self.initial_capital = ZERO
        self.ledger = Ledger()
        self.positions: dict[str, Position] = {}
        self.orders: dict[ClientOrderId, Order] = {}
        self._open: dict[str, set[ClientOrderId]] = {}
        self.history: deque[PositionClosed] = deque(maxlen=HISTORY_KEPT)
        self.entries: dict[str, EntryMark] = {}
        self.exits_sent: dict[str, int] = {}
        self.ladder: dict[str, str] = {}
        self.paused: dict[str, str] = {}
        self.settled_funding: deque[TradeId] = deque(maxlen=ORDERS_KEPT)
        self.closed_trades = 0
        self.realized = ZERO
        self.foreign_fees = ZERO
        self.dust = 0

    @property
    def cash(self) -> Decimal:
        """Return the quote currency of the book, locked or not."""
        return self.ledger.held(self.quote)

    @property
    def has_pending(self) -> bool:
        """Return whether any order has not ended."""
        return bool(self._open)

    def reserved(self) -> Decimal:
        """Return the quote that buys under way may still take, from their decision prices."""
        return sum(
            (
                (order.intent.quantity - order.filled_quantity)
                * order.intent.decision_price
                / order.intent.leverage
                for order in self.pending()
                if order.intent.side is Side.BUY
            ),
            ZERO,
        )

    def pending(self) -> Iterator[Order]:
        """Return the orders that have not ended."""
        return (self.orders[key] for symbol in list(self._open) for key in self._sorted(symbol))

    def orders_of(self, symbol: str) -> tuple[Order, ...]:
        """Return the orders of a market that have not ended."""
        if symbol not in self._open:
            return ()
        return tuple(self.orders[key] for key in self._sorted(symbol))

    def put(self, order: Order) -> None:
        """Take an order over as it now stands."""
        key, symbol = order.intent.client_id, order.intent.symbol
        self.orders[key] = order
        if not order.status.is_final:
            self._open.setdefault(symbol, set()).add(key)
        elif symbol in self._open:
            self._open[symbol].discard(key)
            if not self._open[symbol]:
                del self._open[symbol]

    def equity(self, prices: Mapping[str, Decimal]) -> Decimal:
        """Return cash plus what the positions are worth at the prices, in quote.

        A contract is worth its unrealized profit, a holding its price; a market without a price
        counts at its entry. Fees paid in a third asset (BNB) count at their value when paid.
        """
        return (
            self.cash
            - self.foreign_fees
            + sum(
                (
                    self.worth(position, prices.get(position.symbol, position.entry_price))
                    for position in self.positions.values()
                ),
                ZERO,
            )
        )

    def worth(self, position: Position, price: Decimal) -> Decimal:
        """Return what a position adds to equity at a price."""
        if self.venue is VenueName.BINANCE_FUTURES:
            return position.unrealized(price)
        return position.value(price)

    def margin_used(self) -> Decimal:
        """Return the quote bound as margin by contract positions."""
        if self.venue is not VenueName.BINANCE_FUTURES:
            return ZERO
        return sum((p.quantity * p.entry_price / p.leverage for p in self.positions.values()), ZERO)

    def apply(self, fact: Fact) -> None:
        """Change the book by one fact of this venue.

        Raises:
            StateCorrupt: the fact contradicts the book.
        """
        match fact:
            case OrderIntended():
                self._begin(fact.intent, fact.at)
            case CapitalSet():
                self.initial_capital += fact.amount
            case PositionClosed():
                self._close(fact)
            case ExitsChanged():
                position = self._held(fact.symbol)
                self.positions[fact.symbol] = replace(position, exits=fact.exits)
            case DustDropped():
                self._drop(fact)
            case LiquidationNeared():
                self.ladder[fact.symbol] = fact.step
            case FundingPaid():
                self._fund(fact)
            case PositionAdjusted() | SymbolPaused() | SymbolResumed():
                self._guard(fact)
            case _:
                self._order_fact(fact)
        if not isinstance(fact, OrderFilled):
            self.ledger.post(postings(fact))

    def see(self, symbol: str, price: Decimal) -> None:
        """Note a price, which may lift the high of a position."""
        position = self.positions.get(symbol)
        if position is not None and price > position.high:
            self.positions[symbol] = position.seen(price)

    def _guard(self, fact: PositionAdjusted | SymbolPaused | SymbolResumed) -> None:
        match fact:
            case PositionAdjusted():
                position = self._held(fact.symbol)
                self.positions[fact.symbol] = adjusted(position, fact.after, fact.price)
            case SymbolPaused():
                self.paused[fact.symbol] = fact.why
            case SymbolResumed():
                self.paused.pop(fact.symbol, None)

    def _sorted(self, symbol: str) -> list[ClientOrderId]:
        return sorted(self._open[symbol])

    def _begin(self, intent: OrderIntent, at: datetime) -> None:
        self.put(intended(OrderIntended(intent, at)))
        if intent.purpose is Purpose.ENTRY:
            mark = self.entries.get(intent.symbol)
            again = mark is not None and mark.decision == intent.decision
            attempts = mark.attempts + 1 if mark is not None and again else 1
            self.entries[intent.symbol] = EntryMark(intent.decision, attempts, taken=True)
        else:
            self.exits_sent[intent.symbol] = self.exits_sent.get(intent.symbol, 0) + 1
        self._forget_old_orders()

    def _order_fact(self, fact: Fact) -> None:
        if not isinstance(fact, OrderFact):
            return
        order = self.orders.get(fact.client_id)  # type: ignore[union-attr]
        if order is None:
            message = f"{type(fact).__name__} of an order that was never intended"
            raise StateCorrupt(message)
        if isinstance(fact, OrderFilled) and fact.trade_id not in order.trades:
            self._fill(order.intent, fact)
        self.put(apply(order, fact))
        dead = self.orders[order.intent.client_id].status in (
            OrderStatus.REFUSED,
            OrderStatus.NEVER_ARRIVED,
        )
        if dead and order.is_uncertain and order.intent.purpose is Purpose.ENTRY:
            self._release(order.intent)

    def _release(self, intent: OrderIntent) -> None:
        mark = self.entries.get(intent.symbol)
        if mark is not None and mark.decision == intent.decision:
            self.entries[intent.symbol] = replace(mark, taken=False)

    def _fill(self, intent: OrderIntent, fact: OrderFilled) -> None:
        base, quote = base_and_quote(self.venue, fact.symbol)
        if fact.fee_asset not in (base, quote):
            self.foreign_fees += fact.fee_in_quote
        position = self.positions.get(fact.symbol)
        if position is None and fact.side is Side.SELL:
            message = f"{fact.client_id} sold {fact.symbol}, which the book does not hold"
            raise StateCorrupt(message)
        self.ledger.post(postings(fact))
        if position is None:
            self.positions[fact.symbol] = opened(intent, fact, base)
            return
        self.positions[fact.symbol] = filled(position, fact, base)
        if self.venue is VenueName.BINANCE_FUTURES and fact.side is Side.SELL:
            self.ledger.realize(quote, fact.quantity * (fact.price - position.entry_price))

    def _fund(self, fact: FundingPaid) -> None:
        self.settled_funding.append(fact.settlement_id)
        position = self.positions.get(fact.symbol)
        if position is not None:
            funding = position.funding + fact.amount
            self.positions[fact.symbol] = replace(position, funding=funding)

    def _held(self, symbol: str) -> Position:
        position = self.positions.get(symbol)
        if position is None:
            message = f"a fact about {symbol}, which the book does not hold"
            raise StateCorrupt(message)
        return position

    def _drop(self, fact: DustDropped) -> None:
        self.dust += 1
        position = self._held(fact.symbol)
        rest = position.quantity - fact.quantity
        self.positions[fact.symbol] = replace(position, quantity=rest)

    def _close(self, fact: PositionClosed) -> None:
        self.positions.pop(fact.symbol, None)
        self.exits_sent.pop(fact.symbol, None)
        self.ladder.pop(fact.symbol, None)
        self.history.append(fact)
        self.closed_trades += 1
        self.realized += fact.pnl

    def _forget_old_orders(self) -> None:
        ended = [key for key, order in self.orders.items() if order.status.is_final]
        for key in ended[: max(0, len(ended) - ORDERS_KEPT)]:
            del self.orders[key]


def status_counts(portfolio: Portfolio) -> tuple[int, int]:
    """Return how many orders are open and how many are of unknown fate."""
    pending = tuple(portfolio.pending())
    unknown = sum(1 for order in pending if order.status is not OrderStatus.OPEN)
    return len(pending) - unknown, unknown
