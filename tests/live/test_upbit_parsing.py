"""What Upbit says, read: exact, bounded, and nothing but Malformed for nonsense."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.candle import Timeframe
from engine.domain.errors import Malformed
from engine.ports.venue import SurfaceName
from engine.venues.live.candles import BaseCandles
from engine.venues.live.outcome import Response
from engine.venues.upbit.account import UpbitAccount
from engine.venues.upbit.client import UpbitAddresses, UpbitKeys
from engine.venues.upbit.dialect import DIALECT, TICKER, note_limits
from engine.venues.upbit.instruments import Terms, instruments, terms_of
from engine.venues.upbit.market_data import UpbitMarketData
from engine.venues.upbit.order_feed import UpbitOrderFeed
from engine.venues.upbit.price_feed import UpbitPriceFeed
from engine.venues.upbit.reports import report_of, report_of_trade
from engine.venues.upbit.wire import UpbitWire
from tests.core.fakes import ManualClock
from tests.live.upbit_bench import BTC

NOWHERE = UpbitAddresses("http://127.0.0.1:1", "ws://127.0.0.1:1")
TRADED = {"uuid": "t-1", "price": "100", "volume": "0.5", "created_at": "2026-03-02T21:00:00+09:00"}
ORDER = {
    "uuid": "o-1",
    "identifier": "pasu-1",
    "market": "KRW-BTC",
    "side": "bid",
    "ord_type": "price",
    "state": "done",
    "price": "50",
    "volume": None,
    "executed_volume": "0.5",
    "paid_fee": "0.025",
    "created_at": "2026-03-02T21:00:00+09:00",
    "trades": [TRADED],
}
EVENT = {
    "type": "myOrder",
    "code": "KRW-BTC",
    "uuid": "o-1",
    "identifier": "pasu-1",
    "ask_bid": "BID",
    "state": "trade",
    "trade_uuid": "t-1",
    "price": 100.0,
    "volume": 0.5,
    "executed_volume": 0.5,
    "trade_fee": 0.025,
    "is_maker": False,
    "trade_timestamp": 1_764_000_000_123,
}
PRINT = {
    "type": "trade",
    "code": "KRW-BTC",
    "trade_price": 100.0,
    "trade_timestamp": 1_764_000_000_123,
}
MINUTE = {
    "type": "candle.1m",
    "code": "KRW-BTC",
    "candle_date_time_utc": "2026-03-02T12:00:00",
    "opening_price": 100.0,
    "high_price": 101.0,
    "low_price": 99.0,
    "trade_price": 100.0,
    "candle_acc_trade_volume": 2.0,
}
CHANCE = {"bid_fee": "0.0005", "ask_fee": "0.0005", "market": {"bid": {"min_total": "5000"}}}
LISTED = {"market": "KRW-BTC", "korean_name": "비트코인", "market_event": {"warning": False}}
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["NaN", "1e999", "-1", "", "KRW-", "0001-01-01T00:00:00+09:00", 10**18])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
READERS: list[Callable[[Any], object]] = [
    report_of,
    report_of_trade,
    terms_of,
    lambda found: instruments([found], {}, {}, Terms()),
]


@pytest.mark.parametrize("base", [ORDER, EVENT, CHANCE, LISTED])
@given(data=st.data())
def test_one_field_gone_wrong_is_read_or_malformed(base: dict[str, Any], data: st.DataObject):
    changed = base | {data.draw(st.sampled_from(sorted(base))): data.draw(JSON)}
    for read in READERS:
        with suppress(Malformed):
            read(changed)


@given(data=st.data())
def test_trade_of_an_order_gone_wrong_is_read_or_malformed(data: st.DataObject):
    trade = TRADED | {data.draw(st.sampled_from(sorted(TRADED))): data.draw(JSON)}
    with suppress(Malformed):
        report_of(ORDER | {"trades": [trade]})


@given(base=st.sampled_from([EVENT, PRINT, MINUTE]), data=st.data())
def test_frame_of_a_stream_is_taken_or_malformed(base: dict[str, Any], data: st.DataObject):
    changed = base | {data.draw(st.sampled_from(sorted(base))): data.draw(JSON)}
    wire = UpbitWire(NOWHERE, UpbitKeys(), (SurfaceName.PRICES,), ManualClock())
    past = UpbitMarketData(wire)
    candles = BaseCandles(Timeframe.M1, past, wire.clock, every=False)
    candles.follow([BTC])
    feeds = (UpbitPriceFeed(wire, past, candles), UpbitOrderFeed(wire, UpbitAccount(wire)))
    with asyncio.Runner() as runner:
        for feed in feeds:
            for frame in (changed, data.draw(JSON)):
                with suppress(Malformed):
                    runner.run(feed.hear(frame))


@given(body=st.text(), left=st.text())
def test_error_and_limit_are_read_whatever_they_are(body: str, left: str):
    code, message = DIALECT.read(body)
    assert isinstance(code + message, str)
    wire = UpbitWire(NOWHERE, UpbitKeys(), (), ManualClock())
    note_limits(wire.budget, Response(200, {"remaining-req": left}, ""))
    assert wire.budget.spent(TICKER) >= 0


def test_order_that_spent_its_cost_is_filled_with_its_fee_shared_by_value():
    second = TRADED | {"uuid": "t-2", "volume": "0.25"}
    told = ORDER | {"state": "cancel", "paid_fee": "0.03", "trades": [TRADED, second]}
    report = report_of(told)
    assert report.status.value == "filled"
    assert [fill.fee for fill in report.fills] == [Decimal("0.02"), Decimal("0.01")]
