"""Selling a position: protective orders back first, one sale at a time, the rest swept up."""

import logging
from datetime import datetime
from decimal import Decimal

from engine.core.booking import closed
from engine.core.context import DeskContext
from engine.core.market import Market
from engine.core.protection import Protection
from engine.core.why import Decision
from engine.domain.errors import PasuError
from engine.domain.events import DustDropped, Fact
from engine.domain.exits import ExitReason
from engine.domain.ids import client_order_id
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.money import ZERO
from engine.domain.order import Order, OrderStatus
from engine.domain.position import Position
from engine.domain.signal import Gate
from engine.phrases.causes import Cause
from engine.phrases.gates import GateName, Word

MOST_PIECES = 20

_log = logging.getLogger(__name__)


class Seller:
    """Sell what one venue holds."""

    def __init__(self, context: DeskContext, protection: Protection) -> None:
        """Work on the desk's shared state and its protective orders."""
        self._context = context
        self._protection = protection

    async def sell(
        self,
        market: Market,
        reason: ExitReason,
        purpose: Purpose = Purpose.EXIT,
        quantity: Decimal | None = None,
    ) -> None:
        """Sell a quantity, or everything, at market, after taking back protective orders."""
        symbol = market.instrument.symbol
        if symbol in self._context.busy:
            return
        gates = self._gates(market, purpose)
        if not all(gate.passed for gate in gates):
            now = self._context.clock.now()
            self._context.decisions.skip(symbol, market.last or 0.0, gates, now)
            return
        self._context.busy.add(symbol)
        try:
            await self._sell(market, reason, purpose, quantity)
        finally:
            self._context.busy.discard(symbol)

    def leaving(self, symbol: str) -> ExitReason | None:
        """Return why a market is being sold piece by piece, None where it is not."""
        position = self._context.portfolio.positions.get(symbol)
        begun = self._context.leaving.get(symbol)
        if begun is None or position is None or begun[1] != position.opened_at:
            self._context.leaving.pop(symbol, None)
            return None
        return begun[0]

    async def sweep(self, market: Market, position: Position) -> None:
        """Close a position whose rest is too small to sell (design §7, dust)."""
        self._context.busy.add(position.symbol)
        try:
            await self._sweep(market, position)
        finally:
            self._context.busy.discard(position.symbol)

    async def _sweep(self, market: Market, position: Position) -> None:
        price = market.price or position.entry_price
        rest = position.quantity
        facts: list[Fact] = []
        proceeds, asset = ZERO, market.instrument.quote
        if rest:
            proceeds, asset = await self._convert(market, rest)
            dust = (position.venue, position.symbol, rest, price, proceeds, asset, self._now())
            facts.append(DustDropped(*dust))
        regained = proceeds if rest and asset == market.instrument.quote else ZERO
        lost = rest * position.entry_price - regained
        facts.append(closed(position, self._last_reason(position), price, self._now(), lost))
        await self._context.orders.book(facts)

    def is_rest(self, market: Market, position: Position) -> bool:
        """Return whether what is left cannot be sold, with nothing under way that changes it."""
        if any(self._context.portfolio.orders_of(position.symbol)):
            return False
        price = market.price or position.entry_price
        return not position.quantity or market.instrument.is_dust(position.quantity, price)

    async def _sell(
        self, market: Market, reason: ExitReason, purpose: Purpose, quantity: Decimal | None
    ) -> None:
        symbol = market.instrument.symbol
        await self._protection.release(symbol)
        await self._cancel_entries(symbol)
        position = self._context.portfolio.positions.get(symbol)
        # An OCO that is not known to be gone holds these coins, or has sold them: a sale beside it
        # would be of the owner's own. It protects meanwhile, and the next loop asks again.
        if position is None or self._protection.holds(symbol):
            return
        wanted = position.quantity if quantity is None else min(quantity, position.quantity)
        kept = position.quantity - wanted
        for _ in range(MOST_PIECES):
            if not await self._sell_piece(market, reason, purpose, kept):
                return

    async def _sell_piece(
        self, market: Market, reason: ExitReason, purpose: Purpose, kept: Decimal
    ) -> bool:
        """Sell what is beyond `kept`, or what the book takes of it; return whether to go on."""
        symbol = market.instrument.symbol
        position = self._context.portfolio.positions.get(symbol)
        price = market.price
        if position is None or price is None or self.is_rest(market, position):
            return False
        wanted = position.quantity - kept
        # The venue is the truth: where it holds less than the book says, less is sold.
        wanted = min(wanted, self._context.short.get(symbol, wanted))
        piece = await self._takes(symbol, wanted)
        if self._context.backoff.was_refused(symbol, purpose):
            piece = await self._unlocked(market, purpose, piece)
        lots = market.instrument.lots(piece)
        if not lots or self._blocking(symbol):
            return False
        if piece < wanted:
            if not kept:
                self._context.leaving[symbol] = (reason, position.opened_at)
            if market.instrument.is_dust(lots, price):
                return False
        _log.info("[SELL] %s %s %s at %s", position.venue, symbol, reason, price)
        why = Cause.SOLD_FOR.say(reason=reason.value)
        decision = Decision(symbol, "[SELL]", why, market.last or 0.0, (), self._now())
        self._context.decisions.note(decision)
        intent = self._intent(position, price, lots, reason, purpose, market)
        placed = await self._context.orders.submit([intent])
        await self._context.conclude(symbol, purpose, placed)
        done = all(order.status is OrderStatus.FILLED for order in placed)
        return bool(placed) and done and piece < wanted

    async def _takes(self, symbol: str, quantity: Decimal) -> Decimal:
        """Return how much of a quantity the displayed book takes; unasked or unanswered, all."""
        try:
            return min(quantity, await self._context.venue.sellable(symbol, quantity))
        except (PasuError, TimeoutError) as e:
            _log.warning("sale.book_unknown symbol=%s cause=%s", symbol, e)
            return quantity

    async def _unlocked(self, market: Market, purpose: Purpose, quantity: Decimal) -> Decimal:
        """Return how much of a quantity no order of the owner's has locked; untold, all.

        Where that is nothing, it counts as a refusal: the venue is not asked again at every price.
        """
        symbol, base = market.instrument.symbol, market.instrument.base
        if market.instrument.is_contract:
            return quantity
        try:
            balances = await self._context.venue.balances()
        except (PasuError, TimeoutError) as e:
            _log.warning("sale.free_unknown symbol=%s cause=%s", symbol, e)
            return quantity
        free = min(quantity, balances[base].free) if base in balances else quantity
        if not market.instrument.lots(free):
            self._context.backoff.note(symbol, purpose, self._now(), refused=True)
        return free

    async def _cancel_entries(self, symbol: str) -> None:
        for order in self._context.portfolio.orders_of(symbol):
            if order.intent.purpose is Purpose.ENTRY:
                await self._context.orders.cancel(order)

    def _intent(
        self,
        position: Position,
        price: Decimal,
        quantity: Decimal,
        reason: ExitReason,
        purpose: Purpose,
        market: Market,
    ) -> OrderIntent:
        symbol, portfolio = position.symbol, self._context.portfolio
        opened, sent = position.opened_at.isoformat(), portfolio.exits_sent.get(symbol, 0)
        key = (position.venue.value, symbol, opened, str(portfolio.closed_trades), str(sent))
        return OrderIntent(
            client_id=client_order_id(*key, "exit"),
            venue=position.venue,
            symbol=symbol,
            side=Side.SELL,
            type=OrderType.MARKET,
            purpose=purpose,
            quantity=quantity,
            decision_price=price,
            reason=reason.value,
            strategy=position.strategy,
            reduce_only=market.instrument.is_contract,
            leverage=position.leverage,
            exit_reason=reason,
        )

    def _gates(self, market: Market, purpose: Purpose) -> tuple[Gate, ...]:
        symbol = market.instrument.symbol
        blocking = self._blocking(symbol)
        is_open = self._context.session_open()
        rested = self._context.backoff.allows(symbol, purpose, self._now())
        reached, quiet = self._context.link.allows_orders, self._context.orders.is_quiet
        return (
            Gate(GateName.VENUE, reached, self._context.link.state, Word.REACHED),
            Gate(GateName.RATE_LIMIT, not quiet, Word.WAITING if quiet else Word.NONE, Word.NONE),
            Gate(GateName.SESSION, is_open, Word.OPEN if is_open else Word.CLOSED, Word.OPEN),
            Gate(GateName.ORDER_IN_FLIGHT, not blocking, str(len(blocking)), "0"),
            Gate(
                GateName.PRICE,
                market.last is not None,
                str(market.last or Word.UNKNOWN),
                Word.KNOWN,
            ),
            Gate(GateName.REFUSALS, rested, Word.NONE if rested else Word.WAITING, Word.NONE),
        )

    def _blocking(self, symbol: str) -> list[Order]:
        """Return the orders that forbid a sale: sales under way and orders of unknown fate."""
        return [
            order
            for order in self._context.portfolio.orders_of(symbol)
            if order.is_uncertain or order.intent.purpose in (Purpose.EXIT, Purpose.PANIC)
        ]

    async def _convert(self, market: Market, rest: Decimal) -> tuple[Decimal, str]:
        if not self._context.profile.capabilities.converts_dust:
            return ZERO, market.instrument.quote
        try:
            return await self._context.venue.convert_dust(market.instrument.symbol, rest)
        except PasuError as e:
            _log.warning("dust.not_converted symbol=%s cause=%s", market.instrument.symbol, e)
            return ZERO, market.instrument.quote

    def _last_reason(self, position: Position) -> ExitReason:
        reasons = [
            order.intent.exit_reason
            for order in self._context.portfolio.orders.values()
            if order.intent.symbol == position.symbol and order.filled_quantity
        ]
        return (reasons[-1] if reasons else None) or ExitReason.MANUAL

    def _now(self) -> datetime:
        return self._context.clock.now()
