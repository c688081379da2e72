"""The Binance spot adapter under a real order desk, in front of an exchange on loopback."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

from engine.domain.exits import ExitPlan
from engine.domain.ids import client_order_id
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.venue import VenueName
from engine.ports.venue import SurfaceName
from engine.venues.binance_spot.clients import Key
from engine.venues.binance_spot.endpoints import Endpoints, endpoints
from engine.venues.binance_spot.market import SpotMarket
from engine.venues.binance_spot.venue import SpotVenue
from engine.venues.binance_spot.wire import Access, Wire
from engine.venues.live.wire import Patience
from tests.exchanges.binance_spot.errors import internal_error
from tests.exchanges.binance_spot.server import KEY, SECRET, BinanceSpotServer, build, refusing
from tests.exchanges.clock import MovableClock
from tests.exchanges.faults import Answer, BadJson, CutBody, DropAfter, HangAfter
from tests.exchanges.running import Running, serving
from tests.exchanges.terms import NewOrder
from tests.exchanges.terms import OrderType as TheirType
from tests.exchanges.terms import Side as TheirSide
from tests.live.bench import Bench, ShiftedClock, bench, connected
from tests.live.house import House

PRICE = Decimal(60_000)
BTC = "BTC/USDT"
OWNER = Key(KEY, SECRET)


BinanceBench = Bench[BinanceSpotServer, SpotVenue]


def exchange() -> BinanceSpotServer:
    """Return a venue with two coins and some money, not yet running."""
    server = build(MovableClock())
    server.list_market("BTC", PRICE, minutes=30)
    server.list_market("BNB", Decimal(600), minutes=30)
    server.exchange.deposit("USDT", Decimal(10_000))
    return server


def address(running: Running) -> Endpoints:
    return endpoints(running.url, running.ws_url, running.ws_url)


def access(running: Running, patience: Patience, key: Key = OWNER) -> Access:
    return Access(address(running), key, ShiftedClock(), lambda: 1.0, patience)


def public_market(running: Running, patience: Patience | None = None) -> SpotMarket:
    """Return the adapter's public half, without a key."""
    wanted = access(running, patience or Patience(), Key())
    return SpotMarket(Wire(wanted, (SurfaceName.PRICES, SurfaceName.REST)))


@asynccontextmanager
async def binance_bench(
    timeout_s: float = 0.5,
    *,
    silence_s: float = 30.0,
    clock_s: float = 3600.0,
    skew_s: float = 0.0,
    streams: Sequence[str] = (),
) -> AsyncIterator[BinanceBench]:
    """Run venue and adapter; `streams` are markets to follow, none for REST alone."""
    server = exchange()
    set_clock(server, skew_s)
    async with serving(server) as running:
        wanted = access(running, Patience(timeout_s, silence_s, silence_s, clock_s))
        clock = wanted.clock
        assert isinstance(clock, ShiftedClock)
        made = await bench(running, server, SpotVenue(wanted), clock, 5_000)
        async with connected(made, streams) as opened:
            yield opened


def buy(key: str = "one", quantity: str = "0.01") -> OrderIntent:
    """Return a market buy."""
    return OrderIntent(
        client_id=client_order_id("test", key),
        venue=VenueName.BINANCE_SPOT,
        symbol=BTC,
        side=Side.BUY,
        type=OrderType.MARKET,
        purpose=Purpose.ENTRY,
        quantity=Decimal(quantity),
        decision_price=PRICE,
        reason="a test",
        decision=key,
        exits=ExitPlan(None, None, None, Decimal("0.05")),
    )


def sale(key: str, quantity: str, price: Decimal | None = None) -> OrderIntent:
    """Return a sale at market, or at a limit."""
    return replace(
        buy(key, quantity),
        side=Side.SELL,
        type=OrderType.MARKET if price is None else OrderType.LIMIT,
        purpose=Purpose.EXIT,
        price=price,
        decision="",
        exits=None,
    )


def oco(key: str, quantity: str, profit: str, stop: str) -> list[OrderIntent]:
    """Return the two legs of a protection."""
    base = replace(sale(key, quantity), purpose=Purpose.PROTECT, group=f"pasu-{key}")
    return [
        replace(
            base,
            client_id=client_order_id(key, "profit"),
            type=OrderType.LIMIT,
            price=Decimal(profit),
        ),
        replace(
            base,
            client_id=client_order_id(key, "stop"),
            type=OrderType.STOP_MARKET,
            trigger=Decimal(stop),
        ),
    ]


def by_hand() -> NewOrder:
    """Return an order that the owner placed without us."""
    return NewOrder(
        symbol=BTC,
        side=TheirSide.BUY,
        type=TheirType.LIMIT,
        quantity=Decimal("0.01"),
        price=PRICE - 1000,
        client_id="by-hand",
    )


def set_clock(server: BinanceSpotServer, ahead_s: float) -> None:
    """Let the venue's clock be ahead of ours."""
    server.venue.settings.skew_ms = round(ahead_s * 1000)


def saying(status: int, code: int, words: str) -> Answer:
    """Return a refusal in Binance's words."""
    return Answer(status, {"code": code, "msg": words})


BINANCE = House(
    name="binance",
    open=binance_bench,
    orders="/api/v3/order",
    account="/api/v3/account",
    cancelled="/api/v3/order",
    symbol=BTC,
    buy=buy,
    sale=sale,
    bought=Decimal("0.00999"),
    limit=PRICE + 100,
    taken=(
        DropAfter(),
        HangAfter(),
        CutBody(),
        BadJson(),
        Answer(502, "<html>", after=True),
        refusing(internal_error(-1007), after=True),
        Answer(200, {"unexpected": 1}, after=True),
        Answer(302, "", {"Location": "http://127.0.0.1:9/"}, after=True),
    ),
    unsure=tuple(
        refusing(internal_error(code)) for code in (-1000, -1001, -1006, -1007, -1008, -1016)
    ),
    limited=replace(saying(429, -1003, "Too much request weight"), headers={"Retry-After": "7"}),
    pause_s=7,
    refusals=(
        (saying(401, -2015, "Invalid API-key, IP, or permissions for action."), "-2015"),
        (saying(400, -2015, "Invalid API-key, IP, or permissions for action."), "-2015"),
        (Answer(403, "<html>WAF</html>"), "WAF"),
        (saying(451, 0, "Service unavailable from a restricted location"), "restricted"),
    ),
    nonsense=(
        {"balances": "none"},
        [],
        {"balances": [{"asset": "BTC", "free": "NaN"}]},
        "<html>",
    ),
    trade_id=str,
    set_clock=set_clock,
)
