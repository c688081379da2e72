"""The shapes of the fake Binance beside those that another project recorded of the real one."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.exchanges.binance_spot.rig import Rig, rig

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "payloads" / "jkorf_binance"
SUBSCRIBE = "userDataStream.subscribe.signature"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.exists(), reason="no ../shared beside this checkout"),
]

# Sent for iceberg orders alone; gone from the trade stream since the recording.
CONDITIONAL = {"icebergQty"}
RETIRED = {"trade": {"a", "b"}}


def recorded(name: str) -> Any:
    """Return the JSON at the end of a recording."""
    text = (FOLDER / name).read_text("utf-8-sig")
    body = re.split(r"(?m)^=\s*$|^(?:true|false)\s*$", text, maxsplit=1)[-1]
    return json.loads(body)


def kind(value: object) -> str:
    return (
        "number" if isinstance(value, int) and not isinstance(value, bool) else type(value).__name__
    )


def missing(theirs: Any, ours: Any, skipped: set[str], where: str = "") -> list[str]:
    """Return what they have and we lack, and what is of another kind."""
    if theirs is None or ours is None:
        return []
    if kind(theirs) != kind(ours):
        return [f"{where}: {kind(theirs)} there, {kind(ours)} here"]
    if isinstance(theirs, dict):
        lacking = [f"{where}.{name}" for name in theirs if name not in ours and name not in skipped]
        shared = [name for name in theirs if name in ours]
        deeper = [missing(theirs[n], ours[n], skipped, f"{where}.{n}") for n in shared]
        return lacking + [one for found in deeper for one in found]
    if isinstance(theirs, list) and theirs:
        assert ours, f"{where} is empty here"
        pairs = zip(theirs, ours, strict=False)
        return [one for a, b in pairs for one in missing(a, b, skipped, f"{where}[]")]
    return []


async def placed(it: Rig) -> Any:
    return (await it.order("MARKET", quantity="0.1")).body


async def judged(it: Rig) -> Any:
    params = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1"}
    reply = await it.ask("POST", "/api/v3/order/test", **params, computeCommissionRates="true")
    return reply.body


async def queried(it: Rig) -> Any:
    order_id = str((await it.order()).body["orderId"])
    return (await it.ask("GET", "/api/v3/order", symbol="BTCUSDT", orderId=order_id)).body


async def cancelled(it: Rig) -> Any:
    order_id = str((await it.order()).body["orderId"])
    return (await it.ask("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=order_id)).body


async def replaced(it: Rig) -> Any:
    order_id = str((await it.order()).body["orderId"])
    reply = await it.ask(
        "POST",
        "/api/v3/order/cancelReplace",
        symbol="BTCUSDT",
        side="BUY",
        type="LIMIT",
        timeInForce="GTC",
        quantity="0.01",
        price="51000",
        cancelReplaceMode="STOP_ON_FAILURE",
        cancelOrderId=order_id,
    )
    return {"data": reply.body}


async def opened(it: Rig) -> Any:
    await it.order()
    return (await it.ask("GET", "/api/v3/openOrders")).body


async def all_cancelled(it: Rig) -> Any:
    await it.order()
    return (await it.ask("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")).body


async def traded(it: Rig) -> Any:
    await it.order("MARKET", quantity="0.1")
    return (await it.ask("GET", "/api/v3/myTrades", symbol="BTCUSDT")).body


async def list_placed(it: Rig) -> Any:
    stop = {"belowType": "STOP_LOSS_LIMIT", "belowPrice": "58000", "belowTimeInForce": "GTC"}
    return (await it.oco(**stop)).body


async def list_queried(it: Rig) -> Any:
    number = str((await it.oco()).body["orderListId"])
    return (await it.ask("GET", "/api/v3/orderList", orderListId=number)).body


async def lists_opened(it: Rig) -> Any:
    await it.oco()
    return (await it.ask("GET", "/api/v3/openOrderList")).body


async def list_cancelled(it: Rig) -> Any:
    number = str((await it.oco()).body["orderListId"])
    reply = await it.ask("DELETE", "/api/v3/orderList", symbol="BTCUSDT", orderListId=number)
    return reply.body


async def dust_found(it: Rig) -> Any:
    it.server.exchange.deposit("ETH", Decimal("0.001"))
    return (await it.ask("POST", "/sapi/v1/asset/dust-btc")).body


async def dust_converted(it: Rig) -> Any:
    it.server.exchange.deposit("ETH", Decimal("0.001"))
    return (await it.ask("POST", "/sapi/v1/asset/dust", asset="ETH")).body


def signed(path: str, **params: str) -> Callable[[Rig], Awaitable[Any]]:
    async def ask(it: Rig) -> Any:
        return (await it.ask("GET", path, **params)).body

    return ask


def public(path: str, **params: str) -> Callable[[Rig], Awaitable[Any]]:
    async def ask(it: Rig) -> Any:
        return (await it.public(f"/api/v3/{path}", **params)).body

    return ask


ENDPOINTS: Mapping[str, Callable[[Rig], Awaitable[Any]]] = {
    "Trading/PlaceOrder": placed,
    "Trading/PlaceTestOrder": judged,
    "Trading/GetOrder": queried,
    "Trading/CancelOrder": cancelled,
    "Trading/ReplaceOrder": replaced,
    "Trading/GetOpenOrders": opened,
    "Trading/CancelAllOrders": all_cancelled,
    "Trading/GetUserTrades": traded,
    "Trading/PlaceOcoOrderList": list_placed,
    "Trading/GetOcoOrder": list_queried,
    "Trading/GetOpenOcoOrders": lists_opened,
    "Trading/CancelOcoOrder": list_cancelled,
    "Account/GetAccountInfo": signed("/api/v3/account"),
    "Account/GetCommissionRates": signed("/api/v3/account/commission", symbol="BTCUSDT"),
    "Account/GetAPIKeyPermissions": signed("/sapi/v1/account/apiRestrictions"),
    "Account/GetAssetsForDustTransfer": dust_found,
    "Account/DustTransfer": dust_converted,
    "ExchangeData/GetServerTime": public("time"),
    "ExchangeData/GetExchangeInfo": public("exchangeInfo"),
    "ExchangeData/GetKlines": public("klines", symbol="BTCUSDT", interval="1m"),
    "ExchangeData/GetTicker": public("ticker/24hr", symbol="BTCUSDT"),
    "ExchangeData/GetPrice": public("ticker/price", symbol="BTCUSDT"),
    "ExchangeData/GetBookPrice": public("ticker/bookTicker", symbol="BTCUSDT"),
    "ExchangeData/GetAggregatedTradeHistory": public("aggTrades", symbol="BTCUSDT"),
    "ExchangeData/GetRecentTrades": public("trades", symbol="BTCUSDT"),
}


@pytest.mark.parametrize("name", ENDPOINTS)
async def test_answer_has_the_recorded_shape(name: str) -> None:
    async with rig(minutes=60) as it:
        ours = await ENDPOINTS[name](it)
    assert missing(recorded(f"Endpoints/Spot/{name}.txt"), ours, CONDITIONAL) == []


@pytest.mark.parametrize(
    ("name", "stream"),
    [
        ("Trades", "trade"),
        ("AggregatedTrades", "aggTrade"),
        ("BookTicker", "bookTicker"),
        ("MiniTicker", "miniTicker"),
        ("Ticker", "ticker"),
        ("Klines", "kline_1m"),
    ],
)
async def test_market_message_has_the_recorded_shape(name: str, stream: str) -> None:
    async with rig(minutes=60) as it:
        socket = await it.socket(f"/stream?streams=btcusdt@{stream}")
        await socket.ask("LIST_SUBSCRIPTIONS")
        it.set_price("60100")
        ours = await socket.next()
    theirs = recorded(f"Subscriptions/Spot/ExchangeData/{name}.txt")
    assert missing(theirs, ours, RETIRED.get(stream, set())) == []


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("Order", "executionReport"),
        ("OcoOrder", "listStatus"),
        ("AccountPosition", "outboundAccountPosition"),
        ("Balance", "balanceUpdate"),
    ],
)
async def test_account_message_has_the_recorded_shape(name: str, event: str) -> None:
    async with rig() as it:
        socket = await it.socket("/ws-api/v3")
        await socket.signed(SUBSCRIBE)
        await it.oco()
        await it.order()
        it.server.exchange.deposit("ETH", Decimal(1))
        while True:
            ours = await socket.next()
            # Orders that wait for a trigger have no working time yet.
            if ours["event"]["e"] == event and ours["event"].get("w", True):
                break
    assert missing(recorded(f"Subscriptions/Spot/Account/{name}.txt"), ours, set()) == []


def test_missing_and_changed_fields_are_seen() -> None:
    theirs = {"a": "1", "b": [{"c": 1}], "d": True, "icebergQty": "1"}
    ours = {"a": 1, "b": [{}]}
    assert missing(theirs, ours, CONDITIONAL) == [".d", ".a: str there, number here", ".b[].c"]
