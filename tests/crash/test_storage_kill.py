"""Kill -9 at every system call and at any moment: the old state or the new, never neither."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.phrases.book import english
from storage.state import Limits
from tests.persistence.faults import NAME, fact, snapshot, store, trade

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 60


def run_victim(*arguments: object):
    done = subprocess.run(
        [sys.executable, "-m", "tests.persistence.victim", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.tmp")]


def books_after(folder: Path, *, first: int, last: int) -> None:
    """Assert that a start finds exactly the facts between, numbered and in order."""
    kept = store(folder)
    recovered = kept.recover()
    assert recovered.last_seq == last
    assert [r.seq for r in recovered.facts] == list(range(first, last + 1))
    assert all(r.fact == fact(r.seq) for r in recovered.facts)
    kept.close()


@pytest.mark.parametrize("how", ["whole", "half"])
def test_f32_kill_at_each_call_of_save_leaves_old_or_new_state(tmp_path, how):
    calls = run_victim("save", tmp_path, how)
    assert calls >= 9
    found = []
    for call in range(1, calls + 1):
        kept = store(tmp_path / str(call))
        recovered = kept.recover()
        state = recovered.snapshots[NAME]
        assert state == snapshot(state.seq)
        assert [r.seq for r in recovered.facts] == list(range(state.seq + 1, 7))
        assert recovered.incidents == []
        assert leftovers(tmp_path / str(call)) == []
        found.append(state.seq)
        kept.close()
    assert found == sorted(found)
    assert set(found) == {4, 6}


@pytest.mark.parametrize("how", ["whole", "half"])
def test_f32_kill_at_each_call_of_save_leaves_a_previous_generation_that_serves(tmp_path, how):
    calls = run_victim("save", tmp_path, how)
    for call in range(1, calls + 1):
        path = tmp_path / str(call) / f"{NAME}.json"
        path.unlink()
        path.write_bytes(b"")
        kept = store(tmp_path / str(call))
        state = kept.recover().snapshots[NAME]
        assert state.seq in {2, 4}
        assert state == snapshot(state.seq)
        # The next save finds its way past whatever the kill has left.
        asyncio.run(kept.save(NAME, snapshot(6)))
        asyncio.run(kept.save(NAME, snapshot(6)))
        kept.close()
        assert store(tmp_path / str(call)).recover().snapshots[NAME] == snapshot(6)


@pytest.mark.parametrize("how", ["whole", "half"])
def test_f32_kill_at_each_call_of_append_loses_no_confirmed_fact(tmp_path, how):
    calls = run_victim("append", tmp_path, how)
    assert calls >= 8
    lasts = []
    for call in range(1, calls + 1):
        folder = tmp_path / str(call)
        kept = store(folder)
        lasts.append(kept.recover().last_seq)
        kept.close()
        books_after(folder, first=5, last=lasts[-1])
        assert lasts[-1] >= 6
    assert lasts == sorted(lasts)
    assert lasts[-1] == 12


def test_f32_kill_in_the_middle_of_a_write_is_told_and_appending_goes_on(tmp_path):
    calls = run_victim("append", tmp_path, "half")
    told = 0
    for call in range(1, calls + 1):
        kept = store(tmp_path / str(call))
        recovered = kept.recover()
        told += sum("was torn" in english(incident) for incident in recovered.incidents)
        asyncio.run(kept.append([fact(recovered.last_seq + 1)]))
        kept.close()
        books_after(tmp_path / str(call), first=5, last=recovered.last_seq + 1)
    assert told > 0


def test_f32_kill_at_each_call_of_archive_keeps_each_trade_once(tmp_path):
    calls = run_victim("archive", tmp_path)
    assert calls >= 9
    for call in range(1, calls + 1):
        kept = store(tmp_path / str(call))
        kept.recover()
        asyncio.run(kept.archive([trade(1), trade(2), trade(3)]))
        at = trade(1).at
        closed = asyncio.run(kept.closed_between(at, at.replace(month=4)))
        assert closed == [trade(1), trade(2), trade(3)]
        assert leftovers(tmp_path / str(call)) == []
        kept.close()


def test_f32_kill_at_each_call_of_recovery_recovers_at_the_next_start(tmp_path):
    calls = run_victim("recover", tmp_path)
    assert calls >= 6
    for call in range(1, calls + 1):
        folder = tmp_path / str(call)
        recovered = store(folder).recover()
        assert recovered.snapshots[NAME] == snapshot(2)
        assert [r.seq for r in recovered.facts] == [3, 4, 5, 6]
        assert any(NAME in incident for incident in recovered.incidents)
        assert len(list(folder.glob("*.corrupt.*"))) == 1


def test_f32_random_kills_lose_no_confirmed_fact(tmp_path):
    rounds = run_victim("rounds", tmp_path, ROUNDS, 20250301)
    assert len(rounds) == ROUNDS
    confirmed = 0
    for recovered, last in rounds:
        assert recovered >= confirmed
        confirmed = last
    assert confirmed > ROUNDS
    kept = store(tmp_path, limits=Limits())
    recovered = kept.recover()
    assert recovered.last_seq >= confirmed
    everything = kept.tail(0, recovered.last_seq)
    assert [r.seq for r in everything] == list(range(1, recovered.last_seq + 1))
    assert all(r.fact == fact(r.seq) for r in everything)
    assert recovered.snapshots[NAME] == snapshot(recovered.snapshots[NAME].seq)


def test_f28_file_size_limit_refuses_and_keeps_every_confirmed_fact(tmp_path):
    result = run_victim("full", tmp_path, 50_000)
    confirmed = result["confirmed"]
    journal, again, state = result["refused"]
    assert "bytes were taken" in journal or result["expected"] in journal
    assert "takes no more facts" in again
    assert f"{NAME}.json was not written" in state
    assert leftovers(tmp_path) == []
    recovered = store(tmp_path, limits=Limits()).recover()
    assert recovered.last_seq == confirmed > 100
    assert recovered.snapshots[NAME] == snapshot(confirmed)
