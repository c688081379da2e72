"""What the fake exchange has on record: markets, prices, orders, holds, trades, and its news."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from tests.exchanges.books import Book, deep_book
from tests.exchanges.terms import (
    ZERO,
    BalanceChanged,
    Cause,
    Event,
    Kind,
    Market,
    NewOrder,
    OrderChanged,
    OrderList,
    Rejected,
    Status,
    Trade,
    TradeHappened,
    VenueOrder,
)
from tests.exchanges.wallet import Hold, Wallet


class Records:
    """The state of an exchange, changed only through methods that note what to tell."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.wallet = Wallet()
        self.markets: dict[str, Market] = {}
        self.prices: dict[str, Decimal] = {}
        self.books: dict[str, Book] = {}
        self.halted: set[str] = set()
        self.orders: dict[int, VenueOrder] = {}
        self.open: dict[int, None] = {}
        self.by_client_id: dict[str, int] = {}
        self.holds: dict[int, Hold] = {}
        self.lists: dict[int, OrderList] = {}
        self.trades: list[Trade] = []
        self.listeners: list[Callable[[Event], None]] = []
        self.events: deque[Event] = deque()
        self.ids = count(1)

    def market(self, symbol: str) -> Market:
        """Return a market, or raise `Rejected` (UNKNOWN_MARKET)."""
        if symbol not in self.markets:
            raise Rejected(Kind.UNKNOWN_MARKET, symbol)
        return self.markets[symbol]

    def book(self, symbol: str) -> Book:
        """Return the book takers walk; empty before the first price."""
        market = self.market(symbol)
        if symbol not in self.books:
            price = self.prices.get(symbol)
            if price is None:
                return Book((), ())
            self.books[symbol] = deep_book(market, price)
        return self.books[symbol]

    def open_orders(self, symbol: str | None) -> tuple[VenueOrder, ...]:
        """Return open orders, the oldest first."""
        found = (self.orders[order_id] for order_id in self.open)
        return tuple(order for order in found if symbol in {None, order.new.symbol})

    def accept(self, new: NewOrder, hold: Hold, list_id: int | None) -> VenueOrder:
        """Put an order on record."""
        now, order_id = self.clock(), next(self.ids)
        order = VenueOrder(
            order_id, new, Status.NEW, now, now, hold.asset, hold.amount, list_id=list_id
        )
        self.orders[order_id] = order
        self.open[order_id] = None
        self.holds[order_id] = hold
        if new.client_id:
            self.by_client_id[new.client_id] = order_id
        self.note(order, Cause.ACCEPTED)
        return order

    def siblings(self, order: VenueOrder) -> tuple[VenueOrder, ...]:
        """Return the other open legs of an order's OCO group."""
        if order.list_id is None or order.list_id not in self.lists:
            return ()
        others = (self.orders[one] for one in self.lists[order.list_id].order_ids)
        return tuple(one for one in others if one.id != order.id and one.status.is_open)

    def end_siblings(self, order: VenueOrder) -> None:
        """Expire the other legs of an order's OCO group."""
        for one in self.siblings(order):
            self.end(one.id, Status.EXPIRED, Cause.EXPIRED)

    def end(self, order_id: int, status: Status, cause: Cause) -> None:
        """End an order and note it."""
        self.close(order_id, status)
        self.note(self.orders[order_id], cause)

    def close(self, order_id: int, status: Status) -> None:
        """End an order and free what it held, unless another leg holds it too."""
        self.open.pop(order_id, None)
        hold = self.holds[order_id]
        if not any(self.holds[one] is hold for one in self.open):
            self.wallet.shrink(hold, ZERO)
        self.update(order_id, status=status)

    def update(self, order_id: int, **changes: Any) -> VenueOrder:
        """Replace fields of an order, and return it with what it holds now."""
        locked = self.holds[order_id].amount if order_id in self.open else ZERO
        changed = replace(self.orders[order_id], locked=locked, updated_at=self.clock(), **changes)
        self.orders[order_id] = changed
        return changed

    def note(self, order: VenueOrder, cause: Cause, trade: Trade | None = None) -> None:
        """Remember to tell of a change, and of the balances it moved."""
        self.events.append(OrderChanged(order, cause, trade, order.updated_at))
        if trade is not None:
            self.events.append(TradeHappened(trade))
        self._note_balances()

    def tell(self) -> None:
        """Give everything noted to the listeners, in the order it happened."""
        self._note_balances()
        while self.events:
            event = self.events.popleft()
            for listener in tuple(self.listeners):
                listener(event)

    def _note_balances(self) -> None:
        changed = self.wallet.changed()
        if changed:
            self.events.append(BalanceChanged(changed, self.clock()))
