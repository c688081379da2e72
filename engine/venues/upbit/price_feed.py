"""Upbit's public stream: trades for prices, forming minutes for candles.

A minute of the stream is told whole again with every trade; it is complete when the next one begins
or, in a market that falls quiet, shortly after its end.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import Malformed
from engine.ports.venue import SurfaceName
from engine.venues.live.answers import at_ms
from engine.venues.live.candles import BaseCandles, parsed_candle
from engine.venues.live.socket import RawSocket, Unreadable
from engine.venues.live.stream import Put, StreamBroken
from engine.venues.upbit.client import LASTS_S, TICKET
from engine.venues.upbit.instruments import code_of, symbol_of
from engine.venues.upbit.market_data import UpbitMarketData
from engine.venues.upbit.wire import UpbitWire

TRADE, MINUTE = "trade", "candle.1m"
SETTLED = timedelta(seconds=1.5)
"""How long after its end a minute may still be told anew."""
SKEW = timedelta(seconds=5)
"""How far the venue's clock may be from ours before a trade counts as missed."""
_ROUND_S = 0.5
_FIGURES = (
    "opening_price",
    "high_price",
    "low_price",
    "trade_price",
    "candle_acc_trade_volume",
)


class UpbitPriceFeed:
    """Trades and minutes of the followed markets; see `engine.venues.live.stream.Feed`."""

    surface = SurfaceName.PRICES
    lasts_s = LASTS_S

    def __init__(self, wire: UpbitWire, data: UpbitMarketData, candles: BaseCandles) -> None:
        """Listen through a wire and tell `candles` what was heard."""
        self.silence_s = wire.patience.prices_s
        self._wire = wire
        self._socket: RawSocket | None = None
        self._data = data
        self._candles = candles
        self._clock = wire.clock
        self._wanted = asyncio.Event()
        self._forming: dict[str, Candle] = {}
        self._heard_at = wire.clock.now()
        self._asked: tuple[str, ...] = ()

    def follow(self, symbols: Sequence[str]) -> None:
        """Stream these markets from now on."""
        self._candles.follow(symbols)
        if symbols:
            self._wanted.set()

    async def open(self, put: Put) -> Awaitable[object]:
        """Connect and subscribe to what is followed; waits until anything is."""
        await self._wanted.wait()
        self._wire.check_open()
        self._forming.clear()
        self._socket = self._wire.clients.public_socket()
        gone = await self._socket.open(put)
        await self._subscribe()
        return gone

    async def catch_up(self) -> None:
        """Bring in the minutes that were missed and the newest prices."""
        await self._candles.resume()

    async def hear(self, message: Any) -> None:  # noqa: ANN401 - as the venue sends it
        """Take one message of the stream.

        Raises:
            Malformed: it makes no sense.
        """
        if isinstance(message, Unreadable):
            raise Malformed(message.excerpt)
        self._heard_at = self._clock.now()
        try:
            kind = message.get("type")
            if kind == TRADE:
                await self._trade(message)
            elif kind == MINUTE:
                await self._minute(message)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as e:
            words = f"a message of the stream makes no sense: {e!r}"
            raise Malformed(words) from e

    async def silent(self) -> None:
        """Ask REST whether anything was traded meanwhile: a quiet market is no broken stream."""
        followed = self._candles.followed
        if not followed:
            return
        quotes = await self._data.quotes(followed)
        late = self._heard_at + SKEW
        missed = [symbol for symbol, quote in quotes.items() if quote.at > late]
        if missed:
            message = f"silent while {missed[0]} traded"
            raise StreamBroken(message)

    async def close(self) -> None:
        """Let the connection go."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def attend(self) -> None:
        """Subscribe to new wishes, close minutes of markets that fell quiet, until cancelled."""
        while True:
            await asyncio.sleep(_ROUND_S)
            if self._socket is not None and set(self._asked) != set(self._candles.followed):
                with suppress(StreamBroken):  # the supervisor hears of it by itself
                    await self._subscribe()
            due = self._clock.now() - SETTLED - Timeframe.M1.delta
            for symbol, candle in list(self._forming.items()):
                if candle.opened_at <= due:
                    del self._forming[symbol]
                    await self._candles.closed(symbol, candle)

    async def _subscribe(self) -> None:
        """Ask for everything that is followed: a new request takes the place of the one before."""
        if self._socket is None:
            return
        self._asked = self._candles.followed
        codes = [code_of(symbol) for symbol in self._asked]
        channels = [{"type": channel, "codes": codes} for channel in (TRADE, MINUTE)]
        await self._socket.send([{"ticket": TICKET}, *channels])

    async def _trade(self, message: Mapping[str, Any]) -> None:
        at = at_ms(message["trade_timestamp"])
        price = float(message["trade_price"])
        await self._candles.trade(symbol_of(message["code"]), price, at)

    async def _minute(self, message: Mapping[str, Any]) -> None:
        symbol = symbol_of(message["code"])
        at = datetime.fromisoformat(message["candle_date_time_utc"]).replace(tzinfo=UTC)
        candle = parsed_candle(Timeframe.M1.start(at), [message[name] for name in _FIGURES])
        before = self._forming.get(symbol)
        if before is not None and before.opened_at < candle.opened_at:
            await self._candles.closed(symbol, before)
        if before is None or before.opened_at <= candle.opened_at:
            self._forming[symbol] = candle
            await self._candles.forming(symbol, candle)
