"""Faults of WebSockets, seen by a plain client."""

import asyncio
import json
from decimal import Decimal

import pytest
from aiohttp import WSMsgType

from tests.chat.waiting import eventually
from tests.exchanges.upbit.sockets import PRIVATE, PUBLIC

TRADES = [{"ticket": "t"}, {"type": "trade", "codes": ["KRW-BTC"], "is_only_realtime": True}]
MINE = [{"ticket": "t"}, {"type": "myOrder"}]


@pytest.fixture
async def trades(upbit, client):
    """Return a socket that wants trades, and is known to."""
    async with client.socket() as socket:
        await socket.send_json(TRADES)
        await eventually(lambda: upbit.sockets.subscriptions(PUBLIC))
        yield socket


async def prices(socket, count):
    """Return the prices of the next trades."""
    async with asyncio.timeout(10):
        return [json.loads((await socket.receive()).data)["trade_price"] for _ in range(count)]


def move(upbit, *to):
    for price in to:
        upbit.exchange.set_price("BTC/KRW", Decimal(price))


async def test_undisturbed_stream_tells_each_trade_once_in_order(upbit, trades):
    move(upbit, 1000, 2000, 3000)
    assert await prices(trades, 3) == [1000, 2000, 3000]


async def test_dropped_socket_closes_without_a_frame(upbit, trades):
    upbit.streams.drop(PUBLIC)
    async with asyncio.timeout(10):
        message = await trades.receive()
    assert message.type in {WSMsgType.CLOSED, WSMsgType.ERROR}
    assert trades.close_code in {None, 1006}
    await eventually(lambda: upbit.streams.connections() == 0)


async def test_silent_socket_answers_pings_and_loses_data(upbit, trades):
    upbit.streams.silence(PUBLIC)
    move(upbit, 1000)
    await trades.ping()
    upbit.streams.silence(PUBLIC, on=False)
    move(upbit, 2000)
    assert await prices(trades, 1) == [2000]
    assert not trades.closed


async def test_duplicated_messages_come_twice(upbit, trades):
    upbit.streams.duplicate(PUBLIC, times=2)
    move(upbit, 1000, 2000, 3000)
    assert await prices(trades, 5) == [1000, 1000, 2000, 2000, 3000]


async def test_reordered_messages_come_newest_first(upbit, trades):
    upbit.streams.reorder(PUBLIC, among=3)
    move(upbit, 1000, 2000, 3000, 4000)
    assert await prices(trades, 4) == [3000, 2000, 1000, 4000]


async def test_swallowed_messages_never_come(upbit, trades):
    upbit.streams.swallow(PUBLIC, 2, "trade")
    upbit.streams.swallow(PUBLIC, 1, "ticker")
    move(upbit, 1000, 2000, 3000)
    assert await prices(trades, 1) == [3000]


async def test_delayed_messages_come_late_and_in_order(upbit, trades):
    upbit.streams.delay(PUBLIC, 0.2)
    began = asyncio.get_running_loop().time()
    move(upbit, 1000)
    upbit.streams.delay(PUBLIC, 0)
    move(upbit, 2000)
    assert await prices(trades, 2) == [1000, 2000]
    assert asyncio.get_running_loop().time() - began > 0.19


async def test_trouble_of_one_channel_leaves_the_other_alone(upbit, client, trades):
    upbit.streams.silence(PUBLIC)
    async with client.socket("/private") as mine:
        await mine.send_json(MINE)
        await eventually(lambda: upbit.sockets.subscriptions(PRIVATE))
        await client.order(identifier="one")
        async with asyncio.timeout(10):
            told = json.loads((await mine.receive()).data)
    assert (told["identifier"], told["state"]) == ("one", "wait")


async def test_swallowed_order_event_is_still_found_by_asking(upbit, client):
    async with client.socket("/private") as mine:
        await mine.send_json(MINE)
        await eventually(lambda: upbit.sockets.subscriptions(PRIVATE))
        upbit.streams.swallow(PRIVATE, 1, "myOrder")
        await client.order(identifier="lost")
        await client.order(identifier="told")
        async with asyncio.timeout(10):
            told = json.loads((await mine.receive()).data)
    assert told["identifier"] == "told"
    assert (await client.get("/v1/order", identifier="lost")).body["state"] == "wait"
