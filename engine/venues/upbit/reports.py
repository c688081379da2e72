"""Upbit's orders and order events as reports.

A market buy that spent all but a rest of won ends as `cancel`: what was executed decides, not the
word. Trades asked by REST carry no fee of their own: the order's paid fee is shared among them by
value. An event of the stream names the fee of its one trade.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from engine.domain.errors import Malformed
from engine.domain.ids import ClientOrderId, TradeId, VenueOrderId
from engine.domain.intent import Side
from engine.domain.money import ZERO
from engine.ports.venue import Fill, OrderReport, ReportStatus
from engine.venues.live.answers import amount, at_ms
from engine.venues.upbit.instruments import QUOTE, symbol_of

SIDES: Mapping[str, Side] = {"bid": Side.BUY, "ask": Side.SELL}
_OPEN = frozenset({"wait", "watch", "trade"})
_BY_COST = frozenset({"price", "best"})
_FEE_STEP = Decimal("0.00000001")
_NONSENSE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError)


def report_of(order: Mapping[str, Any]) -> OrderReport:
    """Return what GET /v1/order says of an order.

    Raises:
        Malformed: a field is missing or is no figure.
    """
    try:
        return _report(order)
    except _NONSENSE as e:
        message = f"an order of Upbit makes no sense: {e!r}"
        raise Malformed(message) from e


def report_of_trade(event: Mapping[str, Any]) -> OrderReport | None:
    """Return what a `trade` event of the myOrder stream says, None for events of other kinds.

    Raises:
        Malformed: a field is missing or is no figure.
    """
    if event.get("state") != "trade" or not event.get("trade_uuid"):
        return None
    try:
        return _traded(event)
    except _NONSENSE as e:
        message = f"an order event of Upbit makes no sense: {e!r}"
        raise Malformed(message) from e


def _report(order: Mapping[str, Any]) -> OrderReport:
    fills = _fills(order)
    created = _moment(order["created_at"])
    return OrderReport(
        client_id=ClientOrderId(str(order.get("identifier") or "")),
        venue_order_id=VenueOrderId(str(order["uuid"])),
        symbol=symbol_of(order["market"]),
        side=SIDES[order["side"]],
        status=_status(order),
        filled_quantity=_figure(order, "executed_volume"),
        fills=fills,
        at=max([fill.at for fill in fills], default=created),
        quantity=_asked(order, "volume"),
        price=_asked(order, "price"),
    )


def _status(order: Mapping[str, Any]) -> ReportStatus:
    state = order["state"]
    if state in _OPEN:
        return ReportStatus.OPEN
    executed = _figure(order, "executed_volume")
    spent = order["ord_type"] in _BY_COST and order["side"] == "bid" and executed > 0
    if state == "done" or (state == "cancel" and spent):
        return ReportStatus.FILLED
    if state == "cancel":
        return ReportStatus.CANCELLED
    message = f"unknown state {state}"
    raise ValueError(message)


def _fills(order: Mapping[str, Any]) -> tuple[Fill, ...]:
    trades: Sequence[Mapping[str, Any]] = order.get("trades") or ()
    values = [_figure(trade, "price") * _figure(trade, "volume") for trade in trades]
    fees = _shares(_figure(order, "paid_fee"), values)
    return tuple(
        _fill(trade["uuid"], trade, fee, _moment(trade["created_at"]))
        for trade, fee in zip(trades, fees, strict=True)
    )


def _shares(paid: Decimal, values: Sequence[Decimal]) -> Sequence[Decimal]:
    """Split a fee by what was traded, as fine as the venue's own figures; the last has the rest."""
    total = sum(values, ZERO)
    shares = [(paid * value / total).quantize(_FEE_STEP) for value in values[:-1]]
    return [*shares, paid - sum(shares, ZERO)] if values else []


def _traded(event: Mapping[str, Any]) -> OrderReport:
    at = at_ms(event["trade_timestamp"])
    maker = bool(event.get("is_maker"))
    fill = _fill(event["trade_uuid"], event, _figure(event, "trade_fee"), at, maker=maker)
    return OrderReport(
        client_id=ClientOrderId(str(event.get("identifier") or "")),
        venue_order_id=VenueOrderId(str(event["uuid"])),
        symbol=symbol_of(event["code"]),
        side=SIDES[event["ask_bid"].lower()],
        status=ReportStatus.OPEN,
        filled_quantity=_figure(event, "executed_volume"),
        fills=(fill,),
        at=at,
    )


def _fill(
    trade_id: object, row: Mapping[str, Any], fee: Decimal, at: datetime, *, maker: bool = False
) -> Fill:
    return Fill(
        trade_id=TradeId(str(trade_id)),
        quantity=_figure(row, "volume"),
        price=_figure(row, "price"),
        fee=fee,
        fee_asset=QUOTE,
        fee_in_quote=fee,
        maker=maker,
        at=at,
    )


def _figure(row: Mapping[str, Any], name: str) -> Decimal:
    return amount(row, name) if row.get(name) else ZERO


def _asked(order: Mapping[str, Any], name: str) -> Decimal | None:
    return None if order.get(name) is None else _figure(order, name)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
