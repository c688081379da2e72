"""Upbit's public paths: markets, tickers, candles, trades, books."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from tests.exchanges.books import LEVELS
from tests.exchanges.candles import CandleHistory
from tests.exchanges.matching import Exchange
from tests.exchanges.terms import ZERO, Market
from tests.exchanges.upbit import quotes
from tests.exchanges.upbit.errors import invalid, unknown_code
from tests.exchanges.upbit.listing import code_of, symbol_of
from tests.exchanges.upbit.tape import DAY, Tape

UNITS = frozenset({1, 3, 5, 10, 15, 30, 60, 240})
MAX_CANDLES = 200
MAX_TRADES = 500


class MarketData:
    """Answers what needs no key; `events` holds the market_event of a symbol where there is one."""

    def __init__(self, exchange: Exchange, candles: CandleHistory, tape: Tape) -> None:
        self._exchange = exchange
        self._candles = candles
        self._tape = tape
        self.events: dict[str, dict[str, Any]] = {}

    def warn(self, symbol: str, *cautions: str, warning: bool = False) -> None:
        """Flag a market: as an item of warning, or with cautions by name (see `quotes`)."""
        event = quotes.no_event()
        event["warning"] = warning
        event["caution"] |= dict.fromkeys(cautions, True)
        self.events[symbol] = event

    async def markets(self, request: web.Request) -> web.Response:
        """Answer /v1/market/all."""
        query = request.query
        detailed = query.get("is_details", query.get("isDetails", "false")) == "true"
        rows = []
        for market in self._exchange.markets():
            event = self.events.get(market.symbol, quotes.no_event())
            rows.append(quotes.market_info(market, event if detailed else None))
        return web.json_response(rows)

    async def tickers(self, request: web.Request) -> web.Response:
        """Answer /v1/ticker."""
        return self._tickers(self._markets(request))

    async def all_tickers(self, request: web.Request) -> web.Response:
        """Answer /v1/ticker/all."""
        wanted = request.query.get("quote_currencies", request.query.get("quoteCurrencies", ""))
        quoted = {name for name in wanted.split(",") if name}
        markets = self._exchange.markets()
        return self._tickers([one for one in markets if not quoted or one.quote in quoted])

    async def minute_candles(self, request: web.Request) -> web.Response:
        """Answer /v1/candles/minutes/{unit}: the newest first, none for a quiet span."""
        unit = request.match_info["unit"]
        if not unit.isdigit() or int(unit) not in UNITS:
            raise invalid("unit")
        market = self._market(request.query.get("market", ""))
        found = self._candles.last(market.symbol, int(unit), _count(request), _before(request))
        named = {"market": code_of(market.symbol)}
        rows = [{**named, **quotes.candle(one), "unit": int(unit)} for one in found]
        return web.json_response(rows[::-1])

    async def day_candles(self, request: web.Request) -> web.Response:
        """Answer /v1/candles/days: days begin at midnight UTC."""
        market = self._market(request.query.get("market", ""))
        count = _count(request)
        found = self._candles.last(market.symbol, DAY, count + 1, _before(request))
        named = {"market": code_of(market.symbol)}
        rows = []
        for at, one in enumerate(found):
            before = found[at - 1].close if at else one.open
            rows.append({**named, **quotes.candle(one), **quotes.day_candle(one, before)})
        return web.json_response(rows[::-1][:count])

    async def trades(self, request: web.Request) -> web.Response:
        """Answer /v1/trades/ticks: the newest first."""
        market = self._market(request.query.get("market", ""))
        summary = self._tape.summary(market.symbol)
        found = self._tape.trades(market.symbol)[: _count(request, MAX_TRADES)]
        before = summary.previous_close if summary else ZERO
        return web.json_response([quotes.trade(market.symbol, one, before) for one in found])

    async def orderbooks(self, request: web.Request) -> web.Response:
        """Answer /v1/orderbook."""
        count = _count(request, LEVELS, LEVELS)
        now = self._exchange.now()
        return web.json_response(
            [
                {"market": code_of(market.symbol)}
                | quotes.orderbook(self._exchange.book(market.symbol), now, count)
                | {"level": 0}
                for market in self._markets(request)
            ]
        )

    async def instruments(self, request: web.Request) -> web.Response:
        """Answer /v1/orderbook/instruments: the step at the last price."""
        rows = []
        for market in self._markets(request):
            price = self._exchange.price(market.symbol)
            rows.append(quotes.instrument(market, price if price is not None else ZERO))
        return web.json_response(rows)

    def _tickers(self, markets: list[Market]) -> web.Response:
        summaries = [(one.symbol, self._tape.summary(one.symbol)) for one in markets]
        rows = [quotes.ticker(symbol, found) for symbol, found in summaries if found is not None]
        return web.json_response(rows)

    def _markets(self, request: web.Request) -> list[Market]:
        codes = ",".join(request.query.getall("markets", []))
        if not codes:
            raise invalid("markets")
        return [self._market(code) for code in codes.split(",")]

    def _market(self, code: str) -> Market:
        symbol = symbol_of(code)
        for market in self._exchange.markets():
            if market.symbol == symbol:
                return market
        raise unknown_code()


def _count(request: web.Request, most: int = MAX_CANDLES, default: int = 1) -> int:
    text = request.query.get("count", "")
    if not text:
        return default
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid("count")
    return int(text)


def _before(request: web.Request) -> datetime | None:
    """Read `to`: ISO 8601 with or without a zone, or with a space; without one it is UTC."""
    text = request.query.get("to", "")
    if not text:
        return None
    try:
        # A plus sign that was not encoded arrives as a space before the zone.
        at = datetime.fromisoformat(text.replace(" 09:00", "+09:00"))
    except ValueError as e:
        raise invalid("to") from e
    return at if at.tzinfo else at.replace(tzinfo=UTC)
