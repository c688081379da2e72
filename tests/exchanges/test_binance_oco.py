"""Order lists at Binance: two orders of which one ends the other."""

from decimal import Decimal

import pytest

from tests.exchanges.binance_spot.rig import Rig, rig

LIST = "/api/v3/orderList"


async def list_status(it: Rig, list_id: int) -> str:
    reply = await it.ask("GET", LIST, orderListId=str(list_id))
    return str(reply.body["listOrderStatus"])


async def test_list_locks_the_balance_once() -> None:
    async with rig() as it:
        body = (await it.oco(quantity="1.5")).body
        assert it.server.exchange.balance("BTC").locked == Decimal("1.5")
        assert [one["type"] for one in body["orderReports"]] == ["STOP_LOSS", "LIMIT_MAKER"]
        assert (body["listStatusType"], body["listOrderStatus"]) == ("EXEC_STARTED", "EXECUTING")
        assert await list_status(it, body["orderListId"]) == "EXECUTING"
        opened = (await it.ask("GET", "/api/v3/openOrderList")).body
        assert [one["orderListId"] for one in opened] == [body["orderListId"]]
        assert len((await it.ask("GET", "/api/v3/openOrders", symbol="BTCUSDT")).body) == 2


@pytest.mark.parametrize(
    "params",
    [
        {"abovePrice": "60000"},
        {"abovePrice": "59500"},
        {"belowStopPrice": "60000"},
        {"belowStopPrice": "60500"},
        {
            "side": "BUY",
            "aboveType": "STOP_LOSS",
            "abovePrice": "",
            "aboveStopPrice": "59999",
            "belowType": "LIMIT_MAKER",
            "belowPrice": "59000",
            "belowStopPrice": "",
        },
    ],
)
async def test_prices_on_the_wrong_side_of_the_last_one_are_refused(params: dict[str, str]) -> None:
    async with rig() as it:
        reply = await it.oco(**params)
        assert it.server.exchange.orders() == ()
    assert reply.code == -2010
    assert reply.message == "The relationship of the prices for the orders is not correct."


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"aboveType": ""}, -1102),
        ({"belowStopPrice": ""}, -1102),
        ({"aboveType": "LIMIT"}, -1158),
        ({"belowType": "LIMIT_MAKER", "belowPrice": "59000", "belowStopPrice": ""}, -1168),
        ({"aboveType": "STOP_LOSS", "abovePrice": "", "aboveStopPrice": "61000"}, -1197),
        ({"side": "BUY"}, -1165),
        ({"abovePrice": "61000.001"}, -1013),
        ({"quantity": "0.00001"}, -1013),
        ({"quantity": "3"}, -2010),
    ],
)
async def test_list_of_a_wrong_form_is_refused(params: dict[str, str], code: int) -> None:
    async with rig() as it:
        assert (await it.oco(**params)).code == code
        assert it.server.exchange.orders() == ()


async def test_old_path_is_gone() -> None:
    async with rig() as it:
        reply = await it.session.post(f"{it.running.url}/api/v3/order/oco")
        assert reply.status in {404, 405}


async def test_filled_limit_expires_the_stop() -> None:
    async with rig() as it:
        body = (await it.oco()).body
        stop, limit = (one["orderId"] for one in body["orders"])
        it.set_price("61000")
        assert await it.status(limit) == "FILLED"
        shown = await it.ask("GET", "/api/v3/order", symbol="BTCUSDT", orderId=str(stop))
        assert (shown.body["status"], shown.body["expiryReason"]) == ("EXPIRED", "OCO_TRIGGER")
        assert await list_status(it, body["orderListId"]) == "ALL_DONE"
        assert it.server.exchange.balance("BTC").locked == 0


async def test_triggered_stop_expires_the_limit_and_sells_at_market() -> None:
    async with rig() as it:
        body = (await it.oco()).body
        stop, limit = (one["orderId"] for one in body["orders"])
        it.set_price("58000")
        assert await it.status(stop) == "FILLED"
        assert await it.status(limit) == "EXPIRED"
        trade = (await it.ask("GET", "/api/v3/myTrades", symbol="BTCUSDT")).body[0]
        assert (trade["orderId"], trade["orderListId"]) == (stop, body["orderListId"])


async def test_partly_filled_limit_keeps_the_list_until_it_is_done() -> None:
    async with rig() as it:
        body = (await it.oco()).body
        stop, limit = (one["orderId"] for one in body["orders"])
        it.set_price("61000", "0.04")
        assert await it.status(limit) == "PARTIALLY_FILLED"
        assert await it.status(stop) == "EXPIRED"
        assert await list_status(it, body["orderListId"]) == "EXECUTING"


async def test_cancel_of_one_order_ends_the_list() -> None:
    async with rig() as it:
        body = (await it.oco()).body
        first, second = (str(one["orderId"]) for one in body["orders"])
        await it.ask("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=first)
        assert await it.status(int(second)) == "CANCELED"
        assert await list_status(it, body["orderListId"]) == "ALL_DONE"
        assert it.server.exchange.balance("BTC").free == 2


@pytest.mark.parametrize("name", ["orderListId", "listClientOrderId"])
async def test_list_is_cancelled_by_either_id(name: str) -> None:
    async with rig() as it:
        body = (await it.oco(listClientOrderId="mine")).body
        wanted = {"symbol": "BTCUSDT", name: str(body[name])}
        gone = (await it.ask("DELETE", LIST, **wanted)).body
        assert gone["listOrderStatus"] == "ALL_DONE"
        assert [one["status"] for one in gone["orderReports"]] == ["CANCELED", "CANCELED"]
        assert (await it.ask("DELETE", LIST, **wanted)).code == -2011


async def test_unknown_list_has_its_own_codes() -> None:
    async with rig() as it:
        assert (await it.ask("GET", LIST, orderListId="9")).code == -2018
        assert (await it.ask("GET", LIST)).code == -1102
        assert (await it.ask("DELETE", LIST, symbol="BTCUSDT", orderListId="9")).code == -2011


async def test_ids_of_open_lists_and_orders_are_not_taken_twice() -> None:
    async with rig() as it:
        first = await it.oco(listClientOrderId="mine", aboveClientOrderId="up")
        assert first.status == 200
        assert (await it.oco(listClientOrderId="mine")).message == "Duplicate order sent."
        assert (await it.oco(aboveClientOrderId="up")).message == "Duplicate order sent."
        found = await it.ask("GET", LIST, origClientOrderId="mine")
        assert found.body["orderListId"] == first.body["orderListId"]


async def test_buy_list_waits_on_both_sides_of_the_price() -> None:
    async with rig() as it:
        reply = await it.oco(
            side="BUY",
            aboveType="STOP_LOSS_LIMIT",
            abovePrice="62000",
            aboveStopPrice="61000",
            aboveTimeInForce="GTC",
            belowType="LIMIT_MAKER",
            belowPrice="59000",
            belowStopPrice="",
        )
        stop, limit = (one["orderId"] for one in reply.body["orders"])
        it.set_price("61000")
        assert await it.status(limit) == "EXPIRED"
        assert await it.status(stop) == "FILLED"
