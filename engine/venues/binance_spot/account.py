"""The owner's orders at Binance spot: placed once, cancelled, asked about by client id.

Source: binance-spot-api-docs, rest-api.md "Trading endpoints".
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from engine.domain.errors import (
    Ambiguous,
    Malformed,
    PasuError,
    Refused,
    TriggerPassed,
    VenueDown,
)
from engine.domain.ids import ClientOrderId, is_ours
from engine.domain.intent import OrderIntent
from engine.domain.money import ZERO
from engine.ports.venue import Fill, OrderReport
from engine.venues.binance_spot.dialect import (
    NO_SUCH_ORDER,
    NOT_CANCELLED,
    is_through,
    new_orders,
    weight,
)
from engine.venues.binance_spot.figures import text, whole
from engine.venues.binance_spot.market import SpotMarket
from engine.venues.binance_spot.order_book import OrderBook
from engine.venues.binance_spot.reports import (
    Trade,
    account_trades,
    order_report,
    placed_trades,
    streamed_report,
    streamed_trade,
    valued_fill,
)
from engine.venues.binance_spot.requests import is_vital, oco_request, order_request
from engine.venues.binance_spot.valuation import Valuation
from engine.venues.binance_spot.wire import Wire
from engine.venues.live.answers import row, rows

MOST_TRADES = 1000
SETTLE_S = 0.5
"""How long after an order its trades may be missing from the list of trades."""
_ADD_UP_TRIES = 3

_log = logging.getLogger(__name__)


class SpotAccount:
    """Orders under the owner's key; each carries the intent's own client id."""

    def __init__(self, wire: Wire, market: SpotMarket) -> None:
        """Trade on the markets of the public half."""
        self._wire = wire
        self._market = market
        self._valuation = Valuation(market.quotes, wire.clock)
        self._orders = OrderBook()

    async def place(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        """Send one order, or the two legs of an OCO, once.

        Raises:
            Refused: a definite no, TriggerPassed and Throttled among them.
            AuthFailed, Ambiguous: as the port says of `place`.
        """
        self._wire.skew.check()
        name = self._market.listing(intents[0].symbol).venue_symbol
        is_oco = len(intents) > 1
        send = self._sending(intents, name)
        for intent in intents:
            self._orders.sent(intent.client_id, intent.symbol, intent.group if is_oco else None)
        try:
            answer = await self._wire.caller.act(
                send, new_orders(len(intents)), vital=is_vital(intents)
            )
        except Refused as e:
            if is_through(e.code, e.message):
                raise TriggerPassed(e.message) from e
            raise
        try:
            taken = row(answer)
            placed = rows(taken.get("orderReports")) if is_oco else [taken]
            return [await self._placed(one) for one in placed]
        except Malformed as e:
            raise Ambiguous(f"taken, and answered unreadably: {e}") from e

    async def cancel(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        """Cancel one order, an OCO as a whole, and return its last state, None if unknown.

        What the venue cannot cancel has ended or never was: it is asked about.
        """
        known = self._orders.find(client_id)
        await self._cancel(client_id, symbol, None if known is None else known.group)
        return await self.order(client_id, symbol)

    async def order(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        """Return an order with all its fills, None if the venue knows none by that id."""
        found = await self._query(client_id, symbol)
        if found is not None:
            self._orders.seen(found)
        return found

    async def open_orders(self) -> Sequence[OrderReport]:
        """Return every open order, ours or not; those of ours with their fills."""
        exchange = self._wire.clients.exchange
        answer = await self._wire.ask(exchange.privateGetOpenOrders, weight(80), signed=True)
        found = [await self._asked(one) for one in rows(answer)]
        for report in found:
            self._orders.seen(report)
        return found

    async def heard(self, event: Mapping[str, Any]) -> OrderReport:
        """Return the report of an event of the stream.

        A fill that cannot be valued now is left out: the report is then ahead of its fills, and
        the core asks. Raises Malformed.
        """
        symbol = self._market.symbol_of(text(event, "s"))
        report = streamed_report(event, symbol, ())
        trade = streamed_trade(event)
        if trade is not None and is_ours(report.client_id):
            report = replace(report, fills=tuple(await self._valued([trade], symbol)))
        self._orders.seen(report)
        return report

    async def news(self) -> Sequence[OrderReport]:
        """Return orders that came further than was told of them; raises VenueDown, AuthFailed."""
        found = []
        for client_id in self._orders.unfinished():
            known = self._orders.find(client_id)
            report = None if known is None else await self._query(client_id, known.symbol)
            if report is not None and self._orders.is_behind(report):
                self._orders.seen(report)
                found.append(report)
        return found

    def _sending(self, intents: Sequence[OrderIntent], name: str) -> Callable[[], Awaitable[Any]]:
        if len(intents) > 1:
            rest = self._wire.clients.rest
            return partial(rest.create_oco_order, **oco_request(intents, name))
        exchange = self._wire.clients.exchange
        return partial(exchange.privatePostOrder, order_request(intents[0], name))

    async def _cancel(self, client_id: ClientOrderId, symbol: str, group: str | None) -> None:
        name = self._market.listing(symbol).venue_symbol
        exchange, rest = self._wire.clients.exchange, self._wire.clients.rest
        call = (
            partial(exchange.privateDeleteOrder, {"symbol": name, "origClientOrderId": client_id})
            if group is None
            else partial(rest.v3_delete_order_list, symbol=name, listClientOrderId=group)
        )
        act = partial(self._wire.caller.act, call, weight(1), vital=True)
        try:
            try:
                await act()
            except Ambiguous:
                # To cancel twice is to cancel once, so this may be sent again.
                await act()
        except Refused as e:
            if e.code != NOT_CANCELLED:
                raise

    async def _query(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        name = self._market.listing(symbol).venue_symbol
        exchange = self._wire.clients.exchange
        call = partial(exchange.privateGetOrder, {"symbol": name, "origClientOrderId": client_id})
        try:
            answer = await self._wire.caller.ask(call, weight(4), vital=True, signed=True)
        except Refused as e:
            if e.code == NO_SUCH_ORDER:
                return None
            raise VenueDown(str(e)) from e
        return await self._asked(answer)

    async def _asked(self, answer: Any) -> OrderReport:  # noqa: ANN401 - JSON of any shape
        """Return an order as it was queried, with its fills where it is ours."""
        found = row(answer)
        name = text(found, "symbol")
        symbol = self._market.symbol_of(name)
        bare = order_report(found, symbol, ())
        if not bare.filled_quantity or not is_ours(bare.client_id):
            return bare
        trades = await self._trades(name, whole(found, "orderId"), bare)
        fills = [await valued_fill(one, symbol, self._valuation.value) for one in trades]
        return order_report(found, symbol, fills)

    async def _trades(self, name: str, order_id: int, bare: OrderReport) -> Sequence[Trade]:
        """Return the trades of an order once they add up to what was filled.

        Raises:
            VenueDown: they do not yet.
        """
        exchange = self._wire.clients.exchange
        asked = {"symbol": name, "orderId": order_id, "limit": MOST_TRADES}
        for _ in range(_ADD_UP_TRIES):
            call = partial(exchange.privateGetMyTrades, asked)
            told = await self._wire.ask(call, weight(5), vital=True, signed=True)
            trades = account_trades(told)
            if sum((one.quantity for one in trades), ZERO) >= bare.filled_quantity:
                return trades
            await asyncio.sleep(SETTLE_S)
        raise VenueDown(f"the trades of {bare.client_id} do not add up yet")

    async def _placed(self, answer: Mapping[str, Any]) -> OrderReport:
        symbol = self._market.symbol_of(text(answer, "symbol"))
        fills = await self._valued(placed_trades(answer), symbol)
        report = order_report(answer, symbol, fills)
        self._orders.seen(report)
        return report

    async def _valued(self, trades: Sequence[Trade], symbol: str) -> Sequence[Fill]:
        try:
            return [await valued_fill(one, symbol, self._valuation.value) for one in trades]
        except PasuError as e:
            _log.warning("fills.not_valued symbol=%s cause=%s", symbol, e)
            return []
