"""A loopback server that speaks the candle paths of Upbit, Binance and Bybit, with their faults.

Prices follow from symbol and time, so that any two downloads of the same minutes must agree.
"""

import asyncio
import hashlib
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.test_utils import TestServer

from engine.domain.candle import Candle, Timeframe

SYMBOLS = ("BTC", "ETH")
KST = timedelta(hours=9)
UPBIT_MINUTES = {1: Timeframe.M1, 5: Timeframe.M5, 15: Timeframe.M15, 60: Timeframe.H1}
BYBIT = {"1": Timeframe.M1, "5": Timeframe.M5, "60": Timeframe.H1, "D": Timeframe.D1}


def candle(symbol, opened_at):
    """Return the one candle that this venue has for a symbol and an opening."""
    seed = hashlib.sha256(f"{symbol} {opened_at.isoformat()}".encode()).digest()
    price = 1000 + seed[0] + seed[1] / 256
    close = price + seed[2] / 256
    return Candle(opened_at, price, close + 1.5, price - 0.5, close, seed[3] / 8)


@dataclass
class FakeVenue:
    """What the venue has and how it misbehaves; `asked` lists path and query of each request."""

    listed_at: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    quiet: object = lambda opened_at: False
    spoiled: dict = field(default_factory=dict)
    faults: deque = field(default_factory=deque)
    fault_on: str = "candles kline"
    slow_s: float = 0.0
    weight_used: int = 10
    remaining: int = 9
    asked: list = field(default_factory=list)
    times: list = field(default_factory=list)
    address: str = ""
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    def candles(self, symbol, timeframe, start, end, most=1_000_000):
        """Return the first of what there is between two moments, the end excluded."""
        at = timeframe.start(max(start, self.listed_at) + timeframe.delta - timedelta.resolution)
        found = []
        while at < end and len(found) < most:
            if not self.quiet(at):
                found.append(self.spoiled.get(at) or candle(symbol, at))
            at += timeframe.delta
        return found

    def candle_requests(self):
        return [path for path, _ in self.asked if "candles" in path or "kline" in path]

    async def reached(self, count):
        """Wait until so many requests for candles have come."""
        async with self.came:
            await self.came.wait_for(lambda: len(self.candle_requests()) >= count)

    @asynccontextmanager
    async def running(self):
        app = web.Application(middlewares=[self._middleware])
        app.router.add_get("/v1/market/all", self._upbit_markets)
        app.router.add_get("/v1/candles/minutes/{unit}", self._upbit_candles)
        app.router.add_get("/v1/candles/days", self._upbit_candles)
        for path in ("/api/v3", "/fapi/v1"):
            app.router.add_get(f"{path}/exchangeInfo", self._binance_info)
            app.router.add_get(f"{path}/klines", self._binance_klines)
        app.router.add_get("/v5/market/instruments-info", self._bybit_instruments)
        app.router.add_get("/v5/market/kline", self._bybit_kline)
        async with TestServer(app, host="127.0.0.1") as server:
            self.address = f"http://127.0.0.1:{server.port}"
            yield self

    @web.middleware
    async def _middleware(self, request, handler):
        self.asked.append((request.path, dict(request.query)))
        self.times.append(asyncio.get_running_loop().time())
        async with self.came:
            self.came.notify_all()
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        if self.faults and any(part in request.path for part in self.fault_on.split()):
            fault = self.faults.popleft()
            if fault is not None:
                return await fault(request)
        return await handler(request)

    # --- Upbit ---

    def _upbit_answer(self, body):
        left = f"group=candles; min=600; sec={self.remaining}"
        return web.json_response(body, headers={"Remaining-Req": left})

    async def _upbit_markets(self, request):
        names = [{"market": f"KRW-{symbol}"} for symbol in SYMBOLS]
        return self._upbit_answer([*names, {"market": "BTC-ETH"}])

    async def _upbit_candles(self, request):
        market, unit = request.query["market"], request.match_info.get("unit")
        timeframe = UPBIT_MINUTES[int(unit)] if unit else Timeframe.D1
        if market.removeprefix("KRW-") not in SYMBOLS:
            body = {"error": {"name": 404, "message": "Code not found"}}
            return web.json_response(body, status=404)
        to = datetime.strptime(request.query["to"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        count = int(request.query["count"])
        assert 1 <= count <= 200
        # The newest before `to`, however far back they lie.
        reach = timeframe.delta * count
        found = self.candles(market[4:], timeframe, to - reach, to)
        while len(found) < count and to - reach > self.listed_at:
            reach *= 2
            found = self.candles(market[4:], timeframe, to - reach, to)
        rows = [self._upbit_row(market, one) for one in reversed(found[-count:])]
        return self._upbit_answer(rows)

    def _upbit_row(self, market, one):
        return {
            "market": market,
            "candle_date_time_utc": f"{one.opened_at:%Y-%m-%dT%H:%M:%S}",
            "candle_date_time_kst": f"{one.opened_at + KST:%Y-%m-%dT%H:%M:%S}",
            "opening_price": one.open,
            "high_price": one.high,
            "low_price": one.low,
            "trade_price": one.close,
            "timestamp": int(one.opened_at.timestamp() * 1000),
            "candle_acc_trade_price": one.volume * one.close,
            "candle_acc_trade_volume": one.volume,
        }

    # --- Binance ---

    def _binance_answer(self, body):
        return web.json_response(body, headers={"X-MBX-USED-WEIGHT-1M": str(self.weight_used)})

    async def _binance_info(self, request):
        future = request.path.startswith("/fapi")
        listed = [
            {"symbol": f"{symbol}USDT", "baseAsset": symbol, "quoteAsset": "USDT"}
            | ({"contractType": "PERPETUAL"} if future else {"status": "TRADING"})
            for symbol in SYMBOLS
        ]
        if future:
            quarterly = {"symbol": "BTCUSDT_261225", "contractType": "CURRENT_QUARTER"}
            listed.append({**quarterly, "baseAsset": "BTC", "quoteAsset": "USDT"})
        weight = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1}
        orders = {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 1}
        limits = [{**weight, "limit": 60_000}, orders]
        return self._binance_answer({"symbols": listed, "rateLimits": limits})

    async def _binance_klines(self, request):
        query = request.query
        timeframe = Timeframe(query["interval"])
        start, end = (
            datetime.fromtimestamp(int(query[name]) / 1000, UTC)
            for name in ("startTime", "endTime")
        )
        symbol = query["symbol"].removesuffix("USDT")
        if symbol not in SYMBOLS:
            return web.json_response({"code": -1121, "msg": "Invalid symbol."}, status=400)
        found = self.candles(symbol, timeframe, start, end, int(query["limit"]))
        return self._binance_answer([self._binance_row(one, timeframe) for one in found])

    def _binance_row(self, one, timeframe):
        opened = int(one.opened_at.timestamp() * 1000)
        prices = [f"{value:.8f}" for value in one[1:]]
        closed = opened + timeframe.seconds * 1000 - 1
        return [opened, *prices, closed, "1.0", 7, "0.5", "0.5", "0"]

    # --- Bybit ---

    async def _bybit_instruments(self, request):
        category = request.query["category"]
        listed = [
            {
                "symbol": f"{symbol}USDT",
                "baseCoin": symbol,
                "quoteCoin": "USDT",
                "status": "Trading",
                "marginTrading": "none",
                "lotSizeFilter": {"basePrecision": "0.0001", "quotePrecision": "0.01"},
                "priceFilter": {"tickSize": "0.01"},
            }
            for symbol in (SYMBOLS if category == "spot" else ())
        ]
        body = {"category": category, "list": listed, "nextPageCursor": ""}
        return web.json_response({"retCode": 0, "retMsg": "OK", "result": body})

    async def _bybit_kline(self, request):
        query = request.query
        timeframe = BYBIT[query["interval"]]
        start = datetime.fromtimestamp(int(query["start"]) / 1000, UTC)
        most = int(query["limit"])
        window = self.candles(
            query["symbol"].removesuffix("USDT"),
            timeframe,
            start,
            max(start, self.listed_at) + timeframe.delta * most,
        )
        rows = [
            [str(int(one.opened_at.timestamp() * 1000)), *(str(value) for value in one[1:]), "0"]
            for one in reversed(window[:most])
        ]
        body = {"category": "spot", "symbol": query["symbol"], "list": rows}
        return web.json_response({"retCode": 0, "retMsg": "OK", "result": body})


def status(code, body="", **headers):
    """Return a fault that answers with a status, a body and headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(request):
        if isinstance(body, str):
            return web.Response(status=code, text=body, headers=named)
        return web.json_response(body, status=code, headers=named)

    return answer


def bad_gateway():
    """Return a fault that answers 502 with a page for people."""
    page = "<html><body><h1>502 Bad Gateway</h1></body></html>"

    async def answer(request):
        return web.Response(status=502, text=page, content_type="text/html")

    return answer


def page_for_people():
    """Return a fault that answers 200 with a page for people."""

    async def answer(request):
        return web.Response(text="<html>maintenance</html>", content_type="text/html")

    return answer


def cut_body():
    """Return a fault that promises more bytes than it sends."""

    async def answer(request):
        response = web.StreamResponse(headers={"Content-Length": "4000"})
        response.content_type = "application/json"
        await response.prepare(request)
        await response.write(b'[[1735689600000,"1.0"')
        request.transport.close()
        return response

    return answer


def hung_up():
    """Return a fault that closes the connection without a word."""

    async def answer(request):
        request.transport.close()
        return web.Response()

    return answer
