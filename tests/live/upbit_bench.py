"""The Upbit adapter under a real order desk, in front of an exchange on loopback."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

from engine.domain.exits import ExitPlan
from engine.domain.ids import client_order_id
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.venue import VenueName
from engine.venues.live.wire import Patience
from engine.venues.upbit.client import UpbitAddresses, UpbitKeys
from engine.venues.upbit.venue import LINES, UpbitVenue
from engine.venues.upbit.wire import UpbitWire
from tests.exchanges.clock import MovableClock
from tests.exchanges.faults import Answer, BadJson, CutBody, DropAfter, HangAfter
from tests.exchanges.running import serving
from tests.exchanges.upbit.listing import uuid_of
from tests.exchanges.upbit.server import ACCESS_KEY, SECRET_KEY, UpbitServer
from tests.live.bench import Bench, ShiftedClock, bench, connected
from tests.live.house import House

PRICE = Decimal(100_000_000)
BTC = "BTC/KRW"


UpbitBench = Bench[UpbitServer, UpbitVenue]


@asynccontextmanager
async def upbit_bench(
    timeout_s: float = 0.5,
    *,
    silence_s: float = 30.0,
    clock_s: float = 3600.0,
    skew_s: float = 0.0,
    streams: Sequence[str] = (),
) -> AsyncIterator[UpbitBench]:
    """Run venue and adapter; `streams` are markets to follow, none for REST alone."""
    server = UpbitServer(MovableClock())
    set_clock(server, skew_s)
    server.list_market("BTC", PRICE, 10)
    server.list_market("XRP", Decimal(3000), 10)
    server.exchange.deposit("KRW", Decimal(10_000_000))
    async with serving(server) as running:
        clock, at = ShiftedClock(), UpbitAddresses(running.url, running.ws_url)
        keys, patience = (
            UpbitKeys(ACCESS_KEY, SECRET_KEY),
            Patience(timeout_s, silence_s, silence_s, clock_s),
        )
        venue = UpbitVenue(UpbitWire(at, keys, LINES, clock, patience))
        made = await bench(running, server, venue, clock, 5_000_000)
        async with connected(made, streams) as opened:
            yield opened


def buy(key: str = "one", cost: int = 1_000_000) -> OrderIntent:
    """Return a market buy of so many won."""
    return OrderIntent(
        client_id=client_order_id("test", key),
        venue=VenueName.UPBIT,
        symbol=BTC,
        side=Side.BUY,
        type=OrderType.MARKET,
        purpose=Purpose.ENTRY,
        quantity=Decimal(cost) / PRICE,
        decision_price=PRICE,
        reason="a test",
        decision=key,
        cost=Decimal(cost),
        exits=ExitPlan(None, None, None, Decimal("0.05")),
    )


def sale(key: str, quantity: str, price: Decimal | None = None) -> OrderIntent:
    """Return a sale at market, or at a limit."""
    return OrderIntent(
        client_id=client_order_id("test", key),
        venue=VenueName.UPBIT,
        symbol=BTC,
        side=Side.SELL,
        type=OrderType.MARKET if price is None else OrderType.LIMIT,
        purpose=Purpose.EXIT,
        quantity=Decimal(quantity),
        decision_price=PRICE,
        reason="a test",
        price=price,
    )


def set_clock(server: UpbitServer, ahead_s: float) -> None:
    """Let the venue's clock be ahead of ours."""
    server.skew_s = ahead_s


def saying(status: int, name: str) -> Answer:
    """Return a refusal in Upbit's words."""
    return Answer(status, {"error": {"name": name, "message": "no"}})


UPBIT = House(
    name="upbit",
    open=upbit_bench,
    orders="/v1/orders",
    account="/v1/accounts",
    cancelled="/v1/order",
    symbol=BTC,
    buy=buy,
    sale=sale,
    bought=Decimal("0.01"),
    limit=PRICE + 1_000_000,
    taken=(
        DropAfter(),
        HangAfter(),
        CutBody(),
        BadJson(),
        Answer(502, "<html>", after=True),
        Answer(201, {"unexpected": 1}, after=True),
        Answer(302, "", {"Location": "http://127.0.0.1:9/"}, after=True),
    ),
    unsure=(saying(500, "x"),),
    limited=saying(429, "too_many_requests"),
    pause_s=1,
    refusals=(
        (saying(401, "invalid_access_key"), "invalid_access_key"),
        (saying(401, "no_authorization_ip"), "no_authorization_ip"),
        (saying(403, "out_of_scope"), "out_of_scope"),
        (Answer(403, "<html>WAF</html>"), "WAF"),
    ),
    nonsense=([{"currency": "BTC"}], "<html>", [{"currency": "BTC", "balance": "x"}]),
    trade_id=uuid_of,
    set_clock=set_clock,
)
