"""REST: from an HTTP request to an operation, and its answer or refusal with Binance's headers."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from tests.exchanges.binance_spot.errors import ApiError
from tests.exchanges.binance_spot.limits import WeightLimit
from tests.exchanges.binance_spot.operations import Operation, Security
from tests.exchanges.binance_spot.parameters import Parameters, from_http
from tests.exchanges.binance_spot.venue import Venue

KEY_HEADER = "X-MBX-APIKEY"
RESTRICTIONS = "/sapi/v1/account/apiRestrictions"


class Rest:
    """Every path of the venue."""

    def __init__(self, venue: Venue, operations: Mapping[tuple[str, str], Operation]) -> None:
        self._venue = venue
        self._operations = operations

    def add_to(self, app: web.Application) -> None:
        """Put every path on an application."""
        for (method, path), operation in self._operations.items():
            app.router.add_route(method, path, self._route(operation))
        app.router.add_get(RESTRICTIONS, self._restrictions)

    def _route(self, operation: Operation) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            return await self._handle(request, operation)

        return handle

    async def _restrictions(self, request: web.Request) -> web.Response:
        """Answer for the key that asks, which no other operation needs to know."""
        key = request.headers.get(KEY_HEADER, "")

        def answer(_given: Parameters) -> object:
            return self._venue.keyring.keys[key].restrictions()

        return await self._handle(request, Operation(answer, lambda _: 1, Security.USER_DATA))

    async def _handle(self, request: web.Request, operation: Operation) -> web.Response:
        weights = self._weights(request)
        try:
            given = from_http(request.rel_url.raw_query_string, await request.text())
            weight = operation.weight(given)
            weights.charge(weight, self._venue.now_s())
            self._check(request, given, operation)
            body = operation.answer(given)
        except ApiError as e:
            headers = self._headers(request, operation) | e.headers
            return web.json_response(e.body(), status=e.status, headers=headers)
        if operation.free_on_success:
            weights.refund(weight)
        return web.json_response(body, headers=self._headers(request, operation))

    def _check(self, request: web.Request, given: Parameters, operation: Operation) -> None:
        if operation.security is Security.NONE:
            return
        self._venue.keyring.check(
            request.headers.get(KEY_HEADER, ""),
            given,
            self._venue.now_ms(),
            request.remote or "",
            operation.security is Security.TRADE,
        )

    def _weights(self, request: web.Request) -> WeightLimit:
        if request.path.startswith("/sapi/"):
            return self._venue.sapi_weights
        return self._venue.weights

    def _headers(self, request: web.Request, operation: Operation) -> dict[str, str]:
        used = str(self._weights(request).window.used)
        if request.path.startswith("/sapi/"):
            return {"X-SAPI-USED-IP-WEIGHT-1M": used}
        headers = {"X-MBX-USED-WEIGHT": used, "X-MBX-USED-WEIGHT-1M": used}
        if operation.counts_orders:
            orders = self._venue.orders
            headers["X-MBX-ORDER-COUNT-10S"] = str(orders.short.used)
            headers["X-MBX-ORDER-COUNT-1D"] = str(orders.long.used)
        return headers
