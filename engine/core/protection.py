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
from engine.domain.order import Order
from engine.domain.position import Position


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
        """Return whether protective orders for all that can be sold are in place."""
        orders = self.orders(position.symbol)
        sellable = market.instrument.lots(position.quantity)
        return bool(orders) and all(_rest(order) == sellable for order in orders)

    async def arm(self, market: Market) -> None:
        """Place the protective orders that a position should have and has not."""
        position = self._context.portfolio.positions.get(market.instrument.symbol)
        if position is None or not self.offered or self.covers(market, position):
            return
        price = market.price or position.entry_price
        if market.instrument.is_dust(position.quantity, price):
            return
        await self.release(position.symbol)
        position = self._context.portfolio.positions.get(market.instrument.symbol)
        if position is None or not position.quantity:
            return
        for intents in self._legs(market, position):
            await self._context.orders.submit(intents)

    async def release(self, symbol: str) -> None:
        """Take back every protective order of a market; one cancel ends an OCO as a whole."""
        for order in self.orders(symbol):
            current = self._context.portfolio.orders[order.intent.client_id]
            if not current.status.is_final:
                await self._context.orders.cancel(current)

    def _legs(self, market: Market, position: Position) -> list[list[OrderIntent]]:
        stop = self._stop(market, position)
        target = position.exits.take_profit
        if target is None:
            return [[stop]]
        oco = self._context.profile.capabilities.oco
        kind = OrderType.LIMIT if oco else OrderType.TAKE_PROFIT
        profit = self._intent(market, position, kind, target, ExitReason.TAKE_PROFIT)
        return [[profit, stop]] if oco else [[stop], [profit]]

    def _stop(self, market: Market, position: Position) -> OrderIntent:
        emergency = market.instrument.ticks.up(position.emergency_stop)
        price = max(position.exits.stop_loss or ZERO, emergency)
        reason = ExitReason.EMERGENCY if price == emergency else ExitReason.STOP_LOSS
        return self._intent(market, position, OrderType.STOP_MARKET, price, reason)

    def _intent(
        self,
        market: Market,
        position: Position,
        kind: OrderType,
        price: Decimal,
        reason: ExitReason,
    ) -> OrderIntent:
        symbol = position.symbol
        sent = self._context.portfolio.exits_sent.get(symbol, 0)
        opened = position.opened_at.isoformat()
        key = (position.venue.value, symbol, opened, str(sent))
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
            group=client_order_id(*key, "oco") if self._context.profile.capabilities.oco else None,
            reduce_only=market.instrument.is_contract,
            leverage=position.leverage,
            exit_reason=reason,
        )


def _rest(order: Order) -> Decimal:
    return order.intent.quantity - order.filled_quantity
