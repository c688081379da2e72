"""What Upbit tells anybody over REST: markets with their rules, prices, books, candles."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from math import ceil
from typing import Any

from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import Malformed
from engine.domain.instrument import Instrument
from engine.domain.money import ZERO
from engine.ports.clock import Clock
from engine.ports.venue import Ticker
from engine.venues.live.call import Caller
from engine.venues.live.candles import Quote
from engine.venues.upbit.client import UpbitClients
from engine.venues.upbit.dialect import BOOK, CANDLES, MARKET, TICKER
from engine.venues.upbit.history import History
from engine.venues.upbit.instruments import QUOTE, Terms, code_of, instruments, symbol_of

PAGE = 200
BOOK_SHARE = Decimal("0.9")
"""A sale takes at most this share of the displayed bids: the book moves while it is on its way."""


class UpbitMarketData:
    """Public questions to Upbit; every one raises VenueDown or Malformed."""

    def __init__(
        self, clients: UpbitClients, history: History, caller: Caller, clock: Clock
    ) -> None:
        """Ask through one client and one caller; history comes by pyupbit."""
        self._clients = clients
        self._history = history
        self._caller = caller
        self._clock = clock

    async def instruments(self, terms: Terms) -> tuple[Instrument, ...]:
        """Return the KRW markets with their ticks, terms and flags as they are now."""
        listed = await self._caller.ask(self._history.markets, {MARKET: 1})
        rows = await self._caller.ask(
            lambda: self._clients.exchange.publicGetTickerAll({"quote_currencies": QUOTE}),
            {TICKER: 1},
        )
        prices = {symbol_of(row["market"]): _figure(row, "trade_price") for row in _rows(rows)}
        ticks = await self._ticks([str(row["market"]) for row in _rows(listed)])
        return instruments(_rows(listed), ticks, prices, terms)

    async def tickers(self) -> Sequence[Ticker]:
        """Return last price and 24 h turnover of every KRW market."""
        rows = await self._caller.ask(
            lambda: self._clients.exchange.publicGetTickerAll({"quote_currencies": QUOTE}),
            {TICKER: 1},
        )
        return [
            Ticker(
                symbol_of(row["market"]),
                float(_figure(row, "trade_price")),
                float(_figure(row, "acc_trade_price_24h")),
                _moment(row),
            )
            for row in _rows(rows)
        ]

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return last prices of some markets."""
        codes = ",".join(code_of(symbol) for symbol in symbols)
        rows = await self._caller.ask(
            lambda: self._clients.exchange.publicGetTicker({"markets": codes}), {TICKER: 1}
        )
        return {
            symbol_of(row["market"]): Quote(float(_figure(row, "trade_price")), _moment(row))
            for row in _rows(rows)
        }

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` closed candles, oldest first."""
        found: Sequence[Candle] = await self._caller.ask(
            lambda: self._history.candles(symbol, timeframe, count),
            {CANDLES: ceil((count + 1) / PAGE)},
        )
        return found

    async def closed_since(self, symbol: str, since: datetime) -> Sequence[Candle]:
        """Return closed minutes that opened at or after a moment; quiet ones have no candle."""
        minutes = ceil((self._clock.now() - since).total_seconds() / Timeframe.M1.seconds)
        found = await self.candles(symbol, Timeframe.M1, max(minutes, 1))
        return [candle for candle in found if candle.opened_at >= since]

    async def sellable(self, symbol: str, quantity: Decimal) -> Decimal:
        """Return how much of a quantity the displayed bids take: more would be refused whole."""
        rows = await self._caller.ask(
            lambda: self._clients.exchange.publicGetOrderbook({"markets": code_of(symbol)}),
            {BOOK: 1},
            vital=True,
        )
        units = [unit for row in _rows(rows) for unit in row.get("orderbook_units") or ()]
        displayed = sum((_figure(unit, "bid_size") for unit in units), ZERO)
        return min(quantity, displayed * BOOK_SHARE)

    async def _ticks(self, codes: Sequence[str]) -> Mapping[str, Decimal]:
        rows = await self._caller.ask(
            lambda: self._clients.exchange.publicGetOrderbookInstruments(
                {"markets": ",".join(codes)}
            ),
            {BOOK: 1},
        )
        return {symbol_of(row["market"]): _figure(row, "tick_size") for row in _rows(rows)}


def _rows(answer: Any) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401 - JSON of any shape
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        message = f"not a list of rows: {str(answer)[:100]}"
        raise Malformed(message)
    return answer


def _figure(row: Mapping[str, Any], name: str) -> Decimal:
    try:
        value = Decimal(str(row[name]))
    except (KeyError, InvalidOperation) as e:
        message = f"{name} is missing or no figure"
        raise Malformed(message) from e
    if not value.is_finite():
        message = f"{name} is {value}"
        raise Malformed(message)
    return value


def _moment(row: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(float(_figure(row, "trade_timestamp")) / 1000, UTC)
