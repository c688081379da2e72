"""Orders, lists and trades as the JSON of Binance's REST and WebSocket API.

Source: binance-spot-api-docs, rest-api.md "Trading endpoints" and "Account endpoints".
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.exchanges.binance_spot.amounts import amount, milliseconds, venue_name
from tests.exchanges.binance_spot.notes import Notes
from tests.exchanges.terms import (
    ZERO,
    OrderList,
    Side,
    TimeInForce,
    Trade,
    VenueOrder,
)

NO_LIST = -1
NOT_WORKING = -1


def time_in_force(order: VenueOrder) -> str:
    """Return the time in force that Binance shows: a post-only order is GTC."""
    given = order.new.time_in_force
    return "GTC" if given is TimeInForce.POST_ONLY else given.name


def list_id(order: VenueOrder) -> int:
    """Return the id of the order's list, or -1."""
    return NO_LIST if order.list_id is None else order.list_id


def placed(order: VenueOrder, response: str, notes: Notes) -> dict[str, Any]:
    """Return the answer to a new order: ACK, RESULT or FULL."""
    body = _heading(order) | {"transactTime": milliseconds(order.updated_at)}
    if response == "ACK":
        return body
    body |= _details(order, notes) | _working(order, notes) | _stop(order)
    body["selfTradePreventionMode"] = notes.mode(order)
    if reason := notes.expiry_reason(order):
        body["expiryReason"] = reason
    if response == "FULL":
        body["fills"] = [_fill(trade) for trade in order.trades]
    return body


def canceled(order: VenueOrder, notes: Notes) -> dict[str, Any]:
    """Return the answer to a cancel."""
    heading = _heading(order) | {
        "origClientOrderId": order.new.client_id,
        "clientOrderId": notes.cancel_ids.get(order.id, ""),
        "transactTime": milliseconds(order.updated_at),
    }
    stp = {"selfTradePreventionMode": notes.mode(order)}
    return heading | _details(order, notes) | _stop(order) | stp


def queried(order: VenueOrder, notes: Notes) -> dict[str, Any]:
    """Return an order as a query shows it."""
    body = _heading(order) | _details(order, notes)
    body |= {
        "stopPrice": amount(order.new.trigger or ZERO),
        "icebergQty": amount(ZERO),
        "time": milliseconds(order.created_at),
        "updateTime": milliseconds(order.updated_at),
        "isWorking": not order.is_stop_waiting,
        "selfTradePreventionMode": notes.mode(order),
    }
    if reason := notes.expiry_reason(order):
        body["expiryReason"] = reason
    return body | _working(order, notes)


def order_list(made: OrderList, legs: Iterable[VenueOrder], at: datetime) -> dict[str, Any]:
    """Return a list of orders as a query shows it."""
    orders = tuple(legs)
    is_open = any(order.status.is_open for order in orders)
    return {
        "orderListId": made.id,
        "contingencyType": "OCO",
        "listStatusType": "EXEC_STARTED" if is_open else "ALL_DONE",
        "listOrderStatus": "EXECUTING" if is_open else "ALL_DONE",
        "listClientOrderId": made.client_id,
        "transactionTime": milliseconds(at),
        "symbol": venue_name(made.symbol),
        "orders": [
            {
                "symbol": venue_name(made.symbol),
                "orderId": one.id,
                "clientOrderId": one.new.client_id,
            }
            for one in orders
        ],
    }


def trade(one: Trade, order: VenueOrder) -> dict[str, Any]:
    """Return one of the account's trades."""
    return {
        "symbol": venue_name(one.symbol),
        "id": one.id,
        "orderId": one.order_id,
        "orderListId": list_id(order),
        "price": amount(one.price),
        "qty": amount(one.quantity),
        "quoteQty": amount(one.cost),
        "commission": amount(one.fee),
        "commissionAsset": one.fee_asset,
        "time": milliseconds(one.at),
        "isBuyer": one.side is Side.BUY,
        "isMaker": one.maker,
        "isBestMatch": True,
    }


def _heading(order: VenueOrder) -> dict[str, Any]:
    return {
        "symbol": venue_name(order.new.symbol),
        "orderId": order.id,
        "orderListId": list_id(order),
        "clientOrderId": order.new.client_id,
    }


def _details(order: VenueOrder, notes: Notes) -> dict[str, Any]:
    new = order.new
    return {
        "price": amount(new.price or ZERO),
        "origQty": amount(order.filled if new.quantity is None else new.quantity),
        "executedQty": amount(order.filled),
        "origQuoteOrderQty": amount(new.cost or ZERO),
        "cummulativeQuoteQty": amount(order.funds),
        "status": notes.status(order),
        "timeInForce": time_in_force(order),
        "type": new.venue_type,
        "side": new.side.name,
    }


def _working(order: VenueOrder, notes: Notes) -> dict[str, Any]:
    since = notes.working_at(order)
    return {"workingTime": NOT_WORKING if since is None else milliseconds(since)}


def _stop(order: VenueOrder) -> dict[str, Any]:
    return {} if order.new.trigger is None else {"stopPrice": amount(order.new.trigger)}


def _fill(one: Trade) -> dict[str, Any]:
    return {
        "price": amount(one.price),
        "qty": amount(one.quantity),
        "commission": amount(one.fee),
        "commissionAsset": one.fee_asset,
        "tradeId": one.id,
    }
