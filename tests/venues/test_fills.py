"""What trades, when, at what price and for what fee, on candles made by hand."""

from datetime import datetime, timedelta

import pytest

from engine.domain.errors import Refused
from engine.domain.intent import OrderType, Side
from engine.domain.venue import KST, ListedSessions, VenueName
from engine.ports.venue import ReportStatus
from tests.venues.builders import MINUTE, START, Desk, candle, d, order

UPBIT, SPOT, STOCK = VenueName.UPBIT, VenueName.BINANCE_SPOT, VenueName.STOCK
BUY, SELL = Side.BUY, Side.SELL


def flat(at=START, price=100_000, volume=1000.0):
    return candle(at, price, price, price, price, volume)


def holding(quantity="1", volume=1000.0):
    """A spot account that holds coins bought at 90,000 in an earlier candle."""
    desk = Desk(SPOT)
    desk.opens(flat(START - 2 * MINUTE, 90_000, 1e9))
    desk.place(order(SPOT, quantity=quantity))
    desk.at = START
    desk.market.candle = flat(START - MINUTE, 100_000, volume)
    desk.market.price = 100_000.0
    return desk


def oco(desk, quantity, target, stop):
    return desk.place(
        order(SPOT, SELL, OrderType.LIMIT, quantity, price=target, group="g"),
        order(SPOT, SELL, OrderType.STOP_MARKET, quantity, trigger=stop, group="g"),
    )


def test_market_buy_pays_half_the_spread_and_a_tick_against_us():
    desk = Desk(SPOT)
    desk.opens(flat(volume=1e9))
    report = desk.place(order(SPOT, quantity="0.5"))[0]
    (fill,) = report.fills
    # 100,000 × (1 + 0.0001) and an impact of less than a cent, rounded up to the cent.
    assert fill.price == d("100010.01")
    assert (fill.quantity, fill.fee, fill.fee_asset) == (d("0.5"), d("0.0005"), "BTC")
    assert fill.fee_in_quote == d("50.005005")
    assert desk.total("USDT") == 100_000 - d("0.5") * d("100010.01")
    assert desk.total("BTC") == d("0.4995")


def test_market_sell_pays_its_fee_in_quote():
    desk = holding()
    desk.market.candle = flat(START - MINUTE, 100_000, 1e9)
    before = desk.total("USDT")
    (fill,) = desk.place(order(SPOT, SELL, quantity="0.5"))[0].fills
    assert fill.price == d("99989.99")
    assert (fill.fee, fill.fee_asset) == (d("49.994995"), "USDT")
    assert desk.total("USDT") == before + d("0.5") * d("99989.99") - d("49.994995")


def test_large_order_fills_in_three_trades_at_worsening_prices():
    desk = Desk(SPOT)
    desk.opens(flat(volume=5.0))
    report = desk.place(order(SPOT, quantity="0.9"))[0]
    assert [fill.quantity for fill in report.fills] == [d("0.45"), d("0.27"), d("0.18")]
    prices = [fill.price for fill in report.fills]
    assert prices == sorted(set(prices))
    assert report.status is ReportStatus.FILLED


def test_order_beyond_a_fifth_of_the_volume_expires_for_the_rest():
    desk = Desk(SPOT)
    desk.opens(flat(volume=1.0))
    report = desk.place(order(SPOT, quantity="0.9"))[0]
    assert (report.filled_quantity, report.status) == (d("0.2"), ReportStatus.EXPIRED)
    again = desk.place(order(SPOT, quantity="0.1"))[0]
    assert (again.fills, again.status) == ((), ReportStatus.EXPIRED)


def test_candle_without_volume_fills_nothing():
    desk = Desk(SPOT)
    desk.opens(flat(volume=0.0))
    report = desk.place(order(SPOT, quantity="0.1"))[0]
    assert (report.fills, report.status) == ((), ReportStatus.EXPIRED)
    assert desk.exchange.balances()["USDT"].locked == 0


def test_upbit_buys_by_cost_and_returns_the_crumbs():
    desk = Desk(UPBIT)
    desk.opens(flat(price=100_000_000, volume=1e6))
    report = desk.place(order(UPBIT, cost="1000000"))[0]
    (fill,) = report.fills
    assert fill.price == 100_021_000  # 100,020,000 and the impact, up to the tick of 1,000
    assert fill.quantity == d("0.00999790")
    assert (fill.fee, fill.fee_asset) == (d("499.99997795"), "KRW")
    assert report.status is ReportStatus.FILLED
    assert desk.total("KRW") == 100_000_000 - fill.quantity * fill.price - fill.fee


def test_upbit_buy_in_a_thin_candle_expires_with_what_it_got():
    desk = Desk(UPBIT)
    desk.opens(flat(price=100_000_000, volume=0.01))
    report = desk.place(order(UPBIT, cost="1000000"))[0]
    assert report.status is ReportStatus.EXPIRED
    assert 0 < report.filled_quantity <= d("0.002")


def test_stock_sale_pays_fee_and_tax_in_whole_won():
    opening = datetime(2025, 1, 6, 9, tzinfo=KST)
    hours = {opening.date(): (opening, opening + timedelta(hours=6))}
    desk = Desk(STOCK, sessions=ListedSessions(hours))
    desk.opens(flat(opening, 70_000, 1e9))
    (bought,) = desk.place(order(STOCK, quantity="10"))[0].fills
    (sold,) = desk.place(order(STOCK, SELL, quantity="10"))[0].fills
    assert (bought.price, bought.fee) == (70_100, 105)  # 701,000 × 0.015 %
    assert (sold.price, sold.fee) == (69_900, 104 + 1048)  # and 0.15 % of 699,000
    assert desk.total("KRW") == 100_000_000 - 701_000 - 105 + 699_000 - 104 - 1048


def test_limit_buy_fills_only_when_the_price_trades_through():
    desk = Desk(SPOT)
    desk.opens(flat())
    desk.place(order(SPOT, type_=OrderType.LIMIT, quantity="0.5", price="99000"))
    locked = desk.exchange.balances()["USDT"].locked
    assert locked == 49_500
    touched = candle(START + MINUTE, 100_000, 100_000, 99_000, 99_500)
    assert desk.closes(touched) == []
    through = candle(START + 2 * MINUTE, 99_500, 99_500, "98999.99", 99_200)
    (report,) = desk.closes(through)
    (fill,) = report.fills
    assert (fill.price, fill.quantity, fill.maker) == (99_000, d("0.5"), True)
    assert fill.fee == d("0.0005")
    assert desk.exchange.balances()["USDT"].locked == 0
    assert desk.total("USDT") == 100_000 - 49_500


def test_limit_order_fills_by_its_share_of_the_volume_and_rests_on():
    desk = Desk(SPOT)
    desk.opens(flat())
    desk.place(order(SPOT, type_=OrderType.LIMIT, quantity="0.5", price="99000"))
    thin = candle(START + MINUTE, 100_000, 100_000, 98_000, 98_500, 1.0)
    (first,) = desk.closes(thin)
    assert (first.filled_quantity, first.status) == (d("0.2"), ReportStatus.OPEN)
    assert desk.exchange.balances()["USDT"].locked == d("29700")
    assert desk.closes(thin, retelling=True) == [first]
    (second,) = desk.closes(candle(START + 2 * MINUTE, 98_500, 98_500, 98_000, 98_500, 1000))
    assert (second.filled_quantity, second.status) == (d("0.5"), ReportStatus.FILLED)


def test_limit_order_that_crosses_trades_at_once_as_taker():
    desk = Desk(SPOT)
    desk.opens(flat(volume=1e9))
    limit = order(SPOT, type_=OrderType.LIMIT, quantity="0.5", price="100010")
    (fill,) = desk.place(limit)[0].fills
    assert (fill.price, fill.maker) == (100_010, False)


def test_cancelled_order_gives_its_funds_back():
    desk = Desk(SPOT)
    desk.opens(flat())
    (report,) = desk.place(order(SPOT, type_=OrderType.LIMIT, quantity="0.5", price="99000"))
    cancelled = desk.exchange.cancel(report.client_id, desk.at)
    assert cancelled is not None
    assert cancelled.status is ReportStatus.CANCELLED
    assert desk.exchange.balances()["USDT"].free == 100_000
    assert desk.exchange.cancel(order(SPOT).client_id, desk.at) is None


def test_stop_fills_at_its_trigger_less_slippage():
    desk = holding()
    desk.place(order(SPOT, SELL, OrderType.STOP_MARKET, "0.5", trigger="98000"))
    (report,) = desk.closes(candle(START, 100_000, 100_000, 97_000, 97_500, 1e9))
    assert report.fills[0].price == d("97990.19")  # 98,000 × (1 - 0.0001) and a cent of impact
    assert (report.status, report.fills[0].maker) == (ReportStatus.FILLED, False)


def test_gap_through_the_stop_fills_at_the_open():
    desk = holding()
    desk.place(order(SPOT, SELL, OrderType.STOP_MARKET, "0.5", trigger="98000"))
    (report,) = desk.closes(candle(START, 95_000, 96_000, 94_000, 95_500, 1e9))
    assert report.fills[0].price == d("94990.49")


def test_stop_is_filled_before_the_target_of_the_same_candle():
    desk = holding()
    oco(desk, "0.5", "103000", "98000")
    reports = desk.closes(candle(START, 100_000, 104_000, 97_000, 103_500))
    assert [(r.status, bool(r.fills)) for r in reports] == [
        (ReportStatus.CANCELLED, False),
        (ReportStatus.FILLED, True),
    ]
    assert desk.exchange.open_orders() == []
    assert desk.exchange.balances()["BTC"].locked == 0


def test_target_cancels_the_stop_and_earns_the_maker_fee():
    desk = holding()
    target, stop = oco(desk, "0.5", "103000", "98000")
    assert desk.exchange.balances()["BTC"].locked == d("0.5")
    reports = {r.client_id: r for r in desk.closes(candle(START, 1e5, 104_000, 99_000, 103_500))}
    assert reports[target.client_id].fills[0].price == 103_000
    assert reports[target.client_id].fills[0].maker
    assert reports[stop.client_id].status is ReportStatus.CANCELLED
    assert desk.exchange.balances()["BTC"].locked == 0


def test_partly_filled_target_cancels_the_stop_and_rests_on():
    desk = holding()
    target, stop = oco(desk, "0.5", "103000", "98000")
    thin = candle(START, 100_000, 104_000, 99_000, 103_500, 1.0)
    reports = {report.client_id: report for report in desk.closes(thin)}
    assert reports[target.client_id].filled_quantity == d("0.2")
    assert reports[target.client_id].status is ReportStatus.OPEN
    assert reports[stop.client_id].status is ReportStatus.CANCELLED
    assert desk.exchange.balances()["BTC"].locked == d("0.3")


def test_cancelling_one_leg_cancels_the_other():
    desk = holding()
    target, stop = oco(desk, "0.5", "103000", "98000")
    desk.exchange.cancel(stop.client_id, desk.at)
    assert desk.exchange.order(target.client_id).status is ReportStatus.CANCELLED
    assert desk.exchange.balances()["BTC"].free == desk.total("BTC")


def test_take_profit_trigger_sells_at_market_when_touched():
    desk = holding()
    desk.place(order(SPOT, SELL, OrderType.TAKE_PROFIT, "0.5", trigger="103000"))
    (report,) = desk.closes(candle(START, 100_000, 103_000, 99_000, 102_000, 1e9))
    assert report.fills[0].price == d("102989.69")


def test_stop_in_a_candle_without_volume_waits_for_the_next():
    desk = holding()
    desk.place(order(SPOT, SELL, OrderType.STOP_MARKET, "0.5", trigger="98000"))
    assert desk.closes(candle(START, 97_000, 97_000, 97_000, 97_000, 0.0)) == []
    (report,) = desk.closes(candle(START + MINUTE, 97_000, 97_000, 97_000, 97_000, 1e9))
    assert report.status is ReportStatus.FILLED


def test_order_that_came_at_the_close_does_not_trade_in_that_candle():
    desk = holding()
    passed = candle(START, 100_000, 104_000, 96_000, 100_000)
    desk.closes(passed)
    oco(desk, "0.5", "103000", "98000")
    assert desk.closes(passed, retelling=True) == []
    assert len(desk.exchange.open_orders()) == 2


def test_stop_that_came_inside_a_candle_counts_in_it_and_a_target_does_not():
    desk = holding()
    passed = candle(START, 100_000, 104_000, 96_000, 100_000)
    desk.at = START + MINUTE
    desk.market.candle, desk.market.price, desk.market.inside = passed, 102_000.0, True
    target, stop = oco(desk, "0.5", "103000", "98000")
    reports = {report.client_id: report for report in desk.closes(passed)}
    assert reports[stop.client_id].status is ReportStatus.FILLED
    assert reports[target.client_id].fills == ()


def test_stop_above_the_price_is_refused():
    desk = holding()
    with pytest.raises(Refused) as caught:
        desk.place(order(SPOT, SELL, OrderType.STOP_MARKET, "0.5", trigger="100000"))
    assert caught.value.code == "-2021"


def test_dust_becomes_bnb_or_quote_once():
    desk = holding("0.00104")
    rest = d("0.00003")
    amount, asset = desk.exchange.convert_dust("BTC/USDT", rest, desk.at)
    assert (amount, asset) == (d("2.94"), "USDT")  # 3 USDT less 2 %; no BNB market here
    assert desk.exchange.convert_dust("BTC/USDT", rest, desk.at) == (amount, asset)
    assert desk.total("BTC") == d("0.00103896") - rest
    with pytest.raises(Refused, match="not_dust"):
        desk.exchange.convert_dust("BTC/USDT", d("0.001"), desk.at)


def test_upbit_converts_no_dust():
    desk = Desk(UPBIT)
    desk.opens(flat(price=100_000_000))
    with pytest.raises(Refused, match="not_supported"):
        desk.exchange.convert_dust("BTC/KRW", d("0.00001"), desk.at)


@pytest.mark.parametrize("venue", list(VenueName))
def test_equal_seeds_fill_equally_and_others_do_not(venue):
    def prices(seed):
        desk = Desk(venue, seed=seed)
        price = {UPBIT: 1e8, STOCK: 7e4}.get(venue, 1e5)
        desk.opens(flat(START + MINUTE, price, 1000 if venue is STOCK else 2.0))
        more = {"cost": "30000000"} if venue is UPBIT else {}
        quantity = "200" if venue is STOCK else "0.4"
        return [fill.price for fill in desk.place(order(venue, quantity=quantity, **more))[0].fills]

    assert prices(1) == prices(1)
    assert len({tuple(prices(seed)) for seed in range(8)}) > 1
