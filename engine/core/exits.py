"""When what is held is sold: by price, by signal, by the liquidation ladder."""

from decimal import Decimal

from engine.core.context import DeskContext
from engine.core.market import Market
from engine.core.protection import Protection
from engine.core.selling import Seller
from engine.domain.events import LiquidationNeared
from engine.domain.exits import ExitReason
from engine.domain.intent import Purpose
from engine.domain.money import PERCENT, from_float
from engine.domain.position import Position
from engine.domain.signal import Action
from strategies.exits import LiquidationStep, exit_reason, liquidation_step


class Exits:
    """The selling side of one venue's desk (design §7, manage)."""

    def __init__(self, context: DeskContext, protection: Protection, seller: Seller) -> None:
        """Work on the desk's shared state and its protective orders."""
        self._context = context
        self._protection = protection
        self._seller = seller
        self._calm: set[str] = set()

    async def on_price(self, market: Market) -> None:
        """Sell at once if the newest price asks for it, in the order of design §7."""
        position = self._position(market)
        price = market.price
        if position is None or price is None or not self._context.operator.allows_exits:
            return
        reason = exit_reason(position, price)
        if reason is not ExitReason.EMERGENCY:
            await self._liquidation(market, position)
        if reason is not None:
            await self._seller.sell(market, reason)

    async def on_mark(self, market: Market) -> None:
        """Look at the liquidation ladder after a new mark price."""
        position = self._position(market)
        if position is not None and self._context.operator.allows_exits:
            await self._liquidation(market, position)

    async def arm(self, market: Market) -> None:
        """Protect a position at the venue; where its stop is passed already, sell at once."""
        passed = await self._protection.arm(market)
        going = passed or self._seller.leaving(market.instrument.symbol)
        if going is not None:
            await self._seller.sell(market, going)

    async def manage(self, market: Market) -> None:
        """Go through every reason to sell."""
        position = self._position(market)
        if position is None or market.instrument.symbol in self._context.busy:
            return
        if self._seller.is_rest(market, position):
            await self._seller.sweep(market, position)
        elif self._context.operator.is_panic:
            await self._seller.sell(market, ExitReason.PANIC, Purpose.PANIC)
        elif self._context.operator.allows_exits:
            await self.arm(market)
            await self.on_price(market)
            await self._signal(market)

    def _position(self, market: Market) -> Position | None:
        return self._context.portfolio.positions.get(market.instrument.symbol)

    async def _signal(self, market: Market) -> None:
        position = self._position(market)
        if position is None or market.decided_at is None:
            return
        signal = market.signal(position)
        if signal is not None and signal.action is Action.SELL:
            await self._seller.sell(market, ExitReason.SIGNAL)

    async def _liquidation(self, market: Market, position: Position) -> None:
        """Warn, halve or close (design §9); a position is halved once, however the mark swings."""
        liquidation = _liquidation_price(market, position)
        if liquidation is None or market.last is None:
            return
        mark = from_float(market.mark if market.mark is not None else market.last)
        step = liquidation_step(mark, liquidation)
        if step is None:
            self._calm.add(position.symbol)
            return
        await self._tell(position, step, mark, liquidation)
        if step is LiquidationStep.CLOSE:
            await self._seller.sell(market, ExitReason.LIQUIDATION_RISK)
        elif step is LiquidationStep.REDUCE:
            too_much = position.bought / 2 - position.sold
            if market.instrument.lots(too_much) > 0:
                await self._seller.sell(
                    market, ExitReason.LIQUIDATION_RISK, quantity=min(too_much, position.quantity)
                )

    async def _tell(
        self, position: Position, step: LiquidationStep, mark: Decimal, liquidation: Decimal
    ) -> None:
        told = self._context.portfolio.ladder.get(position.symbol, "")
        steps = [each.value for each in LiquidationStep]
        news = not told or steps.index(step.value) > steps.index(told)
        if not news and position.symbol not in self._calm:
            return
        self._calm.discard(position.symbol)
        distance = (mark - liquidation) / mark * PERCENT
        now = self._context.clock.now()
        near = LiquidationNeared(
            position.venue, position.symbol, step.value, distance, mark, liquidation, now
        )
        await self._context.orders.book([near])


def _liquidation_price(market: Market, position: Position) -> Decimal | None:
    if not market.instrument.is_contract:
        return None
    return position.liquidation_price(market.instrument.maintenance_margin)
