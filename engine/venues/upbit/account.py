"""The owner's account at Upbit over REST: orders by our own identifiers, balances, terms.

An identifier can never be used twice, even after a refusal. A market buy names its cost; there are
no stops and no OCO at this venue.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.domain.errors import Ambiguous, Malformed, PasuError, Refused
from engine.domain.ids import ClientOrderId
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.ports.venue import Balance, OrderReport, ReportStatus
from engine.venues.live.call import Caller
from engine.venues.upbit.client import UpbitClients
from engine.venues.upbit.dialect import DEFAULT, ORDER, UNKNOWN_ORDER
from engine.venues.upbit.instruments import Terms, code_of, terms_of
from engine.venues.upbit.reports import SIDES, report_of

PAGE = 100
_REFERENCE = "KRW-BTC"
_WORDS: Mapping[Side, str] = {side: word for word, side in SIDES.items()}


class UpbitAccount:
    """Private calls to Upbit, each meaning what `engine.ports.venue.Venue` says it means."""

    def __init__(self, clients: UpbitClients, caller: Caller) -> None:
        """Call through one client that has keys."""
        self._clients = clients
        self._caller = caller

    async def terms(self) -> Terms:
        """Return fees and the least order, as the venue grants them to this account."""
        chance = await self._caller.ask(
            lambda: self._clients.exchange.privateGetOrdersChance({"market": _REFERENCE}),
            {DEFAULT: 1},
            signed=True,
        )
        return terms_of(chance)

    async def balances(self) -> Mapping[str, Balance]:
        """Return what the account holds, by currency."""
        rows = await self._caller.ask(self._accounts, {DEFAULT: 1}, signed=True)
        try:
            return {
                row["currency"]: Balance(Decimal(row["balance"]), Decimal(row["locked"]))
                for row in rows
            }
        except (KeyError, TypeError, ArithmeticError) as e:
            message = f"balances make no sense: {e!r}"
            raise Malformed(message) from e

    async def place(self, intent: OrderIntent) -> OrderReport:
        """Send one order and return how far it came.

        A market order trades at once, but its answer does not tell the trades: it is asked for
        them, and where that fails the stream will tell.
        """
        body = _body(intent)
        vital = intent.purpose is not Purpose.ENTRY
        answer = await self._caller.act(
            lambda: self._clients.exchange.privatePostOrders(body), {ORDER: 1}, vital=vital
        )
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
        try:
            await self._caller.act(
                lambda: self._clients.exchange.privateDeleteOrder({"identifier": client_id}),
                {DEFAULT: 1},
                vital=True,
            )
        except Refused as e:
            # It may have ended meanwhile: its state says which of the two it was.
            if e.code != UNKNOWN_ORDER:
                raise
        return await self.order(client_id)

    async def order(self, client_id: ClientOrderId) -> OrderReport | None:
        """Return an order with all its trades, None if the venue knows none by that id."""
        try:
            answer = await self._caller.ask(
                lambda: self._clients.exchange.privateGetOrder({"identifier": client_id}),
                {DEFAULT: 1},
                vital=True,
                signed=True,
            )
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
            rows = await self._open_page(page)
            found += [report_of(row) for row in rows]
            if len(rows) < PAGE:
                return found
            page += 1

    async def _accounts(self) -> object:
        return await self._clients.exchange.privateGetAccounts()

    async def _open_page(self, page: int) -> Sequence[Mapping[str, Any]]:
        rows: Sequence[Mapping[str, Any]] = await self._caller.ask(
            lambda: self._clients.exchange.privateGetOrdersOpen({"page": page, "limit": PAGE}),
            {DEFAULT: 1},
            signed=True,
        )
        return rows


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
