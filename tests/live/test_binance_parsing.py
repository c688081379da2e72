"""What Binance spot says, read: exact, bounded, and nothing but Malformed for nonsense."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.candle import Timeframe
from engine.domain.errors import Malformed, Refused, VenueDown
from engine.domain.ids import ClientOrderId, VenueOrderId
from engine.domain.intent import Side
from engine.ports.venue import OrderReport, ReportStatus
from engine.venues.binance_spot.account import SpotAccount
from engine.venues.binance_spot.clients import Key
from engine.venues.binance_spot.dialect import DIALECT, LIMITS, WEIGHT, is_through, stated_limits
from engine.venues.binance_spot.endpoints import endpoints
from engine.venues.binance_spot.figures import milliseconds, written
from engine.venues.binance_spot.instruments import Fees, listings
from engine.venues.binance_spot.market import SpotMarket
from engine.venues.binance_spot.order_book import KEPT, OrderBook
from engine.venues.binance_spot.order_feed import OrderFeed
from engine.venues.binance_spot.price_feed import PriceFeed
from engine.venues.binance_spot.reports import (
    account_trades,
    order_report,
    placed_trades,
    streamed_report,
    streamed_trade,
)
from engine.venues.binance_spot.requests import oco_request, order_request
from engine.venues.binance_spot.valuation import Valuation
from engine.venues.binance_spot.wire import Access, Wire
from engine.venues.live.answers import at_ms
from engine.venues.live.candles import BaseCandles, Quote
from tests.core.fakes import NOON, ManualClock
from tests.exchanges.binance_spot.rules import SymbolRules
from tests.live.binance_bench import BTC, oco, sale

ORDER = {
    "symbol": "BTCUSDT",
    "orderId": 7,
    "clientOrderId": "pasu-1",
    "price": "60000.10000000",
    "origQty": "0.50000000",
    "executedQty": "0.20000000",
    "status": "PARTIALLY_FILLED",
    "side": "SELL",
    "updateTime": 1_764_000_000_123,
}
EXECUTION = {
    "e": "executionReport",
    "s": "BTCUSDT",
    "c": "cancel-1",
    "C": "pasu-1",
    "S": "SELL",
    "q": "0.5",
    "p": "60000.1",
    "X": "CANCELED",
    "x": "CANCELED",
    "i": 7,
    "z": "0.2",
    "t": -1,
    "T": 1_764_000_000_123,
}
TRADE = EXECUTION | {
    "C": "",
    "c": "pasu-1",
    "x": "TRADE",
    "X": "FILLED",
    "t": 99,
    "l": "0.3",
    "L": "60000.2",
    "n": "0.00001234",
    "N": "BNB",
    "m": True,
}
PRINT = {"e": "aggTrade", "s": "BTCUSDT", "p": "60000.1", "T": 1_764_000_000_123}
CANDLE = {"t": 1_764_000_000_000, "s": "BTCUSDT", "o": "2", "c": "2", "h": "3", "l": "1", "v": "1"}
KLINE = {"e": "kline", "s": "BTCUSDT", "k": CANDLE | {"x": True}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from([*ORDER, *TRADE, "symbols", "filters"]), inside, max_size=6
        )
    ),
    max_leaves=12,
)
READERS: list[Callable[[Any], object]] = [
    lambda found: order_report(found, BTC, ()),
    placed_trades,
    account_trades,
    lambda found: streamed_report(found, BTC, ()) if isinstance(found, dict) else None,
    lambda found: streamed_trade(found) if isinstance(found, dict) else None,
    lambda found: listings(found, Fees()),
    stated_limits,
    lambda found: DIALECT.read(json.dumps(found)),
]


@pytest.mark.parametrize("read", READERS)
@given(found=JSON)
def test_nonsense_is_read_or_malformed_and_nothing_else(read: Callable[[Any], object], found: Any):
    try:
        read(found)
    except Malformed:
        return


@pytest.mark.parametrize("base", [ORDER, TRADE, EXECUTION])
@given(data=st.data())
def test_one_field_gone_wrong_is_read_or_malformed(base: dict[str, Any], data: st.DataObject):
    changed = base | {data.draw(st.sampled_from(sorted(base))): data.draw(JSON)}
    for read in READERS[:5]:
        try:
            read(changed)
        except Malformed:
            continue


@given(base=st.sampled_from([TRADE, EXECUTION, PRINT, KLINE]), data=st.data())
def test_frame_of_a_stream_is_taken_or_malformed(base: dict[str, Any], data: st.DataObject):
    changed = base | {data.draw(st.sampled_from(sorted(base))): data.draw(JSON)}
    at = endpoints("http://127.0.0.1:1", None, None)
    wire = Wire(Access(at, Key(), ManualClock(), lambda: 0.0), ())
    market = SpotMarket(wire)
    account = SpotAccount(wire, market)
    candles = BaseCandles(Timeframe.M1, market, wire.clock, every=True)
    candles.follow(["BTCUSDT"])
    with asyncio.Runner() as runner:
        for feed in (PriceFeed(wire, candles, market), OrderFeed(wire, account)):
            for frame in (changed, {"subscriptionId": 0, "event": changed}, data.draw(JSON)):
                with suppress(Malformed):
                    runner.run(feed.hear(frame))


def test_order_is_reported_exactly_and_at_the_millisecond():
    report = order_report(ORDER, BTC, ())
    assert report.filled_quantity == Decimal("0.2")
    assert (report.price, report.quantity) == (Decimal("60000.1"), Decimal("0.5"))
    assert report.at == datetime(2025, 11, 24, 16, 0, 0, 123000, tzinfo=UTC)
    assert milliseconds(report.at) == ORDER["updateTime"]


def test_cancel_is_told_of_the_order_and_not_of_the_request_to_cancel():
    assert streamed_report(EXECUTION, BTC, ()).client_id == "pasu-1"
    answer = ORDER | {"clientOrderId": "cancel-1", "origClientOrderId": "pasu-1"}
    assert order_report(answer, BTC, ()).client_id == "pasu-1"


def test_trade_of_the_stream_keeps_its_fee_to_the_last_digit():
    trade = streamed_trade(TRADE)
    assert trade is not None
    assert (trade.trade_id, trade.fee, trade.fee_asset) == ("99", Decimal("0.00001234"), "BNB")
    assert trade.maker
    assert streamed_trade(EXECUTION) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("NEW", ReportStatus.OPEN),
        ("PENDING_NEW", ReportStatus.OPEN),
        ("FILLED", ReportStatus.FILLED),
        ("CANCELED", ReportStatus.CANCELLED),
        ("EXPIRED", ReportStatus.EXPIRED),
        ("EXPIRED_IN_MATCH", ReportStatus.EXPIRED),
        ("REJECTED", ReportStatus.EXPIRED),
    ],
)
def test_every_status_has_its_meaning(status: str, expected: ReportStatus):
    assert order_report(ORDER | {"status": status}, BTC, ()).status is expected


def _info(*rules: SymbolRules, **changed: Any) -> dict[str, Any]:
    return {"symbols": [one.info() | changed for one in rules]}


def test_filters_become_the_steps_and_minimums_of_a_market():
    rules = SymbolRules(
        "BTCUSDT",
        "BTC",
        "USDT",
        tick=Decimal("0.01"),
        step=Decimal("0.00001"),
        market_step=Decimal("0.001"),
        market_min_quantity=Decimal("0.002"),
        market_max_quantity=Decimal(120),
        min_notional=Decimal(5),
    )
    fees = Fees(Decimal("0.0009"), Decimal("0.0011"))
    (listed,) = listings(_info(rules), fees)
    found = listed.instrument
    assert (found.symbol, listed.venue_symbol) == (BTC, "BTCUSDT")
    assert (found.lot, found.min_quantity) == (Decimal("0.001"), Decimal("0.002"))
    assert found.ticks.down(Decimal("60000.019")) == Decimal("60000.01")
    assert (found.min_notional, listed.market_max) == (Decimal(5), Decimal(120))
    assert (found.maker_fee, found.taker_fee) == (fees.maker, fees.taker)
    assert found.flagged == ""


def test_market_that_does_not_trade_is_flagged_and_other_quotes_are_left_out():
    usdt = SymbolRules("BTCUSDT", "BTC", "USDT")
    (halted,) = listings(_info(usdt, status="HALT"), Fees())
    assert halted.instrument.flagged == "HALT"
    assert listings(_info(usdt, quoteAsset="FDUSD"), Fees()) == []
    assert listings(_info(usdt, isSpotTradingAllowed=False), Fees()) == []


def test_market_that_cannot_be_read_is_left_out_and_the_others_stay():
    good = SymbolRules("BTCUSDT", "BTC", "USDT")
    bad = _info(SymbolRules("ETHUSDT", "ETH", "USDT"), filters=[])["symbols"]
    found = listings({"symbols": [*_info(good)["symbols"], *bad]}, Fees())
    assert [one.instrument.symbol for one in found] == [BTC]


def test_limits_are_those_that_the_venue_states():
    row = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 1200}
    assert stated_limits([row])[WEIGHT].units == 1200
    assert stated_limits([row | {"limit": "x"}, 7, {}]) == {}
    assert LIMITS[WEIGHT].units == 6000


@pytest.mark.parametrize("value", [-1, 10**18, 1.5, "1764000000123", None])
def test_moment_that_cannot_be_is_malformed(value: object):
    with pytest.raises(Malformed):
        at_ms(value)


def test_amount_is_written_without_exponent_or_idle_zeros():
    assert [written(Decimal(text)) for text in ("1E+2", "0.10", "1E-8", "60000")] == [
        "100",
        "0.1",
        "0.00000001",
        "60000",
    ]


def test_oco_that_is_no_pair_of_sales_is_refused_before_it_is_sent():
    profit, stop = oco("guard", "0.1", "66000", "57000")
    wrong = ([profit, profit], [stop, stop], [profit, sale("x", "0.1")], [profit, stop, stop])
    for legs in wrong:
        with pytest.raises(Refused):
            oco_request(legs, "BTCUSDT")
    other = oco("guard", "0.2", "66000", "57000")[1]
    with pytest.raises(Refused):
        oco_request([profit, other], "BTCUSDT")


def test_order_without_the_price_of_its_type_is_refused_before_it_is_sent():
    profit, stop = oco("guard", "0.1", "66000", "57000")
    for intent in (replace(profit, price=None), replace(stop, trigger=None)):
        with pytest.raises(Refused):
            order_request(intent, "BTCUSDT")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Stop price would trigger immediately.", True),
        ("The relationship of the prices for the orders is not correct.", True),
        ("Account has insufficient balance for requested action.", False),
    ],
)
def test_trigger_that_was_passed_is_told_from_other_refusals(message: str, expected: bool):
    assert is_through("-2010", message) is expected
    assert not is_through("-1013", message)


def _report(status: ReportStatus, filled: str = "0") -> OrderReport:
    return OrderReport(
        ClientOrderId("pasu-1"),
        VenueOrderId("1"),
        BTC,
        Side.BUY,
        status,
        Decimal(filled),
        (),
        NOON,
    )


def test_f13_what_is_known_of_an_order_never_goes_back():
    book = OrderBook()
    book.sent(ClientOrderId("pasu-1"), BTC, None)
    assert book.unfinished() == ()
    book.seen(_report(ReportStatus.OPEN, "0.2"))
    assert book.unfinished() == ("pasu-1",)
    assert not book.is_behind(_report(ReportStatus.OPEN, "0.1"))
    assert book.is_behind(_report(ReportStatus.OPEN, "0.3"))
    assert book.is_behind(_report(ReportStatus.CANCELLED, "0.2"))
    book.seen(_report(ReportStatus.CANCELLED, "0.2"))
    book.seen(_report(ReportStatus.OPEN, "0.1"))
    known = book.find(ClientOrderId("pasu-1"))
    assert known is not None
    assert (known.status, known.filled) == (ReportStatus.CANCELLED, Decimal("0.2"))


def test_ended_orders_are_forgotten_before_open_ones():
    book = OrderBook()
    book.sent(ClientOrderId("pasu-1"), BTC, None)
    book.seen(_report(ReportStatus.OPEN))
    for number in range(KEPT + 5):
        book.sent(ClientOrderId(f"old-{number}"), BTC, None)
    assert book.unfinished() == ("pasu-1",)
    assert book.find(ClientOrderId("old-0")) is None
    assert book.find(ClientOrderId(f"old-{KEPT}")) is not None


async def test_fee_is_valued_by_quote_base_or_the_last_price_that_was_to_be_had():
    clock, prices, asked = ManualClock(), {"BNB/USDT": Quote(600.0, NOON)}, 0

    async def quotes(symbols: Any) -> dict[str, Quote]:
        nonlocal asked
        asked += 1
        if clock.monotonic() > 100:
            raise VenueDown("no answer")
        return {symbol: prices[symbol] for symbol in symbols if symbol in prices}

    valuation = Valuation(quotes, clock)
    fee, price = Decimal("0.001"), Decimal(60_000)
    assert await valuation.value("USDT", BTC, fee, price) == fee
    assert await valuation.value("BTC", BTC, fee, price) == Decimal(60)
    assert asked == 0
    assert await valuation.value("BNB", BTC, fee, price) == Decimal("0.6")
    assert await valuation.value("BNB", BTC, fee, price) == Decimal("0.6")
    assert asked == 1
    assert await valuation.value("XYZ", BTC, fee, price) == 0
    clock.advance(200)
    assert await valuation.value("BNB", BTC, fee, price) == Decimal("0.6")
    with pytest.raises(VenueDown):
        await valuation.value("OLD", BTC, fee, price)
