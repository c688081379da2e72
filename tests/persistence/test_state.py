"""The store in good health: what is confirmed is found again, by one thread or in the caller's."""

import asyncio
import errno
import json
import stat
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from engine.domain.errors import DiskFailed, Malformed, StateCorrupt
from engine.domain.events import Recorded
from engine.phrases.book import english
from engine.ports.store import Recovered, Snapshot, Store
from storage.disk import Disk
from storage.state import Limits, StateStore
from tests.persistence.faults import (
    NAME,
    NOON,
    FaultyDisk,
    StoppedClock,
    error,
    fact,
    facts,
    snapshot,
    store,
    trade,
)


def as_port(kept: StateStore) -> Store:
    return kept


@pytest.fixture(params=[True, False], ids=["inline", "thread"])
def kept(request, tmp_path):
    kept = store(tmp_path / "data", inline=request.param)
    kept.recover()
    yield kept
    kept.close()


def test_fresh_folder_is_an_empty_start(tmp_path):
    kept = store(tmp_path / "new" / "data", expected=[NAME])
    assert kept.recover() == Recovered({}, [], 0, [])
    kept.close()


async def test_facts_come_back_numbered_and_equal(kept, tmp_path):
    recorded = await as_port(kept).append([fact(1), trade(2)])
    assert recorded == (Recorded(1, fact(1)), Recorded(2, trade(2)))
    assert await kept.append([fact(3)]) == (Recorded(3, fact(3)),)
    kept.close()
    found = store(tmp_path / "data").recover()
    assert found.facts == [*recorded, Recorded(3, fact(3))]
    assert (found.last_seq, found.snapshots, found.incidents) == (3, {}, [])


async def test_state_comes_back_with_the_facts_after_it(kept, tmp_path):
    await kept.append(facts(1, 5))
    await kept.save(NAME, snapshot(3))
    kept.close()
    found = store(tmp_path / "data").recover()
    assert found.snapshots == {NAME: snapshot(3)}
    assert [r.seq for r in found.facts] == [4, 5]


async def test_facts_begin_after_the_oldest_of_all_states(kept, tmp_path):
    await kept.append(facts(1, 30))
    await kept.save(NAME, snapshot(28))
    await kept.save("stock_portfolio", snapshot(12))
    kept.close()
    found = store(tmp_path / "data").recover()
    assert {name: s.seq for name, s in found.snapshots.items()} == {NAME: 28, "stock_portfolio": 12}
    assert [r.seq for r in found.facts] == list(range(13, 31))
    assert found.last_seq == 30


async def test_tail_reads_on_from_any_number(kept):
    await kept.append(facts(1, 30))
    for after in range(31):
        assert kept.tail(after, 5) == [Recorded(n, fact(n)) for n in range(after + 1, 31)][:5]


async def test_tail_after_a_restart_reaches_back_before_the_state(kept, tmp_path):
    await kept.append(facts(1, 30))
    await kept.save(NAME, snapshot(30))
    kept.close()
    again = store(tmp_path / "data")
    assert again.recover().facts == []
    assert again.tail(3, 2) == [Recorded(4, fact(4)), Recorded(5, fact(5))]


async def test_concurrent_appends_get_numbers_of_their_own(tmp_path):
    kept = store(tmp_path, inline=False)
    kept.recover()
    batches = await asyncio.gather(*(kept.append([fact(n), fact(n)]) for n in range(1, 21)))
    numbers = [recorded.seq for batch in batches for recorded in batch]
    assert sorted(numbers) == list(range(1, 41))
    kept.close()


async def test_all_writing_happens_in_one_thread_that_is_not_the_callers(tmp_path):
    class NotingDisk(Disk):
        def __init__(self):
            self.threads = set()

        def write(self, fd, data):
            self.threads.add(threading.get_ident())
            return super().write(fd, data)

    disk = NotingDisk()
    kept = store(tmp_path, disk, inline=False)
    kept.recover()
    await kept.append(facts(1, 2))
    await kept.save(NAME, snapshot(2))
    await kept.archive([trade(1)])
    await kept.write_status({"status": [{"status": "running"}]})
    kept.close()
    assert len(disk.threads) == 1
    assert threading.get_ident() not in disk.threads


async def test_archived_trades_are_read_between_two_moments(kept):
    trades = [trade(n, NOON + timedelta(days=20 * n)) for n in range(4)]
    await kept.archive(trades)
    await kept.archive(trades[1:])
    found = await kept.closed_between(NOON, datetime(2025, 4, 20, tzinfo=UTC))
    assert found == trades[:3]


async def test_status_is_a_heartbeat_and_no_state(kept, tmp_path):
    await kept.append(facts(1, 1))
    await kept.write_status({"status": [{"status": "running", "cpu": 1.5}]})
    path = tmp_path / "data" / "bot_status.json"
    assert json.loads(path.read_bytes())["status"]["1"] == {"status": "running", "cpu": 1.5}
    path.write_bytes(b"torn")
    kept.close()
    found = store(tmp_path / "data").recover()
    assert (found.snapshots, found.incidents) == ({}, [])


async def test_leftover_temp_files_are_removed_at_start_and_others_left(tmp_path):
    kept = store(tmp_path)
    kept.recover()
    await kept.archive([trade(1)])
    await kept.append(facts(1, 1))
    kept.close()
    for name in (f"{NAME}.json.tmp", f"{NAME}.json.1.tmp", "bot_status.json.tmp", "notes.tmp"):
        (tmp_path / name).write_bytes(b"half")
    (tmp_path / "history" / "2025-03.json.tmp").write_bytes(b"half")
    again = store(tmp_path)
    again.recover()
    assert [path.name for path in tmp_path.rglob("*.tmp")] == ["notes.tmp"]
    again.close()


async def test_files_and_folders_belong_to_the_owner_alone(tmp_path):
    kept = store(tmp_path / "data")
    kept.recover()
    await kept.append(facts(1, 2))
    await kept.save(NAME, snapshot(2))
    await kept.archive([trade(1)])
    await kept.write_status({"status": [{}]})
    kept.close()
    found = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    modes = {(p.is_dir(), stat.S_IMODE(p.stat().st_mode)) for p in found}
    assert modes == {(True, 0o700), (False, 0o600)}


@pytest.mark.parametrize(
    "name", ["", "../x", "Upbit", "a" * 41, "a.json", "a1", "bot_status", "a\n"]
)
async def test_name_that_is_no_state_file_is_refused(kept, tmp_path, name):
    with pytest.raises(Malformed):
        await kept.save(name, snapshot(0))
    with pytest.raises(Malformed):
        store(tmp_path, expected=[name])


async def test_state_ahead_of_the_journal_is_refused(kept):
    await kept.append(facts(1, 2))
    with pytest.raises(Malformed, match="would reach to fact 3, but the journal ends at 2"):
        await kept.save(NAME, snapshot(3))


async def test_fact_that_could_not_be_read_back_is_refused_and_the_next_is_taken(kept):
    bad = [trade(1), trade(2)]
    object.__setattr__(bad[1], "pnl", Decimal("NaN"))
    with pytest.raises(Malformed):
        await kept.append(bad)
    assert await kept.append([fact(1)]) == (Recorded(1, fact(1)),)


async def test_nothing_is_taken_before_recovery(tmp_path):
    kept = store(tmp_path)
    for call in (kept.append([fact(1)]), kept.save(NAME, snapshot(0)), kept.archive([trade(1)])):
        with pytest.raises(StateCorrupt, match="not recovered"):
            await call
    with pytest.raises(StateCorrupt, match="not recovered"):
        kept.tail(0, 1)
    assert list(tmp_path.iterdir()) == []


async def test_nothing_is_taken_after_close(kept):
    await kept.append(facts(1, 1))
    kept.close()
    kept.close()
    for call in (kept.append([fact(2)]), kept.save(NAME, snapshot(1)), kept.write_status({})):
        with pytest.raises(DiskFailed, match="closed"):
            await call


async def test_empty_append_is_no_write(kept):
    assert await kept.append([]) == ()
    assert kept.tail(0, 5) == []


async def test_f28_full_disk_under_the_journal_leaves_states_writable(tmp_path):
    disk = FaultyDisk(0, error(errno.ENOSPC), half=True)
    kept = store(tmp_path, disk, limits=Limits())
    kept.recover()
    await kept.append(facts(1, 2))
    disk.at = len(disk.calls) + 1
    with pytest.raises(DiskFailed):
        await kept.append(facts(3, 5))
    await kept.save(NAME, snapshot(2))
    with pytest.raises(DiskFailed, match="takes no more facts"):
        await kept.append(facts(3, 4))
    # With space again, reading the disk anew proves what is there and appending goes on.
    found = kept.recover()
    assert found.last_seq == 3
    assert "was torn" in english(found.incidents[0])
    assert await kept.append([fact(9)]) == (Recorded(found.last_seq + 1, fact(9)),)
    kept.close()


async def test_f28_full_disk_under_a_state_leaves_the_journal_writable(tmp_path):
    disk = FaultyDisk(0, error(errno.ENOSPC), half=True)
    kept = store(tmp_path, disk)
    kept.recover()
    await kept.append(facts(1, 2))
    await kept.save(NAME, snapshot(1))
    disk.at = len(disk.calls) + 2
    with pytest.raises(DiskFailed, match=f"{NAME}.json was not written"):
        await kept.save(NAME, snapshot(2))
    await kept.append(facts(3, 3))
    await kept.save(NAME, snapshot(3))
    kept.close()
    assert store(tmp_path).recover().snapshots == {NAME: snapshot(3)}


async def test_state_is_taken_as_it_was_when_saving_was_asked_for(tmp_path):
    kept = store(tmp_path, inline=False)
    kept.recover()
    position = {"symbol": "KRW-BTC"}
    positions = [position]
    saving = asyncio.create_task(kept.save(NAME, Snapshot(0, {"positions": positions})))
    await asyncio.sleep(0)
    positions.clear()
    position["symbol"] = "changed"
    await saving
    kept.close()
    found = StateStore(tmp_path, StoppedClock(), inline=True).recover()
    assert found.snapshots[NAME].tables == {"positions": [{"symbol": "KRW-BTC"}]}
