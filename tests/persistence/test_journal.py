"""The journal: in order, without a gap, confirmed means durable, damage is told from a torn end."""

import errno
import json
import stat
import zlib

import pytest

from engine.domain.errors import DiskFailed, Malformed, StateCorrupt
from engine.phrases.book import english
from storage.journal import Journal
from tests.persistence.faults import CountingDisk, FaultyDisk, error


def record(number):
    return {"kind": "Test", "number": number, "text": "원화"}


def records(first, last):
    return [record(number) for number in range(first, last + 1)]


def opened(folder, disk=None, **options):
    journal = Journal(folder, disk=disk, **{"segment_bytes": 500, "recent": 6, **options})
    journal.load(0)
    journal.start()
    return journal


def filled(folder, count, step=1, **options):
    journal = opened(folder, **options)
    for first in range(1, count + 1, step):
        journal.append(records(first, min(first + step - 1, count)))
    return journal


def segments(folder):
    return sorted(folder.iterdir())


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "journal"


def test_appended_records_are_numbered_from_one_and_read_back(folder):
    journal = opened(folder)
    assert journal.append(records(1, 2)) == 1
    assert journal.append(records(3, 3)) == 3
    journal.close()
    again = Journal(folder)
    entries = again.load(0)
    assert [(e.seq, e.record) for e in entries] == [(n, record(n)) for n in (1, 2, 3)]
    assert (again.first_seq, again.last_seq) == (1, 3)


def test_each_line_is_json_with_number_and_checksum(folder):
    filled(folder, 2).close()
    lines = segments(folder)[0].read_bytes().splitlines()
    for number, line in enumerate(lines, 1):
        content = json.loads(line)
        assert content["entry"] == {"seq": number, "record": record(number)}
        body = line[line.index(b'"entry":') + len(b'"entry":') : -1]
        assert content["crc"] == f"{zlib.crc32(body):08x}"


def test_batch_is_one_write_and_one_sync(folder):
    disk = FaultyDisk(0, error(errno.EIO))
    journal = opened(folder, disk)
    journal.append(records(1, 1))
    disk.calls.clear()
    journal.append(records(2, 4))
    assert disk.calls == ["write", "sync_data"]


def test_new_segment_makes_its_name_durable_before_the_write(folder):
    disk = FaultyDisk(0, error(errno.EIO))
    journal = opened(folder, disk)
    disk.calls.clear()
    journal.append(records(1, 1))
    assert disk.calls == ["create_new", "sync_folder", "write", "sync_data"]


def test_same_records_make_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        filled(tmp_path / name, 40).close()
    first, second = segments(tmp_path / "a"), segments(tmp_path / "b")
    assert [p.name for p in first] == [p.name for p in second]
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_segments_are_rotated_by_size_and_named_by_their_first_number(folder):
    filled(folder, 40).close()
    found = segments(folder)
    assert len(found) > 3
    for path in found:
        first = json.loads(path.read_bytes().splitlines()[0])
        assert path.name == f"{first['entry']['seq']:012d}.jsonl"
        assert path.stat().st_size < 500 + 200


def test_files_and_folder_belong_to_the_owner_alone(folder):
    filled(folder, 20).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in segments(folder)} == {0o600}


def test_empty_batch_writes_nothing(folder):
    journal = opened(folder)
    assert journal.append([]) == 1
    assert segments(folder) == []


@pytest.mark.parametrize("after", [-3, 0, 1, 7, 20, 33, 34, 35, 39, 40, 99])
@pytest.mark.parametrize("most", [0, 1, 5, 40, 1000])
def test_read_after_returns_the_next_records_from_memory_or_disk(folder, after, most):
    journal = filled(folder, 40)
    found = journal.read(after, most)
    start = max(0, after) + 1
    assert [e.seq for e in found] == list(range(start, min(40, start + most - 1) + 1))
    assert all(e.record == record(e.seq) for e in found)


def test_recent_records_are_read_without_the_disk(folder):
    disk = CountingDisk()
    journal = filled(folder, 40, disk=disk)
    disk.reads.clear()
    assert [e.seq for e in journal.read(34, 10)] == [35, 36, 37, 38, 39, 40]
    assert disk.reads == []


def test_old_records_are_read_from_their_segments_alone(folder):
    disk = CountingDisk()
    journal = filled(folder, 40, disk=disk)
    disk.reads.clear()
    journal.read(1, 2)
    assert disk.reads == segments(folder)[:1]


def test_load_opens_no_segment_that_lies_wholly_before(folder):
    filled(folder, 40).close()
    disk = CountingDisk()
    journal = Journal(folder, disk=disk)
    last_first = int(segments(folder)[-1].stem)
    assert [e.seq for e in journal.load(last_first - 1)] == list(range(last_first, 41))
    assert disk.reads == segments(folder)[-1:]


def test_f30_end_torn_at_any_byte_is_cut_off_and_told(tmp_path):
    filled(tmp_path / "whole", 3, segment_bytes=10_000).close()
    raw = segments(tmp_path / "whole")[0].read_bytes()
    third = raw.index(b"\n", raw.index(b"\n") + 1) + 1
    for size in range(third + 1, len(raw)):
        folder = tmp_path / str(size)
        folder.mkdir()
        path = folder / "000000000001.jsonl"
        path.write_bytes(raw[:size])
        journal = Journal(folder)
        assert [e.seq for e in journal.load(0)] == [1, 2]
        assert path.stat().st_size == size
        (incident,) = journal.start()
        assert f"journal/{path.name} was torn ({size - third} bytes" in english(incident)
        assert path.read_bytes() == raw[:third]
        assert journal.append([record(3)]) == 3
        assert path.read_bytes() == raw


def test_f30_any_flipped_bit_of_the_last_line_cuts_it_off(folder):
    filled(folder, 3, segment_bytes=10_000).close()
    (path,) = segments(folder)
    raw = path.read_bytes()
    third = raw.index(b"\n", raw.index(b"\n") + 1) + 1
    for position in range(third, len(raw)):
        for bit in range(8):
            if raw[position] ^ (1 << bit) == ord("\n"):
                continue
            flipped = bytearray(raw)
            flipped[position] ^= 1 << bit
            path.write_bytes(flipped)
            assert [e.seq for e in Journal(folder).load(0)] == [1, 2]
    journal = Journal(folder)
    journal.load(0)
    assert len(journal.start()) == 1
    assert path.read_bytes() == raw[:third]
    assert opened(folder).last_seq == 2


def test_f30_zeros_after_the_end_are_cut_off(folder):
    filled(folder, 3, segment_bytes=10_000).close()
    (path,) = segments(folder)
    raw = path.read_bytes()
    path.write_bytes(raw + bytes(4096))
    journal = Journal(folder)
    assert [e.seq for e in journal.load(0)] == [1, 2, 3]
    assert "4096 bytes" in english(journal.start()[0])
    assert path.read_bytes() == raw


def test_f30_any_flipped_byte_before_the_last_line_is_corrupt(folder):
    filled(folder, 3, segment_bytes=10_000).close()
    (path,) = segments(folder)
    raw = path.read_bytes()
    third = raw.index(b"\n", raw.index(b"\n") + 1) + 1
    for position in range(third):
        flipped = bytearray(raw)
        flipped[position] ^= 0x20
        path.write_bytes(flipped)
        with pytest.raises(StateCorrupt, match=r"journal/000000000001.jsonl line [12] is"):
            Journal(folder).load(0)
        assert path.read_bytes() == flipped


def test_f30_torn_line_in_an_older_segment_is_corrupt(folder):
    filled(folder, 20).close()
    path = segments(folder)[0]
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(StateCorrupt, match=r"journal/000000000001.jsonl line \d+ is damaged"):
        Journal(folder).load(0)


def test_f30_missing_line_is_a_gap(folder):
    filled(folder, 3, segment_bytes=10_000).close()
    (path,) = segments(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    with pytest.raises(StateCorrupt, match="line 2 is not fact 2: a gap or a repetition"):
        Journal(folder).load(0)


def test_f30_repeated_line_is_a_repetition(folder):
    filled(folder, 3, segment_bytes=10_000).close()
    (path,) = segments(folder)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1] + lines[1] + lines[2])
    with pytest.raises(StateCorrupt, match="line 3 is not fact 3"):
        Journal(folder).load(0)


def test_f30_missing_segment_in_the_middle_is_a_gap(folder):
    filled(folder, 40).close()
    gone = segments(folder)[1]
    gone.unlink()
    with pytest.raises(StateCorrupt, match="but the next segment begins at fact"):
        Journal(folder).load(0)


def test_f30_damaged_old_line_is_noticed_when_it_is_read(folder):
    journal = filled(folder, 40)
    path = segments(folder)[0]
    raw = path.read_bytes()
    path.write_bytes(raw[:40] + b"?" + raw[41:])
    with pytest.raises(StateCorrupt, match=r"journal/000000000001.jsonl line 1 is damaged"):
        journal.read(0, 1)
    path.write_bytes(b"")
    with pytest.raises(StateCorrupt, match="line 2 is missing"):
        journal.read(1, 1)
    path.unlink()
    with pytest.raises(DiskFailed):
        journal.read(0, 1)


def test_segment_begun_and_never_written_is_gone_on_with(folder):
    filled(folder, 5, segment_bytes=10_000).close()
    (folder / "000000000006.jsonl").touch(0o600)
    journal = opened(folder)
    assert journal.last_seq == 5
    assert journal.append([record(6)]) == 6
    journal.close()
    assert opened(folder).last_seq == 6


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("half", [False, True])
def test_f28_error_at_each_call_of_append_refuses_all_that_follows(tmp_path, number, half):
    call = 0
    while True:
        call += 1
        folder = tmp_path / str(call)
        filled(folder, 4).close()
        disk = FaultyDisk(0, error(number), half=half)
        journal = opened(folder, disk)
        disk.at = len(disk.calls) + call
        confirmed = 4
        try:
            for first in (5, 7, 9):
                journal.append(records(first, first + 1))
                confirmed = first + 1
        except DiskFailed:
            calls = len(disk.calls)
            with pytest.raises(DiskFailed, match="takes no more facts"):
                journal.append([record(99)])
            assert len(disk.calls) == calls
            assert journal.last_seq == confirmed
            again = opened(folder)
            assert confirmed <= again.last_seq <= confirmed + 2
            assert again.append([record(again.last_seq + 1)]) == again.last_seq
        else:
            break
    assert call > 8


def test_f28_short_write_is_a_failed_write(folder):
    class ShortDisk(FaultyDisk):
        def write(self, fd, data):
            return super().write(fd, data[:10])

    journal = opened(folder, ShortDisk(0, error(errno.EIO)))
    with pytest.raises(DiskFailed, match="10 of"):
        journal.append(records(1, 1))
    again = Journal(folder)
    assert again.load(0) == []
    assert "10 bytes" in english(again.start()[0])


def test_write_interrupted_by_anything_gives_no_number_twice(folder):
    def interrupt():
        raise KeyboardInterrupt

    disk = FaultyDisk(0, interrupt)
    journal = opened(folder, disk)
    journal.append(records(1, 1))
    disk.at = len(disk.calls) + 2
    with pytest.raises(KeyboardInterrupt):
        journal.append(records(2, 2))
    with pytest.raises(DiskFailed, match="a write was interrupted"):
        journal.append(records(2, 2))
    assert opened(folder).last_seq == 2


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**70, object(), (1,), "\ud800"])
def test_record_that_would_not_read_back_is_refused_before_the_disk(folder, value):
    journal = opened(folder)
    with pytest.raises(Malformed):
        journal.append([record(1), {"value": value}])
    assert segments(folder) == []
    assert journal.append([record(1)]) == 1


def test_append_before_start_and_after_close_is_refused(folder):
    journal = Journal(folder)
    with pytest.raises(DiskFailed, match="not started"):
        journal.append([record(1)])
    journal.load(0)
    journal.start()
    journal.close()
    with pytest.raises(DiskFailed, match="was closed"):
        journal.append([record(1)])
