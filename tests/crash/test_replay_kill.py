"""kill -9 in the middle of a replay: nothing acknowledged is lost, no order is doubled."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.crash.replay_world import Replay

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
KILLS = int(os.environ.get("PASU_KILLS", "8"))
SPAN = os.environ.get("PASU_KILL_START", "2025-12-15")


@pytest.mark.skipif(
    not SHARED.is_dir() and "CI" not in os.environ, reason="the recorded candles are not here"
)
def test_f32_a_replay_killed_at_random_ends_like_one_that_was_not(tmp_path: Path):
    values = {"REPLAY_DATA": str(SHARED), "REPLAY_START": SPAN}
    calm, killed = Replay(tmp_path / "calm", values), Replay(tmp_path / "killed", values)
    calm.undisturbed()
    kills = killed.killed(KILLS, seed=KILLS)
    assert kills == KILLS
    assert killed.books() == calm.books()
    records = [entry["record"] for entry in killed.facts()]
    numbers = [entry["seq"] for entry in killed.facts()]
    assert numbers == list(range(1, len(numbers) + 1))
    trades = Counter(fact["trade_id"] for fact in records if fact["kind"] == "OrderFilled")
    orders = Counter(
        fact["intent"]["client_id"] for fact in records if fact["kind"] == "OrderIntended"
    )
    assert len(trades) > 50
    assert set(trades.values()) == set(orders.values()) == {1}
