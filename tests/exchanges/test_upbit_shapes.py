"""Messages of the Upbit server beside recorded ones: the same keys, the same kinds of values."""

import json
import os
import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.chat.waiting import eventually
from tests.exchanges.upbit.sockets import PRIVATE, PUBLIC

PAYLOADS = Path(__file__).resolve().parents[2].parent / "shared" / "payloads" / "jkorf_upbit"
REST = "Endpoints/Spot/ExchangeData"
SOCKET = "Subscriptions/Spot"
NUMBER = re.compile(r"-?\d+(\.\d+)?")


def recorded(path: str):
    """Return the JSON in a recorded file: of an answer, or the last message of a socket."""
    file = PAYLOADS / f"{path}.txt"
    if not file.exists() and not os.environ.get("CI"):
        pytest.skip("../shared/payloads is not beside the checkout")
    text = file.read_text("utf-8-sig")
    start = re.search(r"^[\[{]", text, re.MULTILINE)
    assert start
    return json.loads(text[start.start() :])


def shape(value, key=""):
    """Return the keys and kinds of a value; numbers that were recorded as text are numbers."""
    if isinstance(value, dict):
        return {name: shape(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    numeric = isinstance(value, int | float) or (
        isinstance(value, str) and NUMBER.fullmatch(value) and key.endswith("_price")
    )
    return "number" if numeric else type(value).__name__


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "path", "params", "ours_alone"),
    [
        ("GetSymbols", "/v1/market/all", {"is_details": "true"}, set()),
        ("GetTickers", "/v1/ticker", {"markets": "KRW-BTC"}, set()),
        ("GetTickers", "/v1/ticker/all", {"quote_currencies": "KRW"}, set()),
        ("GetOrderBook", "/v1/orderbook", {"markets": "KRW-BTC"}, set()),
        ("GetSymbolConfig", "/v1/orderbook/instruments", {"markets": "KRW-BTC"}, set()),
        ("GetTradeHistory", "/v1/trades/ticks", {"market": "KRW-BTC"}, set()),
        # Recorded are candles of seconds, which name no unit.
        ("GetKlines", "/v1/candles/minutes/5", {"market": "KRW-BTC"}, {"unit"}),
        (
            "GetKlines",
            "/v1/candles/days",
            {"market": "KRW-BTC"},
            {"prev_closing_price", "change_price", "change_rate"},
        ),
    ],
)
async def test_public_answer_has_the_recorded_shape(client, name, path, params, ours_alone):
    theirs = shape(recorded(f"{REST}/{name}"))
    ours = shape((await client.get(path, **params)).body)
    assert {key: kind for key, kind in ours[0].items() if key not in ours_alone} == theirs[0]
    assert ours_alone <= ours[0].keys()


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Tickers", "ticker"),
        ("Trades", "trade"),
        ("OrderBook", "orderbook"),
        ("Kline", "candle.1m"),
    ],
)
async def test_public_message_has_the_recorded_shape(client, name, kind):
    theirs = shape(recorded(f"{SOCKET}/{name}"))
    # The recorded book was cut short of its last key.
    theirs.setdefault("stream_type", "str")
    async with client.socket() as socket:
        await socket.send_json([{"ticket": "t"}, {"type": kind, "codes": ["KRW-BTC"]}])
        message = await socket.receive_bytes()
    assert shape(json.loads(message)) == theirs


async def test_snapshot_comes_first_and_news_after(upbit, client):
    wish = {"type": "ticker", "codes": ["KRW-BTC"]}
    async with client.socket() as socket:
        await socket.send_json([{"ticket": "t"}, wish])
        first = json.loads(await socket.receive_bytes())
        upbit.exchange.set_price("BTC/KRW", Decimal(101_000_000))
        then = json.loads(await socket.receive_bytes())
    assert (first["stream_type"], first["trade_price"]) == ("SNAPSHOT", 100_000_000)
    assert (then["stream_type"], then["trade_price"]) == ("REALTIME", 101_000_000)


async def test_snapshot_only_is_followed_by_nothing(upbit, client):
    wish = {"type": "trade", "codes": ["KRW-BTC"], "is_only_snapshot": True}
    async with client.socket() as socket:
        await socket.send_json([{"ticket": "t"}, wish])
        await socket.receive_bytes()
        await eventually(lambda: upbit.sockets.subscriptions(PUBLIC) == [])


async def test_book_that_a_test_shows_is_told(upbit, client):
    wish = {"type": "orderbook", "codes": ["KRW-BTC.5"], "is_only_realtime": True}
    async with client.socket() as socket:
        await socket.send_json([{"ticket": "t"}, wish])
        await eventually(lambda: upbit.sockets.subscriptions(PUBLIC))
        upbit.exchange.set_book("BTC/KRW", [(Decimal(9), Decimal(1))], [(Decimal(10), Decimal(2))])
        unit = json.loads(await socket.receive_bytes())["orderbook_units"]
    assert unit == [{"ask_price": 10, "bid_price": 9, "ask_size": 2, "bid_size": 1}]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("nonsense", "WRONG_FORMAT"),
        ('[{"type": "ticker", "codes": ["KRW-BTC"]}]', "NO_TICKET"),
        ('[{"ticket": "t"}]', "NO_TYPE"),
        ('[{"ticket": "t"}, {"type": "ticker"}]', "NO_CODES"),
        ('[{"ticket": "t"}, {"type": "myOrder"}]', "WRONG_FORMAT"),
    ],
)
async def test_wrong_subscription_is_answered_with_an_error(client, sent, name):
    async with client.socket() as socket:
        await socket.send_str(sent)
        assert json.loads(await socket.receive_bytes())["error"]["name"] == name
        await socket.send_str("PING")
        assert json.loads(await socket.receive_bytes()) == {"status": "UP"}


async def test_order_is_told_from_acceptance_to_its_end(upbit, client):
    async with client.socket("/private") as socket:
        await socket.send_json([{"ticket": "t"}, {"type": "myOrder"}, {"type": "myAsset"}])
        await eventually(lambda: upbit.sockets.subscriptions(PRIVATE))
        await client.order(side="bid", ord_type="price", price="10000", identifier="a")
        told = [json.loads(await socket.receive_bytes()) for _ in range(5)]
    orders = [one for one in told if one["type"] == "myOrder"]
    assert [one["state"] for one in orders] == ["wait", "trade", "done"]
    trade = orders[1]
    assert (trade["price"], trade["volume"], trade["trade_fee"]) == (100_000_000, 0.0001, 5)
    assert (trade["is_maker"], trade["executed_funds"], trade["identifier"]) == (False, 10_000, "a")
    assert orders[2]["trade_uuid"] is None
    assets = [one["assets"] for one in told if one["type"] == "myAsset"]
    assert assets[0] == [{"currency": "KRW", "balance": 989_995, "locked": 10_005}]
    assert {one["currency"]: one["locked"] for one in assets[1]} == {"BTC": 0, "KRW": 0}


async def test_markets_are_flagged_as_tests_say(upbit, client):
    upbit.data.warn("BTC/KRW", "PRICE_FLUCTUATIONS", warning=True)
    event = (await client.get("/v1/market/all", isDetails="true")).body[0]["market_event"]
    assert event["warning"]
    assert [name for name, on in event["caution"].items() if on] == ["PRICE_FLUCTUATIONS"]
    assert "market_event" not in (await client.get("/v1/market/all")).body[0]


async def test_unknown_code_is_not_found(client):
    answer = await client.get("/v1/ticker", markets="KRW-NONE")
    assert (answer.status, answer.error) == (404, 404)
