"""A running Upbit with one listed coin and money, and a signed client of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from aiohttp import ClientSession

from tests.exchanges.clock import MovableClock
from tests.exchanges.running import Running, serving
from tests.exchanges.upbit.client import UpbitClient
from tests.exchanges.upbit.server import UpbitServer, build

NOON = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def upbit() -> UpbitServer:
    server = build(MovableClock(NOON))
    server.list_market("BTC", Decimal(100_000_000), minutes=3000)
    server.exchange.deposit("KRW", Decimal(1_000_000))
    server.exchange.deposit("BTC", Decimal("0.01"))
    return server


@pytest.fixture
async def running(upbit: UpbitServer) -> AsyncIterator[Running]:
    async with serving(upbit) as made:
        yield made


@pytest.fixture
async def client(running: Running) -> AsyncIterator[UpbitClient]:
    async with ClientSession() as session:
        yield UpbitClient(session, running.url)
