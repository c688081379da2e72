"""What Binance counts: request weights, bans, unfilled orders."""

import time
from datetime import timedelta

import pytest

from tests.exchanges.binance_spot.errors import ApiError, internal_error
from tests.exchanges.binance_spot.rig import NOON, Rig, rig
from tests.exchanges.binance_spot.server import refusing
from tests.exchanges.faults import on

WEIGHT = "X-MBX-USED-WEIGHT-1M"
ORDERS = "X-MBX-ORDER-COUNT-10S"
ACCOUNT = "/api/v3/account"


@pytest.mark.parametrize(
    ("path", "params", "weight"),
    [
        ("ping", {}, 1),
        ("exchangeInfo", {}, 20),
        ("klines", {"symbol": "BTCUSDT", "interval": "1m"}, 2),
        ("ticker/24hr", {"symbol": "BTCUSDT"}, 2),
        ("ticker/24hr", {"symbols": '["BTCUSDT","ETHUSDT"]'}, 2),
        ("ticker/24hr", {}, 80),
        ("ticker/price", {"symbol": "BTCUSDT"}, 2),
        ("ticker/price", {}, 4),
        ("depth", {"symbol": "BTCUSDT"}, 5),
        ("depth", {"symbol": "BTCUSDT", "limit": "1000"}, 50),
        ("aggTrades", {"symbol": "BTCUSDT"}, 4),
    ],
)
async def test_public_request_weighs_what_the_documents_say(
    path: str, params: dict[str, str], weight: int
) -> None:
    async with rig(still=True) as it:
        reply = await it.public(f"/api/v3/{path}", **params)
        assert reply.status == 200
        assert reply.headers[WEIGHT] == str(weight)


@pytest.mark.parametrize(
    ("method", "path", "params", "weight"),
    [
        ("GET", "account", {}, 20),
        ("GET", "openOrders", {"symbol": "BTCUSDT"}, 6),
        ("GET", "openOrders", {}, 80),
        ("GET", "myTrades", {"symbol": "BTCUSDT"}, 20),
        ("GET", "myTrades", {"symbol": "BTCUSDT", "orderId": "1"}, 5),
        ("GET", "openOrderList", {}, 6),
        ("GET", "account/commission", {"symbol": "BTCUSDT"}, 20),
        ("GET", "rateLimit/order", {}, 40),
    ],
)
async def test_signed_request_weighs_what_the_documents_say(
    method: str, path: str, params: dict[str, str], weight: int
) -> None:
    async with rig(still=True) as it:
        reply = await it.ask(method, f"/api/v3/{path}", **params)
        assert reply.status == 200
        assert reply.headers[WEIGHT] == str(weight)


async def test_order_costs_weight_only_when_it_fails() -> None:
    async with rig(still=True) as it:
        assert (await it.order()).headers[WEIGHT] == "0"
        assert (await it.order(price="1")).headers[WEIGHT] == "1"
        assert (await it.oco()).headers[WEIGHT] == "1"
        gone = await it.ask("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
        assert gone.headers[WEIGHT] == "1"


async def test_too_much_weight_is_refused_until_the_minute_is_over() -> None:
    async with rig(still=True) as it:
        it.server.venue.weights.limit = 45
        for _ in range(2):
            assert (await it.ask("GET", ACCOUNT)).status == 200
        reply = await it.ask("GET", ACCOUNT)
        assert (reply.status, reply.code) == (429, -1003)
        assert "current limit is 45 request weight per 1 MINUTE" in reply.message
        assert reply.headers["Retry-After"] == "55"
        it.server.clock.advance(timedelta(seconds=55))
        assert (await it.ask("GET", ACCOUNT)).headers[WEIGHT] == "20"


async def ban(it: Rig) -> str:
    """Ask on and on, and return for how long we are shut out."""
    weights = it.server.venue.weights
    for _ in range(weights.patience):
        assert (await it.ask("GET", ACCOUNT)).status == 429
    reply = await it.ask("GET", ACCOUNT)
    assert (reply.status, reply.code) == (418, -1003)
    assert "IP banned until" in reply.message
    return reply.headers["Retry-After"]


async def test_who_does_not_stop_is_banned_and_each_time_for_longer() -> None:
    async with rig(still=True) as it:
        weights = it.server.venue.weights
        weights.limit, weights.patience = 10, 3
        assert await ban(it) == "120"
        assert (await it.public("/api/v3/ping")).status == 418
        it.server.clock.advance(timedelta(seconds=119))
        assert (await it.public("/api/v3/ping")).headers["Retry-After"] == "1"
        it.server.clock.advance(timedelta(seconds=1))
        assert (await it.public("/api/v3/ping")).status == 200
        it.server.clock.advance(timedelta(seconds=60))
        assert await ban(it) == "240"


async def test_ban_can_be_ordered() -> None:
    async with rig(still=True) as it:
        it.server.venue.weights.ban(300, NOON.timestamp())
        reply = await it.public("/api/v3/ping")
    assert (reply.status, reply.headers["Retry-After"]) == (418, "300")


async def test_orders_without_a_fill_are_counted() -> None:
    async with rig(still=True) as it:
        it.server.venue.orders.per_ten_seconds = 3
        assert (await it.order()).headers[ORDERS] == "1"
        assert (await it.oco()).headers[ORDERS] == "3"
        reply = await it.order()
        assert (reply.status, reply.code) == (429, -1015)
        assert reply.message == "Too many new orders; current limit is 3 orders per 10 SECOND."
        assert reply.headers["Retry-After"] == "5"
        it.server.clock.advance(timedelta(seconds=5))
        assert (await it.order()).headers[ORDERS] == "1"
        counts = (await it.ask("GET", "/api/v3/rateLimit/order")).body
        assert [one["count"] for one in counts] == [1, 4]


async def test_orders_that_trade_are_not_counted() -> None:
    async with rig(still=True) as it:
        for _ in range(3):
            assert (await it.order("MARKET", quantity="0.01")).headers[ORDERS] == "0"
        for _ in range(4):
            last = await it.order()
        assert last.headers[ORDERS] == "4"
        it.set_price("50000", "0.001")
        counts = (await it.ask("GET", "/api/v3/rateLimit/order")).body
        assert counts[0]["count"] == 0


async def test_asset_paths_are_counted_apart() -> None:
    async with rig(still=True) as it:
        reply = await it.ask("GET", "/sapi/v1/account/apiRestrictions")
        assert reply.headers["X-SAPI-USED-IP-WEIGHT-1M"] == "1"
        assert WEIGHT not in reply.headers
        assert (await it.public("/api/v3/ping")).headers[WEIGHT] == "1"


async def test_exchange_info_tells_the_limits() -> None:
    async with rig() as it:
        it.server.venue.weights.limit = 1200
        limits = (await it.public("/api/v3/exchangeInfo")).body["rateLimits"]
    assert [(one["rateLimitType"], one["limit"]) for one in limits[:2]] == [
        ("REQUEST_WEIGHT", 1200),
        ("ORDERS", 100),
    ]


@pytest.mark.parametrize(
    ("error", "after", "orders"),
    [
        (internal_error(-1006), True, 1),
        (internal_error(-1007), True, 1),
        (internal_error(-1007), False, 0),
        (internal_error(-1000), False, 0),
    ],
)
async def test_answer_of_unknown_outcome_leaves_it_to_a_query(
    error: ApiError, after: bool, orders: int
) -> None:
    async with rig() as it:
        it.server.faults.script(on("POST", "/api/v3/order"), refusing(error, after=after))
        reply = await it.order(newClientOrderId="one")
        assert (reply.status // 100, reply.code) == (5, error.code)
        query = {"symbol": "BTCUSDT", "origClientOrderId": "one"}
        found = await it.ask("GET", "/api/v3/order", **query)
        assert (found.status == 200) == bool(orders)
        assert len(it.server.exchange.orders()) == orders
        asked = it.server.faults.asked("POST", "/api/v3/order", newClientOrderId="one")
        assert [one.carried_out for one in asked] == [after]


async def test_time_of_the_answer_is_that_of_the_wall() -> None:
    async with rig(still=True) as it:
        stamp = (await it.public("/api/v3/time")).body["serverTime"]
    assert abs(stamp - time.time() * 1000) < 60_000
