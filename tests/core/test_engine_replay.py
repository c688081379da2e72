"""The whole engine over recorded candles: deterministic, balanced, and the same after a restart."""

import asyncio
import io
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.venue import VenueName
from engine.settings import parse
from training.judged import Result, judged
from training.progress import Progress
from training.replayed import Play, replay

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
PART = ("2025-01-01", datetime(2025, 2, 15, tzinfo=UTC))
needs_candles = pytest.mark.skipif(
    not SHARED.is_dir() and "CI" not in os.environ, reason="the recorded candles are not here"
)


def play(
    folder: Path, *, data: str, start: str, end: datetime, seed: str = "7", **more: str
) -> Result:
    settings = parse({"REPLAY_DATA": data, "REPLAY_START": start, "REPLAY_SEED": seed, **more}, "")
    show = Progress(io.StringIO(), shown=False)
    return judged(asyncio.run(replay(settings, folder, Play(end=end), show)))


def journal(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted((folder / "journal").iterdir()))


@needs_candles
def test_recorded_candles_balance_at_every_candle_and_repeat_byte_for_byte(tmp_path: Path):
    first, second = (
        play(tmp_path / name, data=str(SHARED), start=PART[0], end=PART[1]) for name in "ab"
    )
    assert first.checks > 50_000
    assert first.differences == []
    assert first.venues == second.venues
    assert first.venues[VenueName.BINANCE_SPOT].trades > 20
    assert first.venues[VenueName.BINANCE_FUTURES].trades > 10
    assert journal(tmp_path / "a") == journal(tmp_path / "b")


def test_the_built_in_market_trades_on_all_four_venues_and_balances(tmp_path: Path):
    end = datetime(2025, 1, 10, tzinfo=UTC)
    result = play(tmp_path / "a", data="", start="2025-01-06", end=end)
    assert result.differences == []
    assert {name for name, found in result.venues.items() if found.trades} == set(VenueName)


def test_another_seed_gives_another_journal(tmp_path: Path):
    end = datetime(2025, 1, 7, tzinfo=UTC)
    for seed in "78":
        play(tmp_path / seed, data="", start="2025-01-06", end=end, seed=seed)
    assert journal(tmp_path / "7") != journal(tmp_path / "8")
