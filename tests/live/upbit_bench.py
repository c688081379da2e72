"""The Upbit adapter under a real order desk, in front of an exchange on loopback."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

from engine.domain.exits import ExitPlan
from engine.domain.ids import client_order_id
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.venue import VenueName
from engine.venues.upbit.client import UpbitAddresses, UpbitKeys
from engine.venues.upbit.venue import LINES, UpbitVenue
from engine.venues.upbit.wire import Patience, UpbitWire
from tests.exchanges.clock import MovableClock
from tests.exchanges.running import serving
from tests.exchanges.upbit.server import ACCESS_KEY, SECRET_KEY, UpbitServer
from tests.live.bench import Bench, ShiftedClock, bench, connected

PRICE = Decimal(100_000_000)
BTC = "BTC/KRW"
PATIENCE_S = 10.0


UpbitBench = Bench[UpbitServer, UpbitVenue]


@asynccontextmanager
async def upbit_bench(
    timeout_s: float = 0.5, *, silence_s: float = 30.0, streams: Sequence[str] = ()
) -> AsyncIterator[UpbitBench]:
    """Run venue and adapter; `streams` are markets to follow, none for REST alone."""
    server = UpbitServer(MovableClock())
    server.list_market("BTC", PRICE, 10)
    server.list_market("XRP", Decimal(3000), 10)
    server.exchange.deposit("KRW", Decimal(10_000_000))
    async with serving(server) as running:
        clock, at = ShiftedClock(), UpbitAddresses(running.url, running.ws_url)
        keys, patience = (
            UpbitKeys(ACCESS_KEY, SECRET_KEY),
            Patience(timeout_s, silence_s, silence_s),
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
