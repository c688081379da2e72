"""The WebSocket API of Binance and the account's news on it."""

import json
from decimal import Decimal

import pytest

from tests.exchanges.binance_spot.rig import Rig, Socket, rig

SUBSCRIBE = "userDataStream.subscribe.signature"


async def listening(it: Rig) -> Socket:
    socket = await it.socket("/ws-api/v3")
    reply = await socket.signed(SUBSCRIBE)
    assert (reply["status"], reply["result"]) == (200, {"subscriptionId": 0})
    return socket


async def test_market_order_is_told_as_new_then_as_a_trade() -> None:
    async with rig() as it:
        socket = await listening(it)
        await it.order("MARKET", quantity="0.1", newClientOrderId="one")
        new = await socket.until(e="executionReport", x="NEW")
        assert (new["c"], new["X"], new["w"], new["N"]) == ("one", "NEW", True, None)
        trade = await socket.until(e="executionReport", x="TRADE")
        assert (trade["X"], trade["l"], trade["z"]) == ("FILLED", "0.10000000", "0.10000000")
        assert (trade["L"], trade["Z"]) == ("60000.00000000", "6000.00000000")
        assert (trade["n"], trade["N"], trade["m"]) == ("0.00010000", "BTC", False)
        position = await socket.until(e="outboundAccountPosition")
        assert {one["a"]: one["f"] for one in position["B"]} == {
            "BTC": "2.09990000",
            "USDT": "94000.00000000",
        }


async def test_cancel_is_told_under_the_id_of_the_request() -> None:
    async with rig() as it:
        socket = await listening(it)
        await it.order(newClientOrderId="one")
        await it.ask(
            "DELETE",
            "/api/v3/order",
            symbol="BTCUSDT",
            origClientOrderId="one",
            newClientOrderId="the-cancel",
        )
        event = await socket.until(e="executionReport", x="CANCELED")
        assert (event["c"], event["C"], event["X"]) == ("the-cancel", "one", "CANCELED")


async def test_list_is_told_when_it_starts_and_when_it_is_done() -> None:
    async with rig() as it:
        socket = await listening(it)
        body = (await it.oco(listClientOrderId="mine")).body
        started = await socket.until(e="listStatus")
        assert (started["C"], started["l"], started["L"]) == ("mine", "EXEC_STARTED", "EXECUTING")
        assert [one["i"] for one in started["O"]] == [one["orderId"] for one in body["orders"]]
        it.set_price("58000")
        gone = await socket.until(e="executionReport", x="EXPIRED")
        assert (gone["o"], gone["eR"]) == ("LIMIT_MAKER", "OCO_TRIGGER")
        sold = await socket.until(e="executionReport", x="TRADE")
        assert (sold["o"], sold["X"], sold["g"]) == ("STOP_LOSS", "FILLED", body["orderListId"])
        done = await socket.until(e="listStatus")
        assert (done["l"], done["L"]) == ("ALL_DONE", "ALL_DONE")


async def test_prevented_trade_is_told_as_such() -> None:
    async with rig() as it:
        socket = await listening(it)
        it.server.exchange.set_book(
            "BTC/USDT", [(Decimal(59_000), Decimal(1))], [(Decimal(61_000), Decimal(1))]
        )
        await it.order(side="SELL", price="60500")
        await it.order(price="61000", selfTradePreventionMode="EXPIRE_TAKER")
        event = await socket.until(e="executionReport", x="TRADE_PREVENTION")
        assert (event["X"], event["S"], event["V"]) == ("EXPIRED_IN_MATCH", "BUY", "EXPIRE_TAKER")


async def test_deposit_is_told_with_its_difference() -> None:
    async with rig() as it:
        socket = await listening(it)
        it.server.exchange.deposit("ETH", Decimal(2))
        it.server.exchange.withdraw("ETH", Decimal("0.5"))
        first = await socket.until(e="balanceUpdate")
        assert (first["a"], first["d"]) == ("ETH", "2.00000000")
        assert (await socket.until(e="balanceUpdate"))["d"] == "-0.50000000"


async def test_locking_and_trading_are_no_deposits() -> None:
    async with rig() as it:
        socket = await listening(it)
        await it.order(newClientOrderId="one")
        await it.order("MARKET", quantity="0.01")
        it.server.exchange.deposit("ETH", Decimal(1))
        kinds = []
        while "balanceUpdate" not in kinds:
            kinds.append((await socket.next())["event"]["e"])
        assert kinds.count("balanceUpdate") == 1
        assert kinds[-1] == "balanceUpdate"


async def test_wrong_key_time_or_signature_is_refused() -> None:
    async with rig() as it:
        socket = await it.socket("/ws-api/v3")
        late = await socket.signed(SUBSCRIBE, timestamp="1")
        assert (late["status"], late["error"]["code"]) == (400, -1021)
        assert (await socket.ask(SUBSCRIBE, {}))["error"]["code"] == -1102
        it.secret = "another"
        assert (await socket.signed(SUBSCRIBE))["error"]["code"] == -1022
        it.key = "nobody"
        reply = await socket.signed(SUBSCRIBE)
        assert (reply["status"], reply["error"]["code"]) == (401, -2015)
        assert it.server.ws_api.subscriptions() == 0


async def test_stream_of_a_revoked_key_falls_silent() -> None:
    async with rig() as it:
        socket = await listening(it)
        it.server.venue.keyring.revoke(it.key)
        it.server.exchange.deposit("ETH", Decimal(1))
        assert (await socket.ask("ping"))["result"] == {}


async def test_account_listens_once_on_a_connection() -> None:
    async with rig() as it:
        socket = await listening(it)
        assert (await socket.signed(SUBSCRIBE))["error"]["code"] == -2035
        other = await listening(it)
        assert it.server.ws_api.subscriptions() == 2
        assert (await other.ask("session.subscriptions"))["result"] == [{"subscriptionId": 0}]


async def test_ended_subscription_tells_so_and_nothing_more() -> None:
    async with rig() as it:
        socket = await listening(it)
        event = (await socket.ask("userDataStream.unsubscribe"))["event"]
        assert event["e"] == "eventStreamTerminated"
        assert (await socket.next())["status"] == 200
        await it.order()
        assert (await socket.ask("ping"))["result"] == {}
        assert (await socket.ask("userDataStream.unsubscribe"))["error"]["code"] == -2036


async def test_orders_can_be_placed_and_cancelled_over_the_socket() -> None:
    async with rig() as it:
        socket = await it.socket("/ws-api/v3")
        made = await socket.signed(
            "order.place",
            symbol="BTCUSDT",
            side="BUY",
            type="LIMIT",
            timeInForce="GTC",
            quantity="0.01",
            price="50000",
            newClientOrderId="one",
        )
        assert (made["status"], made["result"]["status"]) == (200, "NEW")
        assert [one["count"] for one in made["rateLimits"]] == [1, 1, 0]
        query = {"symbol": "BTCUSDT", "origClientOrderId": "one"}
        assert (await socket.signed("order.status", **query))["result"]["status"] == "NEW"
        assert (await socket.signed("order.cancel", **query))["result"]["status"] == "CANCELED"
        again = await socket.signed("order.cancel", **query)
        assert (again["status"], again["error"]["code"]) == (400, -2011)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hello", -1135),
        (json.dumps({"id": 1}), -1135),
        (json.dumps({"id": 1, "method": "order.guess"}), -1020),
    ],
)
async def test_request_that_means_nothing_is_refused(text: str, code: int) -> None:
    async with rig() as it:
        socket = await it.socket("/ws-api/v3")
        await socket.ws.send_str(text)
        assert (await socket.next())["error"]["code"] == code
