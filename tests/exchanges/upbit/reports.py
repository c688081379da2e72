"""Upbit's private messages: orders, balances, what may be ordered; of REST and the WebSocket."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tests.exchanges.matching import Exchange
from tests.exchanges.terms import (
    ZERO,
    Balance,
    BalanceChanged,
    Cause,
    Event,
    Market,
    OrderChanged,
    Side,
    Status,
    TimeInForce,
    Trade,
    TradeHappened,
    VenueOrder,
)
from tests.exchanges.upbit.errors import SIDES
from tests.exchanges.upbit.listing import FEE, MAX_TOTAL, MIN_TOTAL, code_of, uuid_of
from tests.exchanges.upbit.quotes import KST, Body, stamp

ASSET_UUID = "00000000-0000-4000-9000-000000000001"
_IN_FORCE: Mapping[TimeInForce, str | None] = MappingProxyType(
    {
        TimeInForce.GTC: None,
        TimeInForce.IOC: "ioc",
        TimeInForce.FOK: "fok",
        TimeInForce.POST_ONLY: "post_only",
    }
)


class AverageBuys:
    """The average price paid for each coin, as Upbit shows it beside a balance."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._prices: dict[str, Decimal] = {}
        exchange.subscribe(self._heard)

    def of(self, asset: str) -> Decimal:
        """Return the average price; 0 for what was never bought."""
        return self._prices.get(asset, ZERO)

    def _heard(self, event: Event) -> None:
        if not isinstance(event, TradeHappened) or event.trade.side is Side.SELL:
            return
        trade = event.trade
        asset = self._exchange.market(trade.symbol).base
        balance = self._exchange.balance(asset)
        before = max(balance.free + balance.locked - trade.quantity, ZERO)
        paid = before * self.of(asset) + trade.cost
        self._prices[asset] = paid / (before + trade.quantity)


def state(order: VenueOrder) -> str:
    """Return Upbit's word; a market buy with money left over ends as `cancel`."""
    if order.status.is_open:
        return "wait"
    rest = order.new.cost is not None and order.funds < order.new.cost
    return "done" if order.status is Status.FILLED and not rest else "cancel"


def order_body(order: VenueOrder, smp_type: str | None = None) -> Body:
    """Return an order as REST tells it, without its trades."""
    new, is_open = order.new, order.status.is_open
    price = new.price if new.venue_type == "limit" else new.cost
    reserved, remaining = _fees(order)
    by_volume = new.quantity is not None
    body: Body = {
        "uuid": uuid_of(order.id),
        "side": SIDES[new.side],
        "ord_type": new.venue_type,
        "price": None if price is None else text(price),
        "state": state(order),
        "market": code_of(new.symbol),
        "created_at": _seconds(order.created_at),
        "volume": text(new.quantity) if new.quantity is not None else None,
        "remaining_volume": text(order.remaining) if by_volume else None,
        "executed_volume": text(order.filled),
        "reserved_fee": text(reserved),
        "remaining_fee": text(remaining if is_open else ZERO),
        "paid_fee": text(_paid_fee(order)),
        "locked": text(order.locked),
        "prevented_volume": "0",
        "prevented_locked": "0",
        "trades_count": len(order.trades),
    }
    extra = {
        "time_in_force": _IN_FORCE[new.time_in_force],
        "identifier": new.client_id or None,
        "smp_type": smp_type,
    }
    return body | {key: value for key, value in extra.items() if value}


def order_with_funds(order: VenueOrder, smp_type: str | None = None) -> Body:
    """Return an order as the lists of open and closed orders tell it."""
    return order_body(order, smp_type) | {"executed_funds": text(order.funds)}


def order_with_trades(order: VenueOrder, smp_type: str | None = None) -> Body:
    """Return an order as asking for one tells it."""
    return order_body(order, smp_type) | {"trades": [_trade(trade) for trade in order.trades]}


def account(balance: Balance, average: Decimal) -> Body:
    """Return one asset of /v1/accounts."""
    return {
        "currency": balance.asset,
        "balance": text(balance.free),
        "locked": text(balance.locked),
        "avg_buy_price": text(average),
        "avg_buy_price_modified": False,
        "unit_currency": "KRW",
    }


def chance(market: Market, bid: Body, ask: Body, *, active: bool) -> Body:
    """Return /v1/orders/chance of a market; `bid` and `ask` are the accounts of both sides."""
    fee, least = text(FEE), text(MIN_TOTAL)
    return {
        "bid_fee": fee,
        "ask_fee": fee,
        "maker_bid_fee": fee,
        "maker_ask_fee": fee,
        "market": {
            "id": code_of(market.symbol),
            "name": f"{market.base}/{market.quote}",
            "order_types": ["limit"],
            "order_sides": ["ask", "bid"],
            "bid_types": ["best_fok", "best_ioc", "limit", "limit_fok", "limit_ioc", "price"],
            "ask_types": ["best_fok", "best_ioc", "limit", "limit_fok", "limit_ioc", "market"],
            "bid": {"currency": market.quote, "min_total": least},
            "ask": {"currency": market.base, "min_total": least},
            "max_total": text(MAX_TOTAL),
            "state": "active" if active else "suspended",
        },
        "bid_account": bid,
        "ask_account": ask,
    }


def my_orders(event: OrderChanged, smp_type: str | None = None) -> list[Body]:
    """Return the myOrder messages of a change: a last fill is told as a trade, then as an end."""
    if event.cause is Cause.TRADED and event.trade is not None:
        told = [_my_order(event, "trade", smp_type)]
        end = state(event.order)
        return told if end == "wait" else [*told, _my_order(event, end, smp_type)]
    return [_my_order(event, state(event.order), smp_type)]


def my_asset(event: BalanceChanged) -> Body:
    """Return the myAsset message of changed balances."""
    assets = [
        {"currency": one.asset, "balance": float(one.free), "locked": float(one.locked)}
        for one in event.balances
    ]
    return {
        "type": "myAsset",
        "asset_uuid": ASSET_UUID,
        "assets": assets,
        "asset_timestamp": stamp(event.at),
        "timestamp": stamp(event.at),
        "stream_type": "REALTIME",
    }


def text(number: Decimal) -> str:
    """Return a number as Upbit writes it in private answers: plain digits, no trailing zeros."""
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _my_order(event: OrderChanged, word: str, smp_type: str | None) -> Body:
    order, new = event.order, event.order.new
    trade = event.trade if word == "trade" else None
    price = new.price if new.venue_type == "limit" else new.cost
    reserved, remaining = _fees(order)
    average = order.funds / order.filled if order.filled else ZERO
    last = order.trades[-1] if order.trades else None
    return {
        "type": "myOrder",
        "code": code_of(new.symbol),
        "uuid": uuid_of(order.id),
        "ask_bid": SIDES[new.side].upper(),
        "order_type": new.venue_type,
        "state": word,
        "trade_uuid": uuid_of(trade.id) if trade else None,
        "price": _number(trade.price if trade else price),
        "avg_price": float(average),
        "volume": _number(trade.quantity if trade else new.quantity),
        "remaining_volume": float(order.remaining),
        "executed_volume": float(order.filled),
        "trades_count": len(order.trades),
        "reserved_fee": float(reserved),
        "remaining_fee": float(remaining if order.status.is_open else ZERO),
        "paid_fee": float(_paid_fee(order)),
        "locked": float(order.locked),
        "executed_funds": float(order.funds),
        "time_in_force": _IN_FORCE[new.time_in_force],
        "trade_fee": float(trade.fee) if trade else None,
        "is_maker": trade.maker if trade else None,
        "identifier": new.client_id or None,
        "smp_type": smp_type,
        "prevented_volume": 0.0,
        "prevented_locked": 0.0,
        "trade_timestamp": stamp(last.at) if last else None,
        "order_timestamp": stamp(order.created_at),
        "timestamp": stamp(event.at),
        "stream_type": "REALTIME",
    }


def _fees(order: VenueOrder) -> tuple[Decimal, Decimal]:
    """Return what was reserved for fees, and what of it is for the part still to trade."""
    new = order.new
    if new.side is Side.SELL:
        return ZERO, ZERO
    if new.cost is not None:
        return new.cost * FEE, (new.cost - order.funds) * FEE
    price = new.price or ZERO
    return (new.quantity or ZERO) * price * FEE, order.remaining * price * FEE


def _paid_fee(order: VenueOrder) -> Decimal:
    return sum((trade.fee for trade in order.trades), ZERO)


def _trade(trade: Trade) -> dict[str, Any]:
    return {
        "market": code_of(trade.symbol),
        "uuid": uuid_of(trade.id),
        "price": text(trade.price),
        "volume": text(trade.quantity),
        "funds": text(trade.cost),
        "trend": "up" if trade.side is Side.BUY else "down",
        "created_at": (trade.at + KST).replace(tzinfo=None).isoformat("T", "microseconds")
        + "+09:00",
        "side": SIDES[trade.side],
    }


def _seconds(at: datetime) -> str:
    return (at + KST).replace(tzinfo=None).isoformat("T", "seconds") + "+09:00"


def _number(number: Decimal | None) -> float | None:
    return None if number is None else float(number)
