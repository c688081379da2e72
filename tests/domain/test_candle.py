"""Candles that cannot be true are refused; timeframes begin where UTC days divide."""

from datetime import UTC, datetime, timedelta
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.candle import Candle, Timeframe, checked, merged
from engine.domain.errors import Malformed
from engine.domain.venue import KST
from tests.domain.builders import NOON

GOOD = Candle(NOON, 100.0, 110.0, 90.0, 105.0, 12.5)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def damaged(changes: dict[str, float]) -> Candle:
    fields: dict[str, Any] = {**changes}
    return GOOD._replace(**fields)


def test_a_candle_that_can_be_true_comes_back_unchanged():
    assert checked(GOOD) is GOOD


@pytest.mark.parametrize("volume", [0.0, 1e18])
def test_a_market_may_stand_still_and_may_be_huge(volume: float):
    still = Candle(NOON, 5.0, 5.0, 5.0, 5.0, volume)
    assert checked(still) is still


@pytest.mark.parametrize("field", ["open", "high", "low", "close"])
@pytest.mark.parametrize("price", [nan, inf, -inf, 0.0, -1.0])
def test_f23_a_price_that_is_none_is_refused(field: str, price: float):
    with pytest.raises(Malformed, match="impossible candle at 2026-03-02T12:00:00"):
        checked(damaged({field: price}))


@pytest.mark.parametrize(
    "changes",
    [
        {"high": 89.0},
        {"high": 104.0},
        {"high": 99.0, "close": 95.0},
        {"low": 101.0},
        {"low": 106.0, "open": 107.0},
        {"volume": -1.0},
        {"volume": nan},
        {"volume": inf},
    ],
)
def test_f23_prices_outside_high_and_low_are_refused(changes: dict[str, float]):
    with pytest.raises(Malformed):
        checked(damaged(changes))


def test_two_adjacent_candles_make_one():
    second = Candle(NOON + timedelta(minutes=5), 105.0, 120.0, 95.0, 99.0, 2.5)
    assert merged(GOOD, second) == Candle(NOON, 100.0, 120.0, 90.0, 99.0, 15.0)


@pytest.mark.parametrize(
    ("timeframe", "seconds"),
    [("1m", 60), ("5m", 300), ("15m", 900), ("1h", 3600), ("4h", 14_400), ("1d", 86_400)],
)
def test_a_timeframe_knows_its_length(timeframe: str, seconds: int):
    assert Timeframe(timeframe).seconds == seconds
    assert Timeframe(timeframe).delta == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("timeframe", "at", "start"),
    [
        (Timeframe.M1, "12:34:56", "12:34"),
        (Timeframe.M5, "12:34:56", "12:30"),
        (Timeframe.M15, "12:45", "12:45"),
        (Timeframe.H1, "23:59:59", "23:00"),
        (Timeframe.H4, "11:59", "08:00"),
        (Timeframe.D1, "23:59", "00:00"),
    ],
)
def test_a_candle_begins_at_a_whole_step_of_the_utc_day(timeframe: Timeframe, at: str, start: str):
    day = "2026-03-02T"
    moment = datetime.fromisoformat(f"{day}{at}+00:00")
    assert timeframe.start(moment) == datetime.fromisoformat(f"{day}{start}+00:00")


def test_a_moment_in_seoul_belongs_to_the_utc_candle():
    at = datetime(2026, 3, 3, 8, 30, tzinfo=KST)
    assert Timeframe.D1.start(at) == datetime(2026, 3, 2, tzinfo=UTC)
    assert Timeframe.H4.start(at) == datetime(2026, 3, 2, 20, tzinfo=UTC)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(Timeframe)), MOMENTS)
def test_every_moment_lies_in_exactly_one_candle(timeframe: Timeframe, at: datetime):
    start = timeframe.start(at)
    assert start <= at < start + timeframe.delta
    assert timeframe.start(start) == start
    assert timeframe.start(start + timeframe.delta) == start + timeframe.delta


@settings(max_examples=100, deadline=None)
@given(MOMENTS)
def test_candles_of_a_shorter_timeframe_never_straddle_a_longer_one(at: datetime):
    for short, long in zip(list(Timeframe)[:-1], list(Timeframe)[1:], strict=True):
        inner = short.start(at)
        assert long.start(inner) == long.start(inner + short.delta - timedelta(microseconds=1))
