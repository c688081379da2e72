"""The atomic storage under TinyDB: whole files, sealed, two generations, no stale trust."""

import errno
import json
import stat

import orjson
import pytest
from tinydb import TinyDB, where
from tinydb.storages import JSONStorage

from engine.domain.errors import DiskFailed, Malformed, StateCorrupt
from storage.atomic import AtomicStorage, layout_of, previous_of
from storage.seal import seq_of, tables_of
from tests.persistence.faults import CountingDisk, FaultyDisk, error


@pytest.fixture
def path(tmp_path):
    return tmp_path / "upbit_portfolio.json"


def write(path, seq, *symbols, disk=None):
    tables = {"positions": [{"symbol": s} for s in symbols], "metadata": []}
    AtomicStorage(path, disk=disk).write(layout_of(seq, tables))


def symbols(path):
    return [d["symbol"] for d in TinyDB(path, storage=AtomicStorage).table("positions")]


def test_file_is_plain_json_in_the_layout_of_tinydb(path):
    write(path, 7, "KRW-BTC", "KRW-ETH")
    with path.open() as file:
        content = json.load(file)
    assert content["positions"] == {"1": {"symbol": "KRW-BTC"}, "2": {"symbol": "KRW-ETH"}}
    assert content["metadata"] == {}
    assert set(content["_envelope"]["1"]) == {"format", "seq", "sha"}
    assert (content["_envelope"]["1"]["format"], content["_envelope"]["1"]["seq"]) == (1, 7)


def test_file_opens_with_the_storage_of_stock_tinydb(path):
    write(path, 7, "KRW-BTC", "KRW-ETH")
    with TinyDB(path, storage=JSONStorage, access_mode="r") as database:
        assert database.table("positions").search(where("symbol") == "KRW-ETH")


def test_documents_keep_their_order_beyond_nine(path):
    names = [f"KRW-{n}" for n in range(25)]
    write(path, 1, *names)
    assert symbols(path) == names


def test_tables_of_a_snapshot_land_in_one_replacement(path):
    disk = FaultyDisk(0, error(errno.EIO))
    write(path, 1, "KRW-BTC", disk=disk)
    assert disk.calls.count("write") == 1
    assert disk.calls.count("replace") == 1


def test_inserts_through_tinydb_keep_the_number_and_the_seal(path):
    write(path, 7, "KRW-BTC")
    TinyDB(path, storage=AtomicStorage).table("positions").insert({"symbol": "KRW-XRP"})
    storage = AtomicStorage(path)
    assert storage.verify()
    assert seq_of(storage.read()) == 7
    assert symbols(path) == ["KRW-BTC", "KRW-XRP"]


def test_missing_file_reads_as_none(path):
    assert AtomicStorage(path).read() is None
    assert AtomicStorage(path).verify() is False


def test_previous_generation_is_kept_beside(path):
    for seq in (1, 2, 3):
        write(path, seq, f"KRW-{seq}")
    assert symbols(path) == ["KRW-3"]
    assert symbols(previous_of(path)) == ["KRW-2"]
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name, path.name + ".1"]


def test_files_belong_to_the_owner_alone(path):
    write(path, 1, "A")
    write(path, 2, "B")
    modes = {stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()}
    assert modes == {0o600}


def test_decoded_tables_are_read_from_the_disk_once(path):
    write(path, 1, "KRW-BTC")
    disk = CountingDisk()
    table = TinyDB(path, storage=AtomicStorage, disk=disk).table("positions")
    assert len(table) == len(table.all()) == 1
    table.insert({"symbol": "KRW-ETH"})
    assert len(table) == 2
    assert len(disk.reads) == 1


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EROFS])
@pytest.mark.parametrize("half", [False, True])
def test_f28_error_at_each_call_of_write_leaves_old_or_new_file(tmp_path, number, half):
    call, found = 0, []
    while True:
        call += 1
        path = tmp_path / f"{call}" / "upbit_portfolio.json"
        path.parent.mkdir()
        write(path, 1, "oldest")
        write(path, 2, "old")
        disk = FaultyDisk(call, error(number), half=half)
        try:
            write(path, 3, "new", disk=disk)
        except DiskFailed:
            found += symbols(path)
            assert disk.calls.count("sync") <= 1
        else:
            break
    assert set(found) == {"old", "new"}
    assert found == sorted(found, reverse=True)
    assert len(found) >= 9


def test_f28_failed_write_leaves_no_temp_file_to_fill_the_disk(path):
    write(path, 1, "old")
    disk = FaultyDisk(2, error(errno.ENOSPC), half=True)
    with pytest.raises(DiskFailed, match=r"upbit_portfolio\.json was not written"):
        write(path, 2, "new", disk=disk)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_f28_after_a_failed_write_the_disk_is_read_again(path):
    write(path, 1, "KRW-BTC")
    disk = FaultyDisk(2, error(errno.ENOSPC), half=True)
    table = TinyDB(path, storage=AtomicStorage, disk=disk).table("positions")
    with pytest.raises(DiskFailed):
        table.update({"symbol": "KRW-ETH"})
    assert [d["symbol"] for d in table] == ["KRW-BTC"]


def test_f28_write_after_space_is_back_succeeds(path):
    disk = FaultyDisk(2, error(errno.ENOSPC), half=True)
    storage = AtomicStorage(path, disk=disk)
    with pytest.raises(DiskFailed):
        storage.write(layout_of(1, {"positions": [{"symbol": "A"}]}))
    storage.write(layout_of(1, {"positions": [{"symbol": "A"}]}))
    assert symbols(path) == ["A"]


def test_f30_any_flipped_bit_is_noticed_or_changes_nothing(path):
    write(path, 12, "KRW-BTC", "비트")
    raw = path.read_bytes()
    tables = tables_of(AtomicStorage(path).read())
    noticed = 0
    for position in range(len(raw)):
        for bit in range(8):
            flipped = bytearray(raw)
            flipped[position] ^= 1 << bit
            path.write_bytes(flipped)
            storage = AtomicStorage(path)
            try:
                layout = storage.read()
            except StateCorrupt:
                noticed += 1
            else:
                assert (tables_of(layout), seq_of(layout)) == (tables, 12)
    assert noticed > 7 * len(raw)


def test_f30_file_truncated_anywhere_is_corrupt(path):
    write(path, 12, "KRW-BTC")
    raw = path.read_bytes()
    for size in range(len(raw)):
        path.write_bytes(raw[:size])
        with pytest.raises(StateCorrupt, match="upbit_portfolio"):
            AtomicStorage(path).read()


@pytest.mark.parametrize(
    "content",
    [
        {"positions": {"1": {}}},
        {"_envelope": {}, "positions": {}},
        {"_envelope": {"1": {"format": 1, "seq": 1}}},
        {"_envelope": {"1": {"format": True, "seq": 1, "sha": ""}}},
        {"_envelope": {"1": {"format": 1, "seq": -1, "sha": ""}}},
        {"_envelope": {"1": {"format": 1, "seq": 1, "sha": ""}}, "positions": [1]},
        [],
        "x",
        None,
    ],
)
def test_f30_content_that_is_no_sealed_state_is_corrupt(path, content):
    path.write_bytes(orjson.dumps(content))
    with pytest.raises(StateCorrupt):
        AtomicStorage(path).read()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**70, object(), {1: 2}, "\ud800"])
def test_value_that_would_not_read_back_is_refused_before_the_disk(path, value):
    write(path, 1, "old")
    with pytest.raises(Malformed):
        AtomicStorage(path).write(layout_of(2, {"positions": [{"value": value}]}))
    assert symbols(path) == ["old"]


def test_table_named_like_the_envelope_is_refused():
    with pytest.raises(Malformed):
        layout_of(1, {"_envelope": [{"seq": 99}]})


def test_unreadable_file_is_a_failed_disk_and_not_an_absent_state(path):
    path.mkdir()
    with pytest.raises(DiskFailed):
        AtomicStorage(path).read()


def test_heartbeat_is_replaced_in_one_step_without_waiting_for_the_disk(path):
    disk = FaultyDisk(0, error(errno.EIO))
    for seq in (1, 2):
        AtomicStorage(path, disk=disk, durable=False).write(layout_of(seq, {"status": [{}]}))
    assert disk.calls == ["create", "write", "close", "replace"] * 2
    assert [p.name for p in path.parent.iterdir()] == [path.name]
