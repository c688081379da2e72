"""The built-in market: the same day every time, on the ticks, lively enough to trade."""

from datetime import UTC, datetime

import numpy as np
import pytest

from engine.domain.candle import Timeframe, checked
from engine.domain.money import from_float
from engine.domain.venue import VenueName
from engine.venues.builtin_market import builtin_sources

DAY = int(datetime(2025, 1, 6, tzinfo=UTC).timestamp()) // 86_400
UPBIT, SPOT, FUTURES, STOCK = (
    VenueName.UPBIT,
    VenueName.BINANCE_SPOT,
    VenueName.BINANCE_FUTURES,
    VenueName.STOCK,
)


@pytest.fixture(scope="module")
def sources():
    return builtin_sources(VenueName, 7)


def test_markets_are_as_many_as_promised(sources):
    assert [len(sources[venue].feeds) for venue in VenueName] == [20, 20, 20, 10]
    assert "BNB/USDT" in sources[SPOT].feeds
    assert sources[STOCK].instruments[0].name == "삼성전자"


@pytest.mark.parametrize("venue", list(VenueName))
def test_candles_are_possible_and_on_the_ticks(sources, venue):
    for instrument in sources[venue].instruments:
        bars = sources[venue].feeds[instrument.symbol].day(DAY)
        for one in bars.candles()[::13]:
            checked(one)
            for price in map(from_float, one[1:5]):
                assert price % instrument.ticks.tick_at(price) == 0
        assert bars.opened[0] == DAY * 86_400
        assert set(np.diff(bars.opened)) == {60}
        assert len(bars) == (390 if venue is STOCK else 1440)


def test_day_made_alone_equals_the_day_made_in_sequence(sources):
    for venue in VenueName:
        for symbol in list(sources[venue].feeds)[:3]:
            in_sequence = [sources[venue].feeds[symbol].day(DAY + n) for n in range(5)][-1]
            alone = builtin_sources([venue], 7)[venue].feeds[symbol].day(DAY + 4)
            assert np.array_equal(in_sequence.close, alone.close)
            assert np.array_equal(in_sequence.volume, alone.volume)


def test_other_seeds_make_other_markets(sources):
    other = builtin_sources([SPOT], 8)[SPOT].feeds["BTC/USDT"].day(DAY)
    assert not np.array_equal(other.close, sources[SPOT].feeds["BTC/USDT"].day(DAY).close)


def test_days_join_without_a_gap_where_trade_never_stops(sources):
    feed = sources[SPOT].feeds["ETH/USDT"]
    assert feed.day(DAY + 1).open[0] == feed.day(DAY).close[-1]


def test_won_and_dollar_markets_share_one_path(sources):
    won = sources[UPBIT].feeds["ETH/KRW"].day(DAY).close
    dollar = sources[SPOT].feeds["ETH/USDT"].day(DAY).close
    ratio = won / dollar / 1400
    assert 0.99 < ratio.min() <= ratio.max() < 1.02
    contract = sources[FUTURES].feeds["ETH/USDT"]
    assert np.abs(contract.day(DAY).close / dollar - 1).max() < 0.001
    assert np.array_equal(contract.marks(DAY).close, dollar)


def test_funding_comes_three_times_a_day(sources):
    found = sources[FUTURES].feeds["BTC/USDT"].funding(DAY)
    assert [second % 86_400 // 3600 for second, _ in found] == [0, 8, 16]
    assert all(abs(rate) < 0.001 for _, rate in found)


def test_bitcoin_turns_over_most_and_all_in_a_realistic_size(sources):
    at = (DAY + 1) * 86_400
    turnovers = {s: feed.recent(at).turnover() for s, feed in sources[SPOT].feeds.items()}
    assert max(turnovers, key=turnovers.__getitem__) == "BTC/USDT"
    assert 5e8 < turnovers["BTC/USDT"] < 1e10
    assert min(turnovers.values()) > 1e7
    won = sources[UPBIT].feeds["BTC/KRW"].recent(at).turnover()
    assert 1e11 < won < 2e12


@pytest.mark.parametrize("date", ["2024-01-01", "2026-11-23", "2031-05-05"])
def test_any_date_is_covered(sources, date):
    day = int(datetime.fromisoformat(f"{date}T00:00+00:00").timestamp()) // 86_400
    feed = sources[UPBIT].feeds["BTC/KRW"]
    assert feed.next_day(day) == day
    assert 2e7 < feed.day(day).close[0] < 1e9
    assert len(feed.history(Timeframe.D1, day * 86_400, 200)) == 200


@pytest.mark.parametrize("venue", list(VenueName))
def test_breakouts_come_often_and_prices_move_like_a_market(sources, venue):
    hits = days = 0
    for feed in sources[venue].feeds.values():
        daily = feed.history(Timeframe.D1, (DAY + 45) * 86_400, 31)
        reach = daily.open[1:] + 0.5 * (daily.high[:-1] - daily.low[:-1])
        hits += int((daily.high[1:] > reach).sum())
        days += len(reach)
        moves = np.diff(np.log(daily.close))
        assert 0.004 < moves.std() < 0.12
    assert days == 30 * len(sources[venue].feeds)
    assert 0.15 < hits / days < 0.7


def test_regimes_bring_both_rises_and_crashes(sources):
    daily = sources[SPOT].feeds["BTC/USDT"].history(Timeframe.D1, (DAY + 700) * 86_400, 1000)
    months = daily.close[30:] / daily.close[:-30] - 1
    assert months.max() > 0.12
    assert months.min() < -0.12
    ratio = daily.high / daily.low - 1
    assert np.median(ratio) > 0.015
    assert ratio.max() > 3 * np.median(ratio)


def test_volatility_clusters(sources):
    close = sources[SPOT].feeds["SOL/USDT"].day(DAY + 3).close
    size = np.abs(np.diff(np.log(close)))
    half_hours = size[: len(size) // 30 * 30].reshape(-1, 30).mean(axis=1)
    assert np.corrcoef(half_hours[1:], half_hours[:-1])[0, 1] > 0.2


def test_stock_gaps_over_the_night_and_has_no_weekend(sources):
    feed = sources[STOCK].feeds["005930"]
    saturday = DAY + 5
    assert len(feed.day(saturday)) == 0
    assert feed.next_day(saturday) == DAY + 7
    gaps = [feed.day(DAY + n + 1).open[0] / feed.day(DAY + n).close[-1] - 1 for n in range(4)]
    assert any(abs(gap) > 0.0005 for gap in gaps)


def test_late_session_of_the_examination_day_is_kept(sources):
    day = int(datetime(2025, 11, 13, tzinfo=UTC).timestamp()) // 86_400
    bars = sources[STOCK].feeds["005930"].day(day)
    assert (bars.opened[0] - day * 86_400, len(bars)) == (3600, 390)


def test_history_is_the_same_however_it_is_asked_for(sources):
    until = DAY * 86_400 + 50_000
    feed = sources[SPOT].feeds["XRP/USDT"]
    long = feed.history(Timeframe.H1, until, 100)
    short = feed.history(Timeframe.H1, until, 7)
    assert np.array_equal(long.newest(7).close, short.close)
    assert int(long.opened[-1]) + 3600 <= until < int(long.opened[-1]) + 7200
    minutes = feed.history(Timeframe.M1, until, 3000)
    assert len(minutes) == 3000
    assert int(minutes.opened[-1]) == until - until % 60 - 60


def test_day_of_a_stock_is_closed_when_its_session_is(sources):
    feed = sources[STOCK].feeds["005930"]
    before = feed.history(Timeframe.D1, DAY * 86_400 + 6 * 3600, 1)
    after = feed.history(Timeframe.D1, DAY * 86_400 + 6 * 3600 + 1800, 1)
    assert (int(before.opened[0]) < DAY * 86_400, int(after.opened[0])) == (True, DAY * 86_400)


def test_minutes_are_counted_for_progress(sources):
    feed = sources[STOCK].feeds["005930"]
    assert feed.count(DAY * 86_400, (DAY + 7) * 86_400) == 5 * 390
    assert feed.count(DAY * 86_400 + 90, DAY * 86_400 + 300) == 3
    assert feed.count(0, None) is None
