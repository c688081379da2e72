"""Upbit's private paths: balances, and orders placed, asked for and cancelled."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from aiohttp import web

from tests.exchanges.faults import body_params
from tests.exchanges.matching import Exchange
from tests.exchanges.terms import (
    Cause,
    Event,
    NewOrder,
    OrderChanged,
    Rejected,
    Status,
    VenueOrder,
)
from tests.exchanges.upbit import reports
from tests.exchanges.upbit.auth import Keys
from tests.exchanges.upbit.errors import Refused, invalid, not_found, of_kernel, used_identifier
from tests.exchanges.upbit.forms import read_order
from tests.exchanges.upbit.listing import number_of, symbol_of
from tests.exchanges.upbit.quotes import Body

MAX_OPEN, MAX_CLOSED = 100, 1000
CLOSED_SPAN = timedelta(days=7)
KEY_LIFE = timedelta(days=365)

_T = TypeVar("_T")


class Desk:
    """Answers what needs the key. Identifiers are remembered for ever, also those refused."""

    def __init__(self, exchange: Exchange, keys: Keys, smp_types: dict[str, str]) -> None:
        self._exchange = exchange
        self._keys = keys
        self._smp_types = smp_types
        self._averages = reports.AverageBuys(exchange)
        self._identifiers: set[str] = set()
        self._accepted: dict[int, VenueOrder] = {}
        exchange.subscribe(self._heard)

    # --- the account ---

    async def accounts(self, _request: web.Request) -> web.Response:
        """Answer /v1/accounts."""
        held = (one for one in self._exchange.balances() if one.free or one.locked)
        return web.json_response(
            [reports.account(one, self._averages.of(one.asset)) for one in held]
        )

    async def api_keys(self, _request: web.Request) -> web.Response:
        """Answer /v1/api_keys."""
        until = (self._exchange.now() + KEY_LIFE).replace(microsecond=0)
        key = {"access_key": self._keys.access_key, "expire_at": until.isoformat()}
        return web.json_response([key])

    async def chance(self, request: web.Request) -> web.Response:
        """Answer /v1/orders/chance."""
        params = await _params(request)
        try:
            market = self._exchange.market(symbol_of(params.get("market", "")))
        except Rejected as e:
            raise invalid("market") from e
        bid, ask = (
            reports.account(self._exchange.balance(asset), self._averages.of(asset))
            for asset in (market.quote, market.base)
        )
        active = self._exchange.is_trading(market.symbol)
        return web.json_response(reports.chance(market, bid, ask, active=active))

    # --- orders ---

    async def place(self, request: web.Request) -> web.Response:
        """Answer POST /v1/orders with the order as it was accepted; trades come by other ways."""
        params = await _posted(request)
        self._use_identifier(params.get("identifier", ""))
        new = read_order(params, self._exchange)
        if params.get("smp_type"):
            self._smp_types[new.client_id] = params["smp_type"]
        order = self._kernel(new, self._exchange.place)
        accepted = self._accepted.pop(order.id)
        return web.json_response(self._body(reports.order_body, accepted), status=201)

    async def test(self, request: web.Request) -> web.Response:
        """Answer POST /v1/orders/test: every check, and an order that exists nowhere."""
        params = await _posted(request)
        if params.get("identifier", "") in self._identifiers:
            raise used_identifier()
        new = read_order(params, self._exchange)
        asset, amount = self._kernel(new, self._exchange.check)
        now = self._exchange.now()
        order = VenueOrder(0, new, Status.NEW, now, now, asset, amount)
        return web.json_response(self._body(reports.order_body, order), status=201)

    async def one(self, request: web.Request) -> web.Response:
        """Answer GET /v1/order by uuid or identifier, with its trades."""
        order = self._named(await _params(request))
        return web.json_response(self._body(reports.order_with_trades, order))

    async def cancel(self, request: web.Request) -> web.Response:
        """Answer DELETE /v1/order with the order as it was when the request came in."""
        order = self._named(await _params(request))
        try:
            self._exchange.cancel(order.id)
        except Rejected as e:
            raise of_kernel(e, order.new.side) from e
        return web.json_response(self._body(reports.order_with_funds, order))

    async def open(self, request: web.Request) -> web.Response:
        """Answer GET /v1/orders/open."""
        params = await _params(request)
        states = _list(request, params, "states", "state") or ["wait"]
        found = self._exchange.open_orders(_symbol(params))
        wanted = [order for order in found if reports.state(order) in states]
        limit, page = _whole(params, "limit", MAX_OPEN), _whole(params, "page", 10**6, 1)
        rows = _ordered(wanted, params)[(page - 1) * limit : page * limit]
        return self._listed(rows)

    async def closed(self, request: web.Request) -> web.Response:
        """Answer GET /v1/orders/closed: seven days at most, by the time of creation."""
        params = await _params(request)
        states = _list(request, params, "states", "state") or ["done", "cancel"]
        start, end = self._span(params)
        wanted = [
            order
            for order in self._exchange.orders(_symbol(params))
            if reports.state(order) in states and start <= order.created_at <= end
        ]
        rows = _ordered(wanted, params)[: _whole(params, "limit", MAX_CLOSED, 100)]
        return self._listed(rows)

    async def by_ids(self, request: web.Request) -> web.Response:
        """Answer GET /v1/orders/uuids, by uuids or identifiers; what is unknown is left out."""
        params = await _params(request)
        uuids = {number_of(uuid) for uuid in _list(request, params, "uuids")}
        names = set(_list(request, params, "identifiers"))
        if not uuids and not names:
            raise invalid("uuids")
        found = self._exchange.orders(_symbol(params))
        wanted = [one for one in found if one.id in uuids or one.new.client_id in names]
        return self._listed(_ordered(wanted, params))

    # --- the inside ---

    def _heard(self, event: Event) -> None:
        if isinstance(event, OrderChanged) and event.cause is Cause.ACCEPTED:
            self._accepted[event.order.id] = event.order

    def _use_identifier(self, identifier: str) -> None:
        if not identifier:
            return
        if identifier in self._identifiers:
            raise used_identifier()
        self._identifiers.add(identifier)

    def _kernel(self, new: NewOrder, act: Callable[[NewOrder], _T]) -> _T:
        try:
            return act(new)
        except Rejected as e:
            raise of_kernel(e, new.side) from e

    def _named(self, params: Mapping[str, str]) -> VenueOrder:
        uuid, identifier = params.get("uuid", ""), params.get("identifier", "")
        if not uuid and not identifier:
            raise Refused(400, 400, "Missing request parameter error.")
        try:
            if uuid:
                return self._exchange.order(number_of(uuid))
            return self._exchange.by_client_id(identifier)
        except Rejected as e:
            raise not_found() from e

    def _body(self, write: Callable[[VenueOrder, str | None], Body], order: VenueOrder) -> Body:
        return write(order, self._smp_types.get(order.new.client_id))

    def _listed(self, orders: Iterable[VenueOrder]) -> web.Response:
        rows = [self._body(reports.order_with_funds, order) for order in orders]
        return web.json_response(rows)

    def _span(self, params: Mapping[str, str]) -> tuple[datetime, datetime]:
        start, end = (_moment(params.get(name, "")) for name in ("start_time", "end_time"))
        if end is None:
            end = self._exchange.now() if start is None else start + CLOSED_SPAN
        start = end - CLOSED_SPAN if start is None else start
        if end - start > CLOSED_SPAN:
            raise invalid("start_time")
        return start, end


async def _params(request: web.Request) -> dict[str, str]:
    """Return the parameters: in the query by the documents, in a body as some clients send."""
    return dict(request.query) | await body_params(request)


async def _posted(request: web.Request) -> dict[str, str]:
    """Return the JSON object of a POST; forms ended on 2022-03-01."""
    try:
        values = json.loads(await request.text())
    except ValueError as e:
        raise invalid("body") from e
    if not isinstance(values, dict):
        raise invalid("body")
    return {key: str(value) for key, value in values.items() if value is not None}


def _list(request: web.Request, params: Mapping[str, str], *names: str) -> list[str]:
    for name in names:
        many = request.query.getall(f"{name}[]", [])
        if many:
            return list(many)
        if params.get(name):
            return params[name].split(",")
    return []


def _symbol(params: Mapping[str, str]) -> str | None:
    return symbol_of(params["market"]) if params.get("market") else None


def _ordered(orders: list[VenueOrder], params: Mapping[str, str]) -> list[VenueOrder]:
    newest_first = params.get("order_by", "desc") == "desc"
    return orders[::-1] if newest_first else orders


def _whole(params: Mapping[str, str], name: str, most: int, default: int | None = None) -> int:
    text = params.get(name, "")
    if not text:
        return most if default is None else default
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid(name)
    return int(text)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    if text.isdigit():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    try:
        return datetime.fromisoformat(text)
    except ValueError as e:
        raise invalid("start_time") from e
