"""What the owner can ask: every answer is computed from the books as they are now."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

from engine.codec import encode
from engine.contract import (
    API_VERSION,
    AuditView,
    CandlesView,
    CandleView,
    EquityPoint,
    EquityView,
    EventsView,
    EventView,
    HealthView,
    OrderView,
    PositionView,
    PresetView,
    SettingView,
    StatusView,
    TradeView,
    WhyView,
    line_of,
)
from engine.core.desk import Desk
from engine.core.engine import Engine
from engine.core.equity import merged_curves
from engine.core.receipts import restored
from engine.core.reload import Reload
from engine.core.severity import severity
from engine.core.views import (
    exposure_krw,
    liquidation_distance,
    order_views,
    position_views,
    trade_view,
    venue_view,
    why_view,
)
from engine.domain.candle import Timeframe
from engine.domain.errors import Refused
from engine.domain.events import OperatorState
from engine.domain.money import PERCENT, ZERO
from engine.phrases.causes import Cause
from engine.phrases.refusals import Refusal
from engine.phrases.replies import Reply
from engine.ports.store import Store
from engine.settings import Market
from engine.settings.view import setting_views
from strategies.registry import presets

ALL = "all"

Usage = Callable[[], tuple[float, float]]


class Queries:
    """Answer the owner's questions."""

    def __init__(self, engine: Engine, reload: Reload, store: Store, usage: Usage) -> None:
        """Read from the engine; `usage` gives memory in MB and CPU in percent."""
        self._engine = engine
        self._reload = reload
        self._store = store
        self._usage = usage

    def status(self) -> StatusView:
        """Return the engine in one card."""
        engine, settings = self._engine, self._reload.settings
        venues = tuple(venue_view(desk) for desk in engine.desks.values())
        equity = sum((venue.equity_krw for venue in venues), ZERO)
        today = sum((venue.today_pnl_krw for venue in venues), ZERO)
        start = equity - today
        loops = min((desk.context.loops for desk in engine.desks.values()), default=0)
        warmup = settings.warmup_loops
        memory_mb, cpu_percent = self._usage()
        operator = engine.memory.operator
        return StatusView(
            version=engine.version,
            state=operator.state.value,
            state_since=operator.since,
            state_who=operator.who,
            state_why=line_of(operator.why),
            phase="running" if loops >= warmup else "warming_up",
            warmup_current=min(loops, warmup),
            warmup_total=warmup,
            now=engine.clock.now(),
            started_at=engine.started_at,
            preset_crypto=settings.crypto_strategy_preset,
            preset_stock=settings.stock_strategy_preset,
            equity_krw=equity,
            today_pnl_krw=today,
            today_pnl_percent=today / start * PERCENT if start else ZERO,
            drawdown_percent=self._drawdown(equity),
            exposure_percent=self._exposure(equity),
            usdt_krw=settings.usdt_krw,
            nearest_liquidation_percent=self._nearest_liquidation(),
            loop_ms=engine.counters.loop_ms,
            loops=engine.counters.loops,
            loops_skipped=engine.counters.skipped,
            errors=engine.counters.errors + sum(each.errors for each in engine.intakes.values()),
            last_seq=engine.recorder.last_seq,
            memory_mb=memory_mb,
            cpu_percent=cpu_percent,
            venues=venues,
        )

    def positions(self) -> Sequence[PositionView]:
        """Return every open position."""
        return [view for desk in self._desks() for view in position_views(desk)]

    def orders(self) -> Sequence[OrderView]:
        """Return every order that has not ended."""
        return [view for desk in self._desks() for view in order_views(desk)]

    async def trades(self, days: int) -> Sequence[TradeView]:
        """Return the trades that closed in the last days, newest first."""
        views = []
        for desk in self._desks():
            now = desk.context.clock.now()
            start = now - timedelta(days=days)
            archived = await self._store.closed_between(start, now)
            seen = {(c.symbol, c.opened_at): c for c in archived if c.venue is desk.name}
            recent = (c for c in desk.context.portfolio.history if c.at >= start)
            seen.update({(c.symbol, c.opened_at): c for c in recent})
            views += [trade_view(desk, c) for c in seen.values()]
        return sorted(views, key=lambda view: view.closed_at, reverse=True)

    def equity(self, venue: str, days: int) -> EquityView:
        """Return the equity curve of a venue in its quote, or of the whole book in KRW.

        Raises:
            Refused: there is no such venue.
        """
        chosen = self._chosen(venue)
        whole = venue == ALL
        curves, initial = [], ZERO
        for desk in chosen:
            rate = desk.context.rules.krw_per_quote if whole else Decimal(1)
            start = desk.context.clock.now() - timedelta(days=days)
            curves.append([(at, value * rate) for at, value in desk.curve.since(start)])
            initial += desk.context.portfolio.initial_capital * rate
        currency = "KRW" if whole else chosen[0].context.portfolio.quote
        points = tuple(EquityPoint(at, value) for at, value in merged_curves(curves))
        return EquityView(venue, currency, initial, points)

    async def candles(
        self, symbol: str, venue: str | None, timeframe: str | None, count: int
    ) -> CandlesView:
        """Return the newest closed candles of a market with the trades made on them.

        Raises:
            Refused: there is no such market or timeframe.
        """
        desk, name = self._market(symbol, venue)
        market = desk.context.markets[name]
        chosen = market.timeframe if timeframe is None else _timeframe(timeframe)
        candles = await desk.context.venue.candles(name, chosen, count)
        held = [view for view in position_views(desk) if view.symbol == name]
        first = candles[0].opened_at if candles else desk.context.clock.now()
        trades = tuple(
            trade_view(desk, closed)
            for closed in desk.context.portfolio.history
            if closed.symbol == name and closed.at >= first
        )
        shown = tuple(CandleView(*candle) for candle in candles)
        position = held[0] if held else None
        return CandlesView(desk.name.value, name, chosen.value, shown, trades, position)

    def events(self, after: int, most: int) -> EventsView:
        """Return durable events after a number, oldest first."""
        views = []
        for recorded in self._engine.recorder.since(after, most):
            fact = recorded.fact
            kind, loud = type(fact).__name__, severity(fact).value
            views.append(EventView(recorded.seq, kind, loud, fact.at, encode(fact)))
        return EventsView(tuple(views), self._engine.recorder.last_seq)

    async def wait_for_event(self, after: int, seconds: float) -> None:
        """Return once there is an event after a number, or when the time is over."""
        await self._engine.recorder.wait_beyond(after, seconds)

    def cursor(self) -> int:
        """Return the number of the newest event that the bot has told."""
        return self._engine.memory.cursor

    def presets(self) -> Sequence[PresetView]:
        """Return every preset and which markets use it."""
        settings = self._reload.settings
        active = {Market.CRYPTO: settings.crypto_strategy_preset}
        active[Market.STOCK] = settings.stock_strategy_preset
        korean = settings.language.value == "ko"
        return [
            PresetView(
                name=preset.name,
                strategy=preset.parameters.strategy,
                timeframe=preset.parameters.timeframe.value,
                description=preset.description_ko if korean else preset.description_en,
                parameters={k: str(v) for k, v in encode(preset.parameters).items()},
                active=tuple(m.value for m, name in active.items() if name == preset.name),
            )
            for preset in presets()
        ]

    def settings(self) -> Sequence[SettingView]:
        """Return every setting in force; secrets are not shown."""
        return setting_views(self._reload.settings, self._engine.memory.tuned.in_force)

    def why(self, symbol: str) -> Sequence[WhyView]:
        """Return every gate of a market, on each venue that follows it.

        Raises:
            Refused: no venue follows it.
        """
        found = [
            why_view(desk, name)
            for desk in self._desks()
            for name in sorted(desk.context.markets)
            if _names(desk, name, symbol)
        ]
        if not found:
            raise Refused("unknown_symbol", Refusal.NOT_FOLLOWED.say(symbol=symbol))
        return found

    def health(self) -> Sequence[HealthView]:
        """Return the checks of the engine: each is fine or says what to do."""
        checks = []
        for desk in self._desks():
            view = venue_view(desk)
            fine = view.state == "up" and not view.differences and not view.unknown_orders
            figures = Cause.VENUE_FIGURES.say(
                state=view.state, differences=view.differences, unknown=view.unknown_orders
            )
            checks.append(_check(Cause.VENUE_CHECKED.say(venue=view.name), figures, ok=fine))
            checks.append(_ledger_check(desk))
        operator = self._engine.memory.operator
        since = Cause.STATE_SINCE.say(state=operator.state.value, why=operator.why)
        running = operator.state is OperatorState.RUNNING
        checks.append(_check(Cause.STATE_CHECKED.say(), since, ok=running))
        speaks = Cause.API_SPEAKS.say(version=API_VERSION)
        return [*checks, _check(Cause.API_CHECKED.say(), speaks, ok=True)]

    def audit(self) -> Sequence[AuditView]:
        """Return the newest commands and what came of them, newest first."""
        answers = reversed(self._engine.memory.audit)
        done = (line_of(Reply.CARRIED_OUT.say()),)
        return [AuditView(a.at, a.who, a.command, restored(a).lines or done) for a in answers]

    def _desks(self) -> Sequence[Desk]:
        return list(self._engine.desks.values())

    def _chosen(self, venue: str) -> Sequence[Desk]:
        chosen = [desk for desk in self._desks() if venue in (ALL, desk.name.value)]
        if not chosen:
            known = ", ".join(desk.name.value for desk in self._desks())
            raise Refused("unknown_symbol", Refusal.UNKNOWN_VENUE.say(known=known, given=venue))
        return chosen

    def _market(self, symbol: str, venue: str | None) -> tuple[Desk, str]:
        for desk in self._chosen(venue or ALL):
            for name in sorted(desk.context.markets):
                if _names(desk, name, symbol):
                    return desk, name
        raise Refused("unknown_symbol", Refusal.NOT_FOLLOWED.say(symbol=symbol))

    def _drawdown(self, equity: Decimal) -> Decimal:
        peaks = (d.context.day_loss.peak * d.context.rules.krw_per_quote for d in self._desks())
        peak = sum(peaks, ZERO)
        return max(ZERO, (peak - equity) / peak * PERCENT) if peak else ZERO

    def _exposure(self, equity: Decimal) -> Decimal:
        held = sum((exposure_krw(desk) for desk in self._desks()), ZERO)
        return held / equity * PERCENT if equity else ZERO

    def _nearest_liquidation(self) -> Decimal | None:
        distances = (
            liquidation_distance(desk, position)
            for desk in self._desks()
            for position in desk.context.portfolio.positions.values()
        )
        return min((distance for distance in distances if distance is not None), default=None)


def _check(name: str, detail: str, *, ok: bool) -> HealthView:
    return HealthView(line_of(name), ok, line_of(detail))


def _ledger_check(desk: Desk) -> HealthView:
    wrong = desk.context.portfolio.ledger.imbalances()
    amounts = ", ".join(f"{total:f} {asset}" for asset, total in wrong.items())
    detail = Cause.DOES_NOT_SUM.say(amounts=amounts) if wrong else Cause.SUMS_TO_ZERO.say()
    return _check(Cause.LEDGER_CHECKED.say(venue=desk.name.value), detail, ok=not wrong)


def _names(desk: Desk, name: str, symbol: str) -> bool:
    wanted = symbol.upper()
    full = f"{desk.name.value}:{name}".upper()
    instrument = desk.roster.instruments.get(name)
    korean = instrument.name if instrument is not None else ""
    return wanted in (name, name.partition("/")[0], full) or (bool(korean) and symbol == korean)


def _timeframe(text: str) -> Timeframe:
    try:
        return Timeframe(text)
    except ValueError as e:
        known = ", ".join(timeframe.value for timeframe in Timeframe)
        raise Refused("invalid", Refusal.UNKNOWN_TIMEFRAME.say(known=known, given=text)) from e
