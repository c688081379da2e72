"""When a resting order trades inside a candle, and at what price before slippage."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from engine.domain.candle import EPOCH, Candle
from engine.domain.intent import OrderType, Side
from engine.domain.money import from_float
from engine.venues.orders import SimulatedOrder

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Touch:
    """A resting order that a candle reaches: price before slippage, and whether it was resting."""

    order: SimulatedOrder
    price: Decimal
    maker: bool


def opening_second(candle: Candle) -> int:
    """Return the opening moment of a candle in seconds since 1970: the key of its trades."""
    return (candle.opened_at - EPOCH) // _SECOND


def is_stop(order: SimulatedOrder) -> bool:
    """Return whether the order waits for a price worse than the present one."""
    return order.intent.type is OrderType.STOP_MARKET


def touched(
    orders: list[SimulatedOrder], candle: Candle, trigger_candle: Candle, closes_at: datetime
) -> list[Touch]:
    """Return the orders a candle reaches, stops before targets, the worse price for us first.

    `trigger_candle` holds the prices that pull triggers: mark prices on venues that have them. An
    order that came while the candle was under way trades in it only as a stop: the order of prices
    inside a candle is unknown, so the worse one for us is taken. One that came at its close or
    later does not, so that a candle told again after a restart changes nothing.
    """
    found = [
        touch
        for order in orders
        if _takes_part(order, candle, closes_at)
        and (touch := _touch(order, candle, trigger_candle)) is not None
    ]
    return sorted(found, key=_worst_first)


def may_touch(order: SimulatedOrder, candle: Candle) -> bool:
    """Return whether a candle can matter to an order by its own prices: a cheap first look.

    Floats are compared, and rounding to them never turns an order of prices around. Whatever else
    decides is left to `touched`.
    """
    intent = order.intent
    price = intent.price if intent.type is OrderType.LIMIT else intent.trigger
    if price is None or intent.reduce_only:
        return True
    if is_stop(order) == (intent.side is Side.BUY):
        return candle.high >= float(price)
    return candle.low <= float(price)


def was_there(came_at: datetime, inside: int | None, candle: Candle, closes_at: datetime) -> bool:
    """Return whether something that came at a moment was there for at least a part of a candle."""
    return came_at < closes_at or inside == opening_second(candle)


def _takes_part(order: SimulatedOrder, candle: Candle, closes_at: datetime) -> bool:
    if is_stop(order):
        return was_there(order.accepted_at, order.inside, candle, closes_at)
    return candle.opened_at >= order.accepted_at and order.traded_in != opening_second(candle)


def _touch(order: SimulatedOrder, candle: Candle, trigger_candle: Candle) -> Touch | None:
    if order.intent.type is OrderType.LIMIT:
        return _through(order, candle)
    whole = candle.opened_at >= order.accepted_at
    start = from_float(candle.open) if whole else order.seen
    return _triggered(order, candle, trigger_candle, start)


def _through(order: SimulatedOrder, candle: Candle) -> Touch | None:
    limit = order.intent.price
    if limit is None:
        return None
    buys = order.intent.side is Side.BUY
    passed = from_float(candle.low) < limit if buys else from_float(candle.high) > limit
    return Touch(order, limit, maker=True) if passed else None


def _triggered(
    order: SimulatedOrder, candle: Candle, trigger_candle: Candle, start: Decimal
) -> Touch | None:
    trigger = order.intent.trigger
    if trigger is None:
        return None
    falls = is_stop(order) == (order.intent.side is Side.SELL)
    low, high = from_float(trigger_candle.low), from_float(trigger_candle.high)
    if (falls and low > trigger) or (not falls and high < trigger):
        return None
    reached = min(trigger, start) if falls else max(trigger, start)
    # The trigger may be a mark price that no trade of this candle has seen.
    price = min(max(reached, from_float(candle.low)), from_float(candle.high))
    return Touch(order, price, maker=False)


def _worst_first(touch: Touch) -> tuple[int, Decimal, str]:
    sign = -1 if touch.order.intent.side is Side.SELL else 1
    if is_stop(touch.order):
        return 0, sign * touch.price, touch.order.intent.client_id
    return 1, -sign * touch.price, touch.order.intent.client_id
