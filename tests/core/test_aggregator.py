"""Base candles become longer ones as they close, gaps and short sessions included."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from engine.core.aggregator import Aggregator
from engine.domain.candle import Candle, Timeframe
from engine.domain.venue import KST, AroundTheClock, ListedSessions, Sessions

START = datetime(2026, 3, 2, tzinfo=UTC)
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=KST)
DAYS = [MONDAY + timedelta(days=n) for n in range(5)]
# Six and a half hours: the last hourly and 4h candles end inside their interval.
KRX = ListedSessions({day.date(): (day, day + timedelta(hours=6, minutes=30)) for day in DAYS})


def walk(moments: Iterable[datetime], seed: int = 3) -> list[Candle]:
    random = Random(seed)
    price = 100.0
    candles = []
    for at in moments:
        first, price = price, price * (1 + random.uniform(-0.01, 0.01))
        high, low = max(first, price) * 1.002, min(first, price) * 0.998
        candles.append(Candle(at, first, high, low, price, random.uniform(0, 9)))
    return candles


def every(step: Timeframe, count: int, start: datetime = START) -> list[datetime]:
    return [start + n * step.delta for n in range(count)]


def in_sessions(step: Timeframe) -> list[datetime]:
    per_day = int(timedelta(hours=6, minutes=30) / step.delta)
    return [moment for day in DAYS for moment in every(step, per_day, day.astimezone(UTC))]


def told(
    base: Timeframe, target: Timeframe, sessions: Sessions, given: list[Candle]
) -> list[Candle]:
    aggregator = Aggregator(base, target, sessions)
    return [done for candle in given for done in aggregator.add(candle)]


def grouped(target: Timeframe, sessions: Sessions, given: list[Candle]) -> list[Candle]:
    """Group at once what the aggregator groups as it comes."""
    groups: dict[object, list[Candle]] = {}
    for each in given:
        daily = target is Timeframe.D1
        at = sessions.day(each.opened_at) if daily else target.start(each.opened_at)
        groups.setdefault(at, []).append(each)
    return [
        Candle(
            group[0].opened_at,
            group[0].open,
            max(each.high for each in group),
            min(each.low for each in group),
            group[-1].close,
            pytest.approx(sum(each.volume for each in group)),  # type: ignore[arg-type]
        )
        for group in groups.values()
    ]


PAIRS = [
    (Timeframe.M5, Timeframe.M15),
    (Timeframe.M5, Timeframe.H1),
    (Timeframe.M5, Timeframe.H4),
    (Timeframe.M5, Timeframe.D1),
    (Timeframe.H1, Timeframe.H4),
    (Timeframe.H1, Timeframe.D1),
    (Timeframe.H4, Timeframe.D1),
]


@pytest.mark.parametrize(("base", "target"), PAIRS)
def test_whole_days_give_what_grouping_them_gives(base: Timeframe, target: Timeframe):
    given = walk(every(base, 3 * 86_400 // base.seconds))
    assert told(base, target, AroundTheClock(), given) == grouped(target, AroundTheClock(), given)


@pytest.mark.parametrize(("base", "target"), PAIRS[:4])
def test_sessions_that_end_inside_an_interval_complete_it(base: Timeframe, target: Timeframe):
    given = walk(in_sessions(base))
    assert told(base, target, KRX, given) == grouped(target, KRX, given)


def test_five_minutes_to_an_hour_to_a_day_equals_five_minutes_to_a_day():
    given = walk(every(Timeframe.M5, 2 * 288))
    hours = told(Timeframe.M5, Timeframe.H1, AroundTheClock(), given)
    by_hours = told(Timeframe.H1, Timeframe.D1, AroundTheClock(), hours)
    for left, right in zip(
        by_hours, told(Timeframe.M5, Timeframe.D1, AroundTheClock(), given), strict=True
    ):
        assert left[:5] == right[:5]
        assert left.volume == pytest.approx(right.volume)


def test_the_last_base_candle_completes_at_once_and_none_before():
    aggregator = Aggregator(Timeframe.M5, Timeframe.M15, AroundTheClock())
    given = walk(every(Timeframe.M5, 3))
    assert aggregator.add(given[0]) == ()
    assert aggregator.forming == given[0]
    assert aggregator.add(given[1]) == ()
    (done,) = aggregator.add(given[2])
    assert (done.open, done.close) == (given[0].open, given[2].close)
    assert aggregator.forming is None


def test_after_a_gap_the_next_interval_completes_what_was_forming():
    aggregator = Aggregator(Timeframe.M5, Timeframe.M15, AroundTheClock())
    given = walk(every(Timeframe.M5, 9))
    aggregator.add(given[0])
    assert aggregator.add(given[4]) == (given[0],)
    assert aggregator.forming == given[4]


def test_a_last_candle_after_a_gap_completes_two():
    aggregator = Aggregator(Timeframe.M5, Timeframe.M15, AroundTheClock())
    given = walk(every(Timeframe.M5, 9))
    aggregator.add(given[0])
    assert aggregator.add(given[8]) == (given[0], given[8])


@pytest.mark.parametrize("seed", range(20))
def test_random_gaps_lose_no_candle_and_end_each_interval_once(seed: int):
    random = Random(seed)
    given = [each for each in walk(every(Timeframe.M5, 600), seed) if random.random() < 0.6]
    # One more interval, so that the last one with candles is complete whatever is missing.
    given += walk([START + timedelta(days=3)])
    for target in (Timeframe.M15, Timeframe.H1, Timeframe.D1):
        done = told(Timeframe.M5, target, AroundTheClock(), given)
        assert done == grouped(target, AroundTheClock(), given)[: len(done)]
        assert len(done) >= len(grouped(target, AroundTheClock(), given)) - 1


@pytest.mark.parametrize("missing", [1, 2, 5])
def test_a_session_whose_last_candles_are_missing_ends_with_the_next_session(missing: int):
    given = walk(in_sessions(Timeframe.M5))
    last = 78
    holed = given[: last - missing] + given[last:]
    done = told(Timeframe.M5, Timeframe.D1, KRX, holed)
    assert done == grouped(Timeframe.D1, KRX, holed)


def test_a_stock_day_is_one_candle_per_session():
    done = told(Timeframe.M5, Timeframe.D1, KRX, walk(in_sessions(Timeframe.M5)))
    assert [KRX.day(each.opened_at) for each in done] == [day.date() for day in DAYS]


def test_the_same_timeframe_passes_through():
    given = walk(every(Timeframe.M5, 4))
    assert told(Timeframe.M5, Timeframe.M5, AroundTheClock(), given) == given
