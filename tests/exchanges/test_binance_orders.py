"""The life of an order at Binance: ids, states, fills, fees, cancels and replacements."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.exchanges.binance_spot.rig import BTC, Rig, rig

ORDER = "/api/v3/order"
REPLACE = "/api/v3/order/cancelReplace"


async def test_same_id_is_refused_while_the_first_order_is_open() -> None:
    async with rig() as it:
        assert (await it.order(newClientOrderId="one")).status == 200
        reply = await it.order(newClientOrderId="one")
    assert (reply.status, reply.code, reply.message) == (400, -2010, "Duplicate order sent.")


async def test_same_id_is_taken_again_once_the_first_order_is_filled() -> None:
    async with rig() as it:
        for _ in range(2):
            reply = await it.order("MARKET", quantity="0.01", newClientOrderId="one")
            assert reply.body["status"] == "FILLED"
        found = await it.ask("GET", ORDER, symbol="BTCUSDT", origClientOrderId="one")
        assert found.body["orderId"] == reply.body["orderId"]
        assert len(it.server.exchange.orders()) == 2


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        (
            "MARKET",
            {"quantity": "2"},
            "Account has insufficient balance for requested action.",
        ),
        (
            "LIMIT_MAKER",
            {"quantity": "0.1", "price": "60000"},
            "Order would immediately match and take.",
        ),
        (
            "STOP_LOSS",
            {"side": "SELL", "quantity": "0.1", "stopPrice": "60000"},
            "Order would trigger immediately.",
        ),
    ],
)
async def test_engine_refuses_with_its_words(
    kind: str, params: dict[str, str], message: str
) -> None:
    async with rig() as it:
        reply = await it.order(kind, **params)
    assert (reply.status, reply.code, reply.message) == (400, -2010, message)


async def test_unknown_orders_have_their_own_codes() -> None:
    async with rig() as it:
        for name, value in (("orderId", "99"), ("origClientOrderId", "never")):
            query = {"symbol": "BTCUSDT", name: value}
            assert (await it.ask("GET", ORDER, **query)).code == -2013
            reply = await it.ask("DELETE", ORDER, **query)
            assert (reply.code, reply.message) == (-2011, "Unknown order sent.")
        assert (await it.ask("GET", ORDER, symbol="BTCUSDT")).code == -1102
        assert (await it.ask("DELETE", ORDER, symbol="BTCUSDT")).code == -1102


async def test_order_is_not_found_under_another_symbol_or_id() -> None:
    async with rig() as it:
        made = (await it.order(newClientOrderId="one")).body
        ids = {"orderId": str(made["orderId"]), "origClientOrderId": "one"}
        assert (await it.ask("GET", ORDER, symbol="BTCUSDT", **ids)).status == 200
        assert (await it.ask("GET", ORDER, symbol="ETHUSDT", **ids)).code == -2013
        other = ids | {"origClientOrderId": "two"}
        assert (await it.ask("GET", ORDER, symbol="BTCUSDT", **other)).code == -2039


async def test_second_cancel_finds_nothing_to_cancel() -> None:
    async with rig() as it:
        made = (await it.order(newClientOrderId="one")).body
        query = {"symbol": "BTCUSDT", "orderId": str(made["orderId"])}
        gone = (await it.ask("DELETE", ORDER, **query, newClientOrderId="the-cancel")).body
        assert (gone["status"], gone["origClientOrderId"]) == ("CANCELED", "one")
        assert gone["clientOrderId"] == "the-cancel"
        assert (await it.ask("DELETE", ORDER, **query)).code == -2011
        assert await it.status(made["orderId"]) == "CANCELED"


async def test_limit_order_goes_from_new_by_parts_to_filled() -> None:
    async with rig() as it:
        order_id = (await it.order(quantity="0.03")).body["orderId"]
        assert await it.status(order_id) == "NEW"
        it.set_price("50000", "0.01")
        assert await it.status(order_id) == "PARTIALLY_FILLED"
        it.set_price("49000")
        found = (await it.ask("GET", ORDER, symbol="BTCUSDT", orderId=str(order_id))).body
        assert (found["status"], found["executedQty"]) == ("FILLED", "0.03000000")
        assert found["cummulativeQuoteQty"] == "1500.00000000"
        rows = (await it.ask("GET", "/api/v3/myTrades", symbol="BTCUSDT")).body
        assert [(row["qty"], row["isMaker"]) for row in rows] == [
            ("0.01000000", True),
            ("0.02000000", True),
        ]


@pytest.mark.parametrize(
    ("time_in_force", "executed", "reason"),
    [
        ("IOC", "0.01000000", "UNFILLED_IOC_QUANTITY_EXPIRED"),
        ("FOK", "0.00000000", "UNFILLED_FOK_ORDER_EXPIRED"),
    ],
)
async def test_what_finds_no_match_at_once_expires(
    time_in_force: str, executed: str, reason: str
) -> None:
    async with rig() as it:
        it.server.exchange.set_book(
            BTC, [(Decimal(59_999), Decimal(1))], [(Decimal(60_000), Decimal("0.01"))]
        )
        reply = await it.order(price="60000", quantity="0.03", timeInForce=time_in_force)
        assert (reply.body["status"], reply.body["executedQty"]) == ("EXPIRED", executed)
        assert reply.body["expiryReason"] == reason
        assert (await it.ask("GET", "/api/v3/openOrders")).body == []


async def test_market_order_expires_where_the_book_ends() -> None:
    async with rig() as it:
        it.server.exchange.set_book(
            BTC, [(Decimal(59_999), Decimal(1))], [(Decimal(60_000), Decimal("0.01"))]
        )
        reply = await it.order("MARKET", quantity="0.03")
    assert (reply.body["status"], reply.body["executedQty"]) == ("EXPIRED", "0.01000000")
    assert reply.body["expiryReason"] == "INSUFFICIENT_LIQUIDITY"


async def test_stop_waits_then_sells_at_market() -> None:
    async with rig() as it:
        made = (
            await it.order(
                "STOP_LOSS",
                side="SELL",
                quantity="0.01",
                stopPrice="59000",
                newOrderRespType="RESULT",
            )
        ).body
        assert (made["status"], made["stopPrice"], made["workingTime"]) == (
            "NEW",
            "59000.00000000",
            -1,
        )
        it.set_price("59000")
        assert await it.status(made["orderId"]) == "FILLED"


async def self_trade(it: Rig, mode: str) -> tuple[int, dict[str, object]]:
    """Rest a sale of ours before everybody else's, and buy into it."""
    it.server.exchange.set_book(
        BTC, [(Decimal(59_000), Decimal(1))], [(Decimal(61_000), Decimal(5))]
    )
    resting = (await it.order(side="SELL", price="60500")).body["orderId"]
    body = (await it.order(price="61000", selfTradePreventionMode=mode)).body
    return resting, body


async def test_taker_that_meets_an_own_order_expires_in_the_match() -> None:
    async with rig() as it:
        resting, taker = await self_trade(it, "EXPIRE_TAKER")
        assert (taker["status"], taker["executedQty"]) == ("EXPIRED_IN_MATCH", "0.00000000")
        assert await it.status(resting) == "NEW"


async def test_own_order_in_the_way_expires_in_the_match() -> None:
    async with rig() as it:
        resting, taker = await self_trade(it, "EXPIRE_MAKER")
        assert await it.status(resting) == "EXPIRED_IN_MATCH"
        assert taker["status"] == "FILLED"


async def test_both_own_orders_expire_in_the_match() -> None:
    async with rig() as it:
        resting, taker = await self_trade(it, "EXPIRE_BOTH")
        assert await it.status(resting) == taker["status"] == "EXPIRED_IN_MATCH"


@pytest.mark.parametrize(
    ("response", "present", "absent"),
    [("ACK", "transactTime", "status"), ("RESULT", "status", "fills"), ("FULL", "fills", "code")],
)
async def test_answer_is_as_long_as_asked_for(response: str, present: str, absent: str) -> None:
    async with rig() as it:
        body = (await it.order(newOrderRespType=response)).body
    assert present in body
    assert absent not in body


async def test_answers_have_their_usual_length() -> None:
    async with rig() as it:
        assert "fills" in (await it.order()).body
        assert "fills" in (await it.order("MARKET", quantity="0.01")).body
        assert "status" not in (await it.order("LIMIT_MAKER", quantity="0.01", price="50000")).body


async def test_market_order_by_cost_buys_what_the_money_pays_for() -> None:
    async with rig() as it:
        body = (await it.order("MARKET", quoteOrderQty="100")).body
    assert (body["executedQty"], body["origQty"]) == ("0.00166000", "0.00166000")
    assert (body["cummulativeQuoteQty"], body["origQuoteOrderQty"]) == (
        "99.60000000",
        "100.00000000",
    )


async def test_fee_is_taken_from_what_comes_in() -> None:
    async with rig() as it:
        bought = (await it.order("MARKET", quantity="0.1")).body["fills"][0]
        sold = (await it.order("MARKET", side="SELL", quantity="0.1")).body["fills"][0]
        assert (bought["commission"], bought["commissionAsset"]) == ("0.00010000", "BTC")
        assert (sold["commission"], sold["commissionAsset"]) == ("5.99999900", "USDT")
        assert it.server.exchange.balance("BTC").free == Decimal("1.9999")


async def test_fee_is_taken_from_bnb_at_a_discount_while_there_is_some() -> None:
    async with rig() as it:
        it.server.venue.pay_fees_in_bnb(on=True)
        it.server.exchange.deposit("BNB", Decimal("0.01"))
        first = (await it.order("MARKET", quantity="0.1")).body["fills"][0]
        assert (first["commission"], first["commissionAsset"]) == ("0.00750000", "BNB")
        second = (await it.order("MARKET", quantity="0.1")).body["fills"][0]
        assert second["commissionAsset"] == "BTC"
        asked = await it.ask("GET", "/api/v3/account/commission", symbol="BTCUSDT")
        assert asked.body["discount"]["enabledForAccount"] is True


async def test_account_shows_free_and_locked() -> None:
    async with rig() as it:
        await it.order(quantity="0.1")
        body = (await it.ask("GET", "/api/v3/account", omitZeroBalances="true")).body
    usdt = next(one for one in body["balances"] if one["asset"] == "USDT")
    assert (usdt["free"], usdt["locked"]) == ("95000.00000000", "5000.00000000")
    assert body["commissionRates"]["taker"] == "0.00100000"


async def test_cancel_of_everything_shows_orders_and_lists() -> None:
    async with rig() as it:
        await it.order()
        made = (await it.oco()).body
        bodies = (await it.ask("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")).body
        assert bodies[0]["status"] == "CANCELED"
        assert (bodies[1]["orderListId"], bodies[1]["listOrderStatus"]) == (
            made["orderListId"],
            "ALL_DONE",
        )
        nothing = await it.ask("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
    assert nothing.code == -2011


@pytest.mark.parametrize(
    ("wanted", "filled", "code"),
    [
        ("ONLY_NEW", "0", 0),
        ("ONLY_NEW", "0.005", -2011),
        ("ONLY_PARTIALLY_FILLED", "0.005", 0),
        ("ONLY_PARTIALLY_FILLED", "0", -2011),
        ("ONLY_IF_LUCKY", "0", -1145),
    ],
)
async def test_cancel_heeds_its_restriction(wanted: str, filled: str, code: int) -> None:
    async with rig() as it:
        order_id = (await it.order()).body["orderId"]
        if filled != "0":
            it.set_price("50000", filled)
        reply = await it.ask(
            "DELETE",
            ORDER,
            symbol="BTCUSDT",
            orderId=str(order_id),
            cancelRestrictions=wanted,
        )
    assert reply.code == code


async def replaced(it: Rig, mode: str, order_id: str, price: str = "51000") -> tuple[int, object]:
    reply = await it.ask(
        "POST",
        REPLACE,
        symbol="BTCUSDT",
        side="BUY",
        type="LIMIT",
        timeInForce="GTC",
        quantity="0.01",
        price=price,
        cancelReplaceMode=mode,
        cancelOrderId=order_id,
    )
    data = reply.body.get("data", reply.body)
    return reply.code, (data["cancelResult"], data["newOrderResult"], reply.status)


async def test_replacement_cancels_one_order_and_takes_another() -> None:
    async with rig() as it:
        order_id = str((await it.order()).body["orderId"])
        assert await replaced(it, "STOP_ON_FAILURE", order_id) == (0, ("SUCCESS", "SUCCESS", 200))
        assert [order.new.price for order in it.server.exchange.open_orders()] == [51_000]


async def test_replacement_that_fails_says_which_half_did() -> None:
    async with rig() as it:
        stopped = await replaced(it, "STOP_ON_FAILURE", "99")
        assert stopped == (-2022, ("FAILURE", "NOT_ATTEMPTED", 400))
        one_half = await replaced(it, "ALLOW_FAILURE", "99")
        assert one_half == (-2021, ("FAILURE", "SUCCESS", 409))
        it.server.exchange.withdraw("USDT", it.server.exchange.balance("USDT").free)
        both = await replaced(it, "ALLOW_FAILURE", "99")
        assert both == (-2022, ("FAILURE", "FAILURE", 400))


async def test_orders_and_trades_are_listed_from_an_id_on() -> None:
    async with rig() as it:
        ids = [(await it.order("MARKET", quantity="0.01")).body["orderId"] for _ in range(3)]
        asked = {"symbol": "BTCUSDT", "orderId": str(ids[1])}
        orders = (await it.ask("GET", "/api/v3/allOrders", **asked)).body
        assert [one["orderId"] for one in orders] == ids[1:]
        trades = (await it.ask("GET", "/api/v3/myTrades", **asked)).body
        assert [one["orderId"] for one in trades] == [ids[1]]
        newest = (await it.ask("GET", "/api/v3/myTrades", symbol="BTCUSDT", limit="1")).body
        assert [one["orderId"] for one in newest] == ids[2:]
        day = {"startTime": "0", "endTime": "90000000"}
        assert (await it.ask("GET", "/api/v3/myTrades", symbol="BTCUSDT", **day)).code == -1127


async def test_changed_rules_count_at_once() -> None:
    async with rig() as it:
        rules = it.server.venue.symbols["BTCUSDT"]
        it.server.venue.list_symbol(replace(rules, tick=Decimal(10)))
        assert (await it.order(price="50005")).code == -1013
