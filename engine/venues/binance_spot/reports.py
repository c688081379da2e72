"""Orders and trades of Binance spot as reports of the port.

Source: binance-spot-api-docs, rest-api.md "Trading endpoints" and user-data-stream.md.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.domain.errors import Malformed
from engine.domain.ids import ClientOrderId, TradeId, VenueOrderId
from engine.domain.intent import Side
from engine.domain.money import ZERO
from engine.ports.venue import Fill, OrderReport, ReportStatus
from engine.venues.binance_spot.figures import moment, text, whole
from engine.venues.live.answers import amount, at_ms, row, rows

Valued = Callable[[str, str, Decimal, Decimal], Awaitable[Decimal]]
"""Values a fee: its asset, the market, its amount and the price of the trade, in quote."""

_STATUSES: Mapping[str, ReportStatus] = {
    "NEW": ReportStatus.OPEN,
    "PENDING_NEW": ReportStatus.OPEN,
    "PARTIALLY_FILLED": ReportStatus.OPEN,
    "PENDING_CANCEL": ReportStatus.OPEN,
    "FILLED": ReportStatus.FILLED,
    "CANCELED": ReportStatus.CANCELLED,
    "REJECTED": ReportStatus.EXPIRED,
    "EXPIRED": ReportStatus.EXPIRED,
    "EXPIRED_IN_MATCH": ReportStatus.EXPIRED,
}
_TRADE = "TRADE"
_NO_TRADE = -1


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade before its fee is valued."""

    trade_id: TradeId
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    at: datetime


def order_report(
    answer: Any,  # noqa: ANN401 - an order as REST tells it, placed, queried or cancelled
    symbol: str,
    fills: Sequence[Fill],
) -> OrderReport:
    """Return the report of an order; raises Malformed for what is none."""
    found = row(answer)
    client_id = found.get("origClientOrderId") or found.get("clientOrderId") or ""
    times = [found.get(key) for key in ("updateTime", "transactTime", "time")]
    price = amount(found, "price")
    return OrderReport(
        client_id=ClientOrderId(str(client_id)),
        venue_order_id=VenueOrderId(str(whole(found, "orderId"))),
        symbol=symbol,
        side=side(found, "side"),
        status=status(found, "status"),
        filled_quantity=amount(found, "executedQty"),
        fills=tuple(fills),
        at=at_ms(next((at for at in times if at is not None), None)),
        quantity=amount(found, "origQty"),
        price=price if price > ZERO else None,
    )


def placed_trades(answer: Any) -> Sequence[Trade]:  # noqa: ANN401 - the FULL answer to a new order
    """Return the trades that an order made at once: it took, and its moment is theirs."""
    found = row(answer)
    trades = rows(found.get("fills") or [])
    at = moment(found, "transactTime") if trades else None
    return [_trade(one, "tradeId", at) for one in trades if at is not None]


def account_trades(answer: Any) -> Sequence[Trade]:  # noqa: ANN401 - myTrades
    """Return trades of the account, oldest first."""
    return [_trade(one, "id", moment(one, "time")) for one in rows(answer)]


def streamed_trade(event: Mapping[str, Any]) -> Trade | None:
    """Return the trade that an executionReport tells of, None where it tells of none."""
    if event.get("x") != _TRADE or event.get("t") == _NO_TRADE:
        return None
    fee = amount(event, "n")
    return Trade(
        trade_id=TradeId(str(whole(event, "t"))),
        quantity=amount(event, "l"),
        price=amount(event, "L"),
        fee=fee,
        fee_asset=text(event, "N") if fee else str(event.get("N") or ""),
        maker=bool(event.get("m")),
        at=moment(event, "T"),
    )


def streamed_report(event: Mapping[str, Any], symbol: str, fills: Sequence[Fill]) -> OrderReport:
    """Return the report of an executionReport; raises Malformed for what is none.

    A cancel request has an id of its own, which the venue shows as the order's: the order's is then
    under "C".
    """
    price = amount(event, "p")
    return OrderReport(
        client_id=ClientOrderId(str(event.get("C") or event.get("c") or "")),
        venue_order_id=VenueOrderId(str(whole(event, "i"))),
        symbol=symbol,
        side=side(event, "S"),
        status=status(event, "X"),
        filled_quantity=amount(event, "z"),
        fills=tuple(fills),
        at=moment(event, "T"),
        quantity=amount(event, "q"),
        price=price if price > ZERO else None,
    )


def side(source: Mapping[str, Any], key: str) -> Side:
    """Return the side of an order; raises Malformed for a word that is none."""
    try:
        return Side(text(source, key).lower())
    except ValueError as e:
        raise Malformed(f"no side: {source.get(key)!r}") from e


def status(source: Mapping[str, Any], key: str) -> ReportStatus:
    """Return how far an order has come; raises Malformed for a word that is not known."""
    found = _STATUSES.get(text(source, key))
    if found is None:
        raise Malformed(f"unknown status {source.get(key)!r}")
    return found


async def valued_fill(trade: Trade, symbol: str, value: Valued) -> Fill:
    """Return a trade with its fee valued in quote; raises VenueDown without a price for it."""
    return Fill(
        trade_id=trade.trade_id,
        quantity=trade.quantity,
        price=trade.price,
        fee=trade.fee,
        fee_asset=trade.fee_asset,
        fee_in_quote=await value(trade.fee_asset, symbol, trade.fee, trade.price),
        maker=trade.maker,
        at=trade.at,
    )


def _trade(told: Mapping[str, Any], id_key: str, at: datetime) -> Trade:
    """Return a trade as REST tells it; one without `isMaker` took."""
    return Trade(
        trade_id=TradeId(str(whole(told, id_key))),
        quantity=amount(told, "qty"),
        price=amount(told, "price"),
        fee=amount(told, "commission"),
        fee_asset=text(told, "commissionAsset"),
        maker=bool(told.get("isMaker")),
        at=at,
    )
