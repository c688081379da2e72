"""A file of an older format is brought up on read and kept; one of a newer format is refused."""

import asyncio
import json

import pytest

from engine.domain.errors import StateCorrupt
from storage.atomic import AtomicStorage, layout_of
from storage.migration import Migrations
from tests.persistence.faults import NAME, facts, snapshot, store


def add_currency(layout):
    positions = {n: {**d, "currency": "KRW"} for n, d in layout["positions"].items()}
    return {**layout, "positions": positions}


def rename_table(layout):
    return {"holdings": layout["positions"]}


SECOND = Migrations(2, {1: add_currency})
THIRD = Migrations(3, {1: add_currency, 2: rename_table})


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "stock_portfolio.json"
    AtomicStorage(path).write(layout_of(3, {"positions": [{"symbol": "005930"}]}))
    return path


def test_older_format_is_migrated_on_read(path):
    layout = AtomicStorage(path, migrations=SECOND).read()
    assert layout["positions"] == {"1": {"symbol": "005930", "currency": "KRW"}}


def test_each_step_is_applied_in_order(path):
    layout = AtomicStorage(path, migrations=THIRD).read()
    assert layout["holdings"] == {"1": {"symbol": "005930", "currency": "KRW"}}
    assert "positions" not in layout


def test_old_file_is_kept_for_ever_beside_the_new(path):
    old = path.read_bytes()
    storage = AtomicStorage(path, migrations=SECOND)
    for _ in range(3):
        storage.write(storage.read())
    assert path.with_name(path.name + ".format1").read_bytes() == old
    envelope = json.loads(path.read_bytes())["_envelope"]["1"]
    assert (envelope["format"], envelope["seq"]) == (2, 3)
    assert AtomicStorage(path, migrations=SECOND).read()["positions"]["1"]["currency"] == "KRW"


def test_f30_newer_format_is_refused_in_words(path):
    storage = AtomicStorage(path, migrations=SECOND)
    storage.write(storage.read())
    with pytest.raises(StateCorrupt, match="format 2, newer than format 1 of this program"):
        AtomicStorage(path).read()


def test_format_without_a_step_is_refused(path):
    with pytest.raises(StateCorrupt, match="no step"):
        AtomicStorage(path, migrations=Migrations(3, {2: rename_table})).read()


def test_store_recovers_a_state_of_an_older_format(tmp_path):
    old = store(tmp_path)
    old.recover()
    asyncio.run(old.append(facts(1, 4)))
    asyncio.run(old.save(NAME, snapshot(4)))
    old.close()
    found = store(tmp_path, migrations=SECOND).recover().snapshots[NAME]
    assert found.seq == 4
    assert {p["currency"] for p in found.tables["positions"]} == {"KRW"}
    assert (tmp_path / f"{NAME}.json.format1").exists()


def test_f30_store_refuses_a_newer_format_and_touches_nothing(tmp_path):
    newer = store(tmp_path, migrations=SECOND)
    newer.recover()
    asyncio.run(newer.append(facts(1, 4)))
    asyncio.run(newer.save(NAME, snapshot(2)))
    asyncio.run(newer.save(NAME, snapshot(4)))
    newer.close()
    before = {p.name: p.read_bytes() for p in tmp_path.glob("*.json*")}
    with pytest.raises(StateCorrupt, match="newer"):
        store(tmp_path).recover()
    assert {p.name: p.read_bytes() for p in tmp_path.glob("*.json*")} == before
