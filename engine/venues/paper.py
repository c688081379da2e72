"""Paper trading: live public prices, fills on the simulated exchange."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from engine.domain.candle import Candle, Timeframe
from engine.domain.instrument import Instrument
from engine.domain.intent import OrderIntent
from engine.domain.venue import Sessions, VenueMode, VenueName
from engine.phrases.notes import Note
from engine.ports.clock import Clock
from engine.ports.venue import (
    CandleClosed,
    CandleOpened,
    EventSink,
    FundingReport,
    Levels,
    OrderReport,
    PriceMoved,
    Surface,
    Ticker,
    VenueEvent,
    VenueProfile,
)
from engine.venues.rules import venue_rules
from engine.venues.simulated import SimulatedExchange
from engine.venues.simulated_account import SimulatedAccount

_PRICE_LASTS = timedelta(minutes=5)


class PublicMarket(Protocol):
    """What a live adapter offers without a key: markets, candles, prices.

    Its events are `CandleOpened`, `PriceMoved`, `CandleClosed` and those of lines and clocks; a
    `FundingReport` of any amount says that funding at its rate is due.
    Calls raise VenueDown and mean what they mean in `engine.ports.venue.Venue`.
    """

    @property
    def sessions(self) -> Sessions:
        """Return when the venue trades."""
        ...

    @property
    def base_timeframes(self) -> Mapping[str, Timeframe]:
        """Return the interval of the candles it streams, by symbol."""
        ...

    async def connect(self) -> Sequence[Instrument]:
        """Open the venue and return its markets with their rules."""
        ...

    async def instruments(self) -> Sequence[Instrument]:
        """Return the markets with their rules and flags as the venue states them now."""
        ...

    def follow(self, symbols: Sequence[str]) -> None:
        """Stream these markets from now on, and no others."""
        ...

    def surfaces(self) -> Sequence[Surface]:
        """Return every public line to the venue with its age."""
        ...

    async def run(self, sink: EventSink) -> None:
        """Stream public events into the sink until cancelled."""
        ...

    async def close(self) -> None:
        """Let go of everything that was opened."""
        ...

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` closed candles, oldest first."""
        ...

    async def tickers(self) -> Sequence[Ticker]:
        """Return last price and turnover of every market."""
        ...


@dataclass(frozen=True, slots=True)
class PaperAccount:
    """What a paper account starts from: deposits by asset, seed of its fills, path of its book."""

    deposits: Mapping[str, Decimal]
    seed: int = 7
    book: Path | None = None


class PaperVenue(SimulatedAccount):
    """A `Venue` that trades on the simulated exchange at the prices of a `PublicMarket`.

    Every price that is heard is a candle of its own for resting orders; its volume is that of the
    market's last closed candle.
    """

    def __init__(
        self, name: VenueName, market: PublicMarket, account: PaperAccount, clock: Clock
    ) -> None:
        """Join public prices with a simulated account; `connect` opens both."""
        super().__init__(clock)
        self._name = name
        self._market = market
        self._account = account
        self._rules = venue_rules(name)
        self._volumes: dict[str, float] = {}
        self._sink: EventSink | None = None

    @property
    def profile(self) -> VenueProfile:
        """Return what is fixed about the venue."""
        return VenueProfile(
            name=self._name,
            mode=VenueMode.PAPER,
            quote=self._rules.quote,
            capabilities=self._rules.capabilities,
            sessions=self._market.sessions,
            base_timeframes=self._market.base_timeframes,
            note=Note.LIVE_PRICES.say(),
        )

    async def connect(self) -> Sequence[Instrument]:
        """Open the public market and, the first time, the account's book."""
        instruments = await self._market.connect()
        if self.is_open:
            self.exchange.list_markets(instruments)
            self._let_last(self.exchange)
            return instruments
        exchange = SimulatedExchange(
            self._rules,
            instruments,
            self._market.sessions,
            seed=self._account.seed,
            book=self._account.book,
        )
        self._let_last(exchange)
        for asset, amount in self._account.deposits.items():
            exchange.deposit(asset, amount)
        self.open_account(exchange)
        return instruments

    async def instruments(self) -> Sequence[Instrument]:
        """Return the markets as the venue states them now, and trade by these rules."""
        instruments = await self._market.instruments()
        self.exchange.list_markets(instruments)
        self._let_last(self.exchange)
        return instruments

    def follow(self, symbols: Sequence[str]) -> None:
        """Stream these markets from now on."""
        self._market.follow(symbols)

    def surfaces(self) -> Sequence[Surface]:
        """Return the lines of the public market; the simulated account has none."""
        return self._market.surfaces()

    async def run(self, sink: EventSink) -> None:
        """Stream public events and the reports they lead to, until cancelled."""
        self._sink = sink
        await self._market.run(self._hear)

    async def close(self) -> None:
        """Let go of the public market and of the account's book."""
        await self._market.close()
        await super().close()

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` closed candles, oldest first."""
        return await self._market.candles(symbol, timeframe, count)

    async def tickers(self) -> Sequence[Ticker]:
        """Return last price and turnover of every market."""
        return await self._market.tickers()

    async def place(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        """Send one order, or the two legs of an OCO."""
        for symbol in {intent.symbol for intent in intents}:
            await self._know_volume(symbol)
        return await super().place(intents)

    def watch(self, symbol: str, levels: Levels) -> None:
        """Do nothing: every live price is told anyway."""

    async def _hear(self, event: VenueEvent) -> None:
        match event:
            case FundingReport():
                await self._fund(event)
                return
            case CandleOpened():
                await self._price(event.symbol, event.price, None, event.opened_at)
            case PriceMoved():
                await self._price(event.symbol, event.price, event.mark, event.at)
            case CandleClosed():
                self._volumes[event.symbol] = event.candle.volume
            case _:
                pass
        await self._tell(event)

    async def _price(self, symbol: str, price: float, mark: float | None, at: datetime) -> None:
        market = self.exchange.markets.get(symbol)
        if market is None:
            return
        market.price = price
        market.mark = mark if mark is not None else market.mark
        market.candle = _point(at, price, self._volumes.get(symbol, 0.0))
        if self.exchange.is_busy(symbol):
            trigger = market.candle if market.mark is None else _point(at, market.mark, 0.0)
            self.news += self.exchange.match(symbol, trigger, at)

    async def _fund(self, event: FundingReport) -> None:
        market = self.exchange.markets.get(event.symbol)
        if market is None:
            return
        report = self.exchange.fund(event.symbol, event.rate, market.trigger_price, event.at)
        if report is not None:
            await self._tell(report)

    async def _know_volume(self, symbol: str) -> None:
        timeframe = self._market.base_timeframes.get(symbol)
        if symbol in self._volumes or timeframe is None:
            return
        candles = await self._market.candles(symbol, timeframe, 1)
        if not candles:
            return
        self._volumes[symbol] = candles[-1].volume
        market = self.exchange.markets.get(symbol)
        if market is not None and market.candle is not None:
            market.candle = market.candle._replace(volume=candles[-1].volume)

    @staticmethod
    def _let_last(exchange: SimulatedExchange) -> None:
        for market in exchange.markets.values():
            market.lasts = _PRICE_LASTS

    async def _tell(self, event: VenueEvent) -> None:
        if self._sink is None:
            return
        while self.news:
            await self._sink(self.news.pop(0))
        await self._sink(event)


def _point(at: datetime, price: float, volume: float) -> Candle:
    return Candle(at, price, price, price, price, volume)
