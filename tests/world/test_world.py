"""Seeded worlds: whatever goes wrong, the venue and the book agree in the end."""

import os
import subprocess
import sys
from collections.abc import Iterable

import pytest

from engine.domain.custody import PositionAdjusted, PositionUnprotected, SymbolPaused
from engine.domain.events import (
    DifferenceFound,
    DustDropped,
    EngineStopped,
    Fact,
    OrderFateUnknown,
    OrderNeverArrived,
    OrderRefused,
    PanicProgressed,
    PositionClosed,
    SlippageExceeded,
    VenueLost,
)
from tests.shape.source import ROOT
from tests.world.__main__ import main
from tests.world.planted import BUGS, planted
from tests.world.world import History, play, played

SEEDS, CHUNK = 20, 5
MANY, BIG_CHUNK = 1000, 50
TROUBLES: tuple[type[Fact], ...] = (
    DifferenceFound,
    DustDropped,
    EngineStopped,
    OrderFateUnknown,
    OrderNeverArrived,
    OrderRefused,
    PanicProgressed,
    PositionAdjusted,
    PositionClosed,
    PositionUnprotected,
    SlippageExceeded,
    SymbolPaused,
    VenueLost,
)


def broken(seeds: Iterable[int]) -> dict[int, tuple[str, ...]]:
    histories = map(play, seeds)
    return {history.seed: history.wrong for history in histories if history.wrong}


@pytest.mark.parametrize("first", range(CHUNK, SEEDS, CHUNK))
def test_whatever_goes_wrong_every_promise_is_kept(first: int):
    assert broken(range(first, first + CHUNK)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, MANY, BIG_CHUNK))
def test_a_thousand_seeds_break_no_promise(first: int):
    assert broken(range(first, first + BIG_CHUNK)) == {}


def test_a_few_seeds_meet_every_trouble_and_trade_through_it():
    histories, seen = [], set()
    for seed in range(CHUNK):
        history, world = played(seed)
        histories.append(history)
        seen |= {type(recorded.fact) for recorded in world.disk.facts}
    assert {history.seed: history.wrong for history in histories if history.wrong} == {}
    assert {kind.__name__ for kind in TROUBLES if kind not in seen} == set()
    assert sum(history.virtual_s for history in histories) > 3600
    assert min(history.fills for history in histories) > 10
    assert sum(history.orders for history in histories) > 200


def caught(name: str) -> History | None:
    """Return the first history that gives a bug away, among the seeds that are clean without it."""
    bug = BUGS[name]
    for seed in (bug.seed, *range(SEEDS)):
        with planted(name):
            history = play(seed)
        if any(bug.betrayed_by in found for found in history.wrong):
            return history
    return None


@pytest.mark.parametrize("name", BUGS)
def test_planted_bug_is_caught(name: str):
    assert caught(name) is not None


@pytest.mark.parametrize("name", BUGS)
def test_planted_bug_is_gone_afterwards(name: str):
    before = [vars(owner)[attribute] for owner, attribute, _ in BUGS[name].patches]
    with planted(name):
        pass
    assert [vars(owner)[attribute] for owner, attribute, _ in BUGS[name].patches] == before


def test_a_seed_is_one_history_whatever_the_order_of_hashes():
    told = set()
    for hashes in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.world", "--seed", "3"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hashes},
            capture_output=True,
            text=True,
            check=True,
        )
        told.add(done.stdout)
    (line,) = told
    assert play(3).digest[:16] in line


def test_a_failing_seed_is_named_and_replays(capsys: pytest.CaptureFixture[str]):
    bug = ["--bug", "intent after the wire"]
    assert main(["--seeds", "3:5", *bug]) == 1
    swept = capsys.readouterr().out.splitlines()
    assert swept[0].startswith("seed 3: ")
    assert swept[-1].endswith("2 seeds with violations [3, 4]")
    assert main(["--seed", "3", "--verbose", *bug]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("1 03:00:")
    assert set(swept[:3]) <= set(shown)


def test_a_sweep_over_two_processes_counts_what_happened(capsys: pytest.CaptureFixture[str]):
    assert main(["--seeds", "0:2", "--jobs", "2"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("2 seeds in ")
    assert last.endswith(" 0 seeds with violations []")
    assert f" {sum(play(seed).orders for seed in range(2))} orders," in last
