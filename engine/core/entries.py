"""Buying: every gate between a signal and an order (design §7, enter)."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from engine.core.context import DeskContext
from engine.core.market import Market
from engine.core.why import Decision
from engine.domain.events import OperatorState
from engine.domain.ids import client_order_id
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.money import ONE, ZERO, to_step
from engine.domain.signal import Action, Gate
from engine.phrases.gates import GateName, Word
from strategies.exits import plan_exits
from strategies.sizing import Size, size_entry

REFERENCE = "BTC"
ATTEMPTS = 3
LOWEST_EXIT = Decimal("0.93")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What asks for an entry: the decision it belongs to, its price and its reason."""

    decision: str
    price: Decimal
    reason: str
    wanted: Decimal | None = None


class Entries:
    """The buying side of one venue's desk."""

    def __init__(self, context: DeskContext) -> None:
        """Work on the desk's shared state."""
        self._context = context

    def trigger(self, market: Market) -> Trigger | None:
        """Return what asks for an entry now: a level that is touched, or a closed candle's BUY."""
        price = market.price
        if price is None or market.last is None:
            return None
        level = market.level
        if level is not None and market.last >= level:
            reason = f"{Word.TOUCHED} {level:.10g}"
            return Trigger(str(market.day), price, reason)
        if market.decided_at is None:
            return None
        signal = market.signal(None)
        if signal is None or signal.action is not Action.BUY:
            return None
        decided = market.decided_at.isoformat()
        return Trigger(decided, price, signal.reason, signal.suggested_quantity)

    def may_trade(self, market: Market) -> bool:
        """Return whether an entry on this market is possible at all before its next decision."""
        symbol = market.instrument.symbol
        if symbol in self._context.portfolio.positions:
            return False
        mark = self._context.portfolio.entries.get(symbol)
        return mark is None or mark.decision != str(market.day) or not mark.taken

    async def consider(self, market: Market) -> None:
        """Buy if something asks for it and every gate lets it pass; else keep the reason."""
        symbol = market.instrument.symbol
        trigger = self.trigger(market)
        if trigger is None or symbol in self._context.busy:
            return
        gates = (*self.gates(market), *self._decision_gates(market, trigger))
        if not all(gate.passed for gate in gates):
            self._skip(market, gates)
            return
        size = self.size(market, trigger.price)
        quantity = self._wanted(market, trigger, size)
        if not quantity:
            self._skip(market, (*gates, *size.gates, _too_small(trigger)))
            return
        self._context.busy.add(symbol)
        try:
            await self._buy(market, trigger, replace(size, quantity=quantity), gates)
        finally:
            self._context.busy.discard(symbol)

    def gates(self, market: Market) -> tuple[Gate, ...]:
        """Return the gates of venue and book with what they see now, closed or not."""
        context, symbol = self._context, market.instrument.symbol
        rules, portfolio, paused = context.rules, context.portfolio, context.portfolio.paused
        pending = len(portfolio.orders_of(symbol))
        entering = {o.intent.symbol for o in portfolio.pending() if o.intent.side is Side.BUY}
        held = len(portfolio.positions.keys() | entering | context.entering.keys())
        equity = context.equity()
        loss = context.day_loss.loss_percent(equity)
        cap = rules.max_daily_loss_percent
        open_today = context.day_loss.passes(equity, cap)
        is_open, state = context.session_open(), context.operator.state
        may_enter, unsure = context.operator.allows_entries, context.link.unreconciled
        return (
            Gate(GateName.OPERATOR, may_enter, state.value, OperatorState.RUNNING),
            _most(GateName.WARM_UP, rules.warmup_loops - context.loops, 0),
            Gate(GateName.VENUE, context.link.state == "up", context.link.state, Word.UP),
            Gate(GateName.RECONCILED, not unsure, unsure or Word.YES, Word.YES),
            Gate(GateName.SESSION, is_open, Word.OPEN if is_open else Word.CLOSED, Word.OPEN),
            Gate(GateName.PAUSED, symbol not in paused, paused.get(symbol, Word.NO), Word.NO),
            _unless(GateName.RATE_LIMIT, _yes_if(context.orders.is_quiet)),
            _unless(GateName.VENUE_HOLDS_LESS, _yes_if(symbol in context.short)),
            _unless(GateName.FLAGGED, market.instrument.flagged),
            _unless(GateName.HELD, _yes_if(symbol in portfolio.positions)),
            _most(GateName.ORDERS_IN_FLIGHT, pending, 0),
            Gate(GateName.DAILY_LOSS_PERCENT, open_today, f"{loss:.4g}", f"< {cap}"),
            _below(GateName.POSITIONS, Decimal(held), Decimal(rules.parameters.max_positions)),
            _below(
                GateName.ORDERS_PER_MINUTE,
                Decimal(context.orders_last_minute()),
                Decimal(rules.max_orders_per_minute),
            ),
            *self._trend_gates(market),
        )

    def size(self, market: Market, price: Decimal) -> Size:
        """Return how much would be bought at a price, and what bounds it."""
        context, rules = self._context, self._context.rules
        return size_entry(
            instrument=market.instrument,
            price=price,
            atr=market.atr,
            equity=context.equity() - context.shortfall,
            free_cash=context.free_cash(),
            order_cap=rules.max_order_value,
            max_leverage=rules.max_leverage,
            parameters=rules.parameters,
        )

    def _wanted(self, market: Market, trigger: Trigger, size: Size) -> Decimal:
        """Return the size, or the smaller one that the strategy suggests where it is sellable."""
        if trigger.wanted is None or trigger.wanted >= size.quantity:
            return size.quantity
        quantity = market.instrument.lots(max(trigger.wanted, ZERO))
        lowest = trigger.price * LOWEST_EXIT
        return ZERO if market.instrument.is_dust(quantity, lowest) else quantity

    async def _buy(
        self, market: Market, trigger: Trigger, size: Size, gates: tuple[Gate, ...]
    ) -> None:
        intent = self._intent(market, trigger, size)
        decision = Decision(
            intent.symbol,
            "[BUY]",
            trigger.reason,
            market.last or 0.0,
            (*gates, *size.gates),
            self._context.clock.now(),
        )
        self._context.decisions.note(decision)
        await self._context.enter(intent)

    def _intent(self, market: Market, trigger: Trigger, size: Size) -> OrderIntent:
        instrument, parameters = market.instrument, self._context.rules.parameters
        mark = self._context.portfolio.entries.get(instrument.symbol)
        again = mark is not None and mark.decision == trigger.decision
        attempt = mark.attempts if mark is not None and again else 0
        by_cost = self._context.profile.capabilities.buys_by_cost
        return OrderIntent(
            client_id=client_order_id(
                parameters.strategy,
                instrument.venue.value,
                instrument.symbol,
                trigger.decision,
                str(attempt),
            ),
            venue=instrument.venue,
            symbol=instrument.symbol,
            side=Side.BUY,
            type=OrderType.MARKET,
            purpose=Purpose.ENTRY,
            quantity=size.quantity,
            decision_price=trigger.price,
            reason=trigger.reason,
            strategy=parameters.strategy,
            decision=trigger.decision,
            cost=to_step(size.quantity * trigger.price, ONE) if by_cost else None,
            leverage=size.leverage,
            exits=plan_exits(instrument, trigger.price, market.atr, parameters),
        )

    def _decision_gates(self, market: Market, trigger: Trigger) -> tuple[Gate, ...]:
        mark = self._context.portfolio.entries.get(market.instrument.symbol)
        same = mark is not None and mark.decision == trigger.decision
        over = mark is not None and _is_over(market, trigger.decision, mark.decision)
        taken = mark is not None and ((same and mark.taken) or over)
        attempts = mark.attempts if mark is not None and same else 0
        return (
            _unless(GateName.DECIDED_ALREADY, _yes_if(taken)),
            _below(GateName.ATTEMPTS, Decimal(attempts), Decimal(ATTEMPTS)),
        )

    def _trend_gates(self, market: Market) -> tuple[Gate, ...]:
        instrument, parameters = market.instrument, self._context.rules.parameters
        if not instrument.venue.is_crypto or not parameters.use_mtf or market.last is None:
            return ()
        if instrument.symbol.startswith(f"{REFERENCE}/"):
            return ()
        average = market.hourly_ema
        passed = average is not None and market.last > average
        return (
            Gate(GateName.HOURLY_EMA50, passed, f"{market.last:.10g}", f"> {average or 0:.10g}"),
        )

    def _skip(self, market: Market, gates: tuple[Gate, ...]) -> None:
        symbol, price = market.instrument.symbol, market.last or 0.0
        self._context.decisions.skip(symbol, price, gates, self._context.clock.now())


def _is_over(market: Market, decision: str, newest: str) -> bool:
    """Return whether a decision was over before the newest one was made.

    A clock that was set back asks it anew: its order would have the id of the one it once led to.
    """
    if len(decision) != len(newest):
        return False  # the one is a day, the other a candle: the preset was changed
    if decision == str(market.day):
        return decision < newest
    return datetime.fromisoformat(decision) + market.timeframe.delta <= datetime.fromisoformat(
        newest
    )


def _too_small(trigger: Trigger) -> Gate:
    wanted = Word.NONE if trigger.wanted is None else str(trigger.wanted)
    return Gate(GateName.SUGGESTED_QUANTITY, trigger.wanted is None, wanted, Word.SELLABLE)


def _most(name: str, value: int, most: int) -> Gate:
    return Gate(name, value <= most, str(max(0, value)), f"<= {most}")


def _below(name: str, value: Decimal, limit: Decimal) -> Gate:
    return Gate(name, value < limit, f"{value:.4g}", f"< {limit:.4g}")


def _unless(name: str, objection: str) -> Gate:
    return Gate(name, not objection, objection or Word.NO, Word.NO)


def _yes_if(answer: bool) -> str:
    return Word.YES if answer else ""
