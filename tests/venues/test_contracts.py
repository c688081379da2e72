"""USDT-M contracts: margin, mark price triggers, funding, liquidation, reduce-only."""

from decimal import Decimal

from engine.domain.intent import OrderType, Side
from engine.domain.money import ONE
from engine.domain.venue import VenueName
from engine.ports.venue import ReportStatus
from tests.venues.builders import MINUTE, START, Desk, candle, d, order

FUTURES = VenueName.BINANCE_FUTURES
BUY, SELL = Side.BUY, Side.SELL


def long(quantity="1", leverage=10, **more):
    desk = Desk(FUTURES, **more)
    flat = candle(START - MINUTE, 100_000, 100_000, 100_000, 100_000, 1e9)
    desk.opens(flat)
    report = desk.place(order(FUTURES, quantity=quantity, leverage=leverage))[0]
    desk.at = START
    return desk, report.fills[0]


def stop(quantity, trigger):
    return order(FUTURES, SELL, OrderType.STOP_MARKET, quantity, trigger=trigger, reduce_only=True)


def test_entry_locks_margin_and_pays_the_taker_fee():
    desk, fill = long()
    assert fill.price == d("100010.1")
    assert fill.fee == d("50.00505")
    held = desk.exchange.balances()["USDT"]
    assert held.total == 100_000 - d("50.00505")
    assert held.locked == d("10001.01")
    (position,) = desk.exchange.positions()
    assert (position.quantity, position.leverage) == (1, 10)
    assert position.liquidation_price == fill.price * (ONE - d("0.1")) / d("0.996")


def test_closing_settles_the_profit_and_frees_the_margin():
    desk, entry = long()
    desk.market.candle = candle(START - MINUTE, 110_000, 110_000, 110_000, 110_000, 1e9)
    desk.market.price = 110_000.0
    (fill,) = desk.place(order(FUTURES, SELL, quantity="1", reduce_only=True))[0].fills
    held = desk.exchange.balances()["USDT"]
    assert held.locked == 0
    assert held.total == 100_000 - entry.fee + fill.price - entry.price - fill.fee
    assert desk.exchange.positions() == []


def test_part_of_a_position_keeps_its_entry_price():
    desk, entry = long()
    desk.place(order(FUTURES, SELL, quantity="0.25", reduce_only=True))
    (position,) = desk.exchange.positions()
    assert (position.quantity, position.entry_price) == (d("0.75"), entry.price)


def test_reduce_only_never_flips():
    desk, _ = long()
    report = desk.place(order(FUTURES, SELL, quantity="3", reduce_only=True))[0]
    assert (report.filled_quantity, report.status) == (1, ReportStatus.FILLED)
    assert desk.exchange.positions() == []


def test_conditional_order_waits_for_the_mark_price():
    desk, _ = long()
    desk.place(stop("1", "95000"))
    low = candle(START, 100_000, 100_000, 94_000, 99_000)
    calm = candle(START, 100_000, 100_000, 96_000, 99_000)
    assert desk.closes(low, calm) == []
    later = START + MINUTE
    reports = desk.closes(
        candle(later, 99_000, 99_000, 95_500, 97_000, 1e9),
        candle(later, 99_000, 99_000, 94_900, 97_000),
    )
    (fill,) = reports[0].fills
    # The mark fell to 95,000 while the lowest trade was 95,500: it sells there, less half the
    # spread of 9.55 and a tick of impact.
    assert fill.price == d("95490.4")


def test_orphaned_stop_expires_with_its_position():
    desk, _ = long()
    (resting,) = desk.place(stop("1", "95000"))
    desk.place(order(FUTURES, SELL, quantity="1", reduce_only=True))
    (ended,) = desk.exchange.settle_orphans(desk.symbol, desk.at)
    assert (ended.client_id, ended.status) == (resting.client_id, ReportStatus.EXPIRED)
    assert desk.exchange.open_orders() == []


def test_funding_is_paid_on_the_mark_value_once():
    desk, _ = long("0.5")
    before = desk.total("USDT")
    at = START + MINUTE
    report = desk.exchange.fund(desk.symbol, d("0.0001"), d("101000"), at)
    assert report.amount == d("-5.05")
    assert desk.exchange.fund(desk.symbol, d("0.0001"), d("101000"), at) == report
    assert desk.total("USDT") == before - d("5.05")


def test_negative_funding_is_received():
    desk, _ = long("0.5")
    report = desk.exchange.fund(desk.symbol, d("-0.0002"), d("100000"), START + MINUTE)
    assert report.amount == d("10")


def test_position_opened_at_the_moment_of_funding_does_not_pay():
    desk, _ = long()
    assert desk.exchange.fund(desk.symbol, d("0.0001"), d("100000"), START - MINUTE) is None


def test_mark_at_the_liquidation_price_closes_by_force():
    desk, entry = long()
    total = desk.total("USDT")
    desk.place(order(FUTURES, SELL, OrderType.LIMIT, "1", price="120000", reduce_only=True))
    fall = candle(START, 100_000, 100_000, 90_000, 91_000)
    reports = desk.closes(fall, fall)
    forced = next(r for r in reports if r.client_id.startswith("autoclose-"))
    (fill,) = forced.fills
    # 100,010.1 × 0.9 / 0.996 = 90,370.57…, down to the tick of 0.1
    assert fill.price == d("90370.5")
    assert fill.fee == d("451.8525")
    assert (forced.status, forced.side) == (ReportStatus.FILLED, SELL)
    assert desk.total("USDT") == total + fill.price - entry.price - fill.fee
    assert desk.exchange.positions() == []
    assert desk.exchange.open_orders() == []
    assert desk.exchange.order(forced.client_id) == forced


def test_stop_above_the_liquidation_price_is_reached_first():
    desk, _ = long()
    desk.place(stop("1", "95000"))
    fall = candle(START, 100_000, 100_000, 90_000, 91_000, 1e9)
    (report,) = desk.closes(fall, fall)
    assert report.fills[0].price > Decimal(94_000)
    assert desk.exchange.positions() == []


def test_gap_below_the_liquidation_price_leaves_the_stop_no_chance():
    desk, _ = long()
    desk.place(stop("1", "95000"))
    gap = candle(START, 85_000, 86_000, 84_000, 85_000, 1e9)
    reports = {r.client_id[:9]: r for r in desk.closes(gap, gap)}
    assert reports["autoclose"].fills[0].price == d("90370.5")
    assert [r.status for k, r in reports.items() if k != "autoclose"] == [ReportStatus.EXPIRED]


def test_position_without_leverage_is_never_liquidated():
    desk, _ = long("0.5", leverage=1)
    fall = candle(START, 100_000, 100_000, 1_000, 1_000)
    assert desk.closes(fall, fall) == []
    assert len(desk.exchange.positions()) == 1
