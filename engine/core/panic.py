"""Sell everything, everywhere, and keep it sold (design §9).

The order is a state on disk: whatever happens after it is set, each desk's loop goes on selling
until its venue is flat, through restarts too.
"""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from engine.contract import PanicLine
from engine.core.desk import Desk
from engine.core.engine import Engine
from engine.core.external_views import left_alone
from engine.core.market import Market
from engine.domain.events import Fact, OperatorState, PanicProgressed, PositionClosed, Recorded
from engine.domain.exits import ExitReason
from engine.domain.money import PERCENT, ZERO, from_float
from engine.domain.venue import VenueName
from engine.phrases.causes import Cause
from engine.phrases.replies import Reply

HALF_SPREAD_PERCENT = Decimal("0.03")
IMPACT_PERCENT = Decimal(1)
ROUNDS = 10
ROUND_S = 1.0
PATIENCE_S = 3.0


class Panic:
    """Preview and carry out the sale of everything."""

    def __init__(self, engine: Engine) -> None:
        """Watch for positions that a panic closes, to give a receipt for each."""
        self._engine = engine
        self._sold: list[PositionClosed] = []
        self._selling: asyncio.Task[bool] | None = None
        self._flattening: dict[VenueName, asyncio.Task[bool]] = {}
        engine.recorder.listen(self._collect)

    def preview(self) -> tuple[PanicLine, ...]:
        """Return what would be sold now, venue by venue."""
        return tuple(
            self._line(desk, symbol)
            for desk in self._engine.desks.values()
            for symbol in sorted(desk.context.portfolio.positions)
        )

    def left_alone(self) -> tuple[str, ...]:
        """Return what a panic does not sell because it is not Pasu's, as phrases."""
        return tuple(line for desk in self._engine.desks.values() for line in left_alone(desk))

    async def begin(self, who: str) -> bool:
        """Latch the state on disk and sell; return whether all is flat within a second.

        Selling goes on without the caller: a second order finds it at work and starts nothing.
        """
        await self._engine.memory.operator.become(
            OperatorState.PANIC, who, Cause.PANIC_ORDERED.say()
        )
        if self._selling is None or self._selling.done():
            self._selling = asyncio.create_task(self._sell(), name="panic")
        done, _ = await asyncio.wait({self._selling}, timeout=ROUND_S)
        return bool(done) and self._selling.result()

    async def _sell(self) -> bool:
        """Sell until flat or for ten rounds.

        What is left after that (a closed session, a venue that is down) is named in a receipt and
        sold by the desks' own loops as soon as it can be.
        """
        began = self._engine.clock.monotonic()
        flat = False
        for round_number in range(ROUNDS):
            flat = await self._flatten()
            await self._receipts(self._engine.clock.monotonic() - began)
            if flat or not self._sellable():
                break
            if round_number < ROUNDS - 1:
                await asyncio.sleep(ROUND_S)
        seconds = self._engine.clock.monotonic() - began
        await self._engine.recorder.record(self._summary(seconds, flat=flat))
        return flat

    async def _flatten(self) -> bool:
        """Let every desk sell; one whose venue does not answer holds up no other's next round."""
        for name, desk in self._engine.desks.items():
            if name not in self._flattening:
                task = asyncio.create_task(desk.flatten(), name=f"panic {name.value}")
                self._flattening[name] = task
        if not self._flattening:
            return True
        done, late = await asyncio.wait(self._flattening.values(), timeout=PATIENCE_S)
        self._flattening = {n: task for n, task in self._flattening.items() if task in late}
        flat = [task.result() for task in done]
        return all(flat) and not late

    async def follow(self) -> None:
        """Give receipts for what the desks' loops sold after the ten rounds, and say when flat."""
        if not self._sold or (self._selling is not None and not self._selling.done()):
            return
        seconds = (self._engine.clock.now() - self._engine.memory.operator.since).total_seconds()
        await self._receipts(seconds)
        if not self.held():
            await self._engine.recorder.record(self._summary(seconds, flat=True))

    def held(self) -> tuple[str, ...]:
        """Return what is still held and why it cannot be sold now, as phrases."""
        return tuple(
            Reply.HELD.say(venue=desk.name.value, symbol=symbol, why=_obstacle(desk))
            for desk in self._engine.desks.values()
            for symbol in sorted(desk.context.portfolio.positions)
        )

    def _collect(self, recorded: Recorded) -> None:
        fact = recorded.fact
        if isinstance(fact, PositionClosed) and self._engine.memory.operator.is_panic:
            self._sold.append(fact)

    async def _receipts(self, seconds: float) -> None:
        sold, self._sold = self._sold, []
        facts = [self._receipt(closed, seconds) for closed in sold]
        if facts:
            await self._engine.recorder.record(facts)

    def _receipt(self, closed: PositionClosed, seconds: float) -> Fact:
        market = self._engine.desks[closed.venue].context.markets.get(closed.symbol)
        seen = market.price if market is not None else None
        slippage = (seen - closed.exit_price) / seen * PERCENT if seen else ZERO
        outcome = "sold" if closed.reason is ExitReason.PANIC else closed.reason.value
        return PanicProgressed(
            closed.venue,
            closed.symbol,
            outcome,
            closed.quantity,
            closed.exit_price,
            slippage,
            seconds,
            self._engine.clock.now(),
        )

    def _summary(self, seconds: float, *, flat: bool) -> Sequence[Fact]:
        now = self._engine.clock.now()
        if flat:
            return [PanicProgressed(None, "", "flat", ZERO, ZERO, ZERO, seconds, now)]
        return [
            PanicProgressed(
                desk.name, symbol, _obstacle(desk), p.quantity, ZERO, ZERO, seconds, now
            )
            for desk in self._engine.desks.values()
            for symbol, p in sorted(desk.context.portfolio.positions.items())
        ]

    def _sellable(self) -> bool:
        return any(
            desk.context.portfolio.positions and desk.context.session_open()
            for desk in self._engine.desks.values()
        )

    def _line(self, desk: Desk, symbol: str) -> PanicLine:
        position = desk.context.portfolio.positions[symbol]
        market = desk.context.markets.get(symbol)
        price = (market.price if market is not None else None) or position.entry_price
        value = position.value(price)
        instrument = desk.roster.instruments.get(symbol)
        return PanicLine(
            venue=desk.name.value,
            symbol=symbol,
            name=instrument.name if instrument is not None else symbol,
            quote=desk.context.portfolio.quote,
            quantity=position.quantity,
            value=value,
            value_krw=value * desk.context.rules.krw_per_quote,
            slippage_percent=estimated_slippage(position.quantity, market),
        )


def estimated_slippage(quantity: Decimal, market: Market | None) -> Decimal:
    """Return the percent that a market sale may lose: half a spread plus square-root impact.

    The square-root law of market impact (Almgren et al., 2005), with the newest candle's volume as
    the measure of what the market takes.
    """
    if market is None or market.volume <= 0:
        return HALF_SPREAD_PERCENT
    share = quantity / from_float(market.volume)
    return HALF_SPREAD_PERCENT + IMPACT_PERCENT * share.sqrt()


def _obstacle(desk: Desk) -> str:
    if not desk.context.session_open():
        return Cause.SESSION_CLOSED.say()
    return (Cause.VENUE_DOWN if desk.roster.state != "up" else Cause.STILL_TRYING).say()
