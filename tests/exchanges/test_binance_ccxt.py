"""The fake Binance in the hands of ccxt and ccxt.pro, as they are published."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import ccxt
import ccxt.pro
import pytest

from tests.exchanges.binance_spot.errors import ApiError, internal_error
from tests.exchanges.binance_spot.rig import BTC, Rig, rig
from tests.exchanges.binance_spot.server import refusing
from tests.exchanges.faults import on

PATIENCE_S = 5.0


def redirected(urls: Any, http: str, ws: str) -> Any:
    if isinstance(urls, dict):
        return {key: redirected(value, http, ws) for key, value in urls.items()}
    if not isinstance(urls, str):
        return urls
    return re.sub(r"^wss?://[^/]+", ws, re.sub(r"^https?://[^/]+", http, urls))


@asynccontextmanager
async def client(it: Rig) -> AsyncIterator[Any]:
    markets = {"fetchCurrencies": False, "fetchMargins": False, "fetchMarkets": {"types": ["spot"]}}
    # Its own pacing would only make these tests slow.
    made = ccxt.pro.binance(
        {"apiKey": it.key, "secret": it.secret, "options": markets, "enableRateLimit": False}
    )
    made.urls["api"] = redirected(made.urls["api"], it.running.url, it.running.ws_url)
    made.urls["api"]["ws"]["spot"] = f"{it.running.ws_url}/stream/ws"
    try:
        await made.load_markets()
        yield made
    finally:
        await made.close()


async def next_of(
    it: Rig, channel: str, watch: Callable[[], Awaitable[Any]], cause: Callable[[], object]
) -> Any:
    """Wait for the next thing watched, causing it again and again until somebody listens."""
    task = asyncio.ensure_future(watch())
    async with asyncio.timeout(PATIENCE_S):
        while not task.done():
            if it.server.streams.connections(channel):
                cause()
            await asyncio.wait([task], timeout=0.05)
    return task.result()


async def eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - the server tells nobody of its connections
            await asyncio.sleep(0.01)


async def user_stream(it: Rig, exchange: Any) -> asyncio.Future[Any]:
    """Start watching orders, and return when the venue has the subscription."""
    task: asyncio.Future[Any] = asyncio.ensure_future(exchange.watch_orders())
    await eventually(lambda: it.server.ws_api.subscriptions() > 0)
    return task


async def test_markets_carry_the_filters() -> None:
    async with rig() as it, client(it) as exchange:
        market = exchange.market(BTC)
    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.01, 0.00001)
    assert market["limits"]["cost"]["min"] == 5
    assert market["limits"]["market"]["max"] == 100
    assert market["active"] is True


async def test_limit_order_is_placed_found_and_cancelled_by_our_id() -> None:
    async with rig() as it, client(it) as exchange:
        ours = {"clientOrderId": "one"}
        made = await exchange.create_order(BTC, "limit", "buy", 0.01, 50000, ours)
        assert (made["status"], made["clientOrderId"]) == ("open", "one")
        assert (await exchange.fetch_order(None, BTC, ours))["id"] == made["id"]
        assert [one["id"] for one in await exchange.fetch_open_orders(BTC)] == [made["id"]]
        assert (await exchange.cancel_order(None, BTC, ours))["status"] == "canceled"
        assert await exchange.fetch_open_orders(BTC) == []


async def test_market_order_by_cost_is_filled_with_its_fee() -> None:
    async with rig() as it, client(it) as exchange:
        made = await exchange.create_order(BTC, "market", "buy", None, None, {"cost": 100})
        assert (made["status"], made["cost"]) == ("closed", 99.6)
        assert made["fees"] == [{"currency": "BTC", "cost": 0.00000166}]
        trade = (await exchange.fetch_my_trades(BTC))[0]
        assert (trade["order"], trade["takerOrMaker"]) == (made["id"], "taker")


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"timeInForce": "IOC"}, "expired"),
        ({"timeInForce": "FOK"}, "expired"),
        ({"postOnly": True}, "open"),
    ],
)
async def test_time_in_force_is_understood(params: dict[str, object], status: str) -> None:
    async with rig() as it, client(it) as exchange:
        made = await exchange.create_order(BTC, "limit", "buy", 0.01, 50000, params)
        assert (await exchange.fetch_order(made["id"], BTC))["status"] == status


async def test_stop_is_placed_and_cancelled() -> None:
    async with rig() as it, client(it) as exchange:
        stop = {"stopLossPrice": 59000}
        made = await exchange.create_order(BTC, "market", "sell", 0.01, None, stop)
        assert it.server.exchange.open_orders()[0].new.venue_type == "STOP_LOSS"
        await exchange.cancel_order(made["id"], BTC)
        assert it.server.exchange.open_orders() == ()


async def test_edited_order_is_cancelled_and_replaced() -> None:
    async with rig() as it, client(it) as exchange:
        made = await exchange.create_order(BTC, "limit", "buy", 0.01, 50000)
        await exchange.edit_order(made["id"], BTC, "limit", "buy", 0.02, 51000)
        waiting = await exchange.fetch_open_orders(BTC)
    assert [(one["amount"], one["price"]) for one in waiting] == [(0.02, 51000)]


async def test_order_list_is_placed_queried_and_cancelled() -> None:
    async with rig() as it, client(it) as exchange:
        made = await exchange.privatePostOrderListOco(
            {
                "symbol": "BTCUSDT",
                "side": "SELL",
                "quantity": "0.1",
                "aboveType": "LIMIT_MAKER",
                "abovePrice": "61000",
                "belowType": "STOP_LOSS",
                "belowStopPrice": "59000",
            }
        )
        wanted = {"symbol": "BTCUSDT", "orderListId": made["orderListId"]}
        asked = {"orderListId": made["orderListId"]}
        assert (await exchange.privateGetOrderList(asked))["listOrderStatus"] == "EXECUTING"
        assert (await exchange.fetch_balance())["BTC"]["used"] == 0.1
        gone = await exchange.privateDeleteOrderList(wanted)
        assert gone["listOrderStatus"] == "ALL_DONE"


async def test_dust_goes_as_a_repeated_parameter() -> None:
    async with rig() as it, client(it) as exchange:
        for asset in ("ETH", "XRP"):
            it.server.exchange.deposit(asset, Decimal("0.01"))
        reply = await exchange.sapiPostAssetDust({"asset": ["ETH", "XRP"]})
    assert [one["fromAsset"] for one in reply["transferResult"]] == ["ETH", "XRP"]


async def test_candles_and_tickers_are_read() -> None:
    async with rig(minutes=1500) as it, client(it) as exchange:
        rows = await exchange.fetch_ohlcv(BTC, "1m", limit=1000)
        assert len(rows) == 1000
        assert {after[0] - row[0] for row, after in pairwise(rows)} == {60_000}
        tickers = await exchange.fetch_tickers()
        assert tickers[BTC]["last"] == 60000
        assert tickers[BTC]["quoteVolume"] > 0
        book = await exchange.fetch_order_book(BTC, 5)
        assert book["asks"][0][0] == 60000


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ApiError(-1003, "Too much request weight used;", 429), ccxt.DDoSProtection),
        (ApiError(-1003, "Way too much request weight used;", 418), ccxt.DDoSProtection),
        (internal_error(-1007), ccxt.RequestTimeout),
        (internal_error(-1000), ccxt.OperationFailed),
    ],
)
async def test_scripted_error_becomes_the_error_that_ccxt_makes_of_it(
    error: ApiError, expected: type[Exception]
) -> None:
    async with rig() as it, client(it) as exchange:
        it.server.faults.script(on("POST", "/api/v3/order"), refusing(error))
        with pytest.raises(expected):
            await exchange.create_order(BTC, "limit", "buy", 0.01, 50000)


async def test_refusals_become_the_errors_that_ccxt_makes_of_them() -> None:
    async with rig() as it, client(it) as exchange:
        with pytest.raises(ccxt.InsufficientFunds):
            await exchange.create_order(BTC, "limit", "buy", 10, 50000)
        with pytest.raises(ccxt.BadRequest, match="NOTIONAL"):
            await exchange.create_order(BTC, "limit", "buy", 0.00009, 50000)
        ours = {"clientOrderId": "one"}
        await exchange.create_order(BTC, "limit", "buy", 0.01, 50000, ours)
        with pytest.raises(ccxt.InvalidOrder, match="Duplicate"):
            await exchange.create_order(BTC, "limit", "buy", 0.01, 50000, ours)
        with pytest.raises(ccxt.OrderNotFound):
            await exchange.cancel_order("99", BTC)
        with pytest.raises(ccxt.OrderNotFound):
            await exchange.fetch_order("99", BTC)
        it.server.venue.settings.skew_ms = 60_000
        with pytest.raises(ccxt.InvalidNonce):
            await exchange.fetch_balance()
        it.server.venue.settings.skew_ms = 0
        exchange.secret = "another"
        with pytest.raises(ccxt.AuthenticationError):
            await exchange.fetch_balance()


async def test_market_streams_are_watched() -> None:
    async with rig(minutes=60) as it, client(it) as exchange:

        def move() -> None:
            it.set_price("60100", "0.5")

        ticker = await next_of(it, "market", lambda: exchange.watch_ticker(BTC), move)
        assert ticker["last"] == 60100
        trades = await next_of(it, "market", lambda: exchange.watch_trades(BTC), move)
        assert (trades[-1]["price"], trades[-1]["amount"]) == (60100, 0.5)
        best = await next_of(it, "market", lambda: exchange.watch_bids_asks([BTC]), move)
        assert best[BTC]["ask"] == 60100
        rows = await next_of(it, "market", lambda: exchange.watch_ohlcv(BTC, "1m"), move)
        assert rows[-1][4] == 60100


async def test_user_stream_tells_of_orders_trades_and_balances() -> None:
    async with rig() as it, client(it) as exchange:
        orders = await user_stream(it, exchange)
        trades = asyncio.ensure_future(exchange.watch_my_trades())
        balance = asyncio.ensure_future(exchange.watch_balance())
        await asyncio.sleep(0)
        await it.order("MARKET", quantity="0.1", newClientOrderId="one")
        async with asyncio.timeout(PATIENCE_S):
            assert (await orders)[-1]["clientOrderId"] == "one"
            trade = (await trades)[-1]
            assert (await balance)["USDT"]["used"] == 6000
        assert (trade["price"], trade["fee"]) == (60000, {"cost": 0.0001, "currency": "BTC"})


async def test_dropped_user_stream_is_reconnected_by_the_next_call() -> None:
    async with rig() as it, client(it) as exchange:
        streams = it.server.streams
        with pytest.raises(ccxt.NetworkError):
            await next_of(it, "user", exchange.watch_orders, lambda: streams.drop("user"))
        await eventually(lambda: it.server.ws_api.subscriptions() == 0)
        task = await user_stream(it, exchange)
        await it.order(newClientOrderId="two")
        assert (await asyncio.wait_for(task, PATIENCE_S))[-1]["clientOrderId"] == "two"


async def test_dropped_market_stream_is_reconnected_by_the_next_call() -> None:
    async with rig() as it, client(it) as exchange:

        async def watch() -> Any:
            return await exchange.watch_ticker(BTC)

        await next_of(it, "market", watch, lambda: it.set_price("60100"))

        async def watch_on() -> None:
            while True:
                await watch()

        with pytest.raises(ccxt.NetworkError):
            await next_of(it, "market", watch_on, lambda: it.server.streams.drop("market"))
        ticker = await next_of(it, "market", watch, lambda: it.set_price("60200"))
        assert ticker["last"] == 60200


async def test_candle_stream_goes_on_over_the_minute() -> None:
    async with rig(minutes=60, still=True) as it, client(it) as exchange:

        async def watch() -> Any:
            return await exchange.watch_ohlcv(BTC, "1m")

        rows = await next_of(it, "market", watch, lambda: it.set_price("60100"))
        opened = rows[-1][0]
        it.server.clock.advance(timedelta(minutes=1))
        async with asyncio.timeout(PATIENCE_S):
            while rows[-1][0] == opened:
                rows = await next_of(it, "market", watch, lambda: it.set_price("60200"))
        assert (rows[-1][0] - opened, rows[-1][4]) == (60_000, 60200)
