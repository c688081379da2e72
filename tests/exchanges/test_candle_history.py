"""Candles: the same for each seed, agreeing between lengths, in step with prices."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.exchanges.candles import Candle, CandleHistory
from tests.exchanges.clock import MovableClock
from tests.exchanges.matching import Exchange
from tests.exchanges.upbit.listing import krw_market

D = Decimal
SYMBOL = "BTC/KRW"
START = datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock():
    return MovableClock(START)


@pytest.fixture
def exchange(clock):
    made = Exchange(clock)
    made.add_market(krw_market("BTC"))
    return made


@pytest.fixture
def candles(exchange):
    made = CandleHistory(exchange, seed=3)
    made.walk_to(SYMBOL, D(100_000_000), minutes=3000)
    return made


def test_walk_ends_at_the_price_one_minute_before_now(candles):
    found = candles.last(SYMBOL, 1, 3000)
    assert len(found) == 3000
    assert found[-1].close == D(100_000_000)
    assert found[-1].opened_at == START.replace(second=0) - MINUTE
    steps = {later.opened_at - sooner.opened_at for sooner, later in pairwise(found)}
    assert steps == {MINUTE}
    assert all(one.low <= min(one.open, one.close) for one in found)
    assert all(one.high >= max(one.open, one.close) for one in found)
    assert all(not price % 1000 for one in found for price in (one.open, one.close))


def test_walk_is_the_same_for_a_seed_and_another_for_another(exchange, candles):
    def closes(seed):
        made = CandleHistory(exchange, seed)
        made.walk_to(SYMBOL, D(100_000_000), minutes=3000)
        return [one.close for one in made.last(SYMBOL, 1, 50)]

    ours = [one.close for one in candles.last(SYMBOL, 1, 50)]
    assert closes(3) == ours != closes(4)


@pytest.mark.parametrize("length", [5, 60, 1440])
def test_longer_candle_is_made_of_its_minutes(candles, length):
    one = candles.last(SYMBOL, length, 2)[0]
    end = one.opened_at + length * MINUTE
    parts = [
        part for part in candles.last(SYMBOL, 1, 3000) if one.opened_at <= part.opened_at < end
    ]
    assert (one.open, one.close) == (parts[0].open, parts[-1].close)
    assert one.high == max(part.high for part in parts)
    assert one.low == min(part.low for part in parts)
    assert abs(one.volume - sum(part.volume for part in parts)) < D("0.0001")


def test_prices_make_candles_and_quiet_minutes_have_none(exchange, candles, clock):
    for price in (101, 103, 102):
        exchange.set_price(SYMBOL, D(price) * 1_000_000, quantity=D(2))
    clock.advance(3 * MINUTE)
    exchange.set_price(SYMBOL, D(105_000_000))
    first, last = candles.last(SYMBOL, 1, 2)
    prices = [one / 1_000_000 for one in (first.open, first.high, first.low, first.close)]
    assert prices == [101, 103, 101, 102]
    assert (first.volume, first.value) == (6, 612_000_000)
    assert last.opened_at - first.opened_at == 3 * MINUTE
    joined = candles.last(SYMBOL, 1440, 1)[0]
    assert joined.close == D(105_000_000)


def test_candles_before_a_moment_leave_out_the_one_that_opens_then(candles):
    noon = START.replace(second=0)
    assert candles.last(SYMBOL, 60, 1, before=noon)[0].opened_at == noon - 60 * MINUTE
    later = noon - timedelta(minutes=59)
    assert candles.last(SYMBOL, 60, 1, before=later)[0].opened_at == noon - 60 * MINUTE


def test_candles_between_start_at_a_moment(candles):
    start = START.replace(second=0) - timedelta(hours=3, minutes=1)
    found = candles.between(SYMBOL, 60, start, 10)
    assert [one.opened_at.hour for one in found] == [9, 10, 11]
    assert candles.between(SYMBOL, 60, start, 2) == found[:2]


def test_given_candles_replace_what_was_made_up(candles):
    at = START.replace(second=0) - 10 * MINUTE
    given = Candle(at, D(1000), D(4000), D(1000), D(2000), D(1), D(2000), at)
    candles.put(SYMBOL, [given])
    found = candles.last(SYMBOL, 1, 10)[0]
    assert (found.opened_at, found.open, found.high, found.close) == (at, 1000, 4000, 2000)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    candles.put(SYMBOL, [Candle(long_ago, *[D(1000)] * 6, long_ago)])
    assert candles.between(SYMBOL, 1, long_ago, 1)[0].opened_at == long_ago


def test_unknown_symbol_has_no_candles(candles):
    assert candles.last("ETH/KRW", 1, 10) == []
    assert candles.between("ETH/KRW", 1, START, 10) == []
