"""Upbit on loopback without its limits, and an engine that trades on it in a process of its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import psutil

from tests.exchanges.clock import MovableClock
from tests.exchanges.remote import RemoteVenue
from tests.exchanges.running import serving
from tests.exchanges.terms import PriceMoved, Side
from tests.exchanges.upbit.limits import PER_SECOND, Limits
from tests.exchanges.upbit.listing import code_of
from tests.exchanges.upbit.quotes import trade_message
from tests.exchanges.upbit.server import UpbitServer
from tests.exchanges.upbit.sockets import PUBLIC
from tests.exchanges.upbit.tape import PublicTrade
from tests.whole.live_clock import PushedClock
from tests.whole.live_house import UPBIT, LiveHouse, Nursery, checkout

START, TICK = Decimal(10000), 10
MINUTES = 90
PURSE = Decimal(10) ** 12
PATIENCE_S = 10.0


@dataclass
class LiveBench:
    """The exchange, the engine, and how long each price took to become an order."""

    server: UpbitServer
    house: LiveHouse
    clock: PushedClock
    symbols: Sequence[str]
    delays_ms: list[float] = field(default_factory=list)
    told: int = 0
    _trades: dict[str, Any] = field(default_factory=dict)

    async def get(self, path: str) -> Any:
        """Ask the engine, without holding up the exchange."""
        return await asyncio.to_thread(self.house.get, path)

    def tell(self, symbol: str, price: Decimal) -> None:
        """Let others trade at a price."""
        self.server.exchange.set_price(symbol, price)
        self.told += 1

    def mention(self, symbol: str, ticks: int) -> None:
        """Send a trade some ticks from the last price on the stream alone: no book, no candle.

        What the exchange does for a price of `tell` costs more than what the engine does with it.
        """
        body = self._trades.get(symbol)
        if body is None:
            body = self._trades[symbol] = trade_of(self.server, symbol)
        now = int(self.server.clock().timestamp() * 1000)
        price = body["trade_price"] + TICK * ticks
        news = {"trade_price": price, "trade_timestamp": now, "timestamp": now}
        text = orjson.dumps(body | news)
        for stream in self.server.streams._of(PUBLIC):
            stream.send("trade", text)
        self.told += 1

    async def order_on(self, symbol: str, price: Decimal) -> None:
        """Tell a price that asks for an order, and note how long the order took to arrive."""
        sent = len(self.server.faults.requests)
        began = self.server.clock()
        self.tell(symbol, price)
        code = code_of(symbol)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            for one in self.server.faults.requests[sent:]:
                if one.method == "POST" and one.params.get("market") == code:
                    self.delays_ms.append((one.at - began).total_seconds() * 1000)
                    return
            await asyncio.sleep(0.002)

    def pass_by(self, seconds: float) -> None:
        """Let time pass for both."""
        self.clock.push(seconds)
        self.server.clock.advance(timedelta(seconds=seconds))

    def process(self) -> psutil.Process:
        """Return the engine's process."""
        assert self.house.engine is not None
        return psutil.Process(self.house.engine.pid)


@asynccontextmanager
async def live_bench(folder: Path, markets: int, preset: str) -> AsyncIterator[LiveBench]:
    """Run both; the engine follows that many markets."""
    server = UpbitServer(MovableClock())
    server.limits = Limits(time.monotonic, dict.fromkeys(PER_SECOND, 10**9))
    names = [f"M{number:03}" for number in range(markets)]
    for name in ("BTC", *names):
        server.list_market(name, START, MINUTES)
    server.exchange.deposit("KRW", PURSE)
    async with serving(server) as running:
        own = await asyncio.to_thread(checkout, folder)
        nursery = await asyncio.to_thread(Nursery, own)
        there = RemoteVenue(running.url, running.ws_url, "")
        house = LiveHouse(folder / "house", own, {UPBIT: there}, nursery)
        house.clock = PushedClock(folder / "house" / "clock")
        house.values |= {
            "CRYPTO_STRATEGY_PRESET": preset,
            "SYMBOLS_BLOCK": "BTC",
            "VOLUME_TOP_N": str(markets),
        }
        await asyncio.to_thread(house.begin)
        try:
            await asyncio.to_thread(house.until, house.is_settled, 300)
            yield LiveBench(server, house, house.clock, [f"{name}/KRW" for name in names])
        finally:
            await asyncio.to_thread(house.close)
            await asyncio.to_thread(nursery.close)


def trade_of(server: UpbitServer, symbol: str) -> dict[str, Any]:
    """Return the newest trade of a market as the stream tells it."""
    moved = PriceMoved(symbol, START, Decimal(1), Side.BUY, server.clock())
    book = server.exchange.book(symbol)
    return dict(trade_message(PublicTrade(moved, 1), START, book)) | {"stream_type": "REALTIME"}


def percentile(values: Sequence[float], share: float) -> float:
    """Return a percentile of some values, NaN of none."""
    if not values:
        return float("nan")
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
