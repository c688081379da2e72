"""Protective orders that lie at the venue while a position is held: OCO and conditional orders.

They sell for us when the engine cannot. Every sale of ours takes them back first, and a fill that
wins that race is booked like any other. They follow what is held fill by fill, and the stop follows
the trailing stop in steps of a quarter of its distance: each step costs two requests, and between
two steps the engine's own stop is the nearer one. A replay leaves the steps out: its engine never
sleeps, and a candle tells resting orders before the nearer stop that the price would meet first.
"""

from collections.abc import Sequence
from decimal import Decimal

from engine.core.context import DeskContext
from engine.core.market import Market
from engine.core.vigil import Vigil
from engine.domain.errors import TriggerPassed
from engine.domain.exits import ExitReason
from engine.domain.ids import client_order_id
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.money import ZERO, to_step
from engine.domain.order import Order, OrderStatus
from engine.domain.position import Position
from engine.domain.venue import VenueMode
from engine.phrases.causes import Cause

STEPS = 4
UNARMED = Cause.NO_STOP.say()

Legs = tuple[tuple[OrderType, Decimal, ExitReason], ...]


class Protection:
    """Arm, check and take back the protective orders of one venue."""

    def __init__(self, context: DeskContext) -> None:
        """Work on the desk's shared state."""
        self._context = context
        self.vigil = Vigil(context)
        self._is_replay = context.profile.mode is VenueMode.REPLAY

    @property
    def offered(self) -> bool:
        """Return whether the venue can hold protective orders at all."""
        capabilities = self._context.profile.capabilities
        return capabilities.oco or capabilities.conditional

    def orders(self, symbol: str) -> tuple[Order, ...]:
        """Return the protective orders of a market that have not ended."""
        pending = self._context.portfolio.orders_of(symbol)
        return tuple(order for order in pending if order.intent.purpose is Purpose.PROTECT)

    def covers(self, market: Market, position: Position) -> bool:
        """Return whether every leg is in place, at its price, for all that can be sold."""
        sellable = market.instrument.lots(position.quantity)
        placed = {
            (order.intent.type, order.intent.decision_price, _rest(order))
            for order in self.orders(position.symbol)
        }
        wanted = {(kind, price, sellable) for kind, price, _ in self._legs(market, position)}
        return placed == wanted

    def guards(self, market: Market, position: Position) -> bool:
        """Return whether stops lie at the venue, at whatever price, for all that can be sold."""
        stops = (
            _rest(order)
            for order in self.orders(position.symbol)
            if order.intent.type is OrderType.STOP_MARKET and not order.is_uncertain
        )
        return sum(stops, ZERO) >= market.instrument.lots(position.quantity)

    async def arm(self, market: Market) -> ExitReason | None:
        """Place the protective orders that a position should have and has not.

        Returns why to sell at once: the venue would not take a stop that is passed already.
        """
        symbol = market.instrument.symbol
        if symbol in self._context.busy or not self._is_bare(market):
            return None
        self._context.busy.add(symbol)
        try:
            return await self._renew(market)
        finally:
            self._context.busy.discard(symbol)
            position = self._context.portfolio.positions.get(symbol)
            bare = position is not None and not self.guards(market, position)
            self.vigil.see(symbol, UNARMED if bare else "")

    def holds(self, symbol: str) -> bool:
        """Return whether protective orders bind what is held, so that nothing else may sell it."""
        return self._context.profile.capabilities.oco and bool(self.orders(symbol))

    async def release(self, symbol: str) -> None:
        """Take back every protective order of a market; one cancel ends an OCO as a whole."""
        await self._cancel(self.orders(symbol))

    async def _renew(self, market: Market) -> ExitReason | None:
        """Replace the orders: beside the old ones where the venue allows, else in their place."""
        symbol = market.instrument.symbol
        before = self.orders(symbol)
        beside = self._context.profile.capabilities.replaces_protection
        if not beside:
            await self._cancel(before)
        position = self._context.portfolio.positions.get(symbol)
        if position is None or (self.orders(symbol) and not beside):
            return None
        if market.instrument.is_dust(position.quantity, market.price or position.entry_price):
            return None
        if not beside and self.offered:
            self.vigil.see(symbol, UNARMED)
        placed = await self._place(market, position)
        refused = [order for order in placed if order.status is OrderStatus.REFUSED]
        if beside and not refused:
            await self._cancel(before)
        if any(order.refusal.startswith(TriggerPassed.CODE) for order in refused):
            return self._stop(market, position)[1]
        return None

    async def _cancel(self, orders: Sequence[Order]) -> None:
        for order in orders:
            current = self._context.portfolio.orders[order.intent.client_id]
            if not current.status.is_final:
                await self._context.orders.cancel(current)

    def _is_bare(self, market: Market) -> bool:
        symbol, portfolio = market.instrument.symbol, self._context.portfolio
        position = portfolio.positions.get(symbol)
        if position is None or not self.offered or self.covers(market, position):
            return False
        # A sale under way will change what there is to protect, an order of unknown fate may; an
        # entry that goes on filling is followed fill by fill.
        orders = portfolio.orders_of(symbol)
        leaving = any(o.intent.purpose in (Purpose.EXIT, Purpose.PANIC) for o in orders)
        unsure = any(order.is_uncertain for order in orders)
        if leaving or unsure or self._context.orders.is_quiet:
            return False
        price = market.price or position.entry_price
        rested = self._context.backoff.allows(symbol, Purpose.PROTECT, self._context.clock.now())
        dust = market.instrument.is_dust(position.quantity, price)
        return self._context.link.allows_orders and rested and not dust

    async def _place(self, market: Market, position: Position) -> Sequence[Order]:
        intents = [self._intent(market, position, leg) for leg in self._legs(market, position)]
        oco = self._context.profile.capabilities.oco
        placed: list[Order] = []
        for group in [intents] if oco else [[intent] for intent in intents]:
            placed += await self._context.orders.submit(group)
        await self._context.conclude(position.symbol, Purpose.PROTECT, placed)
        return placed

    def _legs(self, market: Market, position: Position) -> Legs:
        stop = (OrderType.STOP_MARKET, *self._stop(market, position))
        target = position.exits.take_profit
        if target is None:
            return (stop,)
        oco = self._context.profile.capabilities.oco
        kind = OrderType.LIMIT if oco else OrderType.TAKE_PROFIT
        profit = (kind, target, ExitReason.TAKE_PROFIT)
        return (profit, stop) if oco else (stop, profit)

    def _stop(self, market: Market, position: Position) -> tuple[Decimal, ExitReason]:
        ticks = market.instrument.ticks
        emergency = ticks.up(position.emergency_stop)
        price = max(position.exits.stop_loss or ZERO, emergency)
        trailing = None if self._is_replay else _trailing_step(position)
        if trailing is not None and (followed := ticks.up(trailing)) > price:
            return followed, ExitReason.TRAILING_STOP
        return price, ExitReason.EMERGENCY if price == emergency else ExitReason.STOP_LOSS

    def _intent(
        self, market: Market, position: Position, leg: tuple[OrderType, Decimal, ExitReason]
    ) -> OrderIntent:
        kind, price, reason = leg
        symbol, portfolio = position.symbol, self._context.portfolio
        opened, sent = position.opened_at.isoformat(), portfolio.exits_sent.get(symbol, 0)
        key = (position.venue.value, symbol, opened, str(portfolio.closed_trades), str(sent))
        oco = self._context.profile.capabilities.oco
        return OrderIntent(
            client_id=client_order_id(*key, "protect", reason.value),
            venue=position.venue,
            symbol=symbol,
            side=Side.SELL,
            type=kind,
            purpose=Purpose.PROTECT,
            quantity=market.instrument.lots(position.quantity),
            decision_price=price,
            reason=f"protects the position: {reason.value}",
            strategy=position.strategy,
            price=price if kind is OrderType.LIMIT else None,
            trigger=None if kind is OrderType.LIMIT else price,
            group=client_order_id(*key, "oco") if oco else None,
            reduce_only=market.instrument.is_contract,
            leverage=position.leverage,
            exit_reason=reason,
        )


def _rest(order: Order) -> Decimal:
    return order.intent.quantity - order.filled_quantity


def _trailing_step(position: Position) -> Decimal | None:
    """Return the trailing stop brought down to its last step above entry, None before it arms."""
    stop, share = position.trailing_stop, position.exits.trailing
    if stop is None or share is None:
        return None
    entry = position.entry_price
    return entry + to_step(stop - entry, entry * share / STEPS)
