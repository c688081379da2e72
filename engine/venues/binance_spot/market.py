"""Public data of Binance spot: markets, candles, prices. It needs no key.

Source: binance-spot-api-docs, rest-api.md "Market Data endpoints".
"""

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from math import isfinite
from types import MappingProxyType
from typing import Any

from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import Malformed, Refused, VenueDown
from engine.domain.instrument import Instrument
from engine.ports.venue import Ticker
from engine.venues.binance_spot.dialect import stated_limits, weight
from engine.venues.binance_spot.figures import milliseconds, moment, text
from engine.venues.binance_spot.instruments import Fees, Listing, listings
from engine.venues.binance_spot.price_feed import PriceFeed
from engine.venues.binance_spot.wire import Wire
from engine.venues.live.answers import amount, at_ms, row, rows
from engine.venues.live.candles import BaseCandles, Quote, parsed_candle
from engine.venues.live.market import LiveMarket, Task

BASE = Timeframe.M1
PAGE = 1000
_FEW, _MANY = 20, 100
_CANDLE_FIELDS = 7

_log = logging.getLogger(__name__)


class SpotMarket(LiveMarket[Wire]):
    """The public half of the venue, and what the account is built beside."""

    def __init__(self, wire: Wire) -> None:
        """Prepare; `connect` opens it."""
        candles = BaseCandles(BASE, self, wire.clock, every=True)
        self._feed = PriceFeed(wire, candles, self)
        super().__init__(wire, candles, self._feed)
        self._by_symbol: dict[str, Listing] = {}
        self._by_venue_symbol: dict[str, Listing] = {}
        self._timeframes: Mapping[str, Timeframe] = MappingProxyType({})
        self.fees = Fees()

    @property
    def base_timeframes(self) -> Mapping[str, Timeframe]:
        """Return the interval of the candles it streams, by symbol."""
        return self._timeframes

    def listing(self, symbol: str) -> Listing:
        """Return a market; raises Refused where there is none by that name."""
        found = self._by_symbol.get(symbol)
        if found is None:
            raise Refused("unknown_symbol", f"Binance spot does not list {symbol}")
        return found

    def find(self, symbol: str) -> Listing | None:
        """Return a market, None where there is none by that name."""
        return self._by_symbol.get(symbol)

    def symbol_of(self, venue_symbol: str) -> str:
        """Return a market's symbol by its name at Binance, that name itself where it is no ours."""
        found = self._by_venue_symbol.get(venue_symbol)
        return venue_symbol if found is None else found.instrument.symbol

    async def connect(self) -> Sequence[Instrument]:
        """Read the venue's clock, its limits and its markets.

        Raises:
            VenueDown: no answer.
            Malformed: one that cannot be read.
        """
        await self._wire.resync()
        return await self.instruments()

    async def instruments(self) -> Sequence[Instrument]:
        """Return the markets with their rules and flags as the venue states them now."""
        exchange = self._wire.clients.exchange
        answer = await self._wire.ask(
            lambda: exchange.publicGetExchangeInfo({"showPermissionSets": "false"}), weight(20)
        )
        self._wire.budget.adopt(stated_limits(row(answer).get("rateLimits")))
        found = listings(answer, self.fees)
        self._by_symbol = {one.instrument.symbol: one for one in found}
        self._by_venue_symbol = {one.venue_symbol: one for one in found}
        self._timeframes = MappingProxyType(dict.fromkeys(self._by_symbol, BASE))
        return [one.instrument for one in found]

    def follow(self, symbols: Sequence[str]) -> None:
        """Stream these markets from now on, and no others."""
        self._candles.follow([symbol for symbol in symbols if symbol in self._by_symbol])
        self._feed.changed.set()

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` closed candles, oldest first."""
        found: list[Candle] = []
        end: datetime | None = None
        while len(found) < count:
            # One more than wanted: the newest may not have closed.
            limit = min(count - len(found) + (end is None), PAGE)
            page = await self._page(symbol, timeframe, limit, end=end)
            closed = [one for one in page if one.opened_at + timeframe.delta <= self._wire.now]
            found = [*closed, *found]
            if len(page) < limit or not page:
                break
            end = page[0].opened_at
        found = found[-count:] if count > 0 else []
        if timeframe is BASE:
            self._candles.seen(symbol, found)
        return found

    async def tickers(self) -> Sequence[Ticker]:
        """Return last price and turnover of every market."""
        exchange = self._wire.clients.exchange
        mini = {"type": "MINI"}
        answer = await self._wire.ask(lambda: exchange.publicGetTicker24hr(mini), weight(80))
        found = []
        for one in rows(answer):
            listed = self._by_venue_symbol.get(str(one.get("symbol")))
            if listed is None:
                continue
            try:
                found.append(_ticker(one, listed.instrument.symbol))
            except Malformed as e:
                _log.warning("ticker.unreadable symbol=%s cause=%s", one.get("symbol"), e)
        return found

    async def closed_since(self, symbol: str, since: datetime) -> Sequence[Candle]:
        """Return closed base candles that opened at or after a moment, oldest first."""
        found: list[Candle] = []
        while True:
            page = await self._page(symbol, BASE, PAGE, start=since)
            found += [one for one in page if one.opened_at + BASE.delta <= self._wire.now]
            if len(page) < PAGE:
                return found
            since = page[-1].opened_at + BASE.delta

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return last prices."""
        names = [found.venue_symbol for s in symbols if (found := self.find(s)) is not None]
        if not names:
            return {}
        asked = {"symbols": json.dumps(names, separators=(",", ":")), "type": "MINI"}
        units = 2 if len(names) <= _FEW else 40 if len(names) <= _MANY else 80
        exchange = self._wire.clients.exchange
        answer = await self._wire.ask(lambda: exchange.publicGetTicker24hr(asked), weight(units))
        quoted = {}
        for one in rows(answer):
            price = float(amount(one, "lastPrice"))
            if isfinite(price) and price > 0:
                name = self.symbol_of(text(one, "symbol"))
                quoted[name] = Quote(price, moment(one, "closeTime"))
        return quoted

    async def _page(
        self,
        symbol: str,
        timeframe: Timeframe,
        limit: int,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Sequence[Candle]:
        listed = self.find(symbol)
        if listed is None:
            raise VenueDown(f"Binance spot does not list {symbol}")
        asked: dict[str, object] = {
            "symbol": listed.venue_symbol,
            "interval": timeframe.value,
            "limit": limit,
        }
        if start is not None:
            asked["startTime"] = milliseconds(start)
        if end is not None:
            asked["endTime"] = milliseconds(end) - 1
        rest = self._wire.clients.rest
        answer = await self._wire.ask(lambda: rest.get_klines(**asked), weight(2))
        if not isinstance(answer, list):
            raise Malformed("candles are no list")
        return [_candle(one) for one in answer]

    def _beside(self) -> tuple[Task, ...]:
        return (*super()._beside(), self._feed.adjust)


def _ticker(values: Mapping[str, Any], symbol: str) -> Ticker:
    last, turnover = float(amount(values, "lastPrice")), float(amount(values, "quoteVolume"))
    return Ticker(symbol, last, turnover, moment(values, "closeTime"))


def _candle(values: Any) -> Candle:  # noqa: ANN401 - a row of klines
    if not isinstance(values, list) or len(values) < _CANDLE_FIELDS:
        raise Malformed("a row of candles is too short")
    return parsed_candle(at_ms(values[0]), values[1:6])
