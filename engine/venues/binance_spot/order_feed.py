"""The account's own stream: orders and fills as they happen, over the WebSocket API.

It is subscribed by signature (`userDataStream.subscribe.signature`); there is no listen key that
could run out, but the connection itself lives 24 hours. Source: binance-spot-api-docs,
user-data-stream.md.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from engine.domain.errors import AuthFailed, Malformed
from engine.ports.venue import SurfaceName
from engine.venues.binance_spot.account import SpotAccount
from engine.venues.binance_spot.dialect import DIALECT
from engine.venues.binance_spot.price_feed import DAY_LESS_AN_HOUR_S
from engine.venues.binance_spot.wire import Wire
from engine.venues.live.answers import row
from engine.venues.live.outcome import ResponseFailed, classify, is_timing
from engine.venues.live.socket import RawSocket, Unreadable
from engine.venues.live.stream import Put, StreamBroken

_SUBSCRIBE = "userDataStream.subscribe.signature"
_ENDINGS = frozenset({"eventStreamTerminated", "serverShutdown"})

_log = logging.getLogger(__name__)


class OrderFeed:
    """The private stream; reports go to the venue's news, in order with its lines."""

    surface = SurfaceName.ORDERS
    lasts_s = DAY_LESS_AN_HOUR_S

    def __init__(self, wire: Wire, account: SpotAccount) -> None:
        """Tell of the orders of an account."""
        self.silence_s = wire.patience.orders_s
        self._wire = wire
        self._account = account
        self._socket: RawSocket | None = None

    async def open(self, put: Put) -> asyncio.Future[object]:
        """Connect and subscribe; raises AuthFailed where the key is not accepted."""
        self._wire.check_open()
        socket = RawSocket(self._wire.clients.exchange, self._wire.at.ws_api)
        self._socket = socket
        gone = await socket.open(put)
        try:
            await self._subscribe(socket)
        except ResponseFailed as e:
            if not is_timing(e, DIALECT):
                raise self._meaning(e) from e
            # A refused timestamp is a definite no: the clock is read anew, then asked once more.
            await self._wire.resync()
            await self._subscribe_again(socket)
        return gone

    async def catch_up(self) -> None:
        """Tell every open order, and those that ended while nothing was heard."""
        for report in await self._account.news():
            self._wire.lines.put(report)
        for report in await self._account.open_orders():
            self._wire.lines.put(report)

    async def hear(self, message: Any) -> None:  # noqa: ANN401 - JSON of any shape
        """Take one message; only reports of orders are told on."""
        if isinstance(message, Unreadable):
            raise Malformed(f"a frame that is no JSON: {message.excerpt!r}")
        event = _event(row(message))
        kind = str(event.get("e"))
        if kind == "executionReport":
            self._wire.lines.put(await self._account.heard(event))
        elif kind in _ENDINGS:
            raise StreamBroken(f"the venue ends the stream: {kind}")
        else:
            _log.debug("stream.ignored kind=%s", kind)

    async def silent(self) -> None:
        """Ask whether anything happened: an account is silent by nature, a dead stream is not.

        Raises:
            StreamBroken: an order moved and the stream did not say so, or the venue does not
                answer on it.
        """
        news = await self._account.news()
        for report in news:
            self._wire.lines.put(report)
        if news or self._socket is None:
            raise StreamBroken("orders moved and the stream did not tell")
        try:
            await self._socket.request("time", {})
        except ResponseFailed as e:
            _log.debug("stream.alive cause=%s", e)
        self._wire.lines.heard(self.surface)

    async def close(self) -> None:
        """Let the connection go."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def _subscribe(self, socket: RawSocket) -> None:
        await socket.request(_SUBSCRIBE, self._wire.clients.exchange.sign_params({}))

    async def _subscribe_again(self, socket: RawSocket) -> None:
        try:
            await self._subscribe(socket)
        except ResponseFailed as e:
            raise self._meaning(e) from e

    def _meaning(self, error: ResponseFailed) -> Exception:
        meaning = classify(error, DIALECT, self._wire.clock.now(), changes=False)
        return meaning if isinstance(meaning, AuthFailed) else StreamBroken(str(meaning))


def _event(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is in the envelope that names the subscription."""
    inside = message.get("event")
    return row(inside) if inside is not None else message
