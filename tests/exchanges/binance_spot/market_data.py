"""Public market data over REST: symbols, candles, tickers, book, trades.

Source: binance-spot-api-docs, rest-api.md "Market Data endpoints".
"""

from collections.abc import Callable
from typing import Any

from tests.exchanges.binance_spot import klines
from tests.exchanges.binance_spot.amounts import amount
from tests.exchanges.binance_spot.errors import ApiError, bad_symbol
from tests.exchanges.binance_spot.finding import market_of
from tests.exchanges.binance_spot.limits import rate_limits
from tests.exchanges.binance_spot.parameters import Parameters
from tests.exchanges.binance_spot.tape import Tape
from tests.exchanges.binance_spot.tickers import Ticker, ticker
from tests.exchanges.binance_spot.venue import Venue

Body = dict[str, Any]


class MarketData:
    """Answers that need no key."""

    def __init__(self, venue: Venue, tape: Tape) -> None:
        self._venue = venue
        self._tape = tape

    def ping(self, _given: Parameters) -> Body:
        """Return nothing."""
        return {}

    def time(self, _given: Parameters) -> Body:
        """Return the server's time."""
        return {"serverTime": self._venue.now_ms()}

    def exchange_info(self, given: Parameters) -> Body:
        """Return limits and symbols, those asked for or all.

        Raises:
            ApiError: -1121 unknown symbol.
        """
        names = self._names(given.symbols())
        status = given.text("symbolStatus")
        rules = [self._venue.current(name) for name in names]
        return {
            "timezone": "UTC",
            "serverTime": self._venue.now_ms(),
            "rateLimits": rate_limits(self._venue.weights, self._venue.orders),
            "exchangeFilters": [],
            "symbols": [one.info() for one in rules if status in {"", one.status}],
        }

    def klines(self, given: Parameters) -> list[list[Any]]:
        """Return candles.

        Raises:
            ApiError: -1102, -1120 or -1121 for what is asked.
        """
        market = self._market(given)
        minutes = klines.minutes_of(given.need("interval"))
        found = klines.candles(
            self._venue,
            market,
            minutes,
            given.whole("startTime"),
            given.whole("endTime"),
            given.limit(500, 1000),
        )
        return [klines.row(one, minutes) for one in found]

    def ticker_day(self, given: Parameters) -> Body | list[Body]:
        """Return what happened in 24 hours.

        Raises:
            ApiError: -1121 unknown symbol, -1139 unknown type.
        """
        if given.text("type", "FULL") not in {"FULL", "MINI"}:
            raise ApiError(-1139, "Invalid ticker type.")
        mini = given.text("type") == "MINI"
        return self._each(given, lambda one: one.mini() if mini else one.full())

    def ticker_price(self, given: Parameters) -> Body | list[Body]:
        """Return last prices."""
        return self._each(given, lambda one: {"symbol": one.symbol, "price": amount(one.last)})

    def ticker_book(self, given: Parameters) -> Body | list[Body]:
        """Return best bids and asks."""
        return self._each(given, Ticker.best)

    def depth(self, given: Parameters) -> Body:
        """Return the book.

        Raises:
            ApiError: -1102 or -1121 for the symbol.
        """
        market, most = self._market(given), given.limit(100, 5000)
        book = self._venue.exchange.book(market)
        return {
            "lastUpdateId": self._tape.update_id(market),
            "bids": [[amount(price), amount(there)] for price, there in book.bids[:most]],
            "asks": [[amount(price), amount(there)] for price, there in book.asks[:most]],
        }

    def trades(self, given: Parameters) -> list[Body]:
        """Return the newest trades of everybody."""
        market, most = self._market(given), given.limit(500, 1000)
        return [one.public() for one in self._tape.trades(market)[-most:]]

    def agg_trades(self, given: Parameters) -> list[Body]:
        """Return trades from an id or between two times, else the newest."""
        market, most = self._market(given), given.limit(500, 1000)
        first, start, end = (given.whole(name) for name in ("fromId", "startTime", "endTime"))
        found = [
            one
            for one in self._tape.trades(market)
            if one.id >= (first or 0)
            and one.stamp >= (start or 0)
            and (end is None or one.stamp <= end)
        ]
        from_oldest = first is not None or start is not None
        picked = found[:most] if from_oldest else found[-most:]
        return [one.aggregate() for one in picked]

    def _market(self, given: Parameters) -> str:
        return market_of(self._venue, given)

    def _names(self, asked: list[str] | None) -> list[str]:
        names = list(self._venue.symbols) if asked is None else asked
        if any(name not in self._venue.symbols for name in names):
            raise bad_symbol()
        return names

    def _each(self, given: Parameters, show: Callable[[Ticker], Body]) -> Body | list[Body]:
        names = self._names(given.symbols())
        shown = [
            show(ticker(self._venue, self._tape, self._venue.symbols[name].market))
            for name in names
        ]
        return shown[0] if "symbol" in given else shown
