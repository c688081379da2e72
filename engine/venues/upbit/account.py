"""The owner's account at Upbit over REST: orders by our own identifiers, balances, terms.

An identifier can never be used twice, even after a refusal. A market buy names its cost; there are
no stops and no OCO at this venue.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from engine.domain.errors import Ambiguous, Malformed, PasuError, Refused
from engine.domain.ids import ClientOrderId
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.ports.venue import Balance, OrderReport, ReportStatus
from engine.venues.live.answers import amount, rows
from engine.venues.upbit.dialect import DEFAULT, ORDER, UNKNOWN_ORDER
from engine.venues.upbit.instruments import Terms, code_of, terms_of
from engine.venues.upbit.reports import SIDES, report_of
from engine.venues.upbit.wire import UpbitWire

PAGE = 100
_REFERENCE = "KRW-BTC"
_WORDS: Mapping[Side, str] = {side: word for word, side in SIDES.items()}


class UpbitAccount:
    """Private calls to Upbit, each meaning what `engine.ports.venue.Venue` says it means."""

    def __init__(self, wire: UpbitWire) -> None:
        """Call through a wire that has keys."""
        self._wire = wire

    async def terms(self) -> Terms:
        """Return fees and the least order, as the venue grants them to this account."""
        exchange = self._wire.clients.exchange
        call = partial(exchange.privateGetOrdersChance, {"market": _REFERENCE})
        return terms_of(await self._wire.ask(call, {DEFAULT: 1}, signed=True))

    async def balances(self) -> Mapping[str, Balance]:
        """Return what the account holds, by currency."""
        exchange = self._wire.clients.exchange
        found = await self._wire.ask(exchange.privateGetAccounts, {DEFAULT: 1}, signed=True)
        return {
            str(row.get("currency")): Balance(amount(row, "balance"), amount(row, "locked"))
            for row in rows(found)
        }

    async def place(self, intent: OrderIntent) -> OrderReport:
        """Send one order and return how far it came.

        A market order trades at once, but its answer does not tell the trades: it is asked for
        them, and where that fails the stream will tell.
        """
        self._wire.skew.check()
        body = _body(intent)
        vital = intent.purpose is not Purpose.ENTRY
        call = partial(self._wire.clients.exchange.privatePostOrders, body)
        answer = await self._wire.caller.act(call, {ORDER: 1}, vital=vital)
        try:
            report = report_of(answer)
        except Malformed as e:
            raise Ambiguous(str(e)) from e
        if intent.type is not OrderType.MARKET or report.status is not ReportStatus.OPEN:
            return report
        try:
            return await self.order(intent.client_id) or report
        except PasuError:
            return report

    async def cancel(self, client_id: ClientOrderId) -> OrderReport | None:
        """Cancel an order and return its last state, None if the venue knows none by that id."""
        call = partial(self._wire.clients.exchange.privateDeleteOrder, {"identifier": client_id})
        try:
            await self._wire.caller.act(call, {DEFAULT: 1}, vital=True)
        except Refused as e:
            # It may have ended meanwhile: its state says which of the two it was.
            if e.code != UNKNOWN_ORDER:
                raise
        return await self.order(client_id)

    async def order(self, client_id: ClientOrderId) -> OrderReport | None:
        """Return an order with all its trades, None if the venue knows none by that id."""
        call = partial(self._wire.clients.exchange.privateGetOrder, {"identifier": client_id})
        try:
            answer = await self._wire.caller.ask(call, {DEFAULT: 1}, vital=True, signed=True)
        except Refused as e:
            if e.code == UNKNOWN_ORDER:
                return None
            message = f"a question about an order was refused: {e}"
            raise Malformed(message) from e
        return report_of(answer)

    async def open_orders(self) -> Sequence[OrderReport]:
        """Return every open order of the account, whoever placed it."""
        found: list[OrderReport] = []
        page = 1
        while True:
            told = await self._open_page(page)
            found += [report_of(row) for row in told]
            if len(told) < PAGE:
                return found
            page += 1

    async def _open_page(self, page: int) -> Sequence[Mapping[str, Any]]:
        exchange, asked = self._wire.clients.exchange, {"page": page, "limit": PAGE}
        call = partial(exchange.privateGetOrdersOpen, asked)
        return rows(await self._wire.ask(call, {DEFAULT: 1}, signed=True))


def _body(intent: OrderIntent) -> dict[str, str]:
    """Return an order as Upbit takes it, its figures exact (docs.upbit.com, new order)."""
    body = {
        "market": code_of(intent.symbol),
        "side": _WORDS[intent.side],
        "identifier": intent.client_id,
    }
    if intent.type is OrderType.LIMIT and intent.price is not None:
        figures = {"volume": f"{intent.quantity:f}", "price": f"{intent.price:f}"}
        return body | {"ord_type": "limit"} | figures
    if intent.type is OrderType.MARKET and intent.side is Side.SELL:
        return body | {"ord_type": "market", "volume": f"{intent.quantity:f}"}
    if intent.type is OrderType.MARKET and intent.cost is not None:
        return body | {"ord_type": "price", "price": f"{intent.cost:f}"}
    message = f"Upbit has no {intent.type.value} order of this kind"
    raise Refused("unsupported", message)
