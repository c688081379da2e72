"""One venue's desk: events and loops in, decisions out."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
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
from engine.core.upkeep import Upkeep
from engine.core.watch import Watch
from engine.domain.candle import Candle
from engine.domain.events import CapitalSet, StrategyDisabled
from engine.domain.intent import Purpose
from engine.domain.money import from_float
from engine.domain.venue import VenueMode, VenueName
from engine.ports.store import EquityLog
from engine.ports.venue import (
    CandleClosed,
    CandleOpened,
    CandlesPassed,
    ClockOff,
    ClockRight,
    ConnectionLost,
    ConnectionRestored,
    FundingReport,
    LineEvent,
    LoopDue,
    OrderReport,
    PriceMoved,
    VenueEvent,
)

JUMP = 10.0


@dataclass(frozen=True, slots=True)
class Tend:
    """A position has to be looked at: its protection, and every reason to sell."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Consider:
    """A market has to be looked at for an entry."""

    symbol: str


Work = Tend | Consider


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
        self.upkeep = Upkeep(context, self.reconciler, self.protection)
        self.dispatch: Callable[[Work], Awaitable[None]] = self.work
        self._watch = Watch(context, self.universe, self.entries, self.curve)
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
                self._candle_closed(event)
            case CandleOpened():
                await self._candle_opened(event)
            case PriceMoved():
                await self._price_moved(event)
            case OrderReport():
                await self.context.orders.report(event)
                self.context.externals.hears(event)
                self._look_again_at(event.symbol)
            case FundingReport():
                await self.context.orders.funding(event)
            case LoopDue():
                self._make_up(event.slept)
                await self.loop()
            case CandlesPassed():
                self._candles_passed(event)
            case ConnectionLost() | ConnectionRestored() | ClockOff() | ClockRight():
                await self._hear_of_line(event)

    def glance(self, event: PriceMoved) -> bool:
        """Take a price that asks for nothing; return false, and leave it, where it may."""
        market = self.context.markets.get(event.symbol)
        if market is None:
            return True
        laddered = event.mark is not None and event.symbol in self.context.portfolio.positions
        if laddered or self._watch.is_crossed(event.symbol, event.price):
            return False
        if self._is_sane(market, event.price):
            market.move(event.price, event.mark, event.at)
        return True

    async def work(self, work: Work) -> None:
        """Do a piece of a loop's work on one market."""
        market = self.context.markets.get(work.symbol)
        if market is None:
            return
        if isinstance(work, Consider):
            await self._consider(market)
            return
        await self.exits.manage(market)
        self._look_again(market)

    async def loop(self) -> None:
        """Manage what is held, then look for entries (design §7)."""
        context = self.context
        context.loops += 1
        if await self.roster.keep_fresh():
            self.look_again()
        await self.upkeep.loop()
        for symbol in sorted(context.portfolio.positions):
            await self.dispatch(Tend(symbol))
        if context.clock.now() >= self.curve.due:
            await self.curve.note()
            self._renew_calm()
        if self._pending:
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

    async def reload(self, symbol: str) -> None:
        """Load one market's history anew, because candles of it were missed.

        Raises:
            VenueDown: the history could not be had.
        """
        await self.roster.load(symbol)
        self._look_again_at(symbol)

    async def flatten(self) -> bool:
        """Cancel entries and sell everything; return whether nothing is held any more.

        Markets are sold side by side but for a replay, whose order is exact.
        """
        for order in list(self.context.portfolio.pending()):
            if order.intent.purpose is Purpose.ENTRY:
                await self.context.orders.cancel(order)
        held = sorted(self.context.portfolio.positions)
        markets = [
            self.context.markets[symbol] for symbol in held if symbol in self.context.markets
        ]
        if self.context.profile.mode is VenueMode.REPLAY:
            for market in markets:
                await self.exits.manage(market)
        else:
            await asyncio.gather(*(self.exits.manage(market) for market in markets))
        return not self.context.portfolio.positions

    def look_again(self) -> None:
        """Reconsider every market: the rules, the universe or the operator state changed."""
        for market in self.context.markets.values():
            self._look_again(market)

    async def _hear_of_line(self, event: LineEvent) -> None:
        if isinstance(event, ConnectionRestored):
            await self.upkeep.restored(event)
        else:
            await self.context.link.hear(event)
        if isinstance(event, ConnectionRestored | ClockRight):
            self.look_again()

    async def _enter(self) -> None:
        pending, self._pending = self._pending, set()
        for symbol in sorted(pending):
            if symbol in self.universe:
                await self.dispatch(Consider(symbol))

    async def _consider(self, market: Market) -> None:
        asks = market.asks_to_buy
        if asks:
            await self.entries.consider(market)
            if market.instrument.symbol in self.context.portfolio.positions:
                await self.exits.arm(market)
        if market.fault:
            await self._tell_fault(market)
        if asks and self.entries.trigger(market) and self.entries.may_trade(market):
            self._pending.add(market.instrument.symbol)
        self._rewatch(market)

    async def _candle_opened(self, event: CandleOpened) -> None:
        market = self.context.markets.get(event.symbol)
        if market is None or not self._is_sane(market, event.price):
            return
        new_day = market.open_candle(event.opened_at, event.price)
        if new_day:
            self._look_again(market)
        if market.last is not None:
            await self._act(market, market.last)

    async def _price_moved(self, event: PriceMoved) -> None:
        market = self.context.markets.get(event.symbol)
        if market is None or not self._is_sane(market, event.price):
            return
        mark = event.mark if event.mark is not None and 0 < event.mark < inf else None
        market.move(event.price, mark, event.at)
        await self._act(market, event.price)
        if mark is not None:
            await self.exits.on_mark(market)

    def _candle_closed(self, event: CandleClosed) -> None:
        market = self.context.markets.get(event.symbol)
        if market is None or not _is_possible(event.candle):
            self.refused_prices += market is not None
            return
        if event.mark is not None:
            market.mark = event.mark
        decided = market.close_candle(event.candle)
        if event.symbol in self.context.portfolio.positions:
            high = market.instrument.ticks.near(from_float(event.candle.high))
            self.context.portfolio.see(event.symbol, high)
            self._rewatch(market)
        if decided:
            self._look_again(market)

    def _candles_passed(self, event: CandlesPassed) -> None:
        """Take candles that were left untold: each is the market's own affair, none asks to buy."""
        market = self.context.markets.get(event.symbol)
        if market is None:
            return
        decided = False
        for candle in event.candles:
            # A market that was loaded anew meanwhile knows them already.
            if market.last_at is not None and candle.opened_at < market.last_at:
                continue
            if not _is_possible(candle):
                self.refused_prices += 1
                continue
            self._is_sane(market, candle.open)
            decided = market.close_candle(candle) or decided
        if event.mark is not None:
            market.mark = event.mark
        if decided:
            self._look_again(market)

    async def _act(self, market: Market, price: float) -> None:
        symbol = market.instrument.symbol
        if not self._watch.is_crossed(symbol, price):
            return
        if symbol in self.context.portfolio.positions:
            await self.exits.on_price(market)
        elif symbol in self.universe:
            await self.entries.consider(market)
            self._pending.add(symbol)
        if symbol in self.context.portfolio.positions:
            await self.exits.arm(market)
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

    def _make_up(self, moments: Sequence[int]) -> None:
        """Count the loops of moments at which nothing was told, and keep their equity."""
        if moments:
            self.context.loops += len(moments)
            self.curve.catch_up(moments)

    def _look_again_at(self, symbol: str) -> None:
        market = self.context.markets.get(symbol)
        if market is not None:
            self._look_again(market)

    def _look_again(self, market: Market) -> None:
        market.refresh_level()
        self._pending.add(market.instrument.symbol)
        self._rewatch(market)

    def _rewatch(self, market: Market) -> None:
        self._watch.renew(market, asked=market.instrument.symbol in self._pending)

    def _renew_calm(self) -> None:
        """Say how long nothing has to be told from now on; with a position it is told anyway."""
        if not self.context.portfolio.positions:
            for market in self.context.markets.values():
                self._rewatch(market)


def _is_possible(candle: Candle) -> bool:
    _, opened, high, low, close, volume = candle
    return 0 < low <= opened <= high < inf and low <= close <= high and 0 <= volume < inf
