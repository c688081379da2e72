"""From what a venue reports to the facts it means for the book."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from engine.core.portfolio import Portfolio
from engine.domain.events import (
    Fact,
    FundingPaid,
    OrderAccepted,
    OrderClosed,
    OrderEnd,
    OrderFilled,
    PositionClosed,
    PositionOpened,
    SlippageExceeded,
)
from engine.domain.exits import ExitReason
from engine.domain.instrument import base_and_quote
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.money import PERCENT, ZERO
from engine.domain.order import Order, OrderStatus
from engine.domain.position import Position, filled, opened
from engine.phrases.causes import Cause
from engine.ports.venue import Fill, FundingReport, OrderReport, ReportStatus


def order_facts(portfolio: Portfolio, report: OrderReport) -> tuple[Fact, ...]:
    """Return what a report adds to what is known of its order: nothing, if it is old news."""
    order = portfolio.orders.get(report.client_id)
    if order is None:
        return ()
    facts: list[Fact] = []
    if order.venue_order_id is None:
        facts.append(_accepted(order.intent, report))
    facts.extend(
        _filled(order.intent, fill) for fill in report.fills if fill.trade_id not in order.trades
    )
    if report.status is not ReportStatus.OPEN and not order.status.is_final:
        facts.append(_ended(order.intent, report))
    return tuple(facts)


def contradiction(portfolio: Portfolio, facts: Sequence[Fact]) -> str:
    """Return why facts cannot be true of this book, as a phrase; empty if they can."""
    for fact in facts:
        if not isinstance(fact, OrderFilled):
            continue
        status = portfolio.orders[fact.client_id].status
        if status in (OrderStatus.REFUSED, OrderStatus.NEVER_ARRIVED):
            return Cause.FILLED_THOUGH.say(status=status.value)
        if fact.side is Side.SELL and fact.symbol not in portfolio.positions:
            return Cause.SOLD_MORE.say(quantity=fact.quantity)
    return ""


def consequences(
    portfolio: Portfolio, facts: Sequence[Fact], slippage_limit: Decimal
) -> tuple[Fact, ...]:
    """Return what order facts lead to: positions opened and closed, slippage beyond the limit.

    The facts are all of one order.
    """
    fills = [fact for fact in facts if isinstance(fact, OrderFilled)]
    ended = [fact for fact in facts if isinstance(fact, OrderClosed)]
    if not fills and not ended:
        return ()
    order = portfolio.orders[(fills or ended)[0].client_id]
    made = list(_position_facts(portfolio, order, fills, ended))
    if ended:
        made.extend(_slippage(order, fills, slippage_limit))
    return tuple(made)


def funding_fact(portfolio: Portfolio, report: FundingReport) -> FundingPaid | None:
    """Return the fact of a settlement, None when it is booked already or nothing is held."""
    known = report.settlement_id in portfolio.settled_funding
    if known or not report.amount or report.symbol not in portfolio.positions:
        return None
    return FundingPaid(
        portfolio.venue,
        report.symbol,
        report.settlement_id,
        report.amount,
        report.rate,
        report.at,
    )


def closed(
    position: Position, reason: ExitReason, last_price: Decimal, at: datetime, rest: Decimal = ZERO
) -> PositionClosed:
    """Return the closing of a position; `rest` is what was given up as dust, in quote."""
    pnl = position.pnl_so_far - rest
    return PositionClosed(
        venue=position.venue,
        symbol=position.symbol,
        quantity=position.sold,
        entry_price=position.entry_price,
        exit_price=position.sold_value / position.sold if position.sold else last_price,
        pnl=pnl,
        pnl_percent=pnl / position.bought_value * PERCENT,
        fees=position.fees,
        funding=position.funding,
        reason=reason,
        strategy=position.strategy,
        opened_at=position.opened_at,
        at=at,
    )


def _accepted(intent: OrderIntent, report: OrderReport) -> OrderAccepted:
    return OrderAccepted(
        intent.venue, intent.symbol, intent.client_id, report.venue_order_id, report.at
    )


def _filled(intent: OrderIntent, fill: Fill) -> OrderFilled:
    return OrderFilled(
        venue=intent.venue,
        symbol=intent.symbol,
        client_id=intent.client_id,
        trade_id=fill.trade_id,
        side=intent.side,
        quantity=fill.quantity,
        price=fill.price,
        fee=fill.fee,
        fee_asset=fill.fee_asset,
        fee_in_quote=fill.fee_in_quote,
        maker=fill.maker,
        at=fill.at,
    )


def _ended(intent: OrderIntent, report: OrderReport) -> OrderClosed:
    return OrderClosed(
        intent.venue,
        intent.symbol,
        intent.client_id,
        OrderEnd(report.status.value),
        report.filled_quantity,
        report.at,
    )


def _position_facts(
    portfolio: Portfolio,
    order: Order,
    fills: Sequence[OrderFilled],
    ended: Sequence[OrderClosed],
) -> tuple[Fact, ...]:
    position = _after(portfolio, order.intent, fills)
    if position is None:
        return ()
    if order.intent.purpose is Purpose.ENTRY:
        at = ended[0].at if ended else fills[0].at
        # A fill after the end, or the end after the fills: either way it is told once.
        traded = order.filled_quantity or fills
        late = order.status.is_final and not order.filled_quantity
        complete = traded and (ended or late)
        return (_opened(position, order.intent, at),) if complete else ()
    if not fills or position.quantity:
        return ()
    reason, last = order.intent.exit_reason or ExitReason.MANUAL, fills[-1]
    return (closed(position, reason, last.price, last.at),)


def _after(
    portfolio: Portfolio, intent: OrderIntent, fills: Sequence[OrderFilled]
) -> Position | None:
    base = base_and_quote(intent.venue, intent.symbol)[0]
    position = portfolio.positions.get(intent.symbol)
    for fill in fills:
        position = opened(intent, fill, base) if position is None else filled(position, fill, base)
    return position


def _opened(position: Position, intent: OrderIntent, at: datetime) -> PositionOpened:
    return PositionOpened(
        venue=position.venue,
        symbol=position.symbol,
        quantity=position.quantity,
        entry_price=position.entry_price,
        leverage=position.leverage,
        exits=position.exits,
        strategy=position.strategy,
        reason=intent.reason,
        at=at,
    )


def _slippage(order: Order, fills: Sequence[OrderFilled], limit: Decimal) -> tuple[Fact, ...]:
    intent = order.intent
    quantity = order.filled_quantity + sum((f.quantity for f in fills), ZERO)
    if not quantity or intent.type is OrderType.LIMIT:
        return ()
    value = order.filled_value + sum((f.quantity * f.price for f in fills), ZERO)
    worse = value / quantity - intent.decision_price
    worse = worse if intent.side is Side.BUY else -worse
    percent = worse / intent.decision_price * PERCENT
    if percent < limit:
        return ()
    at = fills[-1].at if fills else order.created_at
    return (
        SlippageExceeded(
            intent.venue,
            intent.symbol,
            intent.client_id,
            intent.side,
            intent.decision_price,
            value / quantity,
            percent,
            worse * quantity,
            at,
        ),
    )
