"""The agenda of a venue: markets that sleep through calm candles, and what they wake for."""

from datetime import timedelta

import pytest

from engine.venues.timeline import Moment, Timeline
from tests.venues.builders import MINUTE, START, candle, source
from tests.venues.test_replay import SPOT

SECOND = int(START.timestamp())
DAY = SECOND // 86_400
NIGHT = SECOND + 86_400
BTC, ETH = "BTC/USDT", "ETH/USDT"


def rising(count: int, at=START):
    return [candle(at + n * MINUTE, 100 + n, 101 + n, 99 + n, 100 + n) for n in range(count)]


def loaded(end: float = float("inf"), **series) -> Timeline:
    candles = {f"{base}/USDT": rows for base, rows in series.items()}
    timeline = Timeline(source(SPOT, candles).feeds, end)
    timeline.load(DAY, SECOND)
    assert timeline.take(SECOND) is not None
    return timeline


def at(minutes: int) -> int:
    return SECOND + 60 * minutes


def closed(moment: Moment | None) -> list[tuple[str, float]]:
    """Return market and close of every candle that a moment tells, late ones first."""
    assert moment is not None
    rows = [row for passed in moment.passed for row in passed.closed] + moment.closing
    return [(symbol, each.close) for symbol, each, _ in rows]


def test_a_market_sleeps_until_the_candle_that_reaches_its_price():
    timeline = loaded(BTC=rising(10))
    timeline.sleep({BTC: [(105.0, NIGHT)]})
    assert timeline.wakes == at(4), "the candle of 104 opens there, its high is 105"
    assert [timeline.take(at(n)) for n in (1, 2, 3)] == [None] * 3
    moment = timeline.take(at(4))
    assert moment is not None
    assert closed(moment) == [(BTC, 100), (BTC, 101), (BTC, 102), (BTC, 103)]
    assert [len(each.closed) for each in moment.passed] == [3]
    (passed,) = moment.passed
    assert passed.opened is not None
    assert passed.opened[1].open == 103
    assert [row[1].open for row in moment.opening] == [104]
    assert moment.slept == [at(1), at(2), at(3)]
    assert closed(timeline.take(at(5))) == [(BTC, 104)]


@pytest.mark.parametrize("until", [at(4), at(4) - 1])
def test_a_market_wakes_with_the_first_moment_of_its_venue_from_the_promised_one_on(until: int):
    timeline = loaded(BTC=rising(10))
    timeline.sleep({BTC: [(1e9, until)]})
    assert timeline.wakes == at(4)


def test_of_two_promises_the_longer_one_counts():
    timeline = loaded(BTC=rising(10))
    timeline.sleep({BTC: [(103.0, NIGHT), (1e9, at(6))]})
    assert timeline.wakes == at(6)


def test_a_promise_that_ends_with_the_next_candle_is_no_sleep():
    timeline = loaded(BTC=rising(10))
    timeline.sleep({BTC: [(101.0, NIGHT)]})
    assert timeline.wakes == 0
    assert closed(timeline.take(at(1))) == [(BTC, 100)]


def test_the_last_candle_of_a_day_closes_awake():
    timeline = loaded(BTC=rising(10))
    timeline.sleep({BTC: [(1e9, NIGHT * 2)]})
    assert timeline.wakes == at(10)
    assert len(closed(timeline.take(at(10)))) == 10


def test_a_replay_that_ends_earlier_wakes_everyone_before():
    timeline = loaded(at(6) + 30, BTC=rising(10), ETH=rising(3))
    timeline.sleep({BTC: [(1e9, NIGHT)], ETH: [(1e9, NIGHT)]})
    moments = [timeline.take(at(n)) for n in range(1, 7)]
    told = [line for moment in moments if moment is not None for line in closed(moment)]
    assert sorted(told) == [
        *[(BTC, 100 + n) for n in range(6)],
        *[(ETH, 100 + n) for n in range(3)],
    ]


def test_others_go_on_while_one_sleeps():
    timeline = loaded(BTC=rising(10), ETH=rising(10))
    timeline.sleep({ETH: [(1e9, at(5))]})
    assert timeline.wakes == 0
    assert closed(timeline.take(at(1))) == [(BTC, 100)]
    moments = [timeline.take(at(n)) for n in (2, 3, 4)]
    assert [closed(moment) for moment in moments] == [[(BTC, 101)], [(BTC, 102)], [(BTC, 103)]]
    moment = timeline.take(at(5))
    assert closed(moment) == [*[(ETH, 100 + n) for n in range(4)], (BTC, 104), (ETH, 104)]


def test_a_market_that_is_roused_wakes_with_the_next_moment():
    timeline = loaded(BTC=rising(10))
    timeline.sleep({BTC: [(1e9, NIGHT)]})
    assert timeline.take(at(1)) is None
    timeline.rouse(BTC)
    assert closed(timeline.take(at(2))) == [(BTC, 100), (BTC, 101)]
    timeline.rouse(BTC)
    assert closed(timeline.take(at(3))) == [(BTC, 102)]


def test_a_sleep_goes_over_a_gap_in_the_candles():
    late = rising(3, START + timedelta(minutes=7))
    timeline = loaded(BTC=[*rising(3), *late])
    timeline.sleep({BTC: [(1e9, at(9))]})
    assert timeline.wakes == at(9)
    moment = timeline.take(at(9))
    assert closed(moment) == [(BTC, 100), (BTC, 101), (BTC, 102), (BTC, 100), (BTC, 101)]
    assert moment is not None
    assert moment.slept == [at(1), at(2), at(3), at(7), at(8)]
    assert moment.passed[0].opened is not None
    assert moment.passed[0].opened[1] == late[1]


def test_a_day_that_is_loaded_meanwhile_leaves_a_sleeper_asleep():
    timeline = loaded(BTC=[*rising(10), *rising(10, START + timedelta(days=1))])
    timeline.sleep({BTC: [(1e9, NIGHT)]})
    timeline.load(DAY + 1, SECOND)
    assert timeline.wakes == at(10)
    assert timeline.between(at(8), None)[:3] == [at(9), at(10), NIGHT]
