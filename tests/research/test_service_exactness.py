"""The service itself, started as a process on a replay, makes the trades of the exact backtest.

Nothing is idealised here: ticks, lots, minimums, depth, orders that rest at the venue, several
markets on one purse. What is compared is the journal: every decision, order, fill and trade. Tuning
is off, because a backtest plays fixed parameters.
"""

import asyncio
import io
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.codec import encode
from engine.domain.venue import VenueName
from engine.settings import parse
from tests.crash.replay_world import Replay
from training.progress import Progress
from training.replayed import Play, replay

pytestmark = pytest.mark.shared

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
# What a process does by itself: it starts, and it is told to stop.
OWN = {"EngineStarted", "EngineStopped"}


def markets(folder: Path, *files: str) -> Path:
    for file in files:
        if not (SHARED / file).exists() and not os.environ.get("CI"):
            pytest.skip("../shared/data is not beside the checkout")
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SHARED / file, folder / file)
    return folder


def told(folder: Path) -> list[dict[str, Any]]:
    facts = [entry["record"] for entry in Replay(folder, {}).facts()]
    return [fact for fact in facts if fact["kind"] not in OWN]


@pytest.mark.parametrize(
    ("preset", "venue", "frame", "start"),
    [
        ("mid_term", VenueName.BINANCE_SPOT, "1h", datetime(2025, 8, 1, tzinfo=UTC)),
        ("consensus", VenueName.BINANCE_FUTURES, "1h", datetime(2025, 10, 1, tzinfo=UTC)),
        ("day", VenueName.BINANCE_SPOT, "5m", datetime(2026, 2, 1, tzinfo=UTC)),
    ],
)
def test_the_process_journals_what_the_backtest_journals(
    preset: str, venue: VenueName, frame: str, start: datetime, tmp_path: Path
):
    files = (f"{venue.value}/{base}_USDT-{frame}.feather" for base in ("BTC", "ETH", "SOL"))
    data = markets(tmp_path / "data", *files)
    values = {f"{name.value}_MODE".upper(): "off" for name in VenueName if name is not venue}
    values |= {
        "REPLAY_DATA": str(data),
        "REPLAY_START": start.isoformat(),
        "CRYPTO_STRATEGY_PRESET": preset,
        "WARMUP_LOOPS": "0",
        "TUNING_ENABLED": "false",
    }
    Replay(tmp_path / "service", values).undisturbed()
    show = Progress(io.StringIO(), shown=False)
    replayed = asyncio.run(
        replay(parse(values, ""), tmp_path / "backtest", Play(audit=False), show)
    )
    service, backtest = told(tmp_path / "service"), told(tmp_path / "backtest")
    closed = [fact for fact in service if fact["kind"] == "PositionClosed"]
    assert len(closed) > 20
    kept = [{"kind": "PositionClosed", **encode(each)} for each in replayed.books[venue].closed]
    assert kept == closed
    assert service == backtest
