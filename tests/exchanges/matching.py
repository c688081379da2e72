"""The matching kernel: markets, one account, orders and trades, moved by prices that tests set.

No asyncio and no clock of its own: time comes from the injected clock, and every change is told to
the subscribers before the call that caused it returns, in the order it happened.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from tests.exchanges.books import Book
from tests.exchanges.fills import Fills
from tests.exchanges.records import Records
from tests.exchanges.terms import (
    Balance,
    BookChanged,
    Cause,
    Event,
    Kind,
    Market,
    NewOrder,
    OrderList,
    OrderType,
    PriceMoved,
    Rejected,
    Side,
    Status,
    TimeInForce,
    Trade,
    VenueOrder,
)


class Exchange:
    """A price-driven spot exchange with one account.

    Ids of orders, trades and lists are integers counting from 1 in order of acceptance. A client
    id must be unique among open orders; venues that are stricter check the rest in their server.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._records = Records(clock)
        self._fills = Fills(self._records)

    # --- set up ---

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Tell a listener of every event from now on; it must not call back into the exchange."""
        self._records.listeners.append(listener)

    def now(self) -> datetime:
        """Return the time of the exchange."""
        return self._records.clock()

    def add_market(self, market: Market) -> None:
        """List a market, or change the terms of one."""
        self._records.markets[market.symbol] = market

    def set_trading(self, symbol: str, *, allowed: bool) -> None:
        """Halt or resume a market: while halted new orders are refused and nothing trades."""
        halted = self._records.halted
        (halted.discard if allowed else halted.add)(self.market(symbol).symbol)

    def deposit(self, asset: str, amount: Decimal) -> None:
        """Add to an asset's free amount."""
        self._records.wallet.credit(asset, amount)
        self._records.tell()

    def withdraw(self, asset: str, amount: Decimal) -> None:
        """Take from an asset's free amount, as if the owner did it by hand.

        Raises:
            Rejected: there is less than that (INSUFFICIENT_FUNDS).
        """
        self._records.wallet.debit(asset, amount)
        self._records.tell()

    # --- the market ---

    def set_price(
        self,
        symbol: str,
        price: Decimal,
        quantity: Decimal | None = None,
        side: Side | None = None,
    ) -> None:
        """Let others trade at a price: triggers stops, then fills resting limits it reaches.

        Limits fill at their own price, best first, `quantity` in total (None: all of them). An
        explicit book is replaced by the deep one at this price. `side` is that of the taker, by
        default the way the price moved.
        """
        before = self._records.prices.get(symbol, price)
        taker = side or (Side.BUY if price >= before else Side.SELL)
        self._records.prices[self.market(symbol).symbol] = price
        self._records.books.pop(symbol, None)
        traded = Decimal(1) if quantity is None else quantity
        self._records.events.append(PriceMoved(symbol, price, traded, taker, self._records.clock()))
        if symbol not in self._records.halted:
            self._fills.reach(symbol, price, quantity)
        self._records.tell()

    def set_book(
        self,
        symbol: str,
        bids: Iterable[tuple[Decimal, Decimal]],
        asks: Iterable[tuple[Decimal, Decimal]],
    ) -> None:
        """Show a book of (price, quantity) levels for takers to walk, until the next set_price.

        It does not trade with resting orders by itself; the last price stays, or becomes the best
        ask where there was none.
        """
        best_first = (sorted(bids, reverse=True), sorted(asks))
        self._records.books[self.market(symbol).symbol] = Book(
            *(tuple(side) for side in best_first)
        )
        if best_first[1]:
            self._records.prices.setdefault(symbol, best_first[1][0][0])
        self._records.events.append(BookChanged(symbol, self._records.clock()))
        self._records.tell()

    def fill_only(self, symbol: str, quantity: Decimal | None) -> None:
        """Let each order of a symbol trade at most so much per price event; None lifts this."""
        self._fills.caps.pop(symbol, None)
        if quantity is not None:
            self._fills.caps[symbol] = quantity

    def plan_fills(self, client_id: str, quantities: Iterable[Decimal]) -> None:
        """Say how much of an order trades at each chance: at its arrival, then at each set_price.

        Also for market orders, which stay open between; 0 skips a chance. After the plan the rest
        trades as usual.
        """
        self._fills.plans[client_id] = deque(quantities)

    # --- orders ---

    def check(self, new: NewOrder) -> tuple[str, Decimal]:
        """Raise what `place` would raise, change nothing, and return what it would lock.

        Raises:
            Rejected: see `place`.
        """
        asset, amount = self._validate(new)
        if self._records.wallet.balance(asset).free < amount:
            raise Rejected(Kind.INSUFFICIENT_FUNDS, asset)
        return asset, amount

    def place(self, new: NewOrder) -> VenueOrder:
        """Accept an order and trade what trades at once; return it as it stands then.

        Raises:
            Rejected: UNKNOWN_MARKET, MARKET_HALTED, DUPLICATE_CLIENT_ID, BAD_QUANTITY, BAD_PRICE,
                WOULD_TAKE (post-only), WOULD_TRIGGER, NO_LIQUIDITY, INSUFFICIENT_FUNDS.
        """
        asset, amount = self._validate(new)
        order = self._records.accept(new, self._records.wallet.hold(asset, amount), None)
        self._fills.take(order.id)
        self._records.tell()
        return self._records.orders[order.id]

    def place_oco(self, legs: Sequence[NewOrder], client_list_id: str = "") -> OrderList:
        """Accept legs of which the first fill or trigger ends the others, balance locked once.

        Raises:
            Rejected: as `place`, before any leg was accepted.
        """
        needs = [self._validate(leg) for leg in legs]
        if len({leg.client_id for leg in legs if leg.client_id}) < sum(
            bool(leg.client_id) for leg in legs
        ):
            raise Rejected(Kind.DUPLICATE_CLIENT_ID)
        hold = self._records.wallet.hold(needs[0][0], max(amount for _, amount in needs))
        list_id = next(self._records.ids)
        orders = [self._records.accept(leg, hold, list_id) for leg in legs]
        made = OrderList(
            list_id,
            client_list_id,
            legs[0].symbol,
            tuple(order.id for order in orders),
            self._records.clock(),
        )
        self._records.lists[list_id] = made
        for order in orders:
            self._fills.take(order.id)
        self._records.tell()
        return made

    def cancel(self, order_id: int) -> VenueOrder:
        """End an order, and with it the other legs of its OCO group.

        Raises:
            Rejected: UNKNOWN_ORDER, ALREADY_DONE.
        """
        order = self.order(order_id)
        if not order.status.is_open:
            raise Rejected(Kind.ALREADY_DONE, str(order_id))
        for one in (order, *self._records.siblings(order)):
            self._records.end(one.id, Status.CANCELED, Cause.CANCELED)
        self._records.tell()
        return self._records.orders[order_id]

    # --- queries ---

    def market(self, symbol: str) -> Market:
        """Return a market.

        Raises:
            Rejected: UNKNOWN_MARKET.
        """
        return self._records.market(symbol)

    def markets(self) -> tuple[Market, ...]:
        """Return every market in the order they were added."""
        return tuple(self._records.markets.values())

    def is_trading(self, symbol: str) -> bool:
        """Return whether a market is not halted."""
        return symbol not in self._records.halted

    def price(self, symbol: str) -> Decimal | None:
        """Return the last price, if there was any."""
        return self._records.prices.get(symbol)

    def book(self, symbol: str) -> Book:
        """Return the book takers walk; empty before the first price."""
        return self._records.book(symbol)

    def balances(self) -> tuple[Balance, ...]:
        """Return what the account has, by asset name."""
        return self._records.wallet.balances()

    def balance(self, asset: str) -> Balance:
        """Return what the account has of one asset."""
        return self._records.wallet.balance(asset)

    def order(self, order_id: int) -> VenueOrder:
        """Return an order by the venue's id.

        Raises:
            Rejected: UNKNOWN_ORDER.
        """
        if order_id not in self._records.orders:
            raise Rejected(Kind.UNKNOWN_ORDER, str(order_id))
        return self._records.orders[order_id]

    def by_client_id(self, client_id: str) -> VenueOrder:
        """Return the newest order with a client id.

        Raises:
            Rejected: UNKNOWN_ORDER.
        """
        if client_id not in self._records.by_client_id:
            raise Rejected(Kind.UNKNOWN_ORDER, client_id)
        return self._records.orders[self._records.by_client_id[client_id]]

    def open_orders(self, symbol: str | None = None) -> tuple[VenueOrder, ...]:
        """Return open orders, the oldest first."""
        return self._records.open_orders(symbol)

    def orders(self, symbol: str | None = None) -> tuple[VenueOrder, ...]:
        """Return every order there ever was, the oldest first."""
        return tuple(o for o in self._records.orders.values() if symbol in {None, o.new.symbol})

    def trades(self, symbol: str | None = None) -> tuple[Trade, ...]:
        """Return every trade of ours, the oldest first."""
        return tuple(trade for trade in self._records.trades if symbol in {None, trade.symbol})

    def order_lists(self) -> tuple[OrderList, ...]:
        """Return every OCO group, the oldest first."""
        return tuple(self._records.lists.values())

    def _validate(self, new: NewOrder) -> tuple[str, Decimal]:
        """Return what to lock: asset and amount."""
        records, fills = self._records, self._fills
        market = records.market(new.symbol)
        if new.symbol in records.halted:
            raise Rejected(Kind.MARKET_HALTED, new.symbol)
        known = records.by_client_id.get(new.client_id) if new.client_id else None
        if known is not None and records.orders[known].status.is_open:
            raise Rejected(Kind.DUPLICATE_CLIENT_ID, new.client_id)
        size = new.quantity if new.cost is None else new.cost
        if size is None or size <= 0:
            raise Rejected(Kind.BAD_QUANTITY)
        if any(price is not None and price <= 0 for price in (new.price, new.trigger)):
            raise Rejected(Kind.BAD_PRICE)
        if fills.is_reached(new, records.prices.get(new.symbol)):
            raise Rejected(Kind.WOULD_TRIGGER)
        if new.time_in_force is TimeInForce.POST_ONLY and fills.crossing(new):
            raise Rejected(Kind.WOULD_TAKE)
        if new.type is OrderType.MARKET and not records.book(new.symbol).against(new.side):
            raise Rejected(Kind.NO_LIQUIDITY)
        asset = market.base if new.side is Side.SELL else market.quote
        return asset, fills.need(new, size)
