"""Selling what is held: by price, by signal, by the liquidation ladder, by the owner's word."""

import logging
from datetime import datetime
from decimal import Decimal

from engine.core.booking import closed
from engine.core.context import DeskContext
from engine.core.market import Market
from engine.core.protection import Protection
from engine.core.why import Decision
from engine.domain.errors import PasuError
from engine.domain.events import DustDropped, Fact, LiquidationNeared
from engine.domain.exits import ExitReason
from engine.domain.ids import client_order_id
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.money import ONE, ZERO, from_float
from engine.domain.position import Position
from engine.domain.signal import Action, Gate
from strategies.exits import LiquidationStep, exit_reason, liquidation_step

HALF = Decimal("0.5")
PERCENT = Decimal(100)

_log = logging.getLogger(__name__)


class Exits:
    """The selling side of one venue's desk (design §7, manage)."""

    def __init__(self, context: DeskContext, protection: Protection) -> None:
        """Work on the desk's shared state and its protective orders."""
        self._context = context
        self._protection = protection
        self._ladder: dict[str, LiquidationStep] = {}

    async def on_price(self, market: Market) -> None:
        """Sell at once if the newest price asks for it."""
        position = self._context.portfolio.positions.get(market.instrument.symbol)
        price = market.price
        if position is None or price is None or not self._context.operator.allows_exits:
            return
        reason = exit_reason(position, price)
        if reason is not None:
            await self.sell(market, reason)

    async def manage(self, market: Market) -> None:
        """Go through every reason to sell, in the order of design §7."""
        symbol = market.instrument.symbol
        position = self._context.portfolio.positions.get(symbol)
        if position is None or symbol in self._context.busy:
            return
        if not position.quantity or self._is_rest(market, position):
            await self.sweep(market, position)
        elif self._context.operator.is_panic:
            await self.sell(market, ExitReason.PANIC, Purpose.PANIC)
        elif self._context.operator.allows_exits:
            await self._protection.arm(market)
            await self._liquidation(market)
            await self.on_price(market)
            await self._signal(market)

    async def sell(
        self,
        market: Market,
        reason: ExitReason,
        purpose: Purpose = Purpose.EXIT,
        share: Decimal = ONE,
    ) -> None:
        """Sell a share of a position at market, after taking back its protective orders."""
        symbol = market.instrument.symbol
        if symbol in self._context.busy:
            return
        gates = self._gates(market)
        if not all(gate.passed for gate in gates):
            self._context.decisions.skip(
                symbol, market.last or 0.0, gates, self._context.clock.now()
            )
            return
        self._context.busy.add(symbol)
        try:
            await self._sell(market, reason, purpose, share)
        finally:
            self._context.busy.discard(symbol)

    async def sweep(self, market: Market, position: Position) -> None:
        """Close a position whose rest is too small to sell (design §7, dust)."""
        price = market.price or position.entry_price
        rest = position.quantity
        facts: list[Fact] = []
        proceeds, asset = ZERO, market.instrument.quote
        if rest:
            proceeds, asset = await self._convert(market, rest)
            facts.append(
                DustDropped(
                    position.venue, position.symbol, rest, price, proceeds, asset, self._now()
                )
            )
        regained = proceeds if rest and asset == market.instrument.quote else ZERO
        lost = rest * position.entry_price - regained
        facts.append(closed(position, self._last_reason(position), price, self._now(), lost))
        await self._context.orders.book(facts)

    async def _sell(
        self, market: Market, reason: ExitReason, purpose: Purpose, share: Decimal
    ) -> None:
        symbol = market.instrument.symbol
        await self._protection.release(symbol)
        position = self._context.portfolio.positions.get(symbol)
        price = market.price
        if position is None or not position.quantity or price is None:
            return
        quantity = market.instrument.lots(position.quantity * share)
        if self._is_rest(market, position) or not quantity:
            return
        intent = self._intent(market, position, quantity, reason, purpose)
        _log.info("[SELL] %s %s %s at %s", position.venue, symbol, reason, price)
        self._note(market, f"sell: {reason}", gates=())
        await self._context.submit([intent])

    def _intent(
        self,
        market: Market,
        position: Position,
        quantity: Decimal,
        reason: ExitReason,
        purpose: Purpose,
    ) -> OrderIntent:
        symbol = position.symbol
        sent = self._context.portfolio.exits_sent.get(symbol, 0)
        opened = position.opened_at.isoformat()
        return OrderIntent(
            client_id=client_order_id(position.venue.value, symbol, opened, str(sent), "exit"),
            venue=position.venue,
            symbol=symbol,
            side=Side.SELL,
            type=OrderType.MARKET,
            purpose=purpose,
            quantity=quantity,
            decision_price=market.price or position.entry_price,
            reason=reason.value,
            strategy=position.strategy,
            reduce_only=market.instrument.is_contract,
            leverage=position.leverage,
            exit_reason=reason,
        )

    def _gates(self, market: Market) -> tuple[Gate, ...]:
        uncertain = [
            order
            for order in self._context.portfolio.orders_of(market.instrument.symbol)
            if order.intent.purpose is not Purpose.PROTECT
        ]
        is_open = self._context.session_open()
        return (
            Gate("session", is_open, "open" if is_open else "closed", "open"),
            Gate("order_in_flight", not uncertain, str(len(uncertain)), "0"),
            Gate("price", market.last is not None, str(market.last), "known"),
        )

    async def _signal(self, market: Market) -> None:
        position = self._context.portfolio.positions.get(market.instrument.symbol)
        if position is None or market.decided_at is None:
            return
        signal = market.strategy.signal(position)
        if signal.action is Action.SELL:
            await self.sell(market, ExitReason.SIGNAL)

    async def _liquidation(self, market: Market) -> None:
        position = self._context.portfolio.positions.get(market.instrument.symbol)
        liquidation = _liquidation_price(market, position)
        if position is None or liquidation is None or market.last is None:
            return
        mark = from_float(market.mark if market.mark is not None else market.last)
        step = liquidation_step(mark, liquidation)
        if step is None:
            self._ladder.pop(position.symbol, None)
            return
        if step is not self._ladder.get(position.symbol):
            self._ladder[position.symbol] = step
            distance = (mark - liquidation) / mark * PERCENT
            near = LiquidationNeared(
                position.venue,
                position.symbol,
                step.value,
                distance,
                mark,
                liquidation,
                self._now(),
            )
            await self._context.orders.book([near])
            if step is LiquidationStep.REDUCE:
                await self.sell(market, ExitReason.LIQUIDATION_RISK, share=HALF)
        if step is LiquidationStep.CLOSE:
            await self.sell(market, ExitReason.LIQUIDATION_RISK)

    async def _convert(self, market: Market, rest: Decimal) -> tuple[Decimal, str]:
        if not self._context.profile.capabilities.converts_dust:
            return ZERO, market.instrument.quote
        try:
            return await self._context.venue.convert_dust(market.instrument.symbol, rest)
        except PasuError as e:
            _log.warning("dust.not_converted symbol=%s cause=%s", market.instrument.symbol, e)
            return ZERO, market.instrument.quote

    def _is_rest(self, market: Market, position: Position) -> bool:
        if not position.sold:
            return False
        price = market.price or position.entry_price
        pending = self._context.portfolio.orders_of(position.symbol)
        return not pending and market.instrument.is_dust(position.quantity, price)

    def _last_reason(self, position: Position) -> ExitReason:
        reasons = [
            order.intent.exit_reason
            for order in self._context.portfolio.orders.values()
            if order.intent.symbol == position.symbol and order.filled_quantity
        ]
        return (reasons[-1] if reasons else None) or ExitReason.MANUAL

    def _note(self, market: Market, reason: str, gates: tuple[Gate, ...]) -> None:
        symbol = market.instrument.symbol
        decision = Decision(symbol, "[SELL]", reason, market.last or 0.0, gates, self._now())
        self._context.decisions.note(decision)

    def _now(self) -> datetime:
        return self._context.clock.now()


def _liquidation_price(market: Market, position: Position | None) -> Decimal | None:
    if position is None or not market.instrument.is_contract:
        return None
    return position.liquidation_price(market.instrument.maintenance_margin)
