"""Upbit's private stream: what became of orders, trade by trade.

The stream sends events alone and no snapshot (docs.upbit.com, myOrder), so REST is asked after
every connection and for every order that ends.
"""

from collections.abc import Awaitable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.domain.errors import Malformed, PasuError
from engine.domain.ids import ClientOrderId
from engine.ports.venue import OrderReport, SurfaceName
from engine.venues.live.answers import amount
from engine.venues.live.socket import RawSocket, Unreadable
from engine.venues.live.stream import Put, StreamBroken
from engine.venues.upbit.account import UpbitAccount
from engine.venues.upbit.client import LASTS_S, TICKET
from engine.venues.upbit.reports import report_of_trade
from engine.venues.upbit.wire import UpbitWire

_ENDED = frozenset({"done", "cancel"})


class UpbitOrderFeed:
    """Events of the owner's orders; see `engine.venues.live.stream.Feed`."""

    surface = SurfaceName.ORDERS
    lasts_s = LASTS_S

    def __init__(self, wire: UpbitWire, account: UpbitAccount) -> None:
        """Listen through a wire and put reports on its lines."""
        self.silence_s = wire.patience.orders_s
        self._wire = wire
        self._clients = wire.clients
        self._lines = wire.lines
        self._account = account
        self._socket: RawSocket | None = None
        self._open: dict[str, Decimal] = {}

    async def open(self, put: Put) -> Awaitable[object]:
        """Connect with a fresh token and subscribe."""
        self._wire.check_open()
        self._clients.sign()
        try:
            self._socket = self._clients.private_socket()
            gone = await self._socket.open(put)
        finally:
            self._clients.forget_token()
        await self._socket.send([{"ticket": TICKET}, {"type": "myOrder"}])
        return gone

    async def catch_up(self) -> None:
        """Tell every open order as it is; orders that ended meanwhile are the core's to ask for."""
        found = await self._account.open_orders()
        self._open = _filled(found)
        for report in found:
            self._lines.put(report)

    async def hear(self, message: Any) -> None:  # noqa: ANN401 - as the venue sends it
        """Take one event; the order that ended is asked for by REST, with all its trades.

        Raises:
            Malformed: it makes no sense.
        """
        if isinstance(message, Unreadable):
            raise Malformed(message.excerpt)
        if not isinstance(message, dict) or message.get("type") != "myOrder":
            return
        traded = report_of_trade(message)
        if traded is not None:
            self._lines.put(traded)
        has_ended = str(message.get("state")) in _ENDED
        self._note(message, has_ended=has_ended)
        identifier = message.get("identifier")
        if identifier and has_ended:
            await self._ended(ClientOrderId(str(identifier)))

    async def silent(self) -> None:
        """Ask REST whether orders opened, filled or ended without a word."""
        if _filled(await self._account.open_orders()) != self._open:
            message = "silent while orders changed"
            raise StreamBroken(message)

    async def close(self) -> None:
        """Let the connection go."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    def _note(self, message: Mapping[str, Any], *, has_ended: bool) -> None:
        """Keep which orders are open and how far they are filled, as the stream tells it."""
        key = str(message.get("uuid"))
        if has_ended:
            self._open.pop(key, None)
        else:
            self._open[key] = amount(message, "executed_volume")

    async def _ended(self, client_id: ClientOrderId) -> None:
        try:
            report = await self._account.order(client_id)
        except Malformed:
            raise
        except PasuError as e:
            message = f"an order ended and cannot be asked for: {e}"
            raise StreamBroken(message) from e
        if report is not None:
            self._lines.put(report)


def _filled(reports: Sequence[OrderReport]) -> dict[str, Decimal]:
    return {report.venue_order_id: report.filled_quantity for report in reports}
