"""Upbit's WebSockets: subscriptions, first snapshots, and what follows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.exchanges.candles import CandleHistory
from tests.exchanges.matching import Exchange
from tests.exchanges.streams import Stream, Streams
from tests.exchanges.terms import (
    BalanceChanged,
    BookChanged,
    Event,
    OrderChanged,
    PriceMoved,
)
from tests.exchanges.upbit import quotes, reports
from tests.exchanges.upbit.listing import code_of
from tests.exchanges.upbit.quotes import Body
from tests.exchanges.upbit.tape import Tape

PUBLIC, PRIVATE = "public", "private"
_CANDLES = ("1s", "1m", "3m", "5m", "10m", "15m", "30m", "60m", "240m")
_PUBLIC_TYPES = frozenset({"ticker", "trade", "orderbook", *(f"candle.{one}" for one in _CANDLES)})
_PRIVATE_TYPES = frozenset({"myOrder", "myAsset"})


class _Wrong(Exception):
    """A subscription that Upbit answers with an error; `args[0]` is its name."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """One type of a subscription; no codes means every market."""

    kind: str
    codes: tuple[str, ...]
    snapshot: bool
    realtime: bool

    def wants(self, code: str) -> bool:
        return not self.codes or code in self.codes


@dataclass(slots=True)
class _Listener:
    """A connection and what it last subscribed to: a new subscription replaces the old one."""

    stream: Stream
    wishes: list[_Wish] = field(default_factory=list)

    def send(self, kind: str, body: Body) -> None:
        self.stream.send(kind, json.dumps(body).encode())


class Sockets:
    """Serves both paths, and turns the news of the exchange into messages."""

    def __init__(
        self, exchange: Exchange, candles: CandleHistory, tape: Tape, streams: Streams
    ) -> None:
        self._exchange = exchange
        self._candles = candles
        self._tape = tape
        self._streams = streams
        self._listeners: list[_Listener] = []
        self.smp_types: dict[str, str] = {}
        exchange.subscribe(self._heard)

    async def serve(self, request: web.Request, channel: str) -> web.WebSocketResponse:
        """Speak with one client until it leaves or is cut."""
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        async with self._streams.connected(request, ws, channel) as stream:
            listener = _Listener(stream)
            self._listeners.append(listener)
            try:
                async for message in ws:
                    if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                        self._asked(listener, message.data)
            finally:
                self._listeners.remove(listener)
        return ws

    def subscriptions(self, channel: str) -> list[str]:
        """Return what connections of a channel want, for a test to wait on."""
        listening = (one for one in self._listeners if one.stream.channel == channel)
        return [wish.kind for one in listening for wish in one.wishes]

    def _asked(self, listener: _Listener, data: str | bytes) -> None:
        if data in {"PING", b"PING"}:
            listener.send("status", {"status": "UP"})
            return
        try:
            listener.wishes = _wishes(data, listener.stream.channel)
        except _Wrong as e:
            name = str(e)
            listener.send("error", {"error": {"name": name, "message": f"{name}: {data!r}"}})
            return
        for wish in listener.wishes:
            if wish.snapshot and listener.stream.channel == PUBLIC:
                for symbol in self._symbols(wish):
                    self._send_public(listener, wish, symbol, "SNAPSHOT")
        listener.wishes = [wish for wish in listener.wishes if wish.realtime]

    def _symbols(self, wish: _Wish) -> list[str]:
        symbols = [market.symbol for market in self._exchange.markets()]
        return [symbol for symbol in symbols if wish.wants(code_of(symbol))]

    def _heard(self, event: Event) -> None:
        if isinstance(event, PriceMoved | BookChanged):
            for listener, wish in self._wishing(event.symbol):
                if isinstance(event, PriceMoved) or wish.kind == "orderbook":
                    self._send_public(listener, wish, event.symbol, "REALTIME")
        elif isinstance(event, OrderChanged):
            self._tell_order(event)
        elif isinstance(event, BalanceChanged):
            for listener in self._listeners:
                if any(wish.kind == "myAsset" for wish in listener.wishes):
                    listener.send("myAsset", reports.my_asset(event))

    def _tell_order(self, event: OrderChanged) -> None:
        new = event.order.new
        told = reports.my_orders(event, self.smp_types.get(new.client_id))
        for listener, wish in self._wishing(new.symbol):
            if wish.kind == "myOrder":
                for body in told:
                    listener.send(wish.kind, body)

    def _wishing(self, symbol: str) -> Iterator[tuple[_Listener, _Wish]]:
        code = code_of(symbol)
        for listener in tuple(self._listeners):
            for wish in listener.wishes:
                if wish.wants(code):
                    yield listener, wish

    def _send_public(self, listener: _Listener, wish: _Wish, symbol: str, how: str) -> None:
        body = self._public(wish.kind, symbol)
        if body is not None:
            listener.send(wish.kind, body | {"stream_type": how})

    def _public(self, kind: str, symbol: str) -> Body | None:
        book = self._exchange.book(symbol)
        if kind == "orderbook":
            if not book.asks and not book.bids:
                return None
            named = {"type": kind, "code": code_of(symbol)}
            return named | quotes.orderbook(book, self._exchange.now())
        summary = self._tape.summary(symbol)
        if summary is None:
            return None
        if kind == "ticker":
            halted = not self._exchange.is_trading(symbol)
            return quotes.ticker_message(symbol, summary, halted=halted)
        if kind == "trade":
            return quotes.trade_message(summary.last, summary.previous_close, book)
        if kind.startswith("candle."):
            return self._candle(kind, symbol)
        return None

    def _candle(self, kind: str, symbol: str) -> Body | None:
        # Seconds are not kept: the candle of one is the minute so far.
        length = kind.removeprefix("candle.")
        minutes = 1 if length.endswith("s") else int(length.removesuffix("m"))
        found = self._candles.last(symbol, minutes, 1)
        if not found:
            return None
        return {"type": kind, "code": code_of(symbol)} | quotes.candle(found[0])


def _wishes(data: str | bytes, channel: str) -> list[_Wish]:
    parts = _parts(data)
    if not parts or not parts[0].get("ticket"):
        raise _Wrong("NO_TICKET")
    asked = [part for part in parts if "type" in part]
    if not asked:
        raise _Wrong("NO_TYPE")
    allowed = _PRIVATE_TYPES if channel == PRIVATE else _PUBLIC_TYPES
    if any(part["type"] not in allowed for part in asked):
        raise _Wrong("WRONG_FORMAT")
    if channel == PUBLIC and not all(part.get("codes") for part in asked):
        raise _Wrong("NO_CODES")
    return [
        _Wish(
            kind=part["type"],
            codes=tuple(str(code).split(".")[0] for code in part.get("codes", ())),
            snapshot=not _flag(part, "is_only_realtime", "isOnlyRealtime"),
            realtime=not _flag(part, "is_only_snapshot", "isOnlySnapshot"),
        )
        for part in asked
    ]


def _parts(data: str | bytes) -> list[dict[str, Any]]:
    try:
        parts = json.loads(data)
    except ValueError as e:
        raise _Wrong("WRONG_FORMAT") from e
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise _Wrong("WRONG_FORMAT")
    return parts


def _flag(part: dict[str, Any], *names: str) -> bool:
    return any(part.get(name) in {True, "true"} for name in names)
