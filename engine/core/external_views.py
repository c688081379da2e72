"""The owner's own holdings and orders as the API shows them: worth and no more."""

from collections.abc import Sequence
from decimal import Decimal

from engine.contract import OrderView, PositionView
from engine.core.desk import Desk
from engine.core.external import ExternalHolding
from engine.domain.money import ONE, ZERO
from engine.phrases.replies import Reply
from engine.ports.venue import OrderReport


def external_positions(desk: Desk) -> Sequence[PositionView]:
    """Return what the owner holds at a venue beside the book; what nobody would buy is left out."""
    views = (_holding(desk, holding) for holding in desk.context.externals.holdings)
    return [view for view in views if view.value >= _least(desk, view.symbol)]


def external_orders(desk: Desk) -> Sequence[OrderView]:
    """Return the open orders at a venue that are not ours."""
    return [_order(desk, report) for report in desk.context.externals.orders]


def left_alone(desk: Desk) -> Sequence[str]:
    """Return what a panic does not touch, as phrases."""
    name = desk.name.value
    held = [
        Reply.HOLDING_LEFT_ALONE.say(
            venue=name, symbol=view.symbol, quantity=f"{view.quantity.normalize():f}"
        )
        for view in external_positions(desk)
    ]
    orders = [
        Reply.ORDER_LEFT_ALONE.say(venue=name, symbol=view.symbol, side=view.side)
        for view in external_orders(desk)
    ]
    return [*held, *orders]


def _holding(desk: Desk, holding: ExternalHolding) -> PositionView:
    instrument = desk.context.instruments[holding.symbol]
    market = desk.context.markets.get(holding.symbol)
    known = desk.roster.last_prices.get(holding.symbol, ZERO)
    price = (market.price if market is not None else None) or known
    value = holding.quantity * price
    return PositionView(
        venue=desk.name.value,
        symbol=holding.symbol,
        name=instrument.name or holding.symbol,
        quote=instrument.quote,
        quantity=holding.quantity,
        entry_price=price,
        price=price,
        tick=instrument.ticks.tick_at(price) if price else ONE,
        value=value,
        value_krw=value * desk.context.rules.krw_per_quote,
        pnl=ZERO,
        pnl_krw=ZERO,
        pnl_percent=ZERO,
        leverage=1,
        take_profit=None,
        stop_loss=None,
        trailing_stop=None,
        emergency_stop=ZERO,
        liquidation_price=None,
        liquidation_distance_percent=None,
        protected=False,
        external=True,
        strategy="",
        reason="",
        opened_at=desk.context.clock.now(),
    )


def _least(desk: Desk, symbol: str) -> Decimal:
    return desk.context.instruments[symbol].min_notional


def _order(desk: Desk, report: OrderReport) -> OrderView:
    quantity = report.filled_quantity if report.quantity is None else report.quantity
    return OrderView(
        venue=desk.name.value,
        symbol=report.symbol,
        client_id=report.client_id,
        side=report.side.value,
        type="limit" if report.price else "",
        purpose="",
        status=report.status.value,
        quantity=quantity,
        filled_quantity=report.filled_quantity,
        price=report.price,
        created_at=report.at,
        external=True,
    )
