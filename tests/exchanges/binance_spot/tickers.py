"""What a symbol did in 24 hours, by its candles of one hour, for REST and streams."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.exchanges.binance_spot.amounts import amount, milliseconds, venue_name
from tests.exchanges.binance_spot.tape import Print, Tape
from tests.exchanges.binance_spot.venue import Venue
from tests.exchanges.books import Level
from tests.exchanges.terms import ZERO

HOURS = 24
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Ticker:
    """The figures behind every form of ticker. `volume` is in base, `value` in quote."""

    symbol: str
    last: Decimal
    last_quantity: Decimal
    open: Decimal
    high: Decimal
    low: Decimal
    volume: Decimal
    value: Decimal
    bid: Level
    ask: Level
    first_id: int
    last_id: int
    trades: int
    update_id: int
    now: int

    def mini(self) -> dict[str, Any]:
        """Return the short form of GET /api/v3/ticker/24hr."""
        return {
            "symbol": self.symbol,
            "openPrice": amount(self.open),
            "highPrice": amount(self.high),
            "lowPrice": amount(self.low),
            "lastPrice": amount(self.last),
            "volume": amount(self.volume),
            "quoteVolume": amount(self.value),
            "openTime": self.now - DAY_MS,
            "closeTime": self.now,
            "firstId": self.first_id,
            "lastId": self.last_id,
            "count": self.trades,
        }

    def full(self) -> dict[str, Any]:
        """Return the long form of GET /api/v3/ticker/24hr."""
        return self.mini() | {
            "priceChange": amount(self._change),
            "priceChangePercent": self._percent,
            "weightedAvgPrice": amount(self._average),
            "prevClosePrice": amount(self.open),
            "lastQty": amount(self.last_quantity),
            "bidPrice": amount(self.bid[0]),
            "bidQty": amount(self.bid[1]),
            "askPrice": amount(self.ask[0]),
            "askQty": amount(self.ask[1]),
        }

    def best(self) -> dict[str, Any]:
        """Return GET /api/v3/ticker/bookTicker."""
        return {
            "symbol": self.symbol,
            "bidPrice": amount(self.bid[0]),
            "bidQty": amount(self.bid[1]),
            "askPrice": amount(self.ask[0]),
            "askQty": amount(self.ask[1]),
        }

    def stream_mini(self) -> dict[str, Any]:
        """Return a message of <symbol>@miniTicker."""
        return {
            "e": "24hrMiniTicker",
            "E": self.now,
            "s": self.symbol,
            "c": amount(self.last),
            "o": amount(self.open),
            "h": amount(self.high),
            "l": amount(self.low),
            "v": amount(self.volume),
            "q": amount(self.value),
        }

    def stream_full(self) -> dict[str, Any]:
        """Return a message of <symbol>@ticker."""
        return self.stream_mini() | {
            "e": "24hrTicker",
            "p": amount(self._change),
            "P": self._percent,
            "w": amount(self._average),
            "x": amount(self.open),
            "Q": amount(self.last_quantity),
            "b": amount(self.bid[0]),
            "B": amount(self.bid[1]),
            "a": amount(self.ask[0]),
            "A": amount(self.ask[1]),
            "O": self.now - DAY_MS,
            "C": self.now,
            "F": self.first_id,
            "L": self.last_id,
            "n": self.trades,
        }

    def stream_best(self) -> dict[str, Any]:
        """Return a message of <symbol>@bookTicker."""
        return {
            "u": self.update_id,
            "s": self.symbol,
            "b": amount(self.bid[0]),
            "B": amount(self.bid[1]),
            "a": amount(self.ask[0]),
            "A": amount(self.ask[1]),
        }

    @property
    def _change(self) -> Decimal:
        return self.last - self.open

    @property
    def _percent(self) -> str:
        return f"{self._change / self.open * 100 if self.open else ZERO:.3f}"

    @property
    def _average(self) -> Decimal:
        return self.value / self.volume if self.volume else self.last


def ticker(venue: Venue, tape: Tape, market: str) -> Ticker:
    """Return a symbol's figures as they stand."""
    hours = venue.candles.last(market, 60, HOURS)
    last = venue.exchange.price(market) or ZERO
    book, prints = venue.exchange.book(market), tape.trades(market)
    nothing: Level = (ZERO, ZERO)
    return Ticker(
        symbol=venue_name(market),
        last=last,
        last_quantity=prints[-1].event.quantity if prints else ZERO,
        open=hours[0].open if hours else last,
        high=max([last, *(one.high for one in hours)]),
        low=min([last, *(one.low for one in hours)]),
        volume=sum((one.volume for one in hours), ZERO),
        value=sum((one.value for one in hours), ZERO),
        bid=book.bids[0] if book.bids else nothing,
        ask=book.asks[0] if book.asks else nothing,
        first_id=_id(prints[:1]),
        last_id=_id(prints[-1:]),
        trades=len(prints),
        update_id=tape.update_id(market),
        now=milliseconds(venue.exchange.now()),
    )


def _id(prints: list[Print]) -> int:
    return prints[0].id if prints else -1
