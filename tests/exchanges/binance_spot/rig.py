"""A running venue with money, and a plain signed client to talk to it with."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.exchanges.binance_spot.server import KEY, SECRET, BinanceSpotServer, build
from tests.exchanges.clock import MovableClock
from tests.exchanges.running import Running, serving

BTC = "BTC/USDT"
MARKETS = (("BTC", "60000"), ("ETH", "3000"), ("BNB", "600"), ("XRP", "2"))
MONEY = (("USDT", "100000"), ("BTC", "2"))
NOON = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> int:
        """Return the code of an error, or 0."""
        return int(self.body.get("code", 0)) if isinstance(self.body, dict) else 0

    @property
    def message(self) -> str:
        """Return the message of an error."""
        return str(self.body["msg"])


@dataclass(slots=True)
class Rig:
    """One venue, its address and a session; `key` and `secret` sign what `ask` sends."""

    server: BinanceSpotServer
    running: Running
    session: aiohttp.ClientSession
    key: str = KEY
    secret: str = SECRET
    sockets: list[aiohttp.ClientWebSocketResponse] = field(default_factory=list)

    async def public(self, path: str, **params: str) -> Reply:
        """Ask for what needs no key."""
        return await self.send("GET", path, urlencode(params))

    async def ask(self, method: str, path: str, **params: str) -> Reply:
        """Send a signed request: GET and DELETE in the query, POST as a form."""
        text = self.signed(params)
        query, body = ("", text) if method == "POST" else (text, "")
        return await self.send(method, path, query, body)

    def signed(self, params: Mapping[str, str]) -> str:
        """Return parameters with time and signature."""
        stamp = {"timestamp": str(int(time.time() * 1000))}
        text = urlencode(stamp | dict(params))
        return f"{text}&signature={self.sign(text)}"

    def sign(self, text: str) -> str:
        """Return the signature of a text."""
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    async def send(self, method: str, path: str, query: str = "", body: str = "") -> Reply:
        """Send a request as it is."""
        headers = {"X-MBX-APIKEY": self.key} if self.key else {}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        url = f"{self.running.url}{path}" + (f"?{query}" if query else "")
        async with self.session.request(method, url, data=body or None, headers=headers) as came:
            return Reply(came.status, await came.json(content_type=None), came.headers)

    async def order(self, kind: str = "LIMIT", **params: str) -> Reply:
        """Send an order of BTC, by default a buy of 0.01 well below the market."""
        usual = {"symbol": "BTCUSDT", "side": "BUY", "type": kind}
        if kind == "LIMIT":
            usual |= {"timeInForce": "GTC", "quantity": "0.01", "price": "50000"}
        wanted = {name: value for name, value in (usual | params).items() if value}
        return await self.ask("POST", "/api/v3/order", **wanted)

    async def oco(self, **params: str) -> Reply:
        """Send an OCO that sells 0.1 BTC at 61,000, or at market below 59,000."""
        usual = {
            "symbol": "BTCUSDT",
            "side": "SELL",
            "quantity": "0.1",
            "aboveType": "LIMIT_MAKER",
            "abovePrice": "61000",
            "belowType": "STOP_LOSS",
            "belowStopPrice": "59000",
        }
        wanted = {name: value for name, value in (usual | params).items() if value}
        return await self.ask("POST", "/api/v3/orderList/oco", **wanted)

    async def status(self, order_id: int, symbol: str = "BTCUSDT") -> str:
        """Return an order's status as a query tells it."""
        reply = await self.ask("GET", "/api/v3/order", symbol=symbol, orderId=str(order_id))
        return str(reply.body["status"])

    def set_price(self, price: str, quantity: str | None = None) -> None:
        """Let others trade BTC."""
        traded = None if quantity is None else Decimal(quantity)
        self.server.exchange.set_price(BTC, Decimal(price), traded)

    async def socket(self, path: str) -> "Socket":
        """Open a WebSocket."""
        ws = await self.session.ws_connect(f"{self.running.ws_url}{path}")
        self.sockets.append(ws)
        return Socket(ws, self)


@dataclass(slots=True)
class Socket:
    """One WebSocket connection of the client."""

    ws: aiohttp.ClientWebSocketResponse
    rig: Rig

    async def ask(self, method: str, params: object = None, request_id: object = 1) -> Any:
        """Send a request and return the next message."""
        request: dict[str, object] = {"id": request_id, "method": method}
        await self.ws.send_str(
            json.dumps(request if params is None else request | {"params": params})
        )
        return await self.next()

    async def signed(self, method: str, **params: str) -> Any:
        """Send a signed request of the WebSocket API and return the next message."""
        stamp = int(time.time() * 1000)
        given: dict[str, Any] = {"apiKey": self.rig.key, "timestamp": stamp, **params}
        text = "&".join(f"{name}={value}" for name, value in sorted(given.items()))
        return await self.ask(method, given | {"signature": self.rig.sign(text)})

    async def next(self) -> Any:
        """Return the next message."""
        return await self.ws.receive_json(timeout=5)

    async def until(self, **wanted: object) -> Any:
        """Return the next event of the account with these values."""
        while True:
            event = (await self.next()).get("event", {})
            if wanted.items() <= event.items():
                return event


@asynccontextmanager
async def rig(*, minutes: int = 0, still: bool = False) -> AsyncIterator[Rig]:
    """Run a venue with four coins and some money, its clock standing still if wanted."""
    server = build(MovableClock(NOON if still else None))
    for base, price in MARKETS:
        server.list_market(base, Decimal(price), minutes)
    for asset, amount in MONEY:
        server.exchange.deposit(asset, Decimal(amount))
    async with serving(server) as running, aiohttp.ClientSession() as session:
        it = Rig(server, running, session)
        try:
            yield it
        finally:
            for ws in it.sockets:
                await ws.close()
