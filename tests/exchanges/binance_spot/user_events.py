"""The account's news as Binance's user data stream tells them.

Source: binance-spot-api-docs, user-data-stream.md.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from tests.exchanges.binance_spot import views
from tests.exchanges.binance_spot.amounts import amount, milliseconds, venue_name
from tests.exchanges.binance_spot.notes import Notes
from tests.exchanges.terms import (
    ZERO,
    Balance,
    BalanceChanged,
    Cause,
    Event,
    OrderChanged,
    OrderList,
    TradeHappened,
    VenueOrder,
)

Payload = dict[str, Any]


class UserEvents:
    """Turns what the kernel tells into payloads, in the order it happened."""

    def __init__(self, notes: Notes, find_list: Callable[[int], OrderList]) -> None:
        self._notes = notes
        self._find_list = find_list
        self._execution_ids = count(1)
        self._totals: dict[str, Decimal] = {}
        self._has_traded = False
        # The legs seen of each list, as they stand; a list is told of when complete and when done.
        self._legs: dict[int, dict[int, VenueOrder]] = {}

    def read(self, event: Event) -> Iterator[Payload]:
        """Yield the payloads that one event of the kernel gives rise to."""
        if isinstance(event, OrderChanged):
            self._has_traded = self._has_traded or event.trade is not None
            yield self._execution(event)
            yield from self._list_news(event)
        elif isinstance(event, BalanceChanged):
            yield self._position(event)
            if not self._has_traded:
                yield from self._transfers(event)
            self._totals |= {one.asset: one.free + one.locked for one in event.balances}
            self._has_traded = False
        elif isinstance(event, TradeHappened):
            self._has_traded = True

    def _execution(self, event: OrderChanged) -> Payload:
        order, at = event.order, milliseconds(event.at)
        return (
            _identity(order, at)
            | self._state(event)
            | _amounts(event)
            | {
                "T": at,
                "t": -1 if event.trade is None else event.trade.id,
                "I": next(self._execution_ids),
                "w": order.status.is_open and not order.is_stop_waiting,
                "m": event.trade is not None and event.trade.maker,
                "M": event.trade is not None,
                "O": milliseconds(order.created_at),
                "Q": amount(order.new.cost or ZERO),
                "V": self._notes.mode(order),
            }
            | self._conditional(order)
        )

    def _state(self, event: OrderChanged) -> Payload:
        order, status = event.order, self._notes.status(event.order)
        is_cancel = event.cause is Cause.CANCELED and status == "CANCELED"
        executions = {
            Cause.ACCEPTED: "NEW",
            Cause.TRIGGERED: "NEW",
            Cause.TRADED: "TRADE",
            Cause.CANCELED: "CANCELED",
            Cause.EXPIRED: "EXPIRED",
        }
        prevented = status == "EXPIRED_IN_MATCH"
        return {
            "c": self._notes.cancel_ids.get(order.id, "") if is_cancel else order.new.client_id,
            "C": order.new.client_id if is_cancel else "",
            "x": "TRADE_PREVENTION" if prevented else executions[event.cause],
            "X": status,
            "r": "NONE",
        }

    def _conditional(self, order: VenueOrder) -> Payload:
        more: Payload = {}
        since = self._notes.working_at(order)
        if since is not None:
            more["W"] = milliseconds(since)
        if reason := self._notes.expiry_reason(order):
            more["eR"] = reason
        if self._notes.status(order) == "EXPIRED_IN_MATCH":
            more |= {"v": order.id, "A": amount(order.remaining), "B": amount(order.remaining)}
        return more

    def _list_news(self, event: OrderChanged) -> Iterator[Payload]:
        list_id = event.order.list_id
        if list_id is None:
            return
        legs = self._legs.setdefault(list_id, {})
        legs[event.order.id] = event.order
        made = self._find_list(list_id)
        complete = len(legs) == len(made.order_ids)
        started = event.cause is Cause.ACCEPTED and complete
        done = complete and not any(leg.status.is_open for leg in legs.values())
        if started or done:
            yield _list_status(made, [legs[one] for one in made.order_ids], event.at)

    def _position(self, event: BalanceChanged) -> Payload:
        at = milliseconds(event.at)
        changed = [_balance(one) for one in event.balances]
        return {"e": "outboundAccountPosition", "E": at, "u": at, "B": changed}

    def _transfers(self, event: BalanceChanged) -> Iterator[Payload]:
        at = milliseconds(event.at)
        for one in event.balances:
            delta = one.free + one.locked - self._totals.get(one.asset, ZERO)
            if delta:
                yield {"e": "balanceUpdate", "E": at, "a": one.asset, "d": amount(delta), "T": at}


def _identity(order: VenueOrder, at: int) -> Payload:
    new = order.new
    return {
        "e": "executionReport",
        "E": at,
        "s": venue_name(new.symbol),
        "S": new.side.name,
        "o": new.venue_type,
        "f": views.time_in_force(order),
        "q": amount(order.filled if new.quantity is None else new.quantity),
        "p": amount(new.price or ZERO),
        "P": amount(new.trigger or ZERO),
        "F": amount(ZERO),
        "g": views.list_id(order),
        "i": order.id,
    }


def _amounts(event: OrderChanged) -> Payload:
    one = event.trade
    return {
        "l": amount(ZERO if one is None else one.quantity),
        "z": amount(event.order.filled),
        "L": amount(ZERO if one is None else one.price),
        "n": "0" if one is None else amount(one.fee),
        "N": None if one is None else one.fee_asset,
        "Z": amount(event.order.funds),
        "Y": amount(ZERO if one is None else one.cost),
    }


def _balance(one: Balance) -> Payload:
    return {"a": one.asset, "f": amount(one.free), "l": amount(one.locked)}


def _list_status(made: OrderList, legs: list[VenueOrder], at: datetime) -> Payload:
    shown = views.order_list(made, legs, at)
    return {
        "e": "listStatus",
        "E": shown["transactionTime"],
        "s": shown["symbol"],
        "g": made.id,
        "c": "OCO",
        "l": shown["listStatusType"],
        "L": shown["listOrderStatus"],
        "r": "NONE",
        "C": made.client_id,
        "T": shown["transactionTime"],
        "O": [
            {"s": one["symbol"], "i": one["orderId"], "c": one["clientOrderId"]}
            for one in shown["orders"]
        ],
    }
