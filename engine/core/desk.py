"""One venue's desk: events and loops in, decisions out."""

from math import inf

from engine.core.context import DeskContext
from engine.core.entries import Entries
from engine.core.equity import EquityCurve
from engine.core.exits import Exits
from engine.core.market import Market
from engine.core.protection import Protection
from engine.core.reconcile import Reconciler
from engine.core.roster import Roster
from engine.core.rules import TradingRules
from engine.core.selling import Seller
from engine.core.universe import Universe
from engine.domain.candle import Candle
from engine.domain.events import CapitalSet, StrategyDisabled
from engine.domain.intent import Purpose
from engine.domain.money import from_float
from engine.domain.venue import VenueName
from engine.ports.store import EquityLog
from engine.ports.venue import (
    CandleClosed,
    CandleOpened,
    FundingReport,
    Levels,
    LoopDue,
    OrderReport,
    PriceMoved,
    VenueEvent,
)
from strategies.exits import levels

JUMP = 10.0


class Desk:
    """Follow one venue: watch prices, manage what is held, look for entries.

    Prices act at once; the loop (design §7) looks at everything that could have changed since.
    """

    def __init__(self, context: DeskContext, log: EquityLog) -> None:
        """Build the parts of the desk on one shared context."""
        self.context = context
        self.universe = Universe()
        self.roster = Roster(context, self.universe)
        self.reconciler = Reconciler(context)
        self.curve = EquityCurve(context, log)
        self.protection = Protection(context)
        self.seller = Seller(context, self.protection)
        self.exits = Exits(context, self.protection, self.seller)
        self.entries = Entries(context)
        self._watched: dict[str, Levels] = {}
        self._pending: set[str] = set()
        self._disabled: set[str] = set()
        self.refused_prices = 0

    @property
    def name(self) -> VenueName:
        """Return the venue's name."""
        return self.context.portfolio.venue

    async def handle(self, event: VenueEvent) -> None:
        """Take one event of the venue and act on it."""
        match event:
            case CandleClosed():
                await self._candle_closed(event)
            case CandleOpened():
                await self._candle_opened(event)
            case PriceMoved():
                await self._price_moved(event)
            case OrderReport():
                await self.context.orders.report(event)
                self._look_again(event.symbol)
            case FundingReport():
                await self.context.orders.funding(event)
            case LoopDue():
                await self.loop()

    async def loop(self) -> None:
        """Manage what is held, then look for entries (design §7)."""
        context = self.context
        context.loops += 1
        if await self.roster.keep_fresh():
            self.look_again()
        if context.portfolio.has_pending:
            await self._settle()
        for symbol in sorted(context.portfolio.positions):
            market = context.markets.get(symbol)
            if market is not None:
                await self.exits.manage(market)
                self._look_again(symbol)
        await self.curve.note()
        await self._enter()

    async def adopt(self, rules: TradingRules) -> None:
        """Trade by other rules from now on; open positions keep the exits they were opened with."""
        before, self.context.rules = self.context.rules, rules
        self.context.orders.slippage_limit = rules.slippage_alert_percent
        self.universe.forget()
        self._disabled.clear()
        if before.parameters != rules.parameters:
            await self.roster.reload()
        if rules.capital != before.capital:
            await self.set_capital()
        self.look_again()

    async def set_capital(self) -> None:
        """Bring the book's capital to what the rules say, as a fact."""
        portfolio, rules = self.context.portfolio, self.context.rules
        change = rules.capital - portfolio.initial_capital
        if change:
            now = self.context.clock.now()
            fact = CapitalSet(portfolio.venue, portfolio.quote, change, now)
            await self.context.orders.book([fact])
            self.context.day_loss.shift(change)

    async def flatten(self) -> bool:
        """Cancel entries and sell everything; return whether nothing is held any more."""
        for order in list(self.context.portfolio.pending()):
            if order.intent.purpose is Purpose.ENTRY:
                await self.context.orders.cancel(order)
        for symbol in sorted(self.context.portfolio.positions):
            market = self.context.markets.get(symbol)
            if market is not None:
                await self.exits.manage(market)
        return not self.context.portfolio.positions

    def look_again(self) -> None:
        """Reconsider every market: the rules, the universe or the operator state changed."""
        for symbol in self.context.markets:
            self._look_again(symbol)

    async def _settle(self) -> None:
        if any(order.is_uncertain for order in self.context.portfolio.pending()):
            await self.context.orders.settle()

    async def _enter(self) -> None:
        pending, self._pending = self._pending, set()
        for symbol in sorted(pending):
            market = self.context.markets.get(symbol)
            if market is not None and symbol in self.universe:
                await self.entries.consider(market)
                if market.fault:
                    await self._tell_fault(market)
                if self.entries.trigger(market) is not None and self.entries.may_trade(market):
                    self._pending.add(symbol)
                self._rewatch(market)

    async def _candle_opened(self, event: CandleOpened) -> None:
        market = self.context.markets.get(event.symbol)
        if market is None or not self._is_sane(market, event.price):
            return
        new_day = market.open_candle(event.opened_at, event.price)
        if new_day:
            self._look_again(event.symbol)
        await self._act(market, event.price)

    async def _price_moved(self, event: PriceMoved) -> None:
        market = self.context.markets.get(event.symbol)
        if market is None or not self._is_sane(market, event.price):
            return
        mark = event.mark if event.mark is not None and 0 < event.mark < inf else None
        market.move(event.price, mark, event.at)
        await self._act(market, event.price)
        if mark is not None:
            await self.exits.on_mark(market)

    async def _candle_closed(self, event: CandleClosed) -> None:
        market = self.context.markets.get(event.symbol)
        if market is None or not _is_possible(event.candle):
            self.refused_prices += market is not None
            return
        decided = market.close_candle(event.candle)
        if event.symbol in self.context.portfolio.positions:
            high = market.instrument.ticks.near(from_float(event.candle.high))
            self.context.portfolio.see(event.symbol, high)
            self._rewatch(market)
        if decided:
            self._look_again(event.symbol)

    async def _act(self, market: Market, price: float) -> None:
        watched = self._watched.get(market.instrument.symbol)
        if watched is None:
            return
        low = watched.below is not None and price <= watched.below
        high = watched.above is not None and price >= watched.above
        if not low and not high:
            return
        symbol = market.instrument.symbol
        if symbol in self.context.portfolio.positions:
            await self.exits.on_price(market)
        elif symbol in self.universe:
            await self.entries.consider(market)
            self._pending.add(symbol)
        if symbol in self.context.portfolio.positions:
            await self.protection.arm(market)
        self._rewatch(market)

    async def _tell_fault(self, market: Market) -> None:
        symbol = market.instrument.symbol
        if symbol in self._disabled:
            return
        self._disabled.add(symbol)
        strategy, now = self.context.rules.parameters.strategy, self.context.clock.now()
        fact = StrategyDisabled(strategy, symbol, market.fault, now)
        await self.context.orders.book([fact])

    def _is_sane(self, market: Market, price: float) -> bool:
        """Return whether a price can be true; one that is ten times another is not believed."""
        last = market.last
        sane = 0 < price < inf and (last is None or last / JUMP < price < last * JUMP)
        self.refused_prices += not sane
        return sane

    def _look_again(self, symbol: str) -> None:
        market = self.context.markets.get(symbol)
        if market is None:
            return
        market.refresh_level()
        self._pending.add(symbol)
        self._rewatch(market)

    def _rewatch(self, market: Market) -> None:
        symbol = market.instrument.symbol
        wanted = self._levels(market)
        if wanted != self._watched.get(symbol):
            self._watched[symbol] = wanted
            self.context.venue.watch(symbol, wanted)

    def _levels(self, market: Market) -> Levels:
        position = self.context.portfolio.positions.get(market.instrument.symbol)
        if position is not None:
            below, above = levels(position)
            return Levels(
                None if below is None else float(below), None if above is None else float(above)
            )
        if market.instrument.symbol in self.universe and self.entries.may_trade(market):
            return Levels(above=market.level)
        return Levels()


def _is_possible(candle: Candle) -> bool:
    _, opened, high, low, close, volume = candle
    return 0 < low <= opened <= high < inf and low <= close <= high and 0 <= volume < inf
