"""Upbit without a key: markets, prices and candles; paper trades on it, and so does the venue."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from engine.domain.candle import Candle, Timeframe
from engine.domain.instrument import Instrument
from engine.ports.venue import SurfaceName, Ticker
from engine.venues.live.candles import BaseCandles
from engine.venues.live.market import LiveMarket, Task
from engine.venues.upbit.instruments import Terms
from engine.venues.upbit.market_data import UpbitMarketData
from engine.venues.upbit.price_feed import UpbitPriceFeed
from engine.venues.upbit.wire import UpbitWire

PUBLIC_LINES = (SurfaceName.PRICES, SurfaceName.REST)


class UpbitMarket(LiveMarket[UpbitWire]):
    """The public half of the venue."""

    def __init__(self, wire: UpbitWire) -> None:
        """Look through a wire."""
        self._data = UpbitMarketData(wire)
        candles = BaseCandles(Timeframe.M1, self._data, wire.clock, every=False)
        self._feed = UpbitPriceFeed(wire, self._data, candles)
        super().__init__(wire, candles, self._feed)
        self.terms = Terms()

    @property
    def data(self) -> UpbitMarketData:
        """Return what answers public questions."""
        return self._data

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

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` closed candles, oldest first."""
        found = await self._data.candles(symbol, timeframe, count)
        if timeframe is Timeframe.M1:
            self._candles.seen(symbol, found)
        return found

    async def tickers(self) -> Sequence[Ticker]:
        """Return last price and 24 h turnover of every KRW market."""
        return await self._data.tickers()

    def _beside(self) -> tuple[Task, ...]:
        return (*super()._beside(), self._feed.attend)
