"""A small HTTP interface to steer a fake exchange from another process.

It listens on a port of its own, so that faults of the venue never hit it. Actions are POST with a
JSON object, numbers as text; views are GET. A refusal of the kernel answers 409 with its kind.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.exchanges import faults
from tests.exchanges.faults import Fault, on
from tests.exchanges.running import Running
from tests.exchanges.terms import Rejected

Order = Mapping[str, Any]

FAULTS: Mapping[str, Callable[..., Fault]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (
            faults.DropBefore,
            faults.DropAfter,
            faults.HangBefore,
            faults.HangAfter,
            faults.Answer,
            faults.CutBody,
            faults.Trickle,
            faults.HugeBody,
            faults.BadJson,
            faults.Latency,
        )
    }
)


class Control:
    """Turns requests into calls on a running venue."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._server = running.server

    def application(self) -> web.Application:
        """Return the application."""
        app = web.Application(middlewares=[_refusals])
        for name, act in self._actions().items():
            app.router.add_post(f"/{name}", _action(act))
        for name, look in self._views().items():
            app.router.add_get(f"/{name}", _view(look))
        app.router.add_post("/refuse", self._refuse)
        app.router.add_post("/accept", self._accept)
        return app

    def _actions(self) -> dict[str, Callable[[Order], object]]:
        exchange, streams = self._server.exchange, self._server.streams
        return {
            "price": self._price,
            "book": lambda o: exchange.set_book(
                o["symbol"], _levels(o["bids"]), _levels(o["asks"])
            ),
            "deposit": lambda o: exchange.deposit(o["asset"], Decimal(o["amount"])),
            "withdraw": lambda o: exchange.withdraw(o["asset"], Decimal(o["amount"])),
            "trading": lambda o: exchange.set_trading(o["symbol"], allowed=o["allowed"]),
            "plan_fills": lambda o: exchange.plan_fills(
                o["client_id"], [Decimal(one) for one in o["quantities"]]
            ),
            "fill_only": lambda o: exchange.fill_only(o["symbol"], _maybe(o["quantity"])),
            "cancel": lambda o: exchange.cancel(o["order_id"]),
            "advance": lambda o: self._server.clock.advance(timedelta(seconds=o["seconds"])),
            "fault": self._fault,
            "clear": lambda o: self._clear(),
            "drop": lambda o: streams.drop(o["channel"]),
            "silence": lambda o: streams.silence(o["channel"], on=o["on"]),
            "duplicate": lambda o: streams.duplicate(o["channel"], o["times"]),
            "reorder": lambda o: streams.reorder(o["channel"], o["among"]),
            "swallow": lambda o: streams.swallow(o["channel"], o["times"], o["kind"]),
            "delay": lambda o: streams.delay(o["channel"], o["seconds"]),
        }

    def _views(self) -> dict[str, Callable[[], object]]:
        exchange = self._server.exchange
        return {
            "orders": exchange.orders,
            "trades": exchange.trades,
            "balances": exchange.balances,
            "requests": lambda: self._server.faults.requests,
            "now": exchange.now,
        }

    def _price(self, order: Order) -> None:
        quantity = _maybe(order.get("quantity"))
        self._server.exchange.set_price(order["symbol"], Decimal(order["price"]), quantity)

    def _fault(self, order: Order) -> None:
        fault = FAULTS[order["fault"]](**order.get("args", {}))
        match = on(order.get("method", "*"), order.get("path", "*"), **order.get("params", {}))
        self._server.faults.script(
            match, fault, times=order.get("times", 1), every=order.get("every", 1)
        )

    def _clear(self) -> None:
        self._server.faults.clear()
        self._server.streams.clear()

    async def _refuse(self, _request: web.Request) -> web.Response:
        await self._running.refuse()
        return web.json_response(None)

    async def _accept(self, _request: web.Request) -> web.Response:
        await self._running.accept()
        return web.json_response(None)


def plain(value: object) -> Any:
    """Return values of the kernel as JSON has them: numbers as text, moments as ISO 8601."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def _action(act: Callable[[Order], object]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(plain(act(await request.json())))

    return answer


def _view(look: Callable[[], object]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response(plain(look()))

    return answer


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Rejected as e:
        return web.json_response({"kind": e.kind.name, "detail": e.detail}, status=409)


def _levels(rows: list[list[str]]) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(price), Decimal(quantity)) for price, quantity in rows]


def _maybe(number: str | None) -> Decimal | None:
    return None if number is None else Decimal(number)
