"""The Upbit server: an exchange behind Upbit's paths.

server = build(MovableClock())
server.list_market("BTC", Decimal("100000000"))
server.exchange.deposit("KRW", Decimal(1_000_000))
async with serving(server) as running: ...
"""

import time
from decimal import Decimal
from email.utils import formatdate

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.exchanges.candles import CandleHistory
from tests.exchanges.clock import MovableClock
from tests.exchanges.faults import Faults
from tests.exchanges.matching import Exchange
from tests.exchanges.streams import Streams
from tests.exchanges.upbit.auth import Keys
from tests.exchanges.upbit.desk import Desk
from tests.exchanges.upbit.errors import Refused
from tests.exchanges.upbit.limits import Limits
from tests.exchanges.upbit.listing import krw_market
from tests.exchanges.upbit.market_data import MarketData
from tests.exchanges.upbit.sockets import PRIVATE, PUBLIC, Sockets
from tests.exchanges.upbit.tape import Tape

ACCESS_KEY = "test-upbit-access-key"
SECRET_KEY = "test-upbit-secret-key-of-an-example"
_WS = "/websocket/v1"


class UpbitServer:
    """Upbit on loopback; `limits`, `keys` and `data` may be changed by tests while it runs.

    Its answers are dated `skew_s` ahead of wall time.
    """

    def __init__(self, clock: MovableClock, seed: int = 0) -> None:
        self.clock = clock
        self.exchange = Exchange(clock)
        self.candles = CandleHistory(self.exchange, seed)
        self.faults = Faults(clock)
        self.streams = Streams()
        self.limits = Limits(time.monotonic)
        self.keys = Keys(ACCESS_KEY, SECRET_KEY)
        self.skew_s = 0.0
        tape = Tape(self.exchange, self.candles)
        self.sockets = Sockets(self.exchange, self.candles, tape, self.streams)
        self.data = MarketData(self.exchange, self.candles, tape)
        self.desk = Desk(self.exchange, self.keys, self.sockets.smp_types)

    def list_market(self, base: str, price: Decimal, minutes: int = 0) -> None:
        """List a KRW market at a price, with so many minutes of a made-up past."""
        market = krw_market(base)
        self.exchange.add_market(market)
        if minutes:
            self.candles.walk_to(market.symbol, price, minutes)
        self.exchange.set_price(market.symbol, price)

    def application(self) -> web.Application:
        """Return a fresh application with every path."""
        app = web.Application(middlewares=[self.faults.middleware, self._answer])
        for method, path, _, route in self._routes():
            app.router.add_route(method, path, route)
        return app

    def _routes(self) -> list[tuple[str, str, str, Handler]]:
        """Return method, path, group of the limit, and what answers."""
        data, desk = self.data, self.desk
        return [
            ("GET", "/v1/market/all", "market", data.markets),
            ("GET", "/v1/ticker", "ticker", data.tickers),
            ("GET", "/v1/ticker/all", "ticker", data.all_tickers),
            ("GET", "/v1/candles/minutes/{unit}", "candles", data.minute_candles),
            ("GET", "/v1/candles/days", "candles", data.day_candles),
            ("GET", "/v1/trades/ticks", "crix-trades", data.trades),
            ("GET", "/v1/orderbook", "orderbook", data.orderbooks),
            ("GET", "/v1/orderbook/instruments", "orderbook", data.instruments),
            ("GET", "/v1/accounts", "default", desk.accounts),
            ("GET", "/v1/api_keys", "default", desk.api_keys),
            ("GET", "/v1/orders/chance", "default", desk.chance),
            ("GET", "/v1/order", "default", desk.one),
            ("GET", "/v1/orders/open", "default", desk.open),
            ("GET", "/v1/orders/closed", "default", desk.closed),
            ("GET", "/v1/orders/uuids", "default", desk.by_ids),
            ("POST", "/v1/orders", "order", desk.place),
            ("POST", "/v1/orders/test", "order-test", desk.test),
            ("DELETE", "/v1/order", "default", desk.cancel),
            ("GET", _WS, "websocket-connect", self._public_socket),
            ("GET", f"{_WS}/private", "websocket-connect", self._private_socket),
        ]

    @property
    def _answer(self) -> Middleware:
        groups = {(method, path): group for method, path, group, _ in self._routes()}
        private = {path for _, path, group, _ in self._routes() if _is_private(path, group)}

        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            resource = request.match_info.route.resource
            path = resource.canonical if resource else ""
            group = groups.get((request.method, path))
            if group is None:
                return await handler(request)
            try:
                self.limits.count(group, with_origin="Origin" in request.headers)
                if path in private:
                    await self.keys.check(request)
                response = await handler(request)
            except Refused as e:
                response = e.response()
            if not response.prepared:
                response.headers["Remaining-Req"] = self.limits.remaining(group)
                response.headers["Date"] = formatdate(time.time() + self.skew_s, usegmt=True)
            return response

        return answer

    async def _public_socket(self, request: web.Request) -> web.StreamResponse:
        return await self.sockets.serve(request, PUBLIC)

    async def _private_socket(self, request: web.Request) -> web.StreamResponse:
        return await self.sockets.serve(request, PRIVATE)


def build(clock: MovableClock) -> UpbitServer:
    """Return a server with nothing listed."""
    return UpbitServer(clock)


def _is_private(path: str, group: str) -> bool:
    return group in {"default", "order", "order-test"} or path.endswith("/private")
