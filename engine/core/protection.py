"""Protective orders that lie at the venue while a position is held: OCO and conditional orders.

They sell for us when the engine cannot. Every sale of ours takes them back first, and a fill that
wins that race is booked like any other.
"""

from decimal import Decimal

from engine.core.context import DeskContext
from engine.core.market import Market
from engine.domain.exits import ExitReason
from engine.domain.ids import client_order_id
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.money import ZERO
from engine.domain.order import Order, OrderStatus
from engine.domain.position import Position

Legs = tuple[tuple[OrderType, Decimal, ExitReason], ...]


class Protection:
    """Arm, check and take back the protective orders of one venue."""

    def __init__(self, context: DeskContext) -> None:
        """Work on the desk's shared state."""
        self._context = context

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

    async def arm(self, market: Market) -> None:
        """Place the protective orders that a position should have and has not."""
        symbol = market.instrument.symbol
        if symbol in self._context.busy or not self._is_bare(market):
            return
        self._context.busy.add(symbol)
        try:
            await self.release(symbol)
            position = self._context.portfolio.positions.get(symbol)
            if position is not None and position.quantity and not self.orders(symbol):
                await self._place(market, position)
        finally:
            self._context.busy.discard(symbol)

    async def release(self, symbol: str) -> None:
        """Take back every protective order of a market; one cancel ends an OCO as a whole."""
        for order in self.orders(symbol):
            current = self._context.portfolio.orders[order.intent.client_id]
            if not current.status.is_final:
                await self._context.orders.cancel(current)

    def _is_bare(self, market: Market) -> bool:
        symbol, portfolio = market.instrument.symbol, self._context.portfolio
        position = portfolio.positions.get(symbol)
        if position is None or not self.offered or self.covers(market, position):
            return False
        # A sale or an entry under way, or of unknown fate, will change what there is to protect.
        others = [o for o in portfolio.orders_of(symbol) if o.intent.purpose is not Purpose.PROTECT]
        unsure = any(order.is_uncertain for order in self.orders(symbol))
        price = market.price or position.entry_price
        rested = self._context.backoff.allows(symbol, Purpose.PROTECT, self._context.clock.now())
        dust = market.instrument.is_dust(position.quantity, price)
        return not others and not unsure and rested and not dust

    async def _place(self, market: Market, position: Position) -> None:
        intents = [self._intent(market, position, leg) for leg in self._legs(market, position)]
        oco = self._context.profile.capabilities.oco
        refused = False
        for group in [intents] if oco else [[intent] for intent in intents]:
            placed = await self._context.orders.submit(group)
            refused = refused or any(order.status is OrderStatus.REFUSED for order in placed)
        now = self._context.clock.now()
        self._context.backoff.note(position.symbol, Purpose.PROTECT, now, refused=refused)

    def _legs(self, market: Market, position: Position) -> Legs:
        emergency = market.instrument.ticks.up(position.emergency_stop)
        price = max(position.exits.stop_loss or ZERO, emergency)
        reason = ExitReason.EMERGENCY if price == emergency else ExitReason.STOP_LOSS
        stop = (OrderType.STOP_MARKET, price, reason)
        target = position.exits.take_profit
        if target is None:
            return (stop,)
        oco = self._context.profile.capabilities.oco
        kind = OrderType.LIMIT if oco else OrderType.TAKE_PROFIT
        profit = (kind, target, ExitReason.TAKE_PROFIT)
        return (profit, stop) if oco else (stop, profit)

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
