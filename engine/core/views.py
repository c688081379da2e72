"""One venue's state as the API shows it."""

from collections.abc import Sequence
from decimal import Decimal

from engine.contract import (
    GateView,
    OrderView,
    PausedView,
    PositionView,
    SurfaceView,
    TradeView,
    VenueView,
    WhyView,
    line_of,
)
from engine.core.desk import Desk
from engine.core.external_views import external_orders, external_positions
from engine.core.portfolio import status_counts
from engine.domain.events import PositionClosed
from engine.domain.instrument import Instrument
from engine.domain.money import ONE, PERCENT, ZERO, from_float
from engine.domain.position import Position
from engine.domain.signal import Gate
from engine.phrases.causes import Cause
from engine.phrases.gates import GateName, Word


def venue_view(desk: Desk) -> VenueView:
    """Return one venue for the status card."""
    context, portfolio = desk.context, desk.context.portfolio
    equity, rate = context.equity(), context.rules.krw_per_quote
    opened, unknown = status_counts(portfolio)
    loss = context.day_loss.loss_percent(equity)
    limit = context.rules.max_daily_loss_percent
    closed = not context.day_loss.passes(equity, limit)
    unreconciled = context.link.unreconciled
    return VenueView(
        name=desk.name.value,
        mode=context.profile.mode.value,
        state=desk.roster.state,
        note=line_of(context.profile.note) if context.profile.note else None,
        quote=portfolio.quote,
        initial_capital=portfolio.initial_capital,
        cash=portfolio.cash,
        equity=equity,
        equity_krw=equity * rate,
        today_pnl_krw=context.day_loss.pnl(equity) * rate,
        drawdown_percent=context.day_loss.drawdown_percent(equity),
        positions=len(portfolio.positions),
        open_orders=opened,
        unknown_orders=unknown,
        dust=portfolio.dust,
        price_age_s=_price_age_s(desk),
        session_open=context.session_open(),
        differences=desk.reconciler.differences,
        entries_closed=line_of(Cause.DAILY_LOSS.say(percent=f"{loss:.2f}")) if closed else None,
        surfaces=_surfaces(desk),
        troubles=tuple(map(line_of, dict.fromkeys(context.link.troubles.values()))),
        unreconciled=line_of(unreconciled) if unreconciled else None,
        paused=tuple(PausedView(s, line_of(why)) for s, why in sorted(portfolio.paused.items())),
        external_orders=len(context.externals.orders),
        external_holdings=len(context.externals.holdings),
        unprotected_s=max(map(desk.protection.vigil.seconds, portfolio.positions), default=0.0),
    )


def position_views(desk: Desk) -> Sequence[PositionView]:
    """Return the open positions of a venue, after them what the owner holds beside."""
    positions = desk.context.portfolio.positions
    ours = [_position(desk, positions[symbol]) for symbol in sorted(positions)]
    return [*ours, *external_positions(desk)]


def order_views(desk: Desk) -> Sequence[OrderView]:
    """Return the orders of a venue that have not ended, after them the owner's own."""
    ours = [
        OrderView(
            venue=desk.name.value,
            symbol=order.intent.symbol,
            client_id=order.intent.client_id,
            side=order.intent.side.value,
            type=order.intent.type.value,
            purpose=order.intent.purpose.value,
            status=order.status.value,
            quantity=order.intent.quantity,
            filled_quantity=order.filled_quantity,
            price=order.intent.price or order.intent.trigger,
            created_at=order.created_at,
        )
        for order in desk.context.portfolio.pending()
    ]
    return [*ours, *external_orders(desk)]


def trade_view(desk: Desk, closed: PositionClosed) -> TradeView:
    """Return one closed trade."""
    instrument = desk.roster.instruments.get(closed.symbol)
    return TradeView(
        venue=closed.venue.value,
        symbol=closed.symbol,
        name=_name(instrument, closed.symbol),
        quote=desk.context.portfolio.quote,
        quantity=closed.quantity,
        entry_price=closed.entry_price,
        exit_price=closed.exit_price,
        tick=_tick(instrument, closed.exit_price),
        pnl=closed.pnl,
        pnl_krw=closed.pnl * desk.context.rules.krw_per_quote,
        pnl_percent=closed.pnl_percent,
        fees=closed.fees,
        reason=closed.reason.value,
        strategy=closed.strategy,
        opened_at=closed.opened_at,
        closed_at=closed.at,
    )


def why_view(desk: Desk, symbol: str) -> WhyView:
    """Return every gate of a market as it stands now, and the newest decision on it."""
    market = desk.context.markets[symbol]
    newest = desk.context.decisions.newest(symbol)
    price = market.price or ZERO
    gates: tuple[Gate, ...] = (
        _rank(desk, symbol),
        *desk.entries.gates(market),
    )
    gates = (*gates, *market.gates())
    if price:
        gates = (*gates, *desk.entries.size(market, price).gates)
    closed = next((gate for gate in gates if not gate.passed), None)
    waiting = Word.EVERY_GATE_OPEN if closed is None else f"{Word.WAITS}: {closed.name}"
    held = symbol in desk.context.portfolio.positions
    return WhyView(
        venue=desk.name.value,
        symbol=symbol,
        name=_name(desk.roster.instruments.get(symbol), symbol),
        decision="[HOLD]" if held else "[WAIT]",
        reason=newest.reason if newest is not None else waiting,
        price=price,
        tick=_tick(market.instrument, price),
        gates=tuple(GateView(g.name, g.passed, g.value, g.threshold) for g in gates),
        at=desk.context.clock.now(),
    )


def exposure_krw(desk: Desk) -> Decimal:
    """Return what the positions of a venue are worth in the market, in KRW."""
    prices = desk.context.prices()
    positions = desk.context.portfolio.positions.values()
    held = sum((p.value(prices.get(p.symbol, p.entry_price)) for p in positions), ZERO)
    return held * desk.context.rules.krw_per_quote


def liquidation_distance(desk: Desk, position: Position) -> Decimal | None:
    """Return how far the mark price is from liquidation in percent, None without leverage."""
    market = desk.context.markets.get(position.symbol)
    if market is None or not market.instrument.is_contract:
        return None
    liquidation = position.liquidation_price(market.instrument.maintenance_margin)
    mark = market.mark if market.mark is not None else market.last
    if liquidation is None or not mark:
        return None
    return (from_float(mark) - liquidation) / from_float(mark) * PERCENT


def _position(desk: Desk, position: Position) -> PositionView:
    market = desk.context.markets.get(position.symbol)
    instrument = desk.roster.instruments.get(position.symbol)
    price = (market.price if market is not None else None) or position.entry_price
    rate = desk.context.rules.krw_per_quote
    pnl = position.unrealized(price) + position.pnl_so_far
    margin = instrument.maintenance_margin if instrument is not None else ZERO
    is_contract = instrument is not None and instrument.is_contract
    protected = market is not None and desk.protection.covers(market, position)
    return PositionView(
        venue=desk.name.value,
        symbol=position.symbol,
        name=_name(instrument, position.symbol),
        quote=desk.context.portfolio.quote,
        quantity=position.quantity,
        entry_price=position.entry_price,
        price=price,
        tick=_tick(instrument, price),
        value=position.value(price),
        value_krw=position.value(price) * rate,
        pnl=pnl,
        pnl_krw=pnl * rate,
        pnl_percent=pnl / position.bought_value * PERCENT,
        leverage=position.leverage,
        take_profit=position.exits.take_profit,
        stop_loss=position.exits.stop_loss,
        trailing_stop=position.trailing_stop,
        emergency_stop=position.emergency_stop,
        liquidation_price=position.liquidation_price(margin) if is_contract else None,
        liquidation_distance_percent=liquidation_distance(desk, position),
        protected=protected,
        external=False,
        strategy=position.strategy,
        reason=position.reason,
        opened_at=position.opened_at,
        unprotected_s=desk.protection.vigil.worst(position.symbol),
    )


def _surfaces(desk: Desk) -> tuple[SurfaceView, ...]:
    now = desk.context.clock.now()
    return tuple(
        SurfaceView(
            surface.name.value,
            surface.state.value,
            None
            if surface.heard_at is None
            else max(0.0, (now - surface.heard_at).total_seconds()),
        )
        for surface in desk.context.venue.surfaces()
    )


def _price_age_s(desk: Desk) -> float | None:
    moments = [m.last_at for m in desk.context.markets.values() if m.last_at is not None]
    if not moments:
        return None
    return max(0.0, (desk.context.clock.now() - max(moments)).total_seconds())


def _rank(desk: Desk, symbol: str) -> Gate:
    symbols, value = desk.universe.symbols, str(Word.NOT_CHOSEN)
    if symbol in symbols:
        value = f"{symbols.index(symbol) + 1} {Word.OF} {len(symbols)}"
    return Gate(GateName.UNIVERSE, symbol in desk.universe, value, Word.BY_TURNOVER)


def _name(instrument: Instrument | None, symbol: str) -> str:
    return instrument.name if instrument is not None and instrument.name else symbol


def _tick(instrument: Instrument | None, price: Decimal) -> Decimal:
    return instrument.ticks.tick_at(price) if instrument is not None else ONE
