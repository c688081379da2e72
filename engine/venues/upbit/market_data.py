"""What Upbit tells anybody over REST: markets with their rules, prices, books, candles."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

from engine.domain.candle import Candle, Timeframe
from engine.domain.instrument import Instrument
from engine.domain.money import ZERO
from engine.ports.venue import Ticker
from engine.venues.live.answers import amount, at_ms, rows
from engine.venues.live.call import Call
from engine.venues.live.candles import Quote
from engine.venues.upbit.dialect import BOOK, CANDLES, MARKET, TICKER
from engine.venues.upbit.instruments import QUOTE, Terms, code_of, instruments, symbol_of
from engine.venues.upbit.wire import UpbitWire

PAGE = 200
BOOK_SHARE = Decimal("0.9")
"""A sale takes at most this share of the displayed bids: the book moves while it is on its way."""


class UpbitMarketData:
    """Public questions to Upbit; every one raises VenueDown or Malformed."""

    def __init__(self, wire: UpbitWire) -> None:
        """Ask through a wire."""
        self._wire = wire

    async def instruments(self, terms: Terms) -> tuple[Instrument, ...]:
        """Return the KRW markets with their ticks, terms and flags as they are now."""
        listed = await self._rows(self._wire.history.markets, MARKET)
        prices = {symbol: amount(row, "trade_price") for symbol, row in await self._all_tickers()}
        ticks = await self._ticks([str(row.get("market")) for row in listed])
        return instruments(listed, ticks, prices, terms)

    async def tickers(self) -> Sequence[Ticker]:
        """Return last price and 24 h turnover of every KRW market."""
        return [
            Ticker(
                symbol,
                float(amount(row, "trade_price")),
                float(amount(row, "acc_trade_price_24h")),
                _moment(row),
            )
            for symbol, row in await self._all_tickers()
        ]

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return last prices of some markets."""
        codes = {"markets": ",".join(code_of(symbol) for symbol in symbols)}
        exchange = self._wire.clients.exchange
        found = await self._rows(lambda: exchange.publicGetTicker(codes), TICKER)
        return {
            symbol: Quote(float(amount(row, "trade_price")), _moment(row))
            for symbol, row in _named(found)
        }

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` closed candles, oldest first."""
        found: Sequence[Candle] = await self._wire.ask(
            lambda: self._wire.history.candles(symbol, timeframe, count),
            {CANDLES: ceil((count + 1) / PAGE)},
        )
        return found

    async def closed_since(self, symbol: str, since: datetime) -> Sequence[Candle]:
        """Return closed minutes that opened at or after a moment; quiet ones have no candle."""
        minutes = ceil((self._wire.clock.now() - since).total_seconds() / Timeframe.M1.seconds)
        found = await self.candles(symbol, Timeframe.M1, max(minutes, 1))
        return [candle for candle in found if candle.opened_at >= since]

    async def sellable(self, symbol: str, quantity: Decimal) -> Decimal:
        """Return how much of a quantity the displayed bids take: more would be refused whole."""
        codes = {"markets": code_of(symbol)}
        exchange = self._wire.clients.exchange
        found = await self._rows(lambda: exchange.publicGetOrderbook(codes), BOOK, vital=True)
        units = [unit for row in found for unit in rows(row.get("orderbook_units") or [])]
        displayed = sum((amount(unit, "bid_size") for unit in units), ZERO)
        return min(quantity, displayed * BOOK_SHARE)

    async def _all_tickers(self) -> Sequence[tuple[str, Mapping[str, Any]]]:
        quoted = {"quote_currencies": QUOTE}
        exchange = self._wire.clients.exchange
        return _named(await self._rows(lambda: exchange.publicGetTickerAll(quoted), TICKER))

    async def _ticks(self, codes: Sequence[str]) -> Mapping[str, Decimal]:
        asked = {"markets": ",".join(codes)}
        exchange = self._wire.clients.exchange
        found = await self._rows(lambda: exchange.publicGetOrderbookInstruments(asked), BOOK)
        return {symbol: amount(row, "tick_size") for symbol, row in _named(found)}

    async def _rows(
        self, call: Call, group: str, *, vital: bool = False
    ) -> Sequence[Mapping[str, Any]]:
        return rows(await self._wire.ask(call, {group: 1}, vital=vital))


def _named(found: Sequence[Mapping[str, Any]]) -> Sequence[tuple[str, Mapping[str, Any]]]:
    """Return rows with the symbols of their markets."""
    return [(symbol_of(str(row.get("market"))), row) for row in found]


def _moment(row: Mapping[str, Any]) -> datetime:
    return at_ms(row.get("trade_timestamp"))
