"""The POST routes: each turns a request into one command, carried out once for its key."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TypeVar

import orjson
from aiohttp import web

from engine.api.answers import answer
from engine.api.application import Commands
from engine.api.once import Ask, OnceByKey
from engine.api.requests import (
    AcknowledgeEvents,
    AnyRequest,
    ChangeSetting,
    GiveReason,
    Plain,
    SellSymbol,
    SwitchPreset,
    actor_of,
    key_of,
    only,
    read_body,
)
from engine.contract import Receipt, encode
from engine.core.command import Command

R = TypeVar("R", bound=AnyRequest)
_Work = Coroutine[None, None, Receipt]
_Handler = Callable[[web.Request], Awaitable[web.Response]]


class WriteRoutes:
    """The commands of the API."""

    def __init__(self, commands: Commands, once: OnceByKey) -> None:
        self._commands = commands
        self._once = once

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the table of routes."""
        do = self._commands
        return [
            self._route("preset", SwitchPreset, lambda b, o: do.preset(b.name, b.market, o)),
            self._route("set", ChangeSetting, lambda b, o: do.set(b.key, b.value, o)),
            self._route("panic", Plain, lambda _, o: do.panic(o)),
            self._route("sell", SellSymbol, lambda b, o: do.sell(b.symbol, o)),
            self._route("pause", GiveReason, lambda b, o: do.pause(b.why, o)),
            self._route("resume", GiveReason, lambda b, o: do.resume(b.why, o)),
            self._route("optimize", Plain, lambda _, o: do.optimize(o)),
            self._route("restart", Plain, lambda _, o: do.restart(o)),
            self._route("undo", Plain, lambda _, o: do.undo(o)),
            web.post("/v1/events/ack", self._acknowledge),
        ]

    async def _acknowledge(self, request: web.Request) -> web.Response:
        """Note how far events were told: to say so twice changes nothing, so it needs no key."""
        only(request)
        body = await read_body(request, AcknowledgeEvents)
        key = key_of(request, required=False)
        return answer(await self._commands.ack(body.seq, Command(key, actor_of(request))))

    def _route(self, name: str, kind: type[R], work: Callable[[R, Command], _Work]) -> web.RouteDef:
        return web.post(f"/v1/{name}", self._handler(name, kind, work))

    def _handler(self, name: str, kind: type[R], work: Callable[[R, Command], _Work]) -> _Handler:
        async def handle(request: web.Request) -> web.Response:
            only(request)
            body = await read_body(request, kind)
            order = Command(
                key=key_of(request, required=not body.dry_run),
                who=actor_of(request),
                dry_run=body.dry_run,
            )
            if order.dry_run:
                return answer(await work(body, order))
            content = orjson.dumps([name, encode(body)], option=orjson.OPT_SORT_KEYS)
            ask = Ask(order.key, name, content)
            return answer(await self._once.run(ask, lambda: work(body, order)))

        return handle
