"""What is known of one market: its day, its prices, its decisions."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from engine.core.market import Market, longer
from engine.domain.candle import Candle, Timeframe
from engine.domain.venue import AroundTheClock
from tests.core.builders import FixedStrategy
from tests.domain.builders import instrument

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def candles(count: int, start: datetime = NINE, step: Timeframe = Timeframe.M5) -> list[Candle]:
    return [
        Candle(start + n * step.delta, 100.0 + n, 101.5 + n, 99.0 + n, 101.0 + n, 1.0)
        for n in range(count)
    ]


def market(timeframe: Timeframe = Timeframe.H1) -> tuple[Market, FixedStrategy]:
    strategy = FixedStrategy()
    made = Market(instrument(), Timeframe.M5, AroundTheClock(), timeframe, strategy)
    return made, strategy


def test_an_hour_of_base_candles_is_one_decision():
    made, strategy = market()
    closed = [made.close_candle(candle) for candle in candles(24)]
    assert [n for n, decided in enumerate(closed) if decided] == [11, 23]
    assert [each.opened_at for each in strategy.seen] == [NINE, NINE + timedelta(hours=1)]
    assert made.decided_at == NINE + timedelta(hours=1)
    assert (strategy.seen[0].open, strategy.seen[0].close) == (100.0, 112.0)


def test_the_newest_price_is_the_last_one_heard():
    made, _ = market()
    made.close_candle(candles(1)[0])
    assert made.price == 101
    made.move(101.23456, 101.2, NINE + timedelta(minutes=7))
    assert made.price == Decimal("101.2346")
    assert made.mark == 101.2
    made.move(102.0, None, NINE + timedelta(minutes=8))
    assert (made.mark, made.last_at) == (101.2, NINE + timedelta(minutes=8))
    made.open_candle(NINE + timedelta(minutes=10), 103.0)
    assert made.price == 103


def test_before_the_first_candle_there_is_no_price():
    assert market()[0].price is None


def test_the_first_candle_of_a_utc_day_gives_its_open():
    made, _ = market()
    made.close_candle(candles(1)[0])
    assert (made.day, made.day_open) == (date(2026, 3, 2), 100.0)
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    assert made.open_candle(midnight, 150.0)
    assert not made.open_candle(midnight + timedelta(minutes=5), 151.0)
    assert (made.day, made.day_open) == (date(2026, 3, 3), 150.0)


def test_history_stands_where_live_candles_would_have_brought_it():
    live, followed = market()
    given = candles(31)
    for candle in given:
        live.close_candle(candle)
    primed, told = market()
    primed.prime(followed.seen, [], given[-12:])
    assert told.seen == followed.seen
    assert primed.forming == live.forming
    assert (primed.price, primed.day, primed.decided_at) == (live.price, live.day, live.decided_at)
    following = candles(36)[31:]
    assert [primed.close_candle(c) for c in following] == [live.close_candle(c) for c in following]
    assert told.seen == followed.seen


def test_a_candle_that_closes_while_history_is_loaded_is_not_lost():
    made, strategy = market()
    live, followed = market()
    given = candles(25)
    for candle in given:
        live.close_candle(candle)
    made.prime(followed.seen[:1], [], given[12:])
    assert strategy.seen == followed.seen


def test_the_hourly_average_needs_its_history():
    made, _ = market(Timeframe.M5)
    assert made.hourly_ema is None
    made.prime([], candles(60, NINE - timedelta(hours=60), Timeframe.H1), [])
    assert made.hourly_ema is not None


def test_the_level_is_the_strategys_for_the_day():
    made, strategy = market()
    strategy.level = 123.0
    made.refresh_level()
    assert made.level is None
    made.close_candle(candles(1)[0])
    made.refresh_level()
    assert made.level == 123.0


def test_the_longer_of_two_timeframes():
    assert longer(Timeframe.M5, Timeframe.H1) is Timeframe.H1
    assert longer(Timeframe.D1, Timeframe.H1) is Timeframe.D1
