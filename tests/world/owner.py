"""The owner at the same account: orders by hand, coins that go, protective orders taken away."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from math import inf
from random import Random

from engine.domain.ids import is_ours
from engine.domain.money import from_float
from tests.exchanges.terms import (
    NewOrder,
    OrderType,
    Rejected,
    Side,
    Status,
    Trade,
    VenueOrder,
)
from tests.world.market import Listing, WalkingMarket, owners_coins, sleep_about

FAR_BELOW, FAR_ABOVE = 0.7, 1.4
SMALL = Decimal("0.2")


class Owner:
    """What the owner does at one venue, and what therefore is not Pasu's."""

    def __init__(self, market: WalkingMarket, rng: Random) -> None:
        self._market = market
        self._exchange = market.exchange
        self._rng = rng
        self._cancelled: set[int] = set()
        self._withdrawn: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._numbers = 0
        self.taken: defaultdict[str, Decimal] = defaultdict(Decimal)

    def tasks(self) -> Iterable[asyncio.Task[None]]:
        """Start what the owner does for ever."""
        return [asyncio.create_task(each) for each in (self._trade(), self._take_away())]

    def coins(self, symbol: str) -> Decimal:
        """Return how many coins of a market are his by what he brought, traded and withdrew."""
        base = symbol.partition("/")[0]
        traded = sum((_gain(trade, base) for trade in self._trades(symbol)), Decimal(0))
        return owners_coins(symbol) + traded - self._withdrawn[symbol]

    def money(self) -> Decimal:
        """Return how his own trades changed the quote."""
        every = (trade for symbol in self._market.listings for trade in self._trades(symbol))
        return sum((_gain(trade, self._market.quote) for trade in every), Decimal(0))

    def wronged(self) -> Iterable[str]:
        """Name every order of his that somebody else cancelled."""
        for order in self._orders():
            if order.status is Status.CANCELED and order.id not in self._cancelled:
                yield f"the owner's order {order.id} was cancelled, and not by him"

    async def _trade(self) -> None:
        while True:
            await sleep_about(self._rng, self._market.odds.by_hand_every_s)
            if self._market.odds.by_hand_every_s < inf:
                listing = self._rng.choice(tuple(self._market.listings.values()))
                deeds = (self._rest, self._swap, self._cancel_one, self._disarm)
                with suppress(Rejected):
                    self._rng.choice(deeds)(listing)

    async def _take_away(self) -> None:
        """Withdraw, sell or lock what may be Pasu's: what is free, whoever it belongs to."""
        while True:
            await sleep_about(self._rng, self._market.odds.withdrawal_every_s)
            if self._market.odds.withdrawal_every_s == inf:
                continue
            listing = self._rng.choice(tuple(self._market.listings.values()))
            if self._rng.random() < 0.5:
                self._disarm(listing)
            self._take(listing, self._rng.choice((Decimal("0.3"), Decimal(1))))

    def _take(self, listing: Listing, share: Decimal) -> None:
        instrument = listing.instrument
        amount = instrument.lots(self._free(listing) * share)
        if not amount:
            return
        way = self._rng.random()
        with suppress(Rejected):
            if way < 0.4:
                self._exchange.withdraw(instrument.base, amount)
                self._withdrawn[instrument.symbol] += amount
            elif way < 0.8:
                self._place(listing, Side.SELL, OrderType.MARKET, amount)
            else:
                self._place(listing, Side.SELL, OrderType.LIMIT, amount, FAR_ABOVE)
            self.taken[instrument.symbol] += amount

    def _rest(self, listing: Listing) -> None:
        """Leave an order in the book where no price will come soon."""
        if self._rng.random() < 0.5:
            self._place(listing, Side.BUY, OrderType.LIMIT, SMALL, FAR_BELOW)
        else:
            self._place(listing, Side.SELL, OrderType.LIMIT, self._spare(listing), FAR_ABOVE)

    def _swap(self, listing: Listing) -> None:
        """Buy or sell a few coins of his own."""
        if self._rng.random() < 0.5:
            self._place(listing, Side.BUY, OrderType.MARKET, SMALL)
        else:
            self._place(listing, Side.SELL, OrderType.MARKET, self._spare(listing))

    def _cancel_one(self, listing: Listing) -> None:
        mine = [o for o in self._orders(listing.instrument.symbol) if o.status.is_open]
        if mine:
            order = self._rng.choice(mine)
            self._cancelled.add(order.id)
            self._exchange.cancel(order.id)

    def _disarm(self, listing: Listing) -> None:
        """Cancel protective orders of Pasu's by hand."""
        for order in self._exchange.open_orders(listing.instrument.symbol):
            if is_ours(order.new.client_id) and order.list_id is not None:
                self._exchange.cancel(order.id)
                return

    def _place(
        self, listing: Listing, side: Side, kind: OrderType, size: Decimal, far: float = 1.0
    ) -> None:
        instrument, limited = listing.instrument, kind is OrderType.LIMIT
        quantity = instrument.lots(size)
        if not quantity:
            return
        self._numbers += 1
        at = instrument.ticks.near(from_float(listing.price * far))
        self._exchange.place(
            NewOrder(
                instrument.symbol,
                side,
                kind,
                quantity=quantity,
                price=at if limited else None,
                client_id=f"web-{self._numbers}" if self._numbers % 2 else "",
            )
        )

    def _spare(self, listing: Listing) -> Decimal:
        """Return half of what is his own and in no order of his."""
        symbol = listing.instrument.symbol
        sales = (o for o in self._orders(symbol) if o.new.side is Side.SELL and o.status.is_open)
        own = self.coins(symbol) - sum((order.remaining for order in sales), Decimal(0))
        return min(max(own, Decimal(0)), self._free(listing)) / 2

    def _free(self, listing: Listing) -> Decimal:
        return self._exchange.balance(listing.instrument.base).free

    def _orders(self, symbol: str | None = None) -> Iterable[VenueOrder]:
        return (o for o in self._exchange.orders(symbol) if not is_ours(o.new.client_id))

    def _trades(self, symbol: str) -> Iterable[Trade]:
        return (t for t in self._exchange.trades(symbol) if not is_ours(t.client_id))


def _gain(trade: Trade, asset: str) -> Decimal:
    """Return what a trade added to the account's holding of an asset."""
    base, _, quote = trade.symbol.partition("/")
    way = 1 if trade.side is Side.BUY else -1
    moved = {base: way * trade.quantity, quote: -way * trade.cost}.get(asset, Decimal(0))
    return moved - (trade.fee if trade.fee_asset == asset else Decimal(0))
