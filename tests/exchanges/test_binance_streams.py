"""Binance's market streams, frame by frame."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from tests.exchanges.binance_spot.rig import BTC, Rig, Socket, rig


async def subscribed(it: Rig, *names: str, path: str = "/stream/ws/0") -> Socket:
    socket = await it.socket(path)
    assert await socket.ask("SUBSCRIBE", list(names)) == {"result": None, "id": 1}
    return socket


async def test_each_stream_tells_of_a_trade_in_its_own_way() -> None:
    async with rig(minutes=60) as it:
        wanted = ("trade", "aggTrade", "bookTicker", "miniTicker", "ticker", "kline_1m")
        socket = await subscribed(it, *(f"btcusdt@{name}" for name in wanted))
        it.set_price("60100", "0.5")
        frames: list[Any] = [await socket.next() for _ in wanted]
    trade, aggregate, book, mini, ticker, kline = frames
    assert (trade["e"], trade["p"], trade["q"]) == ("trade", "60100.00000000", "0.50000000")
    assert (aggregate["e"], aggregate["a"]) == ("aggTrade", trade["t"])
    assert (book["a"], "e" in book) == ("60100.00000000", False)
    assert (mini["e"], mini["c"]) == ("24hrMiniTicker", "60100.00000000")
    assert (ticker["e"], ticker["b"]) == ("24hrTicker", "60099.99000000")
    assert (kline["e"], kline["k"]["c"], kline["k"]["x"]) == ("kline", "60100.00000000", False)


@pytest.mark.parametrize(
    ("path", "wrapped"),
    [
        ("/ws/btcusdt@trade", False),
        ("/stream?streams=btcusdt@trade/ethusdt@trade", True),
    ],
)
async def test_streams_named_in_the_address_need_no_request(path: str, wrapped: bool) -> None:
    async with rig() as it:
        socket = await it.socket(path)
        it.set_price("60100")
        frame = await socket.next()
    if wrapped:
        assert frame["stream"] == "btcusdt@trade"
        frame = frame["data"]
    assert (frame["e"], frame["s"]) == ("trade", "BTCUSDT")


async def test_only_what_was_asked_for_is_sent() -> None:
    async with rig() as it:
        socket = await subscribed(it, "btcusdt@trade", "ethusdt@trade")
        await socket.ask("UNSUBSCRIBE", ["btcusdt@trade"])
        listed = await socket.ask("LIST_SUBSCRIPTIONS")
        assert listed == {"result": ["ethusdt@trade"], "id": 1}
        it.set_price("60100")
        it.server.exchange.set_price("ETH/USDT", Decimal(3100))
        assert (await socket.next())["s"] == "ETHUSDT"


async def test_wrapping_can_be_switched() -> None:
    async with rig() as it:
        socket = await subscribed(it, "btcusdt@trade")
        await socket.ask("SET_PROPERTY", ["combined", True])
        assert (await socket.ask("GET_PROPERTY", ["combined"]))["result"] is True
        it.set_price("60100")
        assert (await socket.next())["stream"] == "btcusdt@trade"


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("SUBSCRIBED", [], 2),
        ("GET_PROPERTY", ["colour"], 0),
        ("SET_PROPERTY", ["combined", "yes"], 1),
    ],
)
async def test_request_that_means_nothing_is_answered_with_a_code(
    method: str, params: list[str], code: int
) -> None:
    async with rig() as it:
        socket = await it.socket("/ws")
        assert (await socket.ask(method, params))["code"] == code


async def test_text_that_is_no_json_is_answered_with_a_code() -> None:
    async with rig() as it:
        socket = await it.socket("/ws")
        await socket.ws.send_str("hello")
        assert (await socket.next())["code"] == 3


async def test_candle_is_closed_when_its_time_is_over() -> None:
    async with rig(minutes=60, still=True) as it:
        socket = await subscribed(it, "btcusdt@kline_1m")
        it.set_price("60100")
        opened = (await socket.next())["k"]
        it.server.clock.advance(timedelta(minutes=2))
        closed = [(await socket.next())["k"] for _ in range(2)]
        assert [one["x"] for one in closed] == [True, True]
        assert [one["t"] - opened["t"] for one in closed] == [0, 60_000]
        assert (closed[0]["c"], closed[1]["v"]) == ("60100.00000000", "0.00000000")
        it.set_price("60200")
        assert (await socket.next())["k"]["t"] - opened["t"] == 120_000


async def test_every_mini_ticker_comes_as_a_list() -> None:
    async with rig() as it:
        socket = await subscribed(it, "!miniTicker@arr")
        it.set_price("60100")
        assert [one["s"] for one in await socket.next()] == ["BTCUSDT"]


async def test_own_trade_moves_the_book_ticker() -> None:
    async with rig() as it:
        asks = [(Decimal(60_000), Decimal("0.01")), (Decimal(60_010), Decimal(1))]
        it.server.exchange.set_book(BTC, [(Decimal(59_990), Decimal(1))], asks)
        socket = await subscribed(it, "btcusdt@bookTicker")
        await it.order("MARKET", quantity="0.01")
        assert (await socket.next())["a"] == "60010.00000000"


async def test_connection_that_asks_too_often_is_closed() -> None:
    async with rig() as it:
        it.server.market_streams.messages_per_second = 0
        socket = await it.socket("/ws")
        await socket.ws.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        assert (await socket.ws.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_more_streams_than_a_connection_may_have_are_refused() -> None:
    async with rig() as it:
        socket = await it.socket("/ws")
        names = [f"btcusdt@kline_{number}m" for number in range(1025)]
        assert (await socket.ask("SUBSCRIBE", names))["code"] == 2


async def test_shutdown_is_announced_on_every_connection() -> None:
    async with rig() as it:
        raw, api = await it.socket("/ws"), await it.socket("/ws-api/v3")
        await raw.ask("LIST_SUBSCRIPTIONS")
        await api.ask("ping")
        it.server.announce_shutdown()
        assert (await raw.next())["e"] == "serverShutdown"
        assert (await api.next())["event"]["e"] == "serverShutdown"


async def test_dropped_connection_ends_without_a_closing_frame() -> None:
    async with rig() as it:
        socket = await subscribed(it, "btcusdt@trade")
        it.server.streams.drop("market")
        assert (await socket.ws.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSED
        assert socket.ws.close_code == aiohttp.WSCloseCode.ABNORMAL_CLOSURE


async def test_silent_connection_stays_open() -> None:
    async with rig() as it:
        socket = await subscribed(it, "btcusdt@trade")
        it.server.streams.silence("market")
        it.set_price("60100")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(socket.ws.receive(), 0.1)
        assert it.server.streams.connections("market") == 1
