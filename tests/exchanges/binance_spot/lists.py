"""OCO lists: two orders of which one ends the other.

Source: binance-spot-api-docs, rest-api.md "Order lists".
"""

from typing import Any

from tests.exchanges.binance_spot import forms, views
from tests.exchanges.binance_spot.checks import STOPS, check_orders
from tests.exchanges.binance_spot.desk import end_list
from tests.exchanges.binance_spot.errors import duplicate_order, not_canceled, rejected
from tests.exchanges.binance_spot.finding import find_list, is_open, legs_of, market_of
from tests.exchanges.binance_spot.parameters import Parameters
from tests.exchanges.binance_spot.refusals import refusal
from tests.exchanges.binance_spot.venue import Venue
from tests.exchanges.terms import OrderList, Rejected

Body = dict[str, Any]

BAD_PRICES = "The relationship of the prices for the orders is not correct."


def place_oco(venue: Venue, given: Parameters) -> Body:
    """Take a limit for the profit and a stop for the loss, locking the balance once.

    Raises:
        ApiError: -11xx form, -1013 filters, -1015 too many, -2010 prices on the wrong side of the
            last one, an id in use, no balance.
    """
    form = forms.read_oco(given, venue.symbols)
    venue.orders.check(2, venue.now_s())
    check_orders(venue, [form.above, form.below])
    _check_relation(venue, form)
    _check_client_id(venue, form.client_id)
    # The stop comes first, as Binance numbers them.
    legs = sorted((form.above, form.below), key=lambda leg: leg.type not in STOPS)
    named = [forms.with_client_id(leg, venue.new_id()) for leg in legs]
    for leg in named:
        venue.notes.expect(leg.client_id, form.stp)
    try:
        made = venue.exchange.place_oco(named, form.client_id or venue.new_id())
    except Rejected as e:
        raise refusal(e) from e
    orders = legs_of(venue, made)
    reports = [views.placed(order, form.response, venue.notes) for order in orders]
    return views.order_list(made, orders, made.created_at) | {"orderReports": reports}


def cancel_list(venue: Venue, given: Parameters) -> Body:
    """End every order of a list.

    Raises:
        ApiError: -1102 no id, -2011 no such open list.
    """
    market = market_of(venue, given)
    made = find_list(venue, given, "listClientOrderId", not_canceled())
    if made.symbol != market or not is_open(venue, made):
        raise not_canceled()
    return end_list(venue, made, given.client_id("newClientOrderId"))


def get_list(venue: Venue, given: Parameters) -> Body:
    """Return one list.

    Raises:
        ApiError: -1102 no id, -2018 no such list.
    """
    return _shown(venue, find_list(venue, given, "origClientOrderId"))


def get_open_lists(venue: Venue, _given: Parameters) -> list[Body]:
    """Return the lists of which an order is open."""
    lists = venue.exchange.order_lists()
    return [_shown(venue, made) for made in lists if is_open(venue, made)]


def get_all_lists(venue: Venue, given: Parameters) -> list[Body]:
    """Return the newest lists there ever were."""
    most = given.limit(500, 1000)
    return [_shown(venue, made) for made in venue.exchange.order_lists()[-most:]]


def _shown(venue: Venue, made: OrderList) -> Body:
    orders = legs_of(venue, made)
    return views.order_list(made, orders, max(order.updated_at for order in orders))


def _check_relation(venue: Venue, form: forms.ListForm) -> None:
    last = venue.exchange.price(form.above.symbol)
    above, below = (leg.trigger or leg.price for leg in (form.above, form.below))
    if last is None or above is None or below is None or not above > last > below:
        raise rejected(BAD_PRICES)


def _check_client_id(venue: Venue, client_id: str) -> None:
    lists = venue.exchange.order_lists()
    if client_id and any(made.client_id == client_id and is_open(venue, made) for made in lists):
        raise duplicate_order()
