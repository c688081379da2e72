"""Which of the account's own resting orders a new one would trade with first."""

from decimal import Decimal

from tests.exchanges.matching import Exchange
from tests.exchanges.terms import NewOrder, Side, VenueOrder


def crossing_own(new: NewOrder, exchange: Exchange) -> list[VenueOrder]:
    """Return resting orders of the other side that stand before everybody else's.

    The book of the kernel shows only what others offer, so an own order counts as first when its
    price is better than the best of the book and the new order accepts it.
    """
    if new.trigger is not None:
        return []
    levels = exchange.book(new.symbol).against(new.side)
    best = levels[0][0] if levels else None
    return [
        order
        for order in exchange.open_orders(new.symbol)
        if order.new.side is new.side.other
        and not order.is_stop_waiting
        and order.new.price is not None
        and (best is None or _is_better(order.new.price, best, new.side))
        and (new.price is None or not _is_better(new.price, order.new.price, new.side))
    ]


def _is_better(price: Decimal, than: Decimal, side: Side) -> bool:
    return price < than if side is Side.BUY else price > than
