"""A venue of the world, without its wire: an exchange whose prices walk, and their candles.

It lives on while engines come and go.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from math import inf
from random import Random

from engine.domain.candle import Candle, Timeframe
from engine.domain.instrument import Instrument
from engine.domain.money import from_float
from engine.domain.venue import VenueName
from engine.ports.clock import Clock
from engine.ports.venue import CandleClosed, CandleOpened, PriceMoved, VenueEvent
from engine.venues.rules import listed
from tests.exchanges.matching import Exchange
from tests.exchanges.terms import FeeIn, FeePolicy, Market
from tests.world.odds import CALM, Odds
from tests.world.orders import BNB, BNB_PRICE

PRICES: Mapping[VenueName, Mapping[str, float]] = {
    VenueName.UPBIT: {"BTC/KRW": 140_000_000.0, "XRP/KRW": 3_100.0, "DOGE/KRW": 340.0},
    VenueName.BINANCE_SPOT: {"BTC/USDT": 101_000.0, "ETH/USDT": 3_300.0, "XRP/USDT": 2.2},
}
PURSE = Decimal(10_000_000_000)
SOME_BNB = Decimal("0.03")
STEP_S = 2.0
KEPT = 120
PAST = 100
TORN = 12
THIN_LEVELS = 3
THIN_WORTH: Mapping[VenueName, float] = {
    VenueName.UPBIT: 600_000.0,
    VenueName.BINANCE_SPOT: 430.0,
}


def owners_coins(symbol: str) -> Decimal:
    """Return what the owner holds beside Pasu: of some coins, and none of Bitcoin."""
    return Decimal(0) if symbol.startswith("BTC/") else Decimal("1.5")


async def sleep_about(rng: Random, seconds: float) -> None:
    """Sleep for a random time of that mean; for ever where the mean is infinite."""
    await asyncio.sleep(inf if seconds == inf else rng.expovariate(1 / seconds))


@dataclass
class Forming:
    """The minute that is not over."""

    opened_at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float = 0.0

    def candle(self) -> Candle:
        """Return the minute as a candle."""
        return Candle(self.opened_at, self.open, self.high, self.low, self.close, self.volume)


@dataclass
class Listing:
    """One market with its walk."""

    instrument: Instrument
    price: float
    forming: Forming
    closed: list[Candle] = field(default_factory=list)


class WalkingMarket:
    """The markets and the account of one venue."""

    def __init__(self, name: VenueName, clock: Clock, rng: Random, odds: Odds) -> None:
        self.name = name
        self.clock = clock
        self.odds = odds
        self.exchange = Exchange(clock.now)
        self.heard: Callable[[VenueEvent], None] | None = None
        self.deliveries: set[asyncio.Task[None]] = set()
        self.converted: dict[str, Decimal] = {}
        self.faults: list[str] = []
        self._rng = rng
        self._still = False
        self.listings = {symbol: self._listing(symbol, p) for symbol, p in PRICES[name].items()}
        self.quote = next(iter(self.listings.values())).instrument.quote
        self.exchange.deposit(self.quote, PURSE)
        for symbol in self.listings:
            self.exchange.deposit(symbol.partition("/")[0], owners_coins(symbol))
        if odds.fees_in_bnb:
            self._sell_bnb()

    @property
    def instruments(self) -> Sequence[Instrument]:
        """Return the listed markets; one that is halted says so."""
        return [
            each.instrument
            if self.exchange.is_trading(symbol)
            else replace(each.instrument, flagged="halted")
            for symbol, each in self.listings.items()
        ]

    def calm(self) -> None:
        """Let nothing go wrong any more, but for what the stream forgets."""
        self.odds = replace(CALM, event_dropped=self.odds.event_dropped)
        for symbol in self.listings:
            self.exchange.set_trading(symbol, allowed=True)

    def stand_still(self) -> None:
        """Let the prices stay, and tell nothing any more: what is under way ends."""
        self._still = True

    def tasks(self) -> Iterable[asyncio.Task[None]]:
        """Start what goes on for ever: prices walk, markets are halted and resumed."""
        return [asyncio.create_task(each) for each in (self._walk(), self._halts())]

    def deliver(self, request: Coroutine[None, None, None]) -> None:
        """Carry a request on, whether or not the engine that sent it still lives."""
        task = asyncio.create_task(request)
        self.deliveries.add(task)
        task.add_done_callback(self._delivered)

    def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return closed minutes, or a past in which everything was cheaper."""
        listing = self.listings[symbol]
        if timeframe is Timeframe.M1:
            return listing.closed[-count:]
        price = PRICES[self.name][symbol] / 2
        newest = timeframe.start(self.clock.now()) - timeframe.delta
        return [
            Candle(newest - n * timeframe.delta, price, price, price, price, 1.0)
            for n in reversed(range(min(count, PAST)))
        ]

    async def _walk(self) -> None:
        while True:
            await asyncio.sleep(STEP_S)
            for symbol, listing in self.listings.items():
                if self._still:
                    self.exchange.set_price(symbol, self._shown(listing))
                elif self.exchange.is_trading(symbol):
                    self._step(listing)

    async def _halts(self) -> None:
        while True:
            await sleep_about(self._rng, self.odds.halt_every_s)
            symbol = self._rng.choice(tuple(self.listings))
            self.exchange.set_trading(symbol, allowed=self.odds.halt_every_s == inf)
            await sleep_about(self._rng, self.odds.halt_lasts_s)
            self.exchange.set_trading(symbol, allowed=True)

    def _delivered(self, task: asyncio.Task[None]) -> None:
        self.deliveries.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.faults.append(f"{type(error).__name__}: {error}")

    def _listing(self, symbol: str, price: float) -> Listing:
        instrument = listed(self.name, symbol, price)
        market = Market(
            symbol,
            instrument.base,
            instrument.quote,
            instrument.taker_fee,
            instrument.maker_fee,
            self._fees(),
            instrument.lot,
            instrument.ticks.tick_at,
        )
        self.exchange.add_market(market)
        self.exchange.set_price(symbol, instrument.ticks.near(from_float(price)))
        return Listing(instrument, price, self._minute(price))

    def _fees(self) -> FeePolicy:
        if self.name is VenueName.UPBIT:
            return FeePolicy(FeeIn.QUOTE)
        return FeePolicy(FeeIn.COIN, BNB) if self.odds.fees_in_bnb else FeePolicy(FeeIn.RECEIVED)

    def _sell_bnb(self) -> None:
        """List the coin that pays fees, and give the owner enough of it for a while."""
        symbol, free = f"{BNB}/{self.quote}", Decimal(0)
        self.exchange.add_market(Market(symbol, BNB, self.quote, free, free))
        self.exchange.set_price(symbol, BNB_PRICE)
        self.exchange.deposit(BNB, SOME_BNB)

    def _step(self, listing: Listing) -> None:
        torn = self._rng.random() < self.odds.jump
        change = self._rng.gauss(0, self.odds.drift * (TORN if torn else 1))
        listing.price = max(listing.price * (1 + change), 1e-6)
        price = self._shown(listing)
        symbol, now, shown = listing.instrument.symbol, self.clock.now(), float(price)
        self.exchange.set_price(symbol, price)
        if self._rng.random() < self.odds.thin:
            self._thin_out(listing, price)
        if now.replace(second=0, microsecond=0) > listing.forming.opened_at:
            self._turn(listing, shown)
        forming = listing.forming
        forming.high, forming.low = max(forming.high, shown), min(forming.low, shown)
        forming.close = shown
        forming.volume += 10.0
        self._say(PriceMoved(symbol, shown, now))

    def _shown(self, listing: Listing) -> Decimal:
        return listing.instrument.ticks.near(from_float(listing.price))

    def _thin_out(self, listing: Listing, price: Decimal) -> None:
        """Show a book that takes less than a whole position, until the next price."""
        instrument = listing.instrument
        tick = instrument.ticks.tick_at(price)

        def levels(first: int, direction: int) -> list[tuple[Decimal, Decimal]]:
            found = []
            for n in range(first, first + THIN_LEVELS):
                at = instrument.ticks.near(price + direction * n * tick)
                worth = from_float(self._rng.uniform(0.05, 1) * THIN_WORTH[self.name])
                found.append((at, max(instrument.lots(worth / at), instrument.lot)))
            return found

        self.exchange.set_book(instrument.symbol, levels(1, -1), levels(0, 1))

    def _turn(self, listing: Listing, price: float) -> None:
        done, symbol = listing.forming.candle(), listing.instrument.symbol
        listing.closed = [*listing.closed[-KEPT:], done]
        listing.forming = self._minute(price)
        self._say(CandleClosed(symbol, done))
        self._say(CandleOpened(symbol, listing.forming.opened_at, price))

    def _minute(self, price: float) -> Forming:
        opened_at = self.clock.now().replace(second=0, microsecond=0)
        return Forming(opened_at, price, price, price, price)

    def _say(self, event: VenueEvent) -> None:
        if self.heard is not None:
            self.heard(event)
