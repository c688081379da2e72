"""Orders that Binance does not take: badly formed, or against a filter of the symbol."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.exchanges.binance_spot.rig import BTC, rig

PRICE = "Filter failure: PRICE_FILTER"
LOT = "Filter failure: LOT_SIZE"
MARKET_LOT = "Filter failure: MARKET_LOT_SIZE"
PERCENT = "Filter failure: PERCENT_PRICE_BY_SIDE"
NOTIONAL = "Filter failure: NOTIONAL"


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        ("LIMIT", {"price": "50000.001"}, PRICE),
        ("LIMIT", {"price": "1000001"}, PRICE),
        ("LIMIT", {"quantity": "0.010001"}, LOT),
        ("LIMIT", {"quantity": "9001"}, LOT),
        ("LIMIT", {"price": "300000.01"}, PERCENT),
        ("LIMIT", {"price": "11999.99"}, PERCENT),
        ("LIMIT", {"side": "SELL", "price": "300000.01"}, PERCENT),
        ("LIMIT", {"quantity": "0.00009"}, NOTIONAL),
        ("MARKET", {"quantity": "0.000001"}, LOT),
        ("MARKET", {"quantity": "101"}, MARKET_LOT),
        ("MARKET", {"quantity": "0.00008"}, NOTIONAL),
        ("MARKET", {"quoteOrderQty": "4.99"}, NOTIONAL),
        ("MARKET", {"quoteOrderQty": "0.5"}, LOT),
        ("STOP_LOSS", {"side": "SELL", "quantity": "0.01", "stopPrice": "59000.001"}, PRICE),
    ],
)
async def test_order_against_a_filter_is_refused(
    kind: str, params: dict[str, str], message: str
) -> None:
    async with rig() as it:
        reply = await it.order(kind, **params)
        assert it.server.exchange.orders() == ()
    assert (reply.status, reply.code, reply.message) == (400, -1013, message)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("LIMIT", {"price": "12000"}),
        ("LIMIT", {"price": "50000.01", "quantity": "0.0001"}),
        ("MARKET", {"quantity": "0.00009"}),
        ("MARKET", {"quoteOrderQty": "5"}),
    ],
)
async def test_order_at_the_edge_of_a_filter_is_taken(kind: str, params: dict[str, str]) -> None:
    async with rig() as it:
        assert (await it.order(kind, **params)).status == 200


async def test_market_order_below_the_minimum_passes_where_it_does_not_apply() -> None:
    async with rig() as it:
        rules = it.server.venue.symbols["BTCUSDT"]
        it.server.venue.list_symbol(replace(rules, apply_min_to_market=False))
        assert (await it.order("MARKET", quantity="0.00008")).status == 200
        assert (await it.order(quantity="0.00008")).message == NOTIONAL


async def test_order_above_the_largest_notional_is_refused_where_it_applies() -> None:
    async with rig() as it:
        rules = it.server.venue.symbols["BTCUSDT"]
        it.server.venue.list_symbol(
            replace(rules, max_notional=Decimal(1000), apply_max_to_market=True)
        )
        assert (await it.order("MARKET", quantity="0.02")).message == NOTIONAL


async def test_percent_price_differs_by_side() -> None:
    async with rig() as it:
        rules = it.server.venue.symbols["BTCUSDT"]
        it.server.venue.list_symbol(replace(rules, bid_up=Decimal("1.1"), ask_down=Decimal("0.9")))
        assert (await it.order(side="BUY", price="66000.01")).message == PERCENT
        assert (await it.order(side="SELL", price="66000.01")).status == 200
        assert (await it.order(side="SELL", price="53999.99")).message == PERCENT


async def test_orders_beyond_what_may_be_open_are_refused() -> None:
    async with rig() as it:
        rules = it.server.venue.symbols["BTCUSDT"]
        it.server.venue.list_symbol(replace(rules, max_orders=2, max_algo_orders=1))
        assert (await it.order("STOP_LOSS", **stop())).status == 200
        assert (await it.order("STOP_LOSS", **stop())).message.endswith("MAX_NUM_ALGO_ORDERS")
        assert (await it.order()).status == 200
        assert (await it.order()).message.endswith(" MAX_NUM_ORDERS")


def stop() -> dict[str, str]:
    return {"side": "SELL", "quantity": "0.01", "stopPrice": "59000"}


@pytest.mark.parametrize(
    ("kind", "params", "code"),
    [
        ("LIMIT", {"symbol": ""}, -1102),
        ("LIMIT", {"symbol": "NOPEUSDT"}, -1121),
        ("LIMIT", {"side": "HOLD"}, -1117),
        ("OTHER", {}, -1116),
        ("LIMIT", {"timeInForce": ""}, -1102),
        ("LIMIT", {"timeInForce": "DAY"}, -1115),
        ("LIMIT", {"price": ""}, -1102),
        ("LIMIT", {"price": "1e3"}, -1100),
        ("LIMIT", {"price": "0"}, -1013),
        ("LIMIT", {"quantity": "0.123456789"}, -1111),
        ("LIMIT", {"stopPrice": "1"}, -1106),
        ("LIMIT", {"newClientOrderId": "x" * 37}, -1100),
        ("LIMIT", {"newOrderRespType": "LONG"}, -1130),
        ("LIMIT", {"selfTradePreventionMode": "MAYBE"}, -1130),
        ("MARKET", {}, -1102),
        ("MARKET", {"quantity": "1", "quoteOrderQty": "1"}, -1106),
        ("MARKET", {"quantity": "1", "timeInForce": "GTC"}, -1106),
        ("MARKET", {"quantity": "1", "price": "1"}, -1106),
        ("STOP_LOSS", {"quantity": "1"}, -1102),
        ("TAKE_PROFIT", {"quantity": "1", "stopPrice": "1"}, -2010),
        ("LIMIT", {"icebergQty": "1"}, -2010),
    ],
)
async def test_order_of_a_wrong_form_is_refused(
    kind: str, params: dict[str, str], code: int
) -> None:
    async with rig() as it:
        reply = await it.order(kind, **params)
        assert it.server.exchange.orders() == ()
    assert (reply.status, reply.code) == (400, code)


async def test_halted_symbol_takes_no_orders_and_says_so() -> None:
    async with rig() as it:
        it.server.exchange.set_trading(BTC, allowed=False)
        reply = await it.order()
        info = await it.public("/api/v3/exchangeInfo", symbol="BTCUSDT")
    assert (reply.code, reply.message) == (-1013, "Market is closed.")
    assert info.body["symbols"][0]["status"] == "HALT"


async def test_test_order_is_judged_and_forgotten() -> None:
    async with rig() as it:
        good = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
        assert (await it.ask("POST", "/api/v3/order/test", **good)).body == {}
        bad = good | {"quantity": "0.00001"}
        assert (await it.ask("POST", "/api/v3/order/test", **bad)).message == NOTIONAL
        rates = await it.ask("POST", "/api/v3/order/test", **good, computeCommissionRates="true")
        assert rates.body["standardCommissionForOrder"]["taker"] == "0.00100000"
        assert it.server.exchange.orders() == ()
