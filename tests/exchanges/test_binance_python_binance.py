"""The fake Binance in the hands of python-binance, as it is published."""

import time
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from tests.exchanges.binance_spot.rig import Rig, rig

with warnings.catch_warnings():
    # The library names a class that websockets is about to drop.
    warnings.simplefilter("ignore", DeprecationWarning)
    from binance.async_client import AsyncClient
    from binance.exceptions import BinanceAPIException

SYMBOL = "BTCUSDT"


@asynccontextmanager
async def client(it: Rig) -> AsyncIterator[Any]:
    class Here(AsyncClient):  # type: ignore[misc]  # python-binance has no types
        API_URL = f"{it.running.url}/api"
        MARGIN_API_URL = f"{it.running.url}/sapi"
        WS_API_URL = f"{it.running.ws_url}/ws-api/v3"

    made = await Here.create(it.key, it.secret)
    try:
        yield made
    finally:
        await made.close_connection()


async def test_limit_order_is_placed_found_and_cancelled_by_our_id() -> None:
    async with rig() as it, client(it) as binance:
        made = await binance.order_limit_buy(
            symbol=SYMBOL, quantity="0.01", price="50000", newClientOrderId="one"
        )
        assert (made["status"], made["clientOrderId"]) == ("NEW", "one")
        found = await binance.get_order(symbol=SYMBOL, origClientOrderId="one")
        assert found["orderId"] == made["orderId"]
        assert [one["orderId"] for one in await binance.get_open_orders()] == [made["orderId"]]
        gone = await binance.cancel_order(symbol=SYMBOL, origClientOrderId="one")
        assert (gone["status"], gone["origClientOrderId"]) == ("CANCELED", "one")


async def test_market_order_fills_and_shows_in_the_trades() -> None:
    async with rig() as it, client(it) as binance:
        made = await binance.order_market_buy(symbol=SYMBOL, quoteOrderQty="100")
        assert (made["status"], made["fills"][0]["commissionAsset"]) == ("FILLED", "BTC")
        trades = await binance.get_my_trades(symbol=SYMBOL)
        assert [one["orderId"] for one in trades] == [made["orderId"]]
        test = {"symbol": SYMBOL, "side": "BUY", "type": "MARKET", "quantity": "0.01"}
        assert await binance.create_test_order(**test) == {}


async def test_order_list_is_placed_queried_and_cancelled() -> None:
    async with rig() as it, client(it) as binance:
        made = await binance.create_oco_order(
            symbol=SYMBOL,
            side="SELL",
            quantity="0.1",
            aboveType="LIMIT_MAKER",
            abovePrice="61000",
            belowType="STOP_LOSS",
            belowStopPrice="59000",
        )
        number = made["orderListId"]
        found = await binance.v3_get_order_list(orderListId=number)
        assert found["listOrderStatus"] == "EXECUTING"
        opened = await binance.get_open_oco_orders()
        assert [one["orderListId"] for one in opened] == [number]
        gone = await binance.v3_delete_order_list(symbol=SYMBOL, orderListId=number)
        assert [one["status"] for one in gone["orderReports"]] == ["CANCELED", "CANCELED"]


async def test_dust_is_found_and_converted() -> None:
    async with rig() as it, client(it) as binance:
        it.server.exchange.deposit("ETH", Decimal("0.001"))
        found = await binance.get_dust_assets()
        assert [one["asset"] for one in found["details"]] == ["ETH"]
        done = await binance.transfer_dust(asset="ETH")
        assert done["transferResult"][0]["fromAsset"] == "ETH"
        assert it.server.exchange.balance("ETH").free == 0


async def test_rights_of_the_key_are_told() -> None:
    async with rig() as it, client(it) as binance:
        it.server.venue.keyring.keys[it.key].can_withdraw = True
        rights = await binance.get_account_api_permissions()
        assert (rights["enableWithdrawals"], rights["enableReading"]) == (True, True)


async def test_long_history_of_candles_is_read_without_gaps() -> None:
    async with rig(minutes=1600) as it, client(it) as binance:
        start = int((time.time() - 1500 * 60) * 1000)
        rows = await binance.get_historical_klines(SYMBOL, "1m", start)
    stamps = [row[0] for row in rows]
    assert stamps == list(range(stamps[0], stamps[-1] + 1, 60_000))
    assert 1500 <= len(rows) <= 1502
    assert {len(row) for row in rows} == {12}


async def test_account_rules_and_prices_are_read() -> None:
    async with rig() as it, client(it) as binance:
        balances = {one["asset"]: one["free"] for one in (await binance.get_account())["balances"]}
        assert balances == {"BTC": "2.00000000", "USDT": "100000.00000000"}
        info = await binance.get_symbol_info(SYMBOL)
        assert {"PRICE_FILTER", "LOT_SIZE", "NOTIONAL"} <= {
            one["filterType"] for one in info["filters"]
        }
        assert (await binance.get_symbol_ticker(symbol=SYMBOL))["price"] == "60000.00000000"
        assert (await binance.get_ticker(symbol=SYMBOL))["lastPrice"] == "60000.00000000"


async def test_refusal_carries_code_status_and_wait() -> None:
    async with rig(still=True) as it, client(it) as binance:
        with pytest.raises(BinanceAPIException) as refused:
            await binance.order_market_buy(symbol=SYMBOL, quantity="10")
        assert (refused.value.code, refused.value.status_code) == (-2010, 400)
        it.server.venue.weights.limit = 0
        with pytest.raises(BinanceAPIException) as throttled:
            await binance.get_account()
        assert (throttled.value.code, throttled.value.status_code) == (-1003, 429)
        assert throttled.value.response.headers["Retry-After"] == "55"
