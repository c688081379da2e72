"""Between the words of the core and those of the exchange: intents in, reports out."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from engine.domain.errors import Ambiguous, PasuError, Refused, TriggerPassed
from engine.domain.ids import ClientOrderId, TradeId, VenueOrderId
from engine.domain.intent import OrderIntent
from engine.domain.intent import OrderType as Asked
from engine.domain.intent import Side as AskedSide
from engine.ports.venue import Fill, OrderReport, ReportStatus
from tests.exchanges.terms import (
    Kind,
    NewOrder,
    OrderType,
    Rejected,
    Side,
    Status,
    Trade,
    VenueOrder,
)

BNB = "BNB"
BNB_PRICE = Decimal(600)

_SIDES: Mapping[AskedSide, Side] = {AskedSide.BUY: Side.BUY, AskedSide.SELL: Side.SELL}
_TYPES: Mapping[Asked, OrderType] = {
    Asked.MARKET: OrderType.MARKET,
    Asked.LIMIT: OrderType.LIMIT,
    Asked.STOP_MARKET: OrderType.STOP_LOSS,
}
_STATUSES: Mapping[Status, ReportStatus] = {
    Status.NEW: ReportStatus.OPEN,
    Status.PARTIALLY_FILLED: ReportStatus.OPEN,
    Status.FILLED: ReportStatus.FILLED,
    Status.CANCELED: ReportStatus.CANCELLED,
    Status.EXPIRED: ReportStatus.EXPIRED,
}


def new_orders(intents: Sequence[OrderIntent]) -> Sequence[NewOrder]:
    """Return what intents ask of the exchange."""
    return [_new(intent) for intent in intents]


def report_of(order: VenueOrder) -> OrderReport:
    """Return all that the exchange knows of an order."""
    spent = order.new.cost is not None and order.filled > 0
    status = _STATUSES[order.status]
    if spent and status is ReportStatus.EXPIRED:
        status = ReportStatus.FILLED
    return OrderReport(
        client_id=ClientOrderId(order.new.client_id),
        venue_order_id=VenueOrderId(str(order.id)),
        symbol=order.new.symbol,
        side=AskedSide.BUY if order.new.side is Side.BUY else AskedSide.SELL,
        status=status,
        filled_quantity=order.filled,
        fills=tuple(_fill(trade) for trade in order.trades),
        at=order.updated_at,
        quantity=order.new.quantity,
        price=order.new.price,
    )


def fee_in_quote(trade: Trade) -> Decimal:
    """Return the fee of a trade, valued in quote."""
    base, _, _ = trade.symbol.partition("/")
    return trade.fee * {base: trade.price, BNB: BNB_PRICE}.get(trade.fee_asset, Decimal(1))


def error_of(rejected: Rejected) -> PasuError:
    """Return what a refusal of the exchange means: a known client id is no refusal."""
    if rejected.kind is Kind.DUPLICATE_CLIENT_ID:
        return Ambiguous("an earlier attempt arrived")
    if rejected.kind is Kind.WOULD_TRIGGER:
        return TriggerPassed(rejected.detail)
    return Refused(rejected.kind.name.lower(), rejected.detail)


def _new(intent: OrderIntent) -> NewOrder:
    by_cost = intent.cost is not None
    return NewOrder(
        symbol=intent.symbol,
        side=_SIDES[intent.side],
        type=_TYPES[intent.type],
        quantity=None if by_cost else intent.quantity,
        cost=intent.cost,
        price=intent.price,
        trigger=intent.trigger,
        client_id=intent.client_id,
    )


def _fill(trade: Trade) -> Fill:
    return Fill(
        trade_id=TradeId(str(trade.id)),
        quantity=trade.quantity,
        price=trade.price,
        fee=trade.fee,
        fee_asset=trade.fee_asset,
        fee_in_quote=fee_in_quote(trade),
        maker=trade.maker,
        at=trade.at,
    )
