"""A live venue as the core trades it: a public market with the owner's account beside it."""

from abc import ABC
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from engine.domain.candle import Candle, Timeframe
from engine.domain.instrument import Instrument
from engine.ports.venue import EventSink, Levels, Surface, Ticker, VenuePosition
from engine.venues.live.market import LiveMarket
from engine.venues.live.stream import Feed

MarketT = TypeVar("MarketT", bound=LiveMarket[Any])


class LiveVenue(ABC, Generic[MarketT]):
    """What every spot `Venue` takes from its public market; the account is the venue's own."""

    def __init__(self, market: MarketT, orders: Feed) -> None:
        """Stream a market, and the account's orders beside it."""
        self._market = market
        self._orders = orders

    async def instruments(self) -> Sequence[Instrument]:
        """Return the markets with their rules and flags as the venue states them now."""
        return await self._market.instruments()

    def follow(self, symbols: Sequence[str]) -> None:
        """Stream these markets from now on, and no others."""
        self._market.follow(symbols)

    def surfaces(self) -> Sequence[Surface]:
        """Return every line to the venue with its age."""
        return self._market.surfaces()

    async def run(self, sink: EventSink) -> None:
        """Stream prices and order reports into the sink until cancelled."""
        await self._market.run(sink, self._orders)

    async def close(self) -> None:
        """Let go of every connection."""
        await self._market.close()

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` closed candles, oldest first."""
        return await self._market.candles(symbol, timeframe, count)

    async def tickers(self) -> Sequence[Ticker]:
        """Return last price and 24 h turnover of every market."""
        return await self._market.tickers()

    async def positions(self) -> Sequence[VenuePosition]:
        """Return nothing: spot knows holdings only."""
        return ()

    def watch(self, symbol: str, levels: Levels) -> None:
        """Ignore the levels: every live price is told anyway."""
