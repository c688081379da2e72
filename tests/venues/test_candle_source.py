"""Recorded candles: the folder format, its real files, and what is wrong with bad ones."""

import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather

from engine.domain.candle import Timeframe, checked
from engine.domain.errors import BadConfiguration, Malformed
from engine.domain.venue import VenueName
from engine.venues.candle_source import read_bars, read_folder, require_data

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
needs_shared = pytest.mark.skipif(
    not SHARED.exists() and "CI" not in os.environ, reason="no ../shared/data beside the checkout"
)
T0 = 1_735_689_600  # 2025-01-01 00:00 UTC


def write(path, rows):
    names = ("timestamp", "open", "high", "low", "close", "volume")
    columns = list(zip(*rows, strict=True))
    arrays = [pa.array(columns[0], pa.int64()), *(pa.array(c, pa.float64()) for c in columns[1:])]
    path.parent.mkdir(parents=True, exist_ok=True)
    feather.write_feather(pa.table(dict(zip(names, arrays, strict=True))), str(path))


def row(second, price=100.0, volume=1.0):
    return (second * 1000, price, price + 1, price - 1, price, volume)


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize(
    ("venue", "symbol", "timeframe", "rows", "first", "last"),
    [
        ("binance_spot", "BTC/USDT", "5m", 119_784, "2024-12-31T00:00", "2026-02-19T21:55"),
        ("binance_spot", "XRP/USDT", "1h", 12_554, "2024-09-14T00:00", "2026-02-19T01:00"),
        ("binance_futures", "ETH/USDT", "5m", 119_724, "2024-12-31T00:00", "2026-02-19T16:55"),
        ("upbit", "BTC/KRW", "5m", 2_971, "2022-11-25T06:05", "2022-12-05T13:35"),
        ("stock", "005930", "1d", 8_340, "1990-09-11T00:00", "2023-12-22T00:00"),
    ],
)
def test_shared_files_load_whole(venue, symbol, timeframe, rows, first, last):
    feed = read_folder(SHARED, VenueName(venue)).feeds[symbol]
    assert feed.timeframe == timeframe
    assert feed.count(0, None) == rows
    ends = [
        datetime.fromtimestamp(int(s), UTC) for s in (feed.base.opened[0], feed.base.opened[-1])
    ]
    assert [end.strftime("%Y-%m-%dT%H:%M") for end in ends] == [first, last]


@needs_shared
@pytest.mark.shared
def test_shared_markets_are_those_of_the_venue():
    symbols = {venue: sorted(read_folder(SHARED, venue).feeds) for venue in VenueName}
    assert symbols[VenueName.UPBIT] == ["BTC/KRW"]
    assert symbols[VenueName.BINANCE_FUTURES] == ["BTC/USDT", "ETH/USDT", "SOL/USDT"]
    assert symbols[VenueName.STOCK] == ["000660", "005930", "069500"]
    assert len(symbols[VenueName.BINANCE_SPOT]) == 6


@needs_shared
@pytest.mark.shared
def test_longer_candles_reach_before_the_finest_ones():
    feed = read_folder(SHARED, VenueName.BINANCE_SPOT).feeds["BTC/USDT"]
    at = int(datetime(2025, 1, 2, 10, 5, tzinfo=UTC).timestamp())
    hours = feed.history(Timeframe.H1, at, 400)
    assert len(hours) == 400
    assert set(np.diff(hours.opened)) == {3600}
    assert int(hours.opened[-1]) == at - 3900
    days = feed.history(Timeframe.D1, at, 60)
    assert set(np.diff(days.opened)) == {86_400}
    assert len(feed.history(Timeframe.M1, at, 5)) == 0


@needs_shared
@pytest.mark.shared
def test_gathered_hours_equal_the_recorded_ones_where_both_exist():
    feed = read_folder(SHARED, VenueName.BINANCE_SPOT).feeds["ETH/USDT"]
    recorded = read_bars(SHARED / "binance_spot" / "ETH_USDT-1h.feather", Timeframe.H1)
    at = int(datetime(2025, 6, 1, tzinfo=UTC).timestamp())
    made = feed.history(Timeframe.H1, at, 500)
    same = recorded.between(int(made.opened[0]), at)
    assert np.array_equal(made.close, same.close)
    assert np.array_equal(made.high, same.high)


@needs_shared
@pytest.mark.shared
def test_marks_and_funding_come_with_futures():
    feed = read_folder(SHARED, VenueName.BINANCE_FUTURES).feeds["BTC/USDT"]
    day = int(datetime(2025, 3, 3, tzinfo=UTC).timestamp()) // 86_400
    marks, trades = feed.marks(day), feed.day(day)
    assert len(marks) == len(trades) == 288
    assert 0 < float(np.abs(marks.close / trades.close - 1).max()) < 0.01
    for one in marks.candles():
        checked(one)
    assert [second % 86_400 for second, _ in feed.funding(day)] == [0, 28_800, 57_600]


@needs_shared
@pytest.mark.shared
def test_sessions_of_daily_stocks_are_the_days_of_the_data():
    sessions = read_folder(SHARED, VenueName.STOCK).sessions
    assert sessions.is_open(datetime(2023, 12, 22, 1, tzinfo=UTC))
    assert not sessions.is_open(datetime(2023, 12, 23, 1, tzinfo=UTC))
    assert not sessions.is_open(datetime(2023, 12, 25, 1, tzinfo=UTC))


def test_impossible_candles_are_dropped_and_counted(tmp_path, caplog):
    path = tmp_path / "upbit" / "BTC_KRW-1m.feather"
    good = [row(T0), row(T0 + 60), row(T0 + 300)]
    bad = [
        row(T0 + 120, float("nan")),
        (*row(T0 + 180)[:2], 90.0, 99.0, 100.0, 1.0),
        row(T0 + 240, volume=-1.0),
    ]
    late = [row(T0 + 60), row(T0 + 330)]
    write(path, [*good[:2], *bad, good[2], *late])
    with caplog.at_level("WARNING"):
        kept = read_bars(path, Timeframe.M1)
    assert kept.opened.tolist() == [T0, T0 + 60, T0 + 300]
    assert caplog.records[-1].dropped == 5


@pytest.mark.parametrize("content", [b"", b"not a feather file", b"FEA1" + b"\0" * 64])
def test_unreadable_file_is_named(tmp_path, content):
    path = tmp_path / "upbit" / "BTC_KRW-1m.feather"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(Malformed, match=r"BTC_KRW-1m\.feather"):
        read_folder(tmp_path, VenueName.UPBIT)


def test_file_without_a_column_is_named(tmp_path):
    path = tmp_path / "upbit" / "BTC_KRW-1m.feather"
    path.parent.mkdir()
    feather.write_feather(pa.table({"timestamp": [T0 * 1000], "open": [1.0]}), str(path))
    with pytest.raises(Malformed, match=r"BTC_KRW-1m\.feather"):
        read_folder(tmp_path, VenueName.UPBIT)


@pytest.mark.parametrize(
    "name", ["BTCPERP_USD-1m", "BTC_KRW-3m", "btc-1m", "005930-1d", "BTC_USDT-1h-premium"]
)
def test_files_of_others_are_skipped_with_a_reason(tmp_path, caplog, name):
    write(tmp_path / "binance_futures" / f"{name}.feather", [row(T0)])
    with caplog.at_level("INFO"):
        assert read_folder(tmp_path, VenueName.BINANCE_FUTURES).feeds == {}
    assert caplog.records[-1].reason


def test_folder_without_candles_is_bad_configuration(tmp_path):
    (tmp_path / "upbit").mkdir()
    with pytest.raises(BadConfiguration, match="REPLAY_DATA"):
        require_data(tmp_path, tuple(VenueName))
    write(tmp_path / "upbit" / "BTC_KRW-1m.feather", [row(T0)])
    require_data(tmp_path, tuple(VenueName))


def test_history_holds_only_what_is_closed(tmp_path):
    write(tmp_path / "upbit" / "BTC_KRW-1m.feather", [row(T0 + 60 * n, 100 + n) for n in range(20)])
    feed = read_folder(tmp_path, VenueName.UPBIT).feeds["BTC/KRW"]
    assert feed.history(Timeframe.M1, T0 + 119, 5).opened.tolist() == [T0]
    assert feed.history(Timeframe.M5, T0 + 599, 5).opened.tolist() == [T0]
    fives = feed.history(Timeframe.M5, T0 + 600, 5)
    assert fives.opened.tolist() == [T0, T0 + 300]
    assert (fives.open[1], fives.close[1], fives.volume[1]) == (105.0, 109.0, 5.0)


def test_first_bucket_that_began_before_the_data_is_left_out(tmp_path):
    start = T0 + 120
    write(tmp_path / "upbit" / "BTC_KRW-1m.feather", [row(start + 60 * n) for n in range(10)])
    feed = read_folder(tmp_path, VenueName.UPBIT).feeds["BTC/KRW"]
    assert feed.history(Timeframe.M5, start + 600, 5).opened.tolist() == [T0 + 300]


def test_upbit_plays_dollar_series_in_won_on_its_own_ticks_and_says_so(tmp_path):
    hours = [T0 + hour * 3600 for hour in range(3)]
    rows = [(second * 1000, 3_000.123, 3_010.9, 2_999.5, 3_005.05, 7.0) for second in hours]
    write(tmp_path / "binance_spot" / "ETH_USDT-1h.feather", rows)
    assert read_folder(tmp_path, VenueName.UPBIT).feeds == {}
    won = read_folder(tmp_path, VenueName.UPBIT, 1400.0)
    first, *_ = won.feeds["ETH/KRW"].day(T0 // 86_400).candles()
    assert first[1:] == (4_200_000.0, 4_215_000.0, 4_199_000.0, 4_207_000.0, 7.0)
    assert won.note.endswith("ETH: USDT × 1,400")
    assert [instrument.symbol for instrument in won.instruments] == ["ETH/KRW"]


@pytest.mark.parametrize(("dollars", "won"), [(0.0000123, 0.0172), (0.5, 700.0), (0.07, 98.0)])
def test_prices_of_any_size_fall_on_a_tick(tmp_path, dollars, won):
    rows = [(T0 * 1000, dollars, dollars, dollars, dollars, 1.0)]
    write(tmp_path / "binance_spot" / "SHIB_USDT-1h.feather", rows)
    source = read_folder(tmp_path, VenueName.UPBIT, 1400.0)
    (only,) = source.feeds["SHIB/KRW"].day(T0 // 86_400).candles()
    assert only.close == won
    ticks = source.instruments[0].ticks
    assert ticks.near(Decimal(repr(won))) == Decimal(repr(won))
