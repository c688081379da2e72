"""ccxt and ccxt.pro, unmodified but for their addresses, against the Upbit server."""

import asyncio
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.chat.waiting import eventually
from tests.exchanges.faults import Answer, DropAfter, on
from tests.exchanges.upbit.server import ACCESS_KEY, SECRET_KEY
from tests.exchanges.upbit.sockets import PRIVATE, PUBLIC

ccxt = pytest.importorskip("ccxt")
pro = pytest.importorskip("ccxt.pro")

SYMBOL = "BTC/KRW"
D = Decimal
WAIT_S = 10


@pytest.fixture
async def exchange(running):
    urls = {
        "public": running.url,
        "private": running.url,
        "ws": f"{running.ws_url}/websocket/v1",
    }
    made = pro.upbit({"apiKey": ACCESS_KEY, "secret": SECRET_KEY, "urls": {"api": urls}})
    made.enableRateLimit = False
    yield made
    await made.close()


async def test_market_data_reads(upbit, exchange):
    markets = await exchange.load_markets()
    assert list(markets) == [SYMBOL]
    ticker = (await exchange.fetch_tickers())[SYMBOL]
    assert ticker["last"] == 100_000_000
    assert ticker["quoteVolume"] > 0
    book = await exchange.fetch_order_book(SYMBOL)
    assert (len(book["bids"]), len(book["asks"])) == (30, 30)
    assert book["bids"][0][0] == 99_999_000 < book["asks"][0][0] == 100_000_000
    rows = await exchange.fetch_ohlcv(SYMBOL, "5m", limit=200)
    assert len(rows) == 200
    assert {later[0] - sooner[0] for sooner, later in pairwise(rows)} == {300_000}
    since = rows[10][0]
    assert await exchange.fetch_ohlcv(SYMBOL, "5m", since, 5) == rows[10:15]
    days = await exchange.fetch_ohlcv(SYMBOL, "1d", limit=2)
    assert days[-1][4] == 100_000_000
    trades = await exchange.fetch_trades(SYMBOL)
    assert trades[-1]["price"] == 100_000_000


async def test_market_buy_by_cost_is_found_with_its_trade_and_fee(exchange):
    placed = await exchange.create_order(
        SYMBOL, "market", "buy", None, None, {"cost": 10_000, "clientOrderId": "a"}
    )
    assert (placed["status"], placed["clientOrderId"]) == ("open", "a")
    done = await exchange.fetch_order(placed["id"])
    assert (done["status"], done["filled"], done["cost"]) == ("closed", 0.0001, 10_000)
    assert done["fee"] == {"currency": "KRW", "cost": "5"}
    assert [trade["amount"] for trade in done["trades"]] == [0.0001]
    balance = await exchange.fetch_balance()
    assert balance["KRW"] == {"free": 989_995, "used": 0, "total": 989_995}


async def test_limit_order_is_placed_listed_and_cancelled(exchange):
    placed = await exchange.create_order(
        SYMBOL, "limit", "sell", 0.001, 120_000_000, {"clientOrderId": "a"}
    )
    assert [one["id"] for one in await exchange.fetch_open_orders(SYMBOL)] == [placed["id"]]
    raw = await exchange.privateGetOrder({"identifier": "a"})
    assert exchange.parse_order(raw)["status"] == "open"
    await exchange.privateDeleteOrder({"identifier": "a"})
    assert (await exchange.fetch_order(placed["id"]))["status"] == "canceled"
    assert await exchange.fetch_open_orders() == []
    canceled = await exchange.fetch_canceled_orders(SYMBOL)
    assert [one["id"] for one in canceled] == [placed["id"]]


async def test_time_in_force_post_only_and_test_orders_pass(upbit, exchange):
    params = {"timeInForce": "IOC", "clientOrderId": "a"}
    await exchange.create_order(SYMBOL, "limit", "buy", 0.0001, 100_000_000, params)
    await exchange.create_order(SYMBOL, "limit", "buy", 0.0001, 90_000_000, {"postOnly": True})
    best = {"ordType": "best", "timeInForce": "FOK", "cost": 10_000}
    await exchange.create_order(SYMBOL, "market", "buy", None, None, best)
    await exchange.create_order(SYMBOL, "market", "sell", 0.001, None, {"test": True})
    forces = [order.new.time_in_force.name for order in upbit.exchange.orders()]
    assert forces == ["IOC", "POST_ONLY", "FOK"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("limit", "buy", 1, 90_000_000), ccxt.InsufficientFunds),
        (("limit", "buy", 0.0001, 90_000_500), ccxt.ExchangeError),
        (("limit", "buy", 0.0001, 100_000_000, {"postOnly": True}), ccxt.ExchangeError),
        (("limit", "buy", 0.00001, 90_000_000), ccxt.ExchangeError),
    ],
)
async def test_refusals_come_as_its_errors(upbit, exchange, arguments, error):
    with pytest.raises(error):
        await exchange.create_order(SYMBOL, *arguments)
    assert upbit.exchange.orders() == ()


async def test_unknown_order_and_wrong_key_come_as_its_errors(exchange):
    with pytest.raises(ccxt.OrderNotFound):
        await exchange.fetch_order("00000000-0000-4000-8000-00000000ffff")
    exchange.secret = "test-other"
    with pytest.raises(ccxt.AuthenticationError):
        await exchange.fetch_balance()


async def test_lost_answer_leaves_one_order_that_is_found_by_its_id(upbit, exchange):
    await exchange.load_markets()
    upbit.faults.script(on("POST", "/v1/orders"), DropAfter())
    with pytest.raises(ccxt.NetworkError):
        await exchange.create_order(
            SYMBOL, "limit", "buy", 0.0001, 90_000_000, {"clientOrderId": "a"}
        )
    assert len(upbit.faults.asked("POST", "/v1/orders", identifier="a")) == 1
    assert (await exchange.privateGetOrder({"identifier": "a"}))["state"] == "wait"


async def test_page_of_a_gateway_is_no_answer(upbit, exchange):
    upbit.faults.script(on(), Answer(502, "<html>bad gateway</html>"))
    with pytest.raises(ccxt.ExchangeNotAvailable):
        await exchange.fetch_balance()


async def test_public_streams_follow_prices(upbit, exchange):
    await exchange.load_markets()
    async with asyncio.timeout(WAIT_S):
        assert (await exchange.watch_ticker(SYMBOL))["last"] == 100_000_000
        await exchange.watch_order_book(SYMBOL)
        await exchange.watch_trades(SYMBOL)
        await exchange.watch_ohlcv(SYMBOL, "1s")
        next_ticker = asyncio.create_task(exchange.watch_ticker(SYMBOL))
        next_book = asyncio.create_task(exchange.watch_order_book(SYMBOL))
        next_trades = asyncio.create_task(exchange.watch_trades(SYMBOL))
        next_candle = asyncio.create_task(exchange.watch_ohlcv(SYMBOL, "1s"))
        wanted = {"ticker", "orderbook", "trade", "candle.1s"}
        await eventually(lambda: wanted <= set(upbit.sockets.subscriptions(PUBLIC)))
        upbit.exchange.set_price(SYMBOL, D(101_000_000), quantity=D("0.5"))
        assert (await next_ticker)["last"] == 101_000_000
        assert (await next_book)["asks"][0][0] == 101_000_000
        assert (await next_trades)[-1]["amount"] == 0.5
        assert (await next_candle)[4] == 101_000_000


async def watching(upbit, exchange):
    """Start watching orders and balances, and return their tasks once the server knows."""
    await exchange.load_markets()
    orders = asyncio.create_task(exchange.watch_orders())
    await eventually(lambda: upbit.sockets.subscriptions(PRIVATE) == ["myOrder"])
    balances = asyncio.create_task(exchange.watch_balance())
    await eventually(lambda: len(upbit.sockets.subscriptions(PRIVATE)) == 2)
    return orders, balances


async def test_private_streams_tell_fills_and_balances(upbit, exchange):
    orders, balances = await watching(upbit, exchange)
    params = {"clientOrderId": "a"}
    await exchange.create_order(SYMBOL, "limit", "buy", 0.0001, 90_000_000, params)
    async with asyncio.timeout(WAIT_S):
        told = (await orders)[-1]
        assert (told["status"], told["clientOrderId"]) == ("open", "a")
        assert (await balances)["KRW"]["used"] == 9004.5
        trades = asyncio.create_task(exchange.watch_my_trades())
        await eventually(lambda: len(exchange.clients) == 1 and not trades.done())
        upbit.exchange.set_price(SYMBOL, D(90_000_000))
        trade = (await trades)[-1]
    assert (trade["price"], trade["amount"], trade["takerOrMaker"]) == (90_000_000, 0.0001, "maker")
    await eventually(lambda: exchange.orders[-1]["status"] == "closed")


async def test_dropped_stream_raises_and_wants_a_new_nonce(upbit, exchange):
    orders, balances = await watching(upbit, exchange)
    upbit.streams.drop(PRIVATE)
    async with asyncio.timeout(WAIT_S):
        with pytest.raises(ccxt.NetworkError):
            await orders
        with pytest.raises(ccxt.NetworkError):
            await balances
        # This version signs in again with the token it has, whose nonce is used.
        with pytest.raises(ccxt.BaseError):
            await exchange.watch_orders()
        del exchange.options["ws"]["token"]
        again = asyncio.create_task(exchange.watch_orders())
        await eventually(lambda: upbit.sockets.subscriptions(PRIVATE))
        await exchange.create_order(SYMBOL, "limit", "buy", 0.0001, 90_000_000)
        assert (await again)[-1]["status"] == "open"
