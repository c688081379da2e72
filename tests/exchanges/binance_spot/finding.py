"""Orders and lists by the ids that requests name them with."""

from collections.abc import Sequence

from tests.exchanges.binance_spot.errors import (
    ApiError,
    bad_symbol,
    missing_both,
    no_such_order,
)
from tests.exchanges.binance_spot.parameters import Parameters
from tests.exchanges.binance_spot.venue import Venue
from tests.exchanges.terms import OrderList, Rejected, VenueOrder


def market_of(venue: Venue, given: Parameters) -> str:
    """Return the kernel's name of the symbol that a request names.

    Raises:
        ApiError: -1102 without a symbol, -1121 for an unknown one.
    """
    symbol = given.need("symbol")
    if symbol not in venue.symbols:
        raise bad_symbol()
    return venue.symbols[symbol].market


def find_order(venue: Venue, given: Parameters, absent: ApiError | None = None) -> VenueOrder:
    """Return the order that `orderId` or `origClientOrderId` names.

    Raises:
        ApiError: -1102 without either, -1121 unknown symbol, -2039 when they contradict each
            other, and `absent` (by default -2013) when there is none.
    """
    market = market_of(venue, given)
    order_id, client_id = given.whole("orderId"), given.text("origClientOrderId")
    if order_id is None and not client_id:
        raise missing_both("origClientOrderId", "orderId")
    exchange = venue.exchange
    try:
        order = exchange.by_client_id(client_id) if order_id is None else exchange.order(order_id)
    except Rejected:
        raise absent or no_such_order() from None
    if client_id and order.new.client_id != client_id:
        raise ApiError(-2039, "Client order ID is not correct for this order ID.")
    if order.new.symbol != market:
        raise absent or no_such_order()
    return order


def find_list(
    venue: Venue, given: Parameters, client_name: str, absent: ApiError | None = None
) -> OrderList:
    """Return the list that `orderListId` or the client's id under that name names.

    Raises:
        ApiError: -1102 without either, and `absent` (by default -2018) when there is none.
    """
    list_id, client_id = given.whole("orderListId"), given.text(client_name)
    if list_id is None and not client_id:
        raise missing_both("orderListId", client_name)
    for made in reversed(venue.exchange.order_lists()):
        if list_id in {None, made.id} and (not client_id or client_id == made.client_id):
            return made
    raise absent or ApiError(-2018, "Order list does not exist.")


def legs_of(venue: Venue, made: OrderList) -> Sequence[VenueOrder]:
    """Return the orders of a list as they stand."""
    return [venue.exchange.order(one) for one in made.order_ids]


def is_open(venue: Venue, made: OrderList) -> bool:
    """Return whether any order of a list may still trade."""
    return any(order.status.is_open for order in legs_of(venue, made))
