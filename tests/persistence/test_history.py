"""Closed trades by month: each only once, and no month costs another."""

import errno
import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from engine.domain.errors import DiskFailed, StateCorrupt
from engine.domain.venue import VenueName
from storage.atomic import AtomicStorage, layout_of
from storage.disk import Disk
from storage.history import History
from tests.persistence.faults import NOON, CountingDisk, FaultyDisk, error, fact, trade

ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
KST = timezone(timedelta(hours=9))


class WritingDisk(Disk):
    def __init__(self):
        self.written = []

    def create(self, path):
        self.written.append(path.name)
        return super().create(path)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "history"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_trades_lie_in_the_file_of_the_month_they_were_closed_in(folder):
    march = trade(1, datetime(2025, 3, 31, 23, 59, tzinfo=UTC))
    # Two hours into April in Seoul is March still by UTC.
    also_march = trade(2, datetime(2025, 4, 1, 2, tzinfo=KST))
    april = trade(3, datetime(2025, 4, 1, tzinfo=UTC))
    history = History(folder)
    history.add([april, also_march, march])
    assert names(folder) == ["2025-03.json", "2025-04.json"]
    assert history.months() == ["2025-03", "2025-04"]
    with (folder / "2025-03.json").open() as file:
        trades = json.load(file)["trades"]
    assert [t["symbol"] for t in trades.values()] == ["KRW-2", "KRW-1"]
    assert history.closed_between(*ALWAYS) == [also_march, march, april]


def test_trade_is_kept_only_once(folder):
    history = History(folder)
    history.add([trade(1), trade(1)])
    history.add([trade(1), trade(2)])
    History(folder).add([trade(2), trade(3)])
    assert History(folder).closed_between(*ALWAYS) == [trade(1), trade(2), trade(3)]


@pytest.mark.parametrize(
    "change",
    [
        {"venue": VenueName.STOCK},
        {"symbol": "KRW-XRP"},
        {"opened_at": NOON - timedelta(hours=2)},
        {"at": NOON + timedelta(microseconds=1)},
    ],
)
def test_trades_that_differ_in_their_key_are_two(folder, change):
    history = History(folder)
    history.add([trade(1)])
    history.add([replace(trade(1), **change)])
    assert len(history.closed_between(*ALWAYS)) == 2


def test_adding_what_is_there_writes_nothing(folder):
    disk = WritingDisk()
    history = History(folder, disk=disk)
    history.add([trade(1), trade(2)])
    history.add([trade(1)])
    history.add([])
    assert disk.written == ["2025-03.json.tmp"]


def test_batch_of_one_month_is_one_write_to_that_month_alone(folder):
    years = [trade(n, NOON.replace(year=2015 + n)) for n in range(10)]
    History(folder).add(years)
    disk, reads = WritingDisk(), CountingDisk()
    History(folder, disk=disk).add([trade(n) for n in range(100, 300)])
    assert disk.written == ["2025-03.json.tmp"]
    History(folder, disk=reads).add([trade(1000)])
    assert [path.name for path in reads.reads] == ["2025-03.json"]


def test_month_stays_open_so_that_the_next_trade_reads_nothing(folder):
    disk = CountingDisk()
    history = History(folder, disk=disk)
    history.add([trade(1)])
    disk.reads.clear()
    history.add([trade(2)])
    assert disk.reads == []


def test_reading_between_opens_the_months_between_alone(folder):
    years = [trade(n, NOON.replace(year=2015 + n)) for n in range(10)]
    disk = CountingDisk()
    history = History(folder, disk=disk)
    history.add(years)
    disk.reads.clear()
    start, end = datetime(2018, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
    assert history.closed_between(start, end) == years[3:5]
    assert [path.name for path in disk.reads] == ["2018-03.json", "2019-03.json"]


def test_start_is_inside_and_end_is_outside(folder):
    history = History(folder)
    trades = [trade(n, NOON + timedelta(minutes=n)) for n in range(4)]
    history.add(trades)
    assert history.closed_between(trades[1].at, trades[3].at) == trades[1:3]


def test_history_that_never_was_is_empty(folder):
    assert History(folder).closed_between(*ALWAYS) == []
    assert History(folder).months() == []


def test_f28_failed_write_forgets_nothing_and_may_be_repeated(folder):
    call, failed = 0, 0
    while True:
        call += 1
        place = folder.parent / str(call)
        History(place).add([trade(1)])
        disk = FaultyDisk(0, error(errno.ENOSPC), half=True)
        history = History(place, disk=disk)
        disk.at = call
        try:
            history.add([trade(2), trade(3)])
        except DiskFailed:
            failed += 1
            history.add([trade(2), trade(3)])
            assert history.closed_between(*ALWAYS) == [trade(1), trade(2), trade(3)]
        else:
            break
    assert failed >= 9


def test_f30_damaged_month_is_left_as_it_is(folder):
    History(folder).add([trade(1)])
    path = folder / "2025-03.json"
    path.write_bytes(path.read_bytes()[:-3])
    before = path.read_bytes()
    with pytest.raises(StateCorrupt, match=r"2025-03.json"):
        History(folder).add([trade(2)])
    with pytest.raises(StateCorrupt, match=r"2025-03.json"):
        History(folder).closed_between(*ALWAYS)
    assert path.read_bytes() == before
    History(folder).add([trade(3, NOON.replace(month=4))])


def test_f30_month_that_holds_something_else_is_corrupt(folder):
    folder.mkdir()
    other = {"kind": "VenueLost", "venue": "upbit", "cause": "", "at": fact(1).at.isoformat()}
    AtomicStorage(folder / "2025-03.json").write(layout_of(0, {"trades": [other]}))
    with pytest.raises(StateCorrupt, match="more than closed trades"):
        History(folder).closed_between(*ALWAYS)


def test_files_and_folder_belong_to_the_owner_alone(folder):
    history = History(folder)
    history.add([trade(1)])
    history.add([trade(2)])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}
