"""The simulated venues refuse what the real ones refuse, and say so in their words."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from engine.domain.errors import Refused
from engine.domain.intent import OrderType, Side
from engine.domain.venue import KST, ListedSessions, VenueName
from engine.venues.rules import ETF_TICKS, KRW_TICKS, KRX_TICKS, listed
from tests.venues.builders import MINUTE, START, Desk, candle, d, order

UPBIT, SPOT, FUTURES, STOCK = (
    VenueName.UPBIT,
    VenueName.BINANCE_SPOT,
    VenueName.BINANCE_FUTURES,
    VenueName.STOCK,
)


def stock_desk(hour=10):
    opening = datetime(2025, 1, 6, 9, tzinfo=KST)
    hours = {opening.date(): (opening, opening + timedelta(hours=6, minutes=30))}
    desk = Desk(STOCK, sessions=ListedSessions(hours))
    at = datetime(2025, 1, 6, hour, tzinfo=KST)
    desk.opens(candle(at, 70_000, 70_100, 69_900, 70_000, 100_000))
    return desk


def refusal(desk, intent):
    with pytest.raises(Refused) as caught:
        desk.place(intent)
    return caught.value.code


@pytest.mark.parametrize(
    ("table", "price", "tick"),
    [
        (KRW_TICKS, 1_000_000, "1000"),
        (KRW_TICKS, 999_999, "500"),
        (KRW_TICKS, 100_000, "100"),
        (KRW_TICKS, 50_000, "50"),
        (KRW_TICKS, 10_000, "10"),
        (KRW_TICKS, 7_777, "5"),
        (KRW_TICKS, 1_000, "1"),
        (KRW_TICKS, 100, "1"),
        (KRW_TICKS, "99.9", "0.1"),
        (KRX_TICKS, 1_999, "1"),
        (KRX_TICKS, 4_999, "5"),
        (KRX_TICKS, 19_999, "10"),
        (KRX_TICKS, 49_999, "50"),
        (KRX_TICKS, 199_999, "100"),
        (KRX_TICKS, 499_999, "500"),
        (KRX_TICKS, 500_000, "1000"),
        (ETF_TICKS, 1_999, "1"),
        (ETF_TICKS, 35_000, "5"),
    ],
)
def test_price_bands_give_their_ticks(table, price, tick):
    assert table.tick_at(d(price)) == d(tick)


@pytest.mark.parametrize(
    ("venue", "symbol", "price", "tick", "lot", "minimum"),
    [
        (SPOT, "BTC/USDT", 68_000.0, "0.01", "0.00001", "5"),
        (SPOT, "ETH/USDT", 3300.0, "0.01", "0.0001", "5"),
        (SPOT, "XRP/USDT", 1.6, "0.0001", "0.1", "5"),
        (FUTURES, "BTC/USDT", 68_000.0, "0.1", "0.001", "100"),
        (FUTURES, "ETH/USDT", 3300.0, "0.01", "0.001", "20"),
        (FUTURES, "SOL/USDT", 165.0, "0.01", "0.01", "5"),
    ],
)
def test_binance_steps_follow_the_price(venue, symbol, price, tick, lot, minimum):
    found = listed(venue, symbol, price)
    assert found.ticks.tick_at(d(price)) == d(tick)
    assert (found.lot, found.min_notional) == (d(lot), d(minimum))


def test_funds_pay_no_sell_tax_and_stocks_do():
    assert listed(STOCK, "069500", 35_000.0).sell_tax == 0
    assert listed(STOCK, "005930", 70_000.0).sell_tax == d("0.0015")
    assert listed(STOCK, "005930", 70_000.0).name == "삼성전자"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"cost": "4999"}, "under_min_total_bid"),
        ({"cost": "100000001"}, "insufficient_funds_bid"),
        ({"cost": None}, "invalid_parameter"),
        ({"type_": OrderType.LIMIT, "price": "99999500", "quantity": "0.1"}, "invalid_price_bid"),
        ({"side": Side.SELL, "quantity": "0.1"}, "insufficient_funds_ask"),
        ({"side": Side.SELL, "quantity": "0.00004"}, "under_min_total_ask"),
        ({"side": Side.SELL, "type_": OrderType.STOP_MARKET, "trigger": "9e7"}, "not_supported"),
        ({"side": Side.SELL, "group": "g", "quantity": "1"}, "not_supported"),
        ({"symbol": "ETH/KRW", "cost": "10000"}, "unknown_symbol"),
    ],
)
def test_upbit_refuses_in_its_own_words(more, code):
    desk = Desk(UPBIT)
    desk.opens(candle(START, 100_000_000, 100_000_000, 100_000_000, 100_000_000))
    assert refusal(desk, order(UPBIT, **more)) == code


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"quantity": "0.000015"}, "LOT_SIZE"),
        ({"quantity": "0.00001"}, "NOTIONAL"),
        ({"quantity": "1.5"}, "insufficient_funds"),
        ({"type_": OrderType.LIMIT, "price": "90000.005", "quantity": "0.1"}, "PRICE_FILTER"),
        ({"side": Side.SELL, "quantity": "0.1"}, "insufficient_funds"),
    ],
)
def test_binance_spot_names_the_filter_that_failed(more, code):
    desk = Desk(SPOT)
    desk.opens(candle(START, 100_000, 100_000, 100_000, 100_000))
    assert refusal(desk, order(SPOT, **more)) == code


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"quantity": "0.0005"}, "LOT_SIZE"),
        ({"quantity": "0.001", "leverage": 21}, "-4028"),
        ({"quantity": "11", "leverage": 10}, "insufficient_funds"),
        ({"side": Side.SELL, "quantity": "0.001", "reduce_only": True}, "-2022"),
        ({"side": Side.SELL, "quantity": "0.001"}, "short_not_supported"),
        (
            {
                "side": Side.SELL,
                "type_": OrderType.STOP_MARKET,
                "trigger": "100000",
                "quantity": "0.001",
                "reduce_only": True,
            },
            "-2021",
        ),
    ],
)
def test_futures_refuse_with_their_codes(more, code):
    desk = Desk(FUTURES)
    desk.opens(candle(START, 100_000, 100_000, 100_000, 100_000))
    assert refusal(desk, order(FUTURES, **more)) == code


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"quantity": "1.5"}, "invalid_quantity"),
        ({"type_": OrderType.LIMIT, "price": "69950"}, "invalid_price"),
        ({"quantity": "2000"}, "insufficient_funds"),
        ({"type_": OrderType.STOP_MARKET, "trigger": "69000"}, "not_supported"),
    ],
)
def test_stocks_refuse_parts_of_shares_and_prices_between_ticks(more, code):
    assert refusal(stock_desk(), order(STOCK, **more)) == code


def test_stock_price_beyond_the_daily_limit_is_refused():
    desk = stock_desk()
    desk.market.yesterday = 70_000.0
    assert refusal(desk, order(STOCK, type_=OrderType.LIMIT, price="48900")) == "price_limit"
    assert desk.place(order(STOCK, type_=OrderType.LIMIT, price="49000"))[0].status == "open"


def test_stock_order_after_the_close_is_refused():
    assert refusal(stock_desk(hour=16), order(STOCK)) == "market_closed"


def test_client_id_stays_used_after_its_order_closed():
    desk = Desk(SPOT)
    desk.opens(candle(START, 100_000, 100_000, 100_000, 100_000))
    first = order(SPOT, quantity="0.1", client_id="pasu-once")
    assert desk.place(first)[0].status == "filled"
    assert refusal(desk, first) == "duplicate_client_id"


def test_refused_order_leaves_nothing_behind():
    desk = Desk(SPOT)
    desk.opens(candle(START, 100_000, 100_000, 100_000, 100_000))
    before = desk.exchange.balances()
    refused = order(SPOT, quantity="1.5")
    refusal(desk, refused)
    assert desk.exchange.balances() == before
    assert desk.exchange.order(refused.client_id) is None


def test_two_legs_are_taken_together_or_not_at_all():
    desk = Desk(SPOT)
    desk.opens(candle(START, 100_000, 100_000, 100_000, 100_000))
    desk.place(order(SPOT, quantity="0.1"))
    target = order(
        SPOT, Side.SELL, OrderType.LIMIT, "0.09", price="110000", group="g", client_id="pasu-target"
    )
    crossed = order(SPOT, Side.SELL, OrderType.STOP_MARKET, "0.09", trigger="100001", group="g")
    with pytest.raises(Refused):
        desk.place(target, crossed)
    assert desk.exchange.order(target.client_id) is None
    assert desk.exchange.balances()["BTC"].locked == 0


def test_deposit_is_credited_once():
    desk = Desk(UPBIT)
    desk.exchange.deposit("KRW", Decimal(5))
    assert desk.total("KRW") == 100_000_000


def test_price_without_a_candle_of_its_time_fills_nothing():
    desk = Desk(SPOT)
    desk.opens(candle(START, 100_000, 100_000, 100_000, 100_000))
    desk.at = START + 2 * MINUTE
    report = desk.place(order(SPOT, quantity="0.1"))[0]
    assert (report.status, report.fills) == ("expired", ())
