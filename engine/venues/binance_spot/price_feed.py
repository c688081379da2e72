"""The market streams of Binance spot: every trade, and the candle of the minute.

Source: binance-spot-api-docs, web-socket-streams.md.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from engine.domain.candle import Candle
from engine.domain.errors import Malformed
from engine.ports.venue import SurfaceName
from engine.venues.binance_spot.figures import moment, text
from engine.venues.binance_spot.instruments import Listing
from engine.venues.binance_spot.wire import Wire
from engine.venues.live.answers import amount, row
from engine.venues.live.candles import BaseCandles, parsed_candle
from engine.venues.live.outcome import ResponseFailed
from engine.venues.live.socket import RawSocket, Unreadable
from engine.venues.live.stream import Put, StreamBroken

DAY_LESS_AN_HOUR_S = 23 * 3600.0
"""The venue cuts a connection after 24 hours."""
_KINDS = ("aggTrade", "kline_1m")
_AT_ONCE = 100
_ENDING = "serverShutdown"

_log = logging.getLogger(__name__)


class Directory(Protocol):
    """What the feed has to know of markets."""

    def find(self, symbol: str) -> Listing | None:
        """Return a market, None where there is none by that name."""
        ...

    def symbol_of(self, venue_symbol: str) -> str:
        """Return a market's symbol by its name at Binance."""
        ...


class PriceFeed:
    """One connection for trades and candles of all followed markets."""

    surface = SurfaceName.PRICES
    lasts_s = DAY_LESS_AN_HOUR_S

    def __init__(self, wire: Wire, candles: BaseCandles, directory: Directory) -> None:
        """Feed the candles; `changed` is set when other markets are followed."""
        self.changed = asyncio.Event()
        self.silence_s = wire.patience.prices_s
        self._wire = wire
        self._candles = candles
        self._directory = directory
        self._socket: RawSocket | None = None
        self._subscribed: set[str] = set()
        self._put: Put | None = None

    async def open(self, put: Put) -> asyncio.Future[object]:
        """Connect and subscribe to what is followed."""
        self._wire.check_open()
        socket = RawSocket(self._wire.clients.exchange, self._wire.at.streams)
        self._socket, self._subscribed = socket, set()
        gone = await socket.open(put)
        await self._subscribe(socket)
        self._put = put
        # What was followed while this went on is found by looking once more.
        self.changed.set()
        return gone

    async def catch_up(self) -> None:
        """Bring in the candles and prices that were missed."""
        await self._candles.resume()

    async def hear(self, message: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Take one message of a stream."""
        if isinstance(message, StreamBroken):
            raise message
        if isinstance(message, Unreadable):
            raise Malformed(f"a frame that is no JSON: {message.excerpt!r}")
        event = row(message)
        match event.get("e"):
            case "aggTrade" | "trade":
                symbol = self._directory.symbol_of(text(event, "s"))
                await self._candles.trade(symbol, _price(event), moment(event, "T"))
            case "kline":
                await self._kline(event)
            case kind if kind == _ENDING:
                raise StreamBroken("the venue ends the connection")
            case _:
                _log.debug("stream.ignored kind=%s", event.get("e"))

    async def silent(self) -> None:
        """Give the connection up: markets that are followed are never all silent."""
        if self._candles.followed:
            raise StreamBroken(f"no prices for {self.silence_s:.0f} seconds")

    async def close(self) -> None:
        """Let the connection go."""
        socket, self._socket, self._put = self._socket, None, None
        if socket is not None:
            await socket.close()

    async def adjust(self) -> None:
        """Subscribe anew, on the open connection, whenever other markets are followed."""
        while True:
            await self.changed.wait()
            self.changed.clear()
            socket, put = self._socket, self._put
            if socket is None or put is None:
                continue  # the next connection begins with what is followed then
            try:
                await self._subscribe(socket)
            except (StreamBroken, ResponseFailed) as e:
                put(StreamBroken(f"not subscribed: {e}"))

    async def _subscribe(self, socket: RawSocket) -> None:
        listed = [self._directory.find(symbol) for symbol in self._candles.followed]
        names = [one.venue_symbol.lower() for one in listed if one is not None]
        wanted = {f"{name}@{kind}" for name in names for kind in _KINDS}
        gone, new = sorted(self._subscribed - wanted), sorted(wanted - self._subscribed)
        self._subscribed = wanted
        await _in_parts(socket, "UNSUBSCRIBE", gone)
        await _in_parts(socket, "SUBSCRIBE", new)

    async def _kline(self, event: Mapping[str, Any]) -> None:
        values = row(event.get("k"))
        symbol = self._directory.symbol_of(text(values, "s"))
        candle = _candle(values)
        if values.get("x") is True:
            await self._candles.closed(symbol, candle)
        else:
            await self._candles.forming(symbol, candle)


async def _in_parts(socket: RawSocket, method: str, streams: Sequence[str]) -> None:
    for first in range(0, len(streams), _AT_ONCE):
        await socket.request(method, streams[first : first + _AT_ONCE])


def _price(event: Mapping[str, Any]) -> float:
    """Return the price of a trade, zero where there is none: it is then asked for by REST."""
    return float(amount(event, "p")) if event.get("p") else 0.0


def _candle(values: Mapping[str, Any]) -> Candle:
    return parsed_candle(
        moment(values, "t"), [values.get(key) for key in ("o", "h", "l", "c", "v")]
    )
