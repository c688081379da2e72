"""The order state machine: facts move an order forward, never back.

INTENDED ─► OPEN ─► FILLED | CANCELLED | EXPIRED
   │  └──► UNKNOWN ─► OPEN | NEVER_ARRIVED | REFUSED
   └─────► REFUSED
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from engine.domain.errors import StateCorrupt
from engine.domain.events import (
    OrderAccepted,
    OrderClosed,
    OrderFact,
    OrderFateUnknown,
    OrderFilled,
    OrderIntended,
    OrderNeverArrived,
    OrderRefused,
)
from engine.domain.ids import TradeId, VenueOrderId
from engine.domain.intent import OrderIntent
from engine.domain.money import ZERO


class OrderStatus(StrEnum):
    """How far an order has come, as far as Pasu knows."""

    INTENDED = "intended"
    UNKNOWN = "unknown"
    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REFUSED = "refused"
    NEVER_ARRIVED = "never_arrived"

    @property
    def is_final(self) -> bool:
        """Return whether no fact can reopen the order; late fills are still booked."""
        return self not in _UNENDED


_UNENDED = frozenset({OrderStatus.INTENDED, OrderStatus.UNKNOWN, OrderStatus.OPEN})


@dataclass(frozen=True, slots=True)
class Order:
    """An order with everything that has happened to it."""

    intent: OrderIntent
    status: OrderStatus
    created_at: datetime
    venue_order_id: VenueOrderId | None = None
    filled_quantity: Decimal = ZERO
    filled_value: Decimal = ZERO
    trades: tuple[TradeId, ...] = ()
    refusal: str = ""

    @property
    def average_price(self) -> Decimal | None:
        """Return the mean fill price, None before the first fill."""
        return self.filled_value / self.filled_quantity if self.filled_quantity else None

    @property
    def is_uncertain(self) -> bool:
        """Return whether the venue may or may not have the order."""
        return self.status in (OrderStatus.INTENDED, OrderStatus.UNKNOWN)


def intended(fact: OrderIntended) -> Order:
    """Return the order that an intent begins."""
    return Order(fact.intent, OrderStatus.INTENDED, fact.at)


def apply(order: Order, fact: OrderFact) -> Order:
    """Return the order after a fact; facts may repeat and overtake each other.

    Raises:
        StateCorrupt: the fact contradicts what is certain (a fill of a refused order).
    """
    match fact:
        case OrderFilled():
            return _filled(order, fact)
        case OrderAccepted():
            status = order.status if order.status.is_final else OrderStatus.OPEN
            return replace(order, status=status, venue_order_id=fact.venue_order_id)
        case OrderFateUnknown():
            unsure = order.status is OrderStatus.INTENDED
            return replace(order, status=OrderStatus.UNKNOWN) if unsure else order
        case OrderRefused():
            return _settled(order, OrderStatus.REFUSED, f"{fact.code}: {fact.message}")
        case OrderNeverArrived():
            return _settled(order, OrderStatus.NEVER_ARRIVED, "never arrived")
        case OrderClosed():
            return order if order.status.is_final else replace(order, status=_end(fact))
        case OrderIntended():
            return order


def _filled(order: Order, fact: OrderFilled) -> Order:
    if fact.trade_id in order.trades:
        return order
    if order.status in (OrderStatus.REFUSED, OrderStatus.NEVER_ARRIVED):
        message = f"{order.intent.client_id} was {order.status} and yet it filled"
        raise StateCorrupt(message)
    return replace(
        order,
        status=order.status if order.status.is_final else OrderStatus.OPEN,
        filled_quantity=order.filled_quantity + fact.quantity,
        filled_value=order.filled_value + fact.quantity * fact.price,
        trades=(*order.trades, fact.trade_id),
    )


def _settled(order: Order, status: OrderStatus, why: str) -> Order:
    return replace(order, status=status, refusal=why) if order.is_uncertain else order


def _end(fact: OrderClosed) -> OrderStatus:
    return OrderStatus(fact.end.value)
