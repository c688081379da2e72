"""The Binance spot server: an exchange behind Binance's paths.

server = build(MovableClock())
server.list_market("BTC", Decimal(60_000), minutes=3000)
server.exchange.deposit("USDT", Decimal(1_000))
async with serving(server) as running: ...
"""

from decimal import Decimal

from aiohttp import web

from tests.exchanges.binance_spot.errors import ApiError
from tests.exchanges.binance_spot.keys import ApiKey
from tests.exchanges.binance_spot.listing import usdt_rules
from tests.exchanges.binance_spot.market_data import MarketData
from tests.exchanges.binance_spot.market_streams import MarketStreams
from tests.exchanges.binance_spot.operations import rest_operations, socket_operations
from tests.exchanges.binance_spot.rest import Rest
from tests.exchanges.binance_spot.tape import Tape
from tests.exchanges.binance_spot.venue import Venue
from tests.exchanges.binance_spot.ws_api import WsApi
from tests.exchanges.candles import CandleHistory
from tests.exchanges.clock import MovableClock
from tests.exchanges.faults import Answer, Faults
from tests.exchanges.matching import Exchange
from tests.exchanges.streams import Streams

KEY = "test-binance-api-key"
SECRET = "test-binance-api-secret"


class BinanceSpotServer:
    """Binance spot on loopback; `venue` holds what tests may change while it runs."""

    def __init__(self, clock: MovableClock, seed: int = 0) -> None:
        self.clock = clock
        self.exchange = Exchange(clock)
        self.candles = CandleHistory(self.exchange, seed)
        self.venue = Venue(self.exchange, self.candles)
        self.faults = Faults(clock)
        self.streams = Streams()
        tape = Tape()
        data = MarketData(self.venue, tape)
        self.market_streams = MarketStreams(self.venue, tape, self.streams)
        self.ws_api = WsApi(self.venue, socket_operations(self.venue, data), self.streams)
        self._rest = Rest(self.venue, rest_operations(self.venue, data))

    def list_market(self, base: str, price: Decimal, minutes: int = 0) -> None:
        """List a coin against USDT at a price, with so many minutes of a made-up past."""
        rules = usdt_rules(base)
        self.venue.list_symbol(rules)
        if minutes:
            self.candles.walk_to(rules.market, price, minutes)
        self.exchange.set_price(rules.market, price)

    def application(self) -> web.Application:
        """Return a fresh application with every path."""
        app = web.Application(middlewares=[self.faults.middleware])
        self._rest.add_to(app)
        app.router.add_get("/ws-api/v3", self.ws_api.handle)
        # Clients tell spot from futures by the text "/stream" in the address.
        for path in ("/ws", "/ws/{names:.+}", "/stream", "/stream/ws", "/stream/ws/{names:.+}"):
            app.router.add_get(path, self.market_streams.handle)
        app.cleanup_ctx.append(self.market_streams.ticking)
        return app

    def announce_shutdown(self) -> None:
        """Send serverShutdown on every WebSocket connection."""
        self.ws_api.announce_shutdown()
        self.market_streams.announce_shutdown()


def build(clock: MovableClock) -> BinanceSpotServer:
    """Return a server without markets or money, and with one key that may read and trade."""
    server = BinanceSpotServer(clock)
    server.venue.issue_key(ApiKey(KEY, SECRET))
    return server


def refusing(error: ApiError, *, after: bool = False) -> Answer:
    """Return a fault that answers with an error of Binance, carried out first if `after`."""
    return Answer(error.status, error.body(), error.headers, after=after)
