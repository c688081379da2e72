"""Upbit without a key: markets, prices and candles; paper trades on it, and so does the venue."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from engine.domain.candle import Candle, Timeframe
from engine.domain.instrument import Instrument
from engine.domain.venue import AroundTheClock, Sessions
from engine.ports.venue import EventSink, Surface, SurfaceName, Ticker
from engine.venues.live.bridge import bridge_while_lost
from engine.venues.live.candles import BaseCandles
from engine.venues.live.stream import Supervisor
from engine.venues.upbit.instruments import Terms
from engine.venues.upbit.market_data import UpbitMarketData
from engine.venues.upbit.price_feed import UpbitPriceFeed
from engine.venues.upbit.wire import UpbitWire

PUBLIC_LINES = (SurfaceName.PRICES, SurfaceName.REST)
Task = Callable[[], Coroutine[Any, Any, None]]


class UpbitMarket:
    """A `PublicMarket`, see `engine.venues.paper`."""

    def __init__(self, wire: UpbitWire) -> None:
        """Look through a wire."""
        self._wire = wire
        self._data = UpbitMarketData(wire.clients, wire.history, wire.caller, wire.clock)
        self._candles = BaseCandles(Timeframe.M1, self._data, wire.clock, every=False)
        self._feed = UpbitPriceFeed(wire, self._data, self._candles)
        self.terms = Terms()

    @property
    def data(self) -> UpbitMarketData:
        """Return what answers public questions."""
        return self._data

    @property
    def sessions(self) -> Sessions:
        """Return when the venue trades: always."""
        return AroundTheClock()

    @property
    def base_timeframes(self) -> Mapping[str, Timeframe]:
        """Return no exception: every market is followed by the minute."""
        return MappingProxyType({})

    async def connect(self) -> Sequence[Instrument]:
        """Return the KRW markets with their rules."""
        self._wire.history.open()
        return await self.instruments()

    async def instruments(self) -> Sequence[Instrument]:
        """Return the markets with their rules and flags as the venue states them now."""
        return await self._data.instruments(self.terms)

    def follow(self, symbols: Sequence[str]) -> None:
        """Stream these markets from now on, and no others."""
        self._feed.follow(symbols)

    def surfaces(self) -> Sequence[Surface]:
        """Return every line with its age."""
        return self._wire.lines.surfaces()

    async def run(self, sink: EventSink) -> None:
        """Stream prices and candles into the sink until cancelled."""
        await self.run_with(sink)

    async def run_with(self, sink: EventSink, *others: Task) -> None:
        """Stream into the sink with other tasks beside, until cancelled."""
        self._candles.tell = sink
        wire = self._wire
        prices = Supervisor(self._feed, wire.lines, wire.random)
        async with asyncio.TaskGroup() as group:
            group.create_task(wire.lines.tell(sink))
            group.create_task(prices.run())
            group.create_task(self._feed.attend())
            group.create_task(self._candles.attend())
            group.create_task(wire.caller.revive(self._probe))
            group.create_task(bridge_while_lost(self._candles, wire.lines, wire.budget))
            for other in others:
                group.create_task(other())

    async def close(self) -> None:
        """Let go of every connection."""
        await self._wire.history.close()
        await self._wire.clients.close()

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` closed candles, oldest first."""
        found = await self._data.candles(symbol, timeframe, count)
        if timeframe is Timeframe.M1:
            self._candles.seen(symbol, found)
        return found

    async def tickers(self) -> Sequence[Ticker]:
        """Return last price and 24 h turnover of every KRW market."""
        return await self._data.tickers()

    async def _probe(self) -> object:
        return await self._wire.clients.exchange.publicGetTicker({"markets": "KRW-BTC"})
