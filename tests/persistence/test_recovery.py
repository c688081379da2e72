"""A start over damage: the previous generation, the facts alone, or none; never an empty one."""

import asyncio
import errno
import shutil

import pytest

from engine.domain.errors import DiskFailed, StateCorrupt
from engine.domain.facts import to_record
from engine.phrases.book import english
from storage.segment import encode_line, segment_name
from storage.state import Limits
from tests.persistence.faults import (
    NAME,
    CountingDisk,
    FaultyDisk,
    error,
    fact,
    facts,
    snapshot,
    store,
    trade,
)

OTHER = "stock_portfolio"
STAMP = "20250301T120000Z"


@pytest.fixture
def folder(tmp_path):
    """Two generations as of facts 4 and 10, another state as of fact 12, and 14 facts."""
    kept = store(tmp_path)
    kept.recover()

    async def fill():
        for first in range(1, 15, 2):
            await kept.append(facts(first, first + 1))
        await kept.save(NAME, snapshot(4))
        await kept.save(NAME, snapshot(10))
        await kept.save(OTHER, snapshot(12))

    asyncio.run(fill())
    kept.close()
    return tmp_path


def state(folder, suffix=""):
    return folder / f"{NAME}.json{suffix}"


def truncate(path):
    path.write_bytes(path.read_bytes()[:-20])


def flip(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 4
    path.write_bytes(raw)


def empty(path):
    path.write_bytes(b"")


def strip_envelope(path):
    path.write_bytes(path.read_bytes().replace(b"_envelope", b"_somewhat"))


def listing(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refused(folder, match, **options):
    """Assert that there is no start, twice, and that nothing was changed by trying."""
    before = listing(folder)
    for _ in range(2):
        with pytest.raises(StateCorrupt, match=match):
            store(folder, **options).recover()
    assert listing(folder) == before


@pytest.mark.parametrize("damage", [truncate, flip, empty, strip_envelope])
def test_f30_damaged_state_is_kept_aside_and_the_previous_generation_stands_in(folder, damage):
    damage(state(folder))
    damaged = state(folder).read_bytes()
    found = store(folder).recover()
    assert found.snapshots == {NAME: snapshot(4), OTHER: snapshot(12)}
    assert [r.seq for r in found.facts] == list(range(5, 15))
    aside = f"{NAME}.json.corrupt.{STAMP}"
    assert (folder / aside).read_bytes() == damaged
    (incident,) = map(english, found.incidents)
    assert incident.startswith(f"{NAME}.json was damaged (")
    assert incident.endswith(
        f"; kept aside as {aside}. The previous generation, as of fact 4, "
        "and 10 facts of the journal stand in."
    )


def test_f30_state_damaged_again_keeps_both_damaged_files(folder):
    for count in (1, 2, 3):
        truncate(state(folder))
        kept = store(folder)
        assert kept.recover().snapshots[NAME].seq == 4
        assert len(list(folder.glob("*.corrupt.*"))) == count
        asyncio.run(kept.save(NAME, snapshot(14)))
        kept.close()


def test_f30_start_after_the_previous_generation_stood_in_is_the_same(folder):
    truncate(state(folder))
    first = store(folder).recover()
    again = store(folder).recover()
    assert (again.snapshots, again.facts) == (first.snapshots, first.facts)
    assert "was not there" in english(again.incidents[0])


def test_f30_missing_state_is_replaced_by_the_previous_generation(folder):
    state(folder).unlink()
    found = store(folder).recover()
    assert found.snapshots[NAME] == snapshot(4)
    assert [r.seq for r in found.facts] == list(range(5, 15))
    (incident,) = map(english, found.incidents)
    assert incident == (
        f"{NAME}.json was not there. The previous generation, as of fact 4, "
        "and 10 facts of the journal stand in."
    )


def test_f30_both_generations_damaged_is_built_anew_from_all_facts(folder):
    truncate(state(folder))
    flip(state(folder, ".1"))
    found = store(folder).recover()
    assert found.snapshots == {OTHER: snapshot(12)}
    assert [r.seq for r in found.facts] == list(range(1, 15))
    (incident,) = map(english, found.incidents)
    assert f"{NAME}.json.corrupt.{STAMP}, {NAME}.json.1.corrupt.{STAMP}" in incident
    assert incident.endswith("It is built anew from all 14 facts of the journal.")
    # Before the next save, another start knows from the traces that all facts are needed.
    assert [r.seq for r in store(folder).recover().facts] == list(range(1, 15))


def test_f30_both_generations_damaged_and_a_journal_begun_later_is_no_start(folder):
    truncate(state(folder))
    flip(state(folder, ".1"))
    (folder / "journal" / segment_name(1)).unlink()
    refused(folder, r"does not reach back to fact 1: it holds facts \d+ to 14")


def test_f30_previous_generation_older_than_the_journal_is_no_start(folder):
    truncate(state(folder))
    segments = sorted((folder / "journal").iterdir())
    assert len(segments) >= 3
    for segment in segments[:-1]:
        segment.unlink()
    refused(folder, "does not reach back to fact 5")


def test_states_newer_than_a_journal_begun_later_are_a_start(folder):
    (folder / "journal" / segment_name(1)).unlink()
    found = store(folder).recover()
    assert [r.seq for r in found.facts] == [11, 12, 13, 14]
    assert found.incidents == []


def test_f30_expected_state_without_a_trace_gets_all_facts(folder):
    found = store(folder, expected=[NAME, "binance_spot_portfolio"]).recover()
    assert [r.seq for r in found.facts] == list(range(1, 15))
    (incident,) = map(english, found.incidents)
    assert incident.startswith(
        "binance_spot_portfolio.json was not there. It is built anew from all"
    )


def test_f30_all_states_gone_is_built_anew_from_all_facts(folder):
    for path in folder.glob("*.json*"):
        path.unlink()
    found = store(folder).recover()
    assert found.snapshots == {}
    assert [r.seq for r in found.facts] == list(range(1, 15))


def test_f30_all_states_and_the_first_segment_gone_is_no_start(folder):
    for path in folder.glob("*.json*"):
        path.unlink()
    (folder / "journal" / segment_name(1)).unlink()
    refused(folder, "no state file is left, and the journal begins at fact")


def test_f30_journal_gone_is_no_start(folder):
    shutil.rmtree(folder / "journal")
    refused(folder, "reaches to fact 12, but the journal ends at fact 0|reaches to fact 10")


def test_f30_journal_that_ends_before_a_state_is_no_start(folder):
    last = max((folder / "journal").iterdir())
    lines = last.read_bytes().splitlines(keepends=True)
    last.write_bytes(b"".join(lines[:-1]))
    for newer in sorted((folder / "journal").iterdir())[1:]:
        newer.unlink()
    refused(folder, "newer facts are lost")


def test_f30_confirmed_last_line_damaged_is_not_cut_off_while_a_state_counts_it(folder):
    kept = store(folder)
    kept.recover()
    asyncio.run(kept.save(NAME, snapshot(14)))
    kept.close()
    last = max((folder / "journal").iterdir())
    last.write_bytes(last.read_bytes()[:-10] + b"0123456789")
    refused(folder, "reaches to fact 14, but the journal ends at fact 13")


@pytest.mark.parametrize("left", ["corrupt", "history"])
def test_f30_traces_of_a_state_without_journal_are_no_empty_start(folder, left):
    kept = store(folder)
    kept.recover()
    asyncio.run(kept.archive([trade(1)]))
    kept.close()
    if left == "corrupt":
        state(folder).rename(state(folder, ".corrupt.20250101T000000Z"))
        shutil.rmtree(folder / "history")
    else:
        state(folder).unlink()
    state(folder, ".1").unlink()
    (folder / f"{OTHER}.json").unlink()
    shutil.rmtree(folder / "journal")
    refused(folder, "does not reach back to fact 1|closed trades are on record")


def test_f30_damage_in_the_middle_of_the_journal_is_no_start(folder):
    path = sorted((folder / "journal").iterdir())[-2]
    flip(path)
    refused(folder, f"journal/{path.name} line . is")


def test_f30_torn_end_is_cut_off_and_told(folder):
    last = max((folder / "journal").iterdir())
    whole = last.read_bytes()
    last.write_bytes(whole + b'{"crc":"12')
    kept = store(folder)
    found = kept.recover()
    assert [r.seq for r in found.facts] == [11, 12, 13, 14]
    assert "was torn (10 bytes" in english(found.incidents[0])
    assert last.read_bytes() == whole
    assert [r.seq for r in asyncio.run(kept.append([fact(15)]))] == [15]
    kept.close()
    assert store(folder).recover().incidents == []


def test_f30_fact_of_an_unknown_kind_is_no_start(folder):
    path = max((folder / "journal").iterdir())
    path.write_bytes(path.read_bytes() + encode_line(15, {"kind": "Unheard"}))
    refused(folder, "fact 15 of the journal: unknown kind")


def test_unreadable_state_is_a_failed_disk_and_no_empty_start(folder):
    state(folder).unlink()
    state(folder).mkdir()
    with pytest.raises(DiskFailed):
        store(folder).recover()


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.ENOSPC])
def test_error_at_each_call_of_recovery_is_a_failed_disk_and_loses_nothing(folder, number):
    truncate(state(folder))
    call = 0
    while True:
        call += 1
        copy = folder.parent / f"{number}-{call}"
        shutil.copytree(folder, copy)
        disk = FaultyDisk(call, error(number))
        try:
            store(copy, disk).recover()
        except DiskFailed:
            found = store(copy).recover()
            assert found.snapshots == {NAME: snapshot(4), OTHER: snapshot(12)}
            assert [r.seq for r in found.facts] == list(range(5, 15))
        else:
            break
    assert call > 6


def test_long_journal_with_a_state_near_its_end_reads_the_last_segment_alone(tmp_path):
    kept = store(tmp_path, limits=Limits())
    kept.recover()
    asyncio.run(kept.append([fact(1)]))
    asyncio.run(kept.save(NAME, snapshot(1)))
    kept.close()
    lines = [encode_line(n, to_record(fact(n))) for n in range(1, 100_001)]
    firsts = range(1, 100_001, 25_000)
    for first in firsts:
        path = tmp_path / "journal" / segment_name(first)
        path.write_bytes(b"".join(lines[first - 1 : first + 24_999]))
    kept = store(tmp_path, limits=Limits())
    assert len(kept.recover().facts) == 99_999
    asyncio.run(kept.save(NAME, snapshot(99_990)))
    kept.close()
    disk = CountingDisk()
    found = store(tmp_path, disk, limits=Limits()).recover()
    assert [r.seq for r in found.facts] == list(range(99_991, 100_001))
    last = tmp_path / "journal" / segment_name(firsts[-1])
    assert [path for path in disk.reads if path.suffix == ".jsonl"] == [last]
    assert disk.bytes_read < last.stat().st_size + 5_000
