"""One venue of a replay: tells its candles to the core, trades on a simulated exchange."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil

from engine.domain.candle import Candle, Timeframe
from engine.domain.instrument import Instrument
from engine.domain.money import from_float
from engine.domain.venue import VenueMode, VenueName
from engine.ports.clock import Clock
from engine.ports.venue import (
    CandleClosed,
    CandleOpened,
    CandlesPassed,
    EventSink,
    Levels,
    LoopDue,
    Ticker,
    VenueEvent,
    VenueProfile,
)
from engine.venues.bars import Bars, empty_bars
from engine.venues.candle_walk import CandleWalk
from engine.venues.feed import Source, newest_before
from engine.venues.simulated import SimulatedExchange
from engine.venues.simulated_account import SimulatedAccount
from engine.venues.timeline import Passed, Row

# Dust of other markets is swapped at its price.
_NEVER_CALM = frozenset({"BNB/USDT"})


class ReplayVenue(SimulatedAccount):
    """A `Venue` whose prices are recorded or made, and whose time is the replay's."""

    def __init__(
        self, name: VenueName, source: Source, exchange: SimulatedExchange, clock: Clock
    ) -> None:
        """Join the prices of a source with the exchange that trades at them.

        `rouse` is called for each market whose levels change: a promise about it may be broken.
        """
        super().__init__(clock, exchange)
        self._source = source
        self._levels: dict[str, Levels] = {}
        self._sink: EventSink = _nobody
        self.rouse: Callable[[str], None] = _nothing
        self.attached = asyncio.Event()
        self.profile = VenueProfile(
            name=name,
            mode=VenueMode.REPLAY,
            quote=exchange.rules.quote,
            capabilities=exchange.rules.capabilities,
            sessions=source.sessions,
            base_timeframes={s: feed.timeframe for s, feed in source.feeds.items()},
            note=source.note,
        )
        for symbol, feed in source.feeds.items():
            exchange.markets[symbol].lasts = feed.timeframe.delta

    async def connect(self) -> Sequence[Instrument]:
        """Return the markets of the data with their rules."""
        return self._source.instruments

    async def instruments(self) -> Sequence[Instrument]:
        """Return the markets of the data with their rules, which never change."""
        return self._source.instruments

    async def run(self, sink: EventSink) -> None:
        """Hand every told event to the sink until cancelled."""
        self._sink = sink
        self.attached.set()
        try:
            await asyncio.Event().wait()
        finally:
            self._sink = _nobody

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` candles closed by now, oldest first.

        None exist that are shorter than the base candles of the market.
        """
        return self.past(symbol, timeframe, self._second(), count).candles()

    def past(self, symbol: str, timeframe: Timeframe, until: int, count: int) -> Bars:
        """Return the newest candles closed at a second, at most `count`; none of other markets."""
        feed = self._source.feeds.get(symbol)
        return empty_bars() if feed is None else feed.history(timeframe, until, count)

    async def tickers(self) -> Sequence[Ticker]:
        """Return last price and turnover of every market; zeros before a market's first candle."""
        return [self._ticker(symbol) for symbol in sorted(self._source.feeds)]

    def watch(self, symbol: str, levels: Levels) -> None:
        """Name the prices to visit inside a candle; empty levels end the watch."""
        self.rouse(symbol)
        if levels == Levels():
            self._levels.pop(symbol, None)
        else:
            self._levels[symbol] = levels

    def deposit(self, asset: str, amount: Decimal) -> None:
        """Credit an asset once in the life of the exchange's book."""
        self.exchange.deposit(asset, amount)

    def stand_at(self, at: datetime) -> None:
        """Take every market's prices of a moment without telling anybody."""
        second = at.timestamp()
        for symbol, feed in self._source.feeds.items():
            part, marks = newest_before(feed, ceil(second))
            if not len(part):
                continue
            market = self.exchange.markets[symbol]
            market.candle = part.candles()[0]
            over = int(part.opened[0]) + feed.lasts <= second
            market.price = market.candle.close if over else market.candle.open
            if marks is not None:
                mark = marks.candles()[0]
                market.mark = mark.close if over else mark.open
            self._bound(symbol, market.candle.opened_at)

    async def tell_closings(self, rows: Sequence[Row], at: datetime, *, retelling: bool) -> None:
        """Tell candles that close now: orders first, then watched prices, then the close."""
        exchange, sink, levels = self.exchange, self._sink, self._levels
        markets, contracts = exchange.markets, exchange.contracts
        for row in rows:
            symbol, candle, mark = row
            market = markets[symbol]
            market.candle = candle
            if retelling or symbol in contracts or self._is_met(row):
                walk = CandleWalk(exchange, levels, sink, row, at)
                await walk.tell(retelling=retelling)
            market.price = candle.close
            if mark is not None:
                market.mark = mark.close
            await sink(CandleClosed(symbol, candle, mark and mark.close))
            if self.news:
                await self._tell_news()

    async def tell_passed(self, passed: Sequence[Passed]) -> int:
        """Tell what markets have missed while they were calm; return how many candles closed."""
        for closed, opened in passed:
            self._stand_after(closed, opened)
            if closed:
                symbol, _, mark = closed[-1]
                candles = [candle for _, candle, _ in closed]
                await self._sink(CandlesPassed(symbol, candles, mark and mark.close))
            if opened is not None:
                symbol, candle, _ = opened
                await self._sink(CandleOpened(symbol, candle.opened_at, candle.open))
        return sum(len(closed) for closed, _ in passed)

    def calm(self, rows: Sequence[Row]) -> dict[str, list[tuple[float, int]]]:
        """Return which markets need no telling: while below a price, and until a second."""
        found = {}
        for symbol, _, _ in rows:
            levels = self._levels.get(symbol)
            if levels is not None and levels.calm and symbol not in _NEVER_CALM:
                found[symbol] = [(c.below, int(c.until.timestamp())) for c in levels.calm]
        return found

    async def tell_openings(self, rows: Sequence[Row], at: datetime) -> None:
        """Tell candles that open now."""
        sink, markets = self._sink, self.exchange.markets
        bounded = self.profile.name is VenueName.STOCK
        for symbol, candle, mark in rows:
            if bounded:
                self._bound(symbol, at)
            market = markets[symbol]
            market.candle = candle
            market.price = candle.open
            if mark is not None:
                market.mark = mark.open
            await sink(CandleOpened(symbol, at, candle.open))
            if self.news:
                await self._tell_news()

    async def tell_funding(self, funding: Sequence[tuple[str, float]], at: datetime) -> None:
        """Settle funding that is due now."""
        for symbol, rate in funding:
            mark = self.exchange.markets[symbol].trigger_price
            report = self.exchange.fund(symbol, from_float(rate), mark, at)
            if report is not None:
                await self._sink(report)

    async def tell_loop(self, at: datetime, slept: Sequence[int]) -> None:
        """Say that everything up to this moment was told, at these seconds before it nothing."""
        await self._sink(LoopDue(at, slept))
        if self.news:
            await self._tell_news()

    async def _tell_news(self) -> None:
        while self.news:
            await self._sink(self.news.pop(0))

    def _is_met(self, row: Row) -> bool:
        """Return whether a candle may reach an order or tells of the prices that are watched."""
        symbol, candle, mark = row
        if self.exchange.is_met(symbol, candle):
            return True
        levels = self._levels.get(symbol)
        if levels is None or (levels.below is None and levels.above is None):
            return False
        if mark is not None:
            return True
        below, above = levels.below, levels.above
        return (below is not None and candle.low <= below) or (
            above is not None and candle.high >= above
        )

    def _stand_after(self, closed: Sequence[Row], opened: Row | None) -> None:
        for symbol, candle, mark in closed[-1:]:
            market = self.exchange.markets[symbol]
            market.candle, market.price = candle, candle.close
            market.mark = mark.close if mark is not None else market.mark
        if opened is not None:
            symbol, candle, mark = opened
            market = self.exchange.markets[symbol]
            market.candle, market.price = candle, candle.open
            market.mark = mark.open if mark is not None else market.mark

    def _bound(self, symbol: str, at: datetime) -> None:
        if self.profile.name is not VenueName.STOCK:
            return
        market = self.exchange.markets[symbol]
        present = market.candle
        if market.yesterday is None or present is None or present.opened_at.date() != at.date():
            past = self._source.feeds[symbol].history(Timeframe.D1, int(at.timestamp()), 1)
            market.yesterday = float(past.close[-1]) if len(past) else None

    def _ticker(self, symbol: str) -> Ticker:
        now = self._clock.now()
        recent = self._source.feeds[symbol].recent(self._second())
        last = self.exchange.markets[symbol].price
        if not last and len(recent):
            last = float(recent.close[-1])
        return Ticker(symbol, last, recent.turnover() if len(recent) else 0.0, now)

    def _second(self) -> int:
        return int(self._clock.now().timestamp())


def _nothing(symbol: str) -> None:
    del symbol


async def _nobody(event: VenueEvent) -> None:
    del event
