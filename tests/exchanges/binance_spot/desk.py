"""New orders and cancels under Binance's rules, on top of the kernel.

Source: binance-spot-api-docs, rest-api.md "Trading endpoints", errors.md, faqs/stp_faq.md.
"""

from collections.abc import Callable
from typing import Any

from tests.exchanges.binance_spot import forms, views
from tests.exchanges.binance_spot.amounts import amount
from tests.exchanges.binance_spot.checks import check_orders
from tests.exchanges.binance_spot.errors import (
    ApiError,
    invalid_data,
    not_canceled,
)
from tests.exchanges.binance_spot.finding import find_order, legs_of, market_of
from tests.exchanges.binance_spot.parameters import Parameters
from tests.exchanges.binance_spot.refusals import refusal
from tests.exchanges.binance_spot.self_trade import crossing_own
from tests.exchanges.binance_spot.venue import Venue
from tests.exchanges.terms import ZERO, NewOrder, OrderList, Rejected, VenueOrder

Body = dict[str, Any]

CANCEL_NAMES = (
    ("symbol", "symbol"),
    ("cancelOrderId", "orderId"),
    ("cancelOrigClientOrderId", "origClientOrderId"),
    ("cancelNewClientOrderId", "newClientOrderId"),
    ("cancelRestrictions", "cancelRestrictions"),
)


def place(venue: Venue, given: Parameters) -> Body:
    """Take a new order.

    Raises:
        ApiError: -11xx form, -1013 filters, -1015 too many, -2010 refused by the engine.
    """
    form = forms.read_order(given, venue.symbols)
    venue.orders.check(1, venue.now_s())
    check_orders(venue, [form.order])
    new = forms.with_client_id(form.order, venue.new_id())
    order = _prevented(venue, new, form.stp) or _kernel_place(venue, new, form.stp)
    return views.placed(order, form.response, venue.notes)


def test(venue: Venue, given: Parameters) -> Body:
    """Judge an order as `place` does up to the engine, and forget it.

    Raises:
        ApiError: -11xx form, -1013 filters.
    """
    form = forms.read_order(given, venue.symbols)
    check_orders(venue, [form.order])
    if given.text("computeCommissionRates") != "true":
        return {}
    nothing = {"maker": amount(ZERO), "taker": amount(ZERO)}
    return {
        "standardCommissionForOrder": {
            "maker": amount(venue.settings.maker_fee),
            "taker": amount(venue.settings.taker_fee),
        },
        "specialCommissionForOrder": nothing,
        "taxCommissionForOrder": nothing,
        "discount": discount(venue),
    }


def discount(venue: Venue) -> Body:
    """Return what paying fees in BNB saves."""
    return {
        "enabledForAccount": venue.settings.pays_fees_in_bnb,
        "enabledForSymbol": True,
        "discountAsset": "BNB",
        "discount": amount(venue.settings.bnb_discount),
    }


def cancel(venue: Venue, given: Parameters) -> Body:
    """End an order, and the whole list where it is part of one.

    Raises:
        ApiError: -1102 no id, -1145 or -2011 restrictions, -2011 no such open order.
    """
    order = find_order(venue, given, not_canceled())
    if not order.status.is_open:
        raise not_canceled()
    _check_restrictions(given, order)
    return end_order(venue, order, given.client_id("newClientOrderId"))


def cancel_all(venue: Venue, given: Parameters) -> list[Body]:
    """End every order of a symbol; lists are shown as lists.

    Raises:
        ApiError: -1121 unknown symbol, -2011 nothing is open.
    """
    waiting = venue.exchange.open_orders(market_of(venue, given))
    if not waiting:
        raise not_canceled()
    lists = dict.fromkeys(order.list_id for order in waiting if order.list_id is not None)
    return [
        *(end_order(venue, order, "") for order in waiting if order.list_id is None),
        *(end_list(venue, venue.find_list(one), "") for one in lists),
    ]


def end_order(venue: Venue, order: VenueOrder, cancel_id: str) -> Body:
    """Cancel an open order under the id of the request."""
    cancel_id = cancel_id or venue.new_id()
    together = () if order.list_id is None else venue.find_list(order.list_id).order_ids
    for one in (order.id, *together):
        venue.notes.cancel_ids[one] = cancel_id
    return views.canceled(venue.exchange.cancel(order.id), venue.notes)


def end_list(venue: Venue, made: OrderList, cancel_id: str) -> Body:
    """Cancel every open order of a list under the id of the request."""
    end_order(venue, next(o for o in legs_of(venue, made) if o.status.is_open), cancel_id)
    orders = legs_of(venue, made)
    shown = views.order_list(made, orders, venue.exchange.now())
    return shown | {"orderReports": [views.canceled(order, venue.notes) for order in orders]}


def cancel_replace(venue: Venue, given: Parameters) -> Body:
    """End an order and take another in its place.

    Raises:
        ApiError: as `place`; -2021 with 409 when one half failed, -2022 when both did.
    """
    mode = given.need("cancelReplaceMode")
    if mode not in {"STOP_ON_FAILURE", "ALLOW_FAILURE"}:
        raise invalid_data("cancelReplaceMode")
    form = forms.read_order(given, venue.symbols)
    venue.orders.check(1, venue.now_s())
    check_orders(venue, [form.order], replaced=1)
    canceled, cancel_answer = _tried(lambda: cancel(venue, given.renamed(CANCEL_NAMES)))
    if canceled == "FAILURE" and mode == "STOP_ON_FAILURE":
        placed, answer = "NOT_ATTEMPTED", None
    else:
        placed, answer = _tried(lambda: place(venue, given))
    data = {
        "cancelResult": canceled,
        "newOrderResult": placed,
        "cancelResponse": cancel_answer,
        "newOrderResponse": answer,
    }
    if canceled == placed == "SUCCESS":
        return data
    if "SUCCESS" in {canceled, placed}:
        raise ApiError(-2021, "Order cancel-replace partially failed.", 409, data=data)
    raise ApiError(-2022, "Order cancel-replace failed.", data=data)


def _kernel_place(venue: Venue, new: NewOrder, stp: str, *, prevented: bool = False) -> VenueOrder:
    venue.notes.expect(new.client_id, stp, prevented=prevented)
    try:
        return venue.exchange.place(new)
    except Rejected as e:
        raise refusal(e) from e


def _prevented(venue: Venue, new: NewOrder, stp: str) -> VenueOrder | None:
    """Keep an order from trading with one of ours; return it where that ended it."""
    own = crossing_own(new, venue.exchange)
    if not own or stp == "NONE":
        return None
    try:
        venue.exchange.check(new)
    except Rejected as e:
        raise refusal(e) from e
    if stp in {"EXPIRE_MAKER", "EXPIRE_BOTH"}:
        for order in own:
            venue.notes.prevented.add(order.id)
            venue.exchange.cancel(order.id)
    if stp == "EXPIRE_MAKER":
        return None
    venue.exchange.plan_fills(new.client_id, [ZERO])
    order = _kernel_place(venue, new, stp, prevented=True)
    venue.exchange.plan_fills(new.client_id, [])
    return venue.exchange.cancel(order.id) if order.status.is_open else order


def _check_restrictions(given: Parameters, order: VenueOrder) -> None:
    wanted = {"ONLY_NEW": "NEW", "ONLY_PARTIALLY_FILLED": "PARTIALLY_FILLED"}
    name = given.text("cancelRestrictions")
    if name and name not in wanted:
        raise ApiError(-1145, "Invalid cancelRestrictions")
    if name and order.status.name != wanted[name]:
        raise not_canceled("Order was not canceled due to cancel restrictions.")


def _tried(action: Callable[[], Body]) -> tuple[str, Body]:
    try:
        return "SUCCESS", action()
    except ApiError as e:
        return "FAILURE", e.body()
