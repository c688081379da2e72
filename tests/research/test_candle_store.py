"""The candle store: what is written is what is read, and what is broken is said to be."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import feather

from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import DiskFailed, Malformed
from engine.domain.venue import VenueName
from engine.venues.candle_source import read_folder
from tests.research.fake_venue import candle
from tests.research.fetching import at, span
from training.candle_month import COLUMNS, Month, name_of, read_month, write_month
from training.candle_store import Series, load, missing, stored, write_feather
from training.spans import Span, merged, months, places, without

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
HOURLY = Series("binance_spot", "BTC/USDT", Timeframe.H1)
JANUARY, FEBRUARY = months(span("2025-01-01", "2025-03-01"))
LABEL = {"venue": "binance_spot"}


def hours(start, count):
    return tuple(candle("BTC", at(start) + timedelta(hours=number)) for number in range(count))


def write(root, month, candles, covered=(), series=HOURLY):
    path = series.folder(root) / name_of(month)
    write_month(path, Month(tuple(candles), merged(covered)), LABEL)
    return path


def test_months_are_joined_in_order(tmp_path):
    first, second = hours("2025-01-31T20:00", 4), hours("2025-02-01", 3)
    write(tmp_path, FEBRUARY, second)
    write(tmp_path, JANUARY, first)
    assert load(tmp_path, HOURLY) == first + second
    part = span("2025-01-31T23:00", "2025-02-01T01:00")
    assert load(tmp_path, HOURLY, part) == (first[3], second[0])
    assert load(tmp_path, HOURLY, span("2026-01-01", "2026-02-01")) == ()


def test_the_series_of_a_folder_are_listed_and_other_files_are_not(tmp_path):
    others = [
        Series("upbit", "BTC/KRW", Timeframe.M1),
        Series("bybit", "BTC/USDT:USDT", Timeframe.D1),
    ]
    for series in (HOURLY, *others):
        write(tmp_path, JANUARY, (), series=series)
    folder = HOURLY.folder(tmp_path)
    (folder / "notes.parquet").touch()
    (folder.parent / "2h").mkdir()
    (folder.parent / "2h" / "2025-01.parquet").touch()
    assert stored(tmp_path) == tuple(sorted((HOURLY, *others)))
    assert stored(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    "symbol",
    ["BTC", "BTC/", "/USDT", "../x", "../../x", "a/../b", "B TC/KRW", "BTC_1/KRW", "a\\/b"],
)
def test_a_symbol_that_is_no_folder_is_refused(symbol, tmp_path):
    with pytest.raises(Malformed):
        Series("upbit", symbol, Timeframe.M1).folder(tmp_path)


def test_what_was_asked_is_kept_beside_the_candles(tmp_path):
    asked = [span("2025-01-01", "2025-01-02"), span("2025-01-02", "2025-01-03")]
    path = write(tmp_path, JANUARY, hours("2025-01-01T05:00", 2), asked)
    assert read_month(path, Timeframe.H1).covered == (span("2025-01-01", "2025-01-03"),)
    wanted = span("2024-12-31", "2025-01-04")
    assert missing(tmp_path, HOURLY, wanted) == (
        span("2024-12-31", "2025-01-01"),
        span("2025-01-03", "2025-01-04"),
    )


def test_a_file_of_others_answers_for_its_own_candles(tmp_path):
    path = HOURLY.folder(tmp_path) / name_of(JANUARY)
    path.parent.mkdir(parents=True)
    rows = [one for one in hours("2025-01-01", 4) if one.opened_at.hour != 2]
    columns = [[int(one.opened_at.timestamp() * 1000) for one in rows]]
    columns += [[one[field] for one in rows] for field in range(1, 6)]
    pq.write_table(pa.table(dict(zip(COLUMNS, columns, strict=True))), path)
    assert load(tmp_path, HOURLY) == tuple(rows)
    assert missing(tmp_path, HOURLY, span("2025-01-01", "2025-01-01T05:00")) == (
        span("2025-01-01T02:00", "2025-01-01T03:00"),
        span("2025-01-01T04:00", "2025-01-01T05:00"),
    )


def test_the_same_candles_give_the_same_bytes_in_whatever_order_they_came(tmp_path):
    rows, day = hours("2025-01-01", 24), span("2025-01-01", "2025-01-02")
    noon = at("2025-01-01T12:00")
    whole = Month().joined(rows, [day])
    halves = Month().joined(rows[12:], [Span(noon, day.end)])
    halves = halves.joined(rows[:12], [Span(day.start, noon)])
    for name, month in (("one", whole), ("two", halves)):
        write_month(tmp_path / name, month, LABEL)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_newer_answer_replaces_an_older_candle():
    [old] = hours("2025-01-01", 1)
    new = old._replace(volume=old.volume + 1)
    assert Month((old,)).joined([new], []).candles == (new,)


@pytest.mark.parametrize("content", [b"", b"no parquet", b"PAR1" + b"\0" * 64 + b"PAR1"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, content):
    path = write(tmp_path, JANUARY, hours("2025-01-01", 2))
    path.write_bytes(content)
    with pytest.raises(Malformed, match=r"2025-01\.parquet"):
        load(tmp_path, HOURLY)
    with pytest.raises(Malformed, match=r"2025-01\.parquet"):
        missing(tmp_path, HOURLY, JANUARY)


def test_impossible_or_doubled_candles_in_a_file_are_refused(tmp_path):
    [one] = hours("2025-01-01", 1)
    path = write(tmp_path, JANUARY, [one, one])
    with pytest.raises(Malformed, match="not in order"):
        read_month(path, Timeframe.H1)
    write(tmp_path, JANUARY, [Candle(one.opened_at, 1.0, 0.5, 0.5, 1.0, 1.0)])
    with pytest.raises(Malformed, match="impossible"):
        load(tmp_path, HOURLY)


def test_a_note_that_makes_no_sense_is_refused(tmp_path):
    path = write(tmp_path, JANUARY, hours("2025-01-01", 1))
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({b"pasu": b'{"covered": 7}'}), path)
    with pytest.raises(Malformed, match="does not say what was asked"):
        read_month(path, Timeframe.H1)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = write(tmp_path, JANUARY, hours("2025-01-01", 2))
    before = path.read_bytes()
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from engine.domain.errors import DiskFailed\n"
        "from training.whole_file import replaced\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try:\n    replaced(Path(sys.argv[1]), lambda file: file.write(b'x' * 100_000))\n"
        "except DiskFailed as e:\n    print(e)"
    )
    root = Path(__file__).resolve().parents[2]
    shown = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "was not written" in shown.stdout
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "binance_spot").touch()
    with pytest.raises(DiskFailed, match="was not written"):
        write(tmp_path, JANUARY, hours("2025-01-01", 1))


def test_a_replay_reads_what_was_written_for_it(tmp_path):
    rows = hours("2025-01-31T20:00", 4) + hours("2025-02-01", 3)
    write(tmp_path, JANUARY, rows[:4])
    write(tmp_path, FEBRUARY, rows[4:])
    path = write_feather(tmp_path, HOURLY, tmp_path / "replay")
    assert path == tmp_path / "replay" / "binance_spot" / "BTC_USDT-1h.feather"
    source = read_folder(tmp_path / "replay", VenueName.BINANCE_SPOT)
    assert source.feeds["BTC/USDT"].base.candles() == list(rows)
    names = feather.read_table(path).schema
    assert (tuple(names.names), names.field(0).type) == (COLUMNS, pa.int64())


def test_a_series_without_candles_is_not_written_for_a_replay(tmp_path):
    write(tmp_path, JANUARY, ())
    for series in (HOURLY, Series("upbit", "BTC/KRW", Timeframe.M1)):
        with pytest.raises(Malformed, match="no candles of"):
            write_feather(tmp_path, series, tmp_path / "replay")


@pytest.mark.skipif(
    not SHARED.exists() and "CI" not in os.environ, reason="no ../shared beside this checkout"
)
@pytest.mark.shared
def test_real_candles_come_back_as_they_were(tmp_path):
    source = read_folder(SHARED, VenueName.UPBIT)
    rows = source.feeds["BTC/KRW"].base.candles()
    series = Series("upbit", "BTC/KRW", Timeframe.M5)
    for month in months(Span(rows[0].opened_at, rows[-1].opened_at)):
        write(tmp_path, month, [one for one in rows if one.opened_at in month], series=series)
    assert list(load(tmp_path, series)) == rows
    write_feather(tmp_path, series, tmp_path / "replay")
    again = read_folder(tmp_path / "replay", VenueName.UPBIT)
    assert again.feeds["BTC/KRW"].base.candles() == rows


def test_spans_are_merged_and_cut():
    first, second, third = (span(f"2025-01-0{day}", f"2025-01-0{day + 1}") for day in (1, 2, 5))
    assert merged([third, second, first, first, Span(first.end, first.start)]) == (
        Span(first.start, second.end),
        third,
    )
    whole = span("2025-01-01", "2025-01-07")
    left = (span("2025-01-03", "2025-01-05"), span("2025-01-06", "2025-01-07"))
    assert without([whole], [first, second, third]) == left
    assert without([first], [whole]) == ()
    assert without([whole], []) == (whole,)
    assert places(whole, Timeframe.H4) == 36
    assert places(Span(whole.end, whole.start), Timeframe.H4) == 0


def test_months_turn_with_the_year():
    names = [name_of(month) for month in months(span("2024-11-30T23:59", "2025-02-01"))]
    assert names == ["2024-11.parquet", "2024-12.parquet", "2025-01.parquet"]
