"""Market streams: trade, aggTrade, miniTicker, ticker, bookTicker and kline, raw or combined.

Source: binance-spot-api-docs, web-socket-streams.md. Tickers are sent with every trade and not
once a second, so that tests need not wait.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.exchanges.binance_spot import klines
from tests.exchanges.binance_spot.amounts import amount, milliseconds, venue_name
from tests.exchanges.binance_spot.subscriptions import Listener, MessagePace, names_in
from tests.exchanges.binance_spot.tape import Print, Tape
from tests.exchanges.binance_spot.tickers import ticker
from tests.exchanges.binance_spot.venue import Venue
from tests.exchanges.candles import Candle
from tests.exchanges.streams import Streams
from tests.exchanges.terms import Event, PriceMoved, TradeHappened

CHANNEL = "market"
PING_EVERY_S = 20.0
TICK_S = 0.2
EVERY_MINI = "!miniTicker@arr"


class MarketStreams:
    """Every market data connection, and what is sent to whom."""

    def __init__(self, venue: Venue, tape: Tape, streams: Streams) -> None:
        self.messages_per_second = 5
        self._venue = venue
        self._tape = tape
        self._streams = streams
        self._listeners: list[Listener] = []
        # When the candle began that was last sent, by symbol and interval.
        self._sent: dict[tuple[str, str], datetime] = {}
        venue.exchange.subscribe(self._heard)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it ends."""
        ws = web.WebSocketResponse(heartbeat=PING_EVERY_S)
        await ws.prepare(request)
        pace = MessagePace(self.messages_per_second)
        async with self._streams.connected(request, ws, CHANNEL) as stream:
            listener = Listener(stream, names_in(request), _is_combined(request))
            self._listeners.append(listener)
            try:
                async for message in ws:
                    if pace.is_exceeded():
                        await ws.close(code=WSCloseCode.POLICY_VIOLATION, message=b"Too many")
                    elif message.type is WSMsgType.TEXT:
                        listener.obey(message.data)
            finally:
                self._listeners.remove(listener)
        return ws

    async def ticking(self, _app: web.Application) -> AsyncIterator[None]:
        """Close candles as time goes by, for as long as the application runs."""
        task = asyncio.create_task(self._tick())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    def announce_shutdown(self) -> None:
        """Tell every connection that the server is about to go."""
        event = {"e": "serverShutdown", "E": self._now()}
        for listener in self._listeners:
            listener.send("serverShutdown", "!serverShutdown", event)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._close_candles()

    def _heard(self, event: Event) -> None:
        made = self._tape.heard(event)
        if isinstance(event, TradeHappened):
            self._publish_ticker(event.trade.symbol, "bookTicker")
        if not isinstance(event, PriceMoved) or made is None:
            return
        self._publish_print(made)
        for kind in ("bookTicker", "miniTicker", "ticker"):
            self._publish_ticker(event.symbol, kind)
        self._close_candles()
        for symbol, interval in self._wanted_candles():
            if symbol == venue_name(event.symbol):
                self._publish_candle(symbol, interval)

    def _publish_print(self, made: Print) -> None:
        symbol = venue_name(made.event.symbol)
        row = made.aggregate()
        head = {"E": self._now(), "s": symbol}
        single = {name: row[name] for name in ("p", "q", "T", "m", "M")}
        self._publish(f"{symbol.lower()}@trade", {"e": "trade", **head, "t": made.id, **single})
        self._publish(f"{symbol.lower()}@aggTrade", {"e": "aggTrade", **head, **row})

    def _publish_ticker(self, market: str, kind: str) -> None:
        name = f"{venue_name(market).lower()}@{kind}"
        all_too = kind == "miniTicker" and self._is_wanted(EVERY_MINI)
        if not all_too and not self._is_wanted(name):
            return
        figures = ticker(self._venue, self._tape, market)
        if kind == "bookTicker":
            self._publish(name, figures.stream_best())
        elif kind == "ticker":
            self._publish(name, figures.stream_full())
        else:
            self._publish(name, figures.stream_mini())
            self._publish(EVERY_MINI, [figures.stream_mini()])

    def _close_candles(self) -> None:
        """Send the last of each candle whose time is over, flat ones too."""
        now = self._venue.exchange.now()
        for symbol, interval in self._wanted_candles():
            step = timedelta(minutes=klines.minutes_of(interval))
            opened = self._sent.get((symbol, interval))
            while opened is not None and opened + step <= now:
                self._publish_candle(symbol, interval, opened)
                opened += step
                self._sent[symbol, interval] = opened

    def _publish_candle(self, symbol: str, interval: str, at: datetime | None = None) -> None:
        minutes, market = klines.minutes_of(interval), self._venue.symbols[symbol].market
        stamp = None if at is None else milliseconds(at)
        found = klines.candles(self._venue, market, minutes, stamp, stamp, 1)
        if found:
            closed = at is not None
            if not closed:
                self._sent[symbol, interval] = found[0].opened_at
            self._publish(
                f"{symbol.lower()}@kline_{interval}",
                self._candle(symbol, interval, found[0], is_closed=closed),
            )

    def _candle(
        self, symbol: str, interval: str, candle: Candle, *, is_closed: bool
    ) -> dict[str, Any]:
        opened = milliseconds(candle.opened_at)
        return {
            "e": "kline",
            "E": self._now(),
            "s": symbol,
            "k": {
                "t": opened,
                "T": opened + klines.minutes_of(interval) * 60_000 - 1,
                "s": symbol,
                "i": interval,
                "f": -1,
                "L": -1,
                "o": amount(candle.open),
                "c": amount(candle.close),
                "h": amount(candle.high),
                "l": amount(candle.low),
                "v": amount(candle.volume),
                "n": 1 if candle.volume else 0,
                "x": is_closed,
                "q": amount(candle.value),
                "V": amount(candle.volume / 2),
                "Q": amount(candle.value / 2),
                "B": "0",
            },
        }

    def _wanted_candles(self) -> set[tuple[str, str]]:
        names = (name for listener in self._listeners for name in listener.names)
        pairs = (name.split("@kline_") for name in names if "@kline_" in name)
        wanted = {(symbol.upper(), interval) for symbol, interval in pairs}
        return {
            (symbol, interval)
            for symbol, interval in wanted
            if symbol in self._venue.symbols and interval in klines.MINUTES
        }

    def _is_wanted(self, name: str) -> bool:
        return any(name in listener.names for listener in self._listeners)

    def _publish(self, name: str, payload: object) -> None:
        for listener in self._listeners:
            if name in listener.names:
                listener.send(name.partition("@")[2].partition("_")[0], name, payload)

    def _now(self) -> int:
        return milliseconds(self._venue.exchange.now())


def _is_combined(request: web.Request) -> bool:
    return request.path == "/stream"
