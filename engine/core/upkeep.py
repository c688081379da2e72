"""What a desk does beside deciding: ask about orders, compare with the venue, mind the clock."""

from datetime import datetime, timedelta

from engine.core.context import DeskContext
from engine.core.protection import Protection
from engine.core.reconcile import Reconciler
from engine.domain.intent import OrderType
from engine.domain.position import Position
from engine.domain.venue import VenueMode
from engine.phrases.causes import Cause
from engine.ports.venue import ConnectionRestored, SurfaceName, SurfaceState

COMPARE_EVERY_S = 60.0
JUMP = timedelta(seconds=5)
STALE = timedelta(seconds=30)
LATE = timedelta(seconds=5)


class Upkeep:
    """Keep one venue's book true and its positions guarded."""

    def __init__(
        self, context: DeskContext, reconciler: Reconciler, protection: Protection
    ) -> None:
        """Work on the desk's shared state and parts."""
        self._context = context
        self._reconciler = reconciler
        self._protection = protection
        self._compared = context.clock.monotonic()
        self._seen: tuple[datetime, float] | None = None

    async def loop(self) -> None:
        """Do what is due; a replay's book is compared by the engine's own round."""
        context = self._context
        if context.profile.mode is VenueMode.REPLAY:
            if context.orders.has_questions:
                await context.orders.settle()
            return
        self._mind_the_clock()
        await context.link.tell_found()
        if context.link.may_ask and context.instruments:
            await self._ask()
        await self._protection.vigil.tell(self._bare())

    async def restored(self, event: ConnectionRestored) -> None:
        """Catch up on what was missed while a line was cut, before anything is decided on it.

        Candles that were missed are noticed by the next one of their market.
        """
        context = self._context
        await context.link.hear(event)
        if event.surface is not SurfaceName.PRICES:
            context.link.doubt(Cause.LINE_RESTORED.say(line=event.surface.value))
        if context.instruments and not context.link.is_barred:
            await self._ask()

    async def _ask(self) -> None:
        context, now = self._context, self._context.clock.monotonic()
        if context.link.unreconciled:
            await self._reconciler.catch_up()
            self._compared = now
        elif context.orders.has_questions:
            await context.orders.settle()
        await self._ask_about_late_orders()
        if now - self._compared >= COMPARE_EVERY_S:
            await self._reconciler.compare()
            self._compared = now

    async def _ask_about_late_orders(self) -> None:
        """Ask about market orders that should have ended by now: the stream may have missed it."""
        context = self._context
        for order in list(context.portfolio.pending()):
            is_open = order.intent.type is OrderType.MARKET and not order.is_uncertain
            if is_open and context.clock.now() - order.created_at > LATE:
                await context.orders.resolve(order)

    def _mind_the_clock(self) -> None:
        """Doubt the book after the wall clock jumped, or the host slept: much may have happened."""
        now, passed = self._context.clock.now(), self._context.clock.monotonic()
        if self._seen is not None:
            jump = (now - self._seen[0]) - timedelta(seconds=passed - self._seen[1])
            if abs(jump) > JUMP:
                seconds = f"{jump.total_seconds():.0f}"
                self._context.link.doubt(Cause.CLOCK_JUMPED.say(seconds=seconds))
        self._seen = (now, passed)

    def _bare(self) -> dict[str, str]:
        """Return the positions that nothing guards, with the phrase of why."""
        found = {}
        for symbol, position in self._context.portfolio.positions.items():
            why = self._why_bare(symbol, position)
            if why:
                found[symbol] = why
        return found

    def _why_bare(self, symbol: str, position: Position) -> str:
        context, market = self._context, self._context.markets.get(symbol)
        if market is None:
            return Cause.NOT_LOADED.say()
        price = market.price or position.entry_price
        if market.instrument.is_dust(position.quantity, price):
            return ""
        if self._protection.offered:
            return "" if self._protection.guards(market, position) else Cause.NO_STOP.say()
        if not context.link.allows_orders:
            return Cause.ORDERS_BARRED.say()
        return self._why_blind()

    def _why_blind(self) -> str:
        now = self._context.clock.now()
        for surface in self._context.venue.surfaces():
            if surface.name is not SurfaceName.PRICES:
                continue
            if surface.state is not SurfaceState.UP:
                return Cause.PRICES_LOST.say(state=surface.state.value)
            if surface.heard_at is None or now - surface.heard_at > STALE:
                return Cause.PRICES_STALE.say()
        return ""
