"""The cheap first look at an order never passes over one that a candle reaches."""

from datetime import datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.candle import Candle
from engine.domain.ids import VenueOrderId
from engine.domain.intent import OrderType, Side
from engine.domain.venue import VenueName
from engine.venues.matching import may_touch, touched
from engine.venues.orders import SimulatedOrder
from tests.venues.builders import MINUTE, START, order

SPOT = VenueName.BINANCE_SPOT
# Prices a hair apart around where a float has more digits than a tick.
PRICES = st.integers(99_990, 100_010).map(lambda n: n / 1000)
EXACT = st.integers(9_999_000, 10_001_000).map(lambda n: Decimal(n) / 100_000)


def resting(kind: OrderType, side: Side, price: Decimal, at: datetime) -> SimulatedOrder:
    name = "price" if kind is OrderType.LIMIT else "trigger"
    intent = order(SPOT, side, kind, "1", **{name: price})
    return SimulatedOrder(intent, VenueOrderId("x"), at, Decimal(100), None, at)


@given(
    kind=st.sampled_from([OrderType.LIMIT, OrderType.STOP_MARKET, OrderType.TAKE_PROFIT]),
    side=st.sampled_from(Side),
    price=EXACT,
    prices=st.tuples(PRICES, PRICES, PRICES, PRICES),
)
def test_an_order_that_trades_in_a_candle_was_not_passed_over(
    kind: OrderType, side: Side, price: Decimal, prices: tuple[float, float, float, float]
):
    first, *_, last = prices
    candle = Candle(START, first, max(prices), min(prices), last, 1.0)
    tested = resting(kind, side, price, START - MINUTE)
    if touched([tested], candle, candle, START + MINUTE):
        assert may_touch(tested, candle)


def test_an_order_out_of_reach_is_passed_over():
    candle = Candle(START, 100.0, 101.0, 99.0, 100.0, 1.0)
    at = START - MINUTE
    assert not may_touch(resting(OrderType.LIMIT, Side.SELL, Decimal("101.1"), at), candle)
    assert not may_touch(resting(OrderType.STOP_MARKET, Side.SELL, Decimal("98.9"), at), candle)
    assert not may_touch(resting(OrderType.LIMIT, Side.BUY, Decimal("98.9"), at), candle)
    assert may_touch(resting(OrderType.STOP_MARKET, Side.BUY, Decimal("100.9"), at), candle)
