"""The GET routes: each turns a request into one question to the engine."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from engine.api.answers import answer
from engine.api.application import LogSource, Queries
from engine.api.requests import MAX_SEQ, number, only, parameter, seconds
from engine.contract import EventsView
from engine.domain.errors import Refused

MAX_WAIT_S = 60.0
MAX_EVENTS = 500
MAX_LOG_LINES = 2000
MAX_CANDLES = 1000
MAX_DAYS = 3660
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_Handler = Callable[[web.Request], Awaitable[web.Response]]


class ReadRoutes:
    """The questions of the API; `stopping` ends every long poll at once."""

    def __init__(self, queries: Queries, logs: LogSource, stopping: asyncio.Event) -> None:
        self._queries = queries
        self._logs = logs
        self._stopping = stopping

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the table of routes."""
        queries = self._queries
        return [
            web.get("/v1/status", self._plain(queries.status)),
            web.get("/v1/positions", self._plain(queries.positions)),
            web.get("/v1/orders", self._plain(queries.orders)),
            web.get("/v1/presets", self._plain(queries.presets)),
            web.get("/v1/settings", self._plain(queries.settings)),
            web.get("/v1/health", self._plain(queries.health)),
            web.get("/v1/audit", self._plain(queries.audit)),
            web.get("/v1/trades", self._trades),
            web.get("/v1/equity", self._equity),
            web.get("/v1/candles", self._candles),
            web.get("/v1/why", self._why),
            web.get("/v1/logs", self._log_lines),
            web.get("/v1/events", self._events),
            web.get("/v1/events/cursor", self._cursor),
        ]

    def _plain(self, ask: Callable[[], object]) -> _Handler:
        async def handle(request: web.Request) -> web.Response:
            only(request)
            return answer(ask())

        return handle

    async def _trades(self, request: web.Request) -> web.Response:
        only(request, "days")
        return answer(await self._queries.trades(number(request, "days", 30, 1, MAX_DAYS)))

    async def _equity(self, request: web.Request) -> web.Response:
        only(request, "venue", "days")
        venue = parameter(request, "venue", "all") or "all"
        days = number(request, "days", 30, 1, MAX_DAYS)
        return answer(self._queries.equity(venue, days))

    async def _candles(self, request: web.Request) -> web.Response:
        only(request, "symbol", "venue", "timeframe", "count")
        view = await self._queries.candles(
            _symbol(request),
            parameter(request, "venue", "") or None,
            parameter(request, "timeframe", "") or None,
            number(request, "count", 120, 1, MAX_CANDLES),
        )
        return answer(view)

    async def _why(self, request: web.Request) -> web.Response:
        only(request, "symbol")
        return answer(self._queries.why(_symbol(request)))

    async def _log_lines(self, request: web.Request) -> web.Response:
        only(request, "lines", "level")
        level = parameter(request, "level", "INFO").upper()
        if level not in _LEVELS:
            raise Refused("invalid", f"level takes one of {', '.join(_LEVELS)}")
        return answer(self._logs(number(request, "lines", 50, 1, MAX_LOG_LINES), level))

    async def _cursor(self, request: web.Request) -> web.Response:
        only(request)
        return answer({"seq": self._queries.cursor()})

    async def _events(self, request: web.Request) -> web.Response:
        only(request, "after", "wait", "most")
        after = number(request, "after", 0, 0, MAX_SEQ)
        wait_s = seconds(request, "wait", 0.0, MAX_WAIT_S)
        most = number(request, "most", MAX_EVENTS, 1, MAX_EVENTS)
        view = self._queries.events(after, most)
        if view.events or wait_s == 0:
            return answer(view)
        return answer(await self._waited_for(after, most, wait_s))

    async def _waited_for(self, after: int, most: int, wait_s: float) -> EventsView:
        event = asyncio.ensure_future(self._queries.wait_for_event(after, wait_s))
        stop = asyncio.ensure_future(self._stopping.wait())
        try:
            done, _ = await asyncio.wait(
                (event, stop), timeout=wait_s, return_when=asyncio.FIRST_COMPLETED
            )
            if event in done:
                event.result()
        finally:
            for one in (event, stop):
                one.cancel()
            await asyncio.gather(event, stop, return_exceptions=True)
        return self._queries.events(after, most)


def _symbol(request: web.Request) -> str:
    symbol = parameter(request, "symbol", "").strip()
    if not symbol:
        raise Refused("invalid", "say which: ?symbol=BTC")
    return symbol
