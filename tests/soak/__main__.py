"""`python -m tests.soak`: kill a replay over and over for PASU_SOAK_MINUTES (30)."""

import os
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.replay_world import Replay

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
KILLS = 40


def main() -> int:
    """Run rounds of kills with a new seed each; a seed that differs is printed and fails."""
    minutes = float(os.environ.get("PASU_SOAK_MINUTES", "30"))
    start = os.environ.get("PASU_KILL_START", "2025-06-01")
    data = os.environ.get("REPLAY_DATA", str(SHARED) if SHARED.is_dir() else "")
    if not data:
        print("soak needs candles: set REPLAY_DATA to a folder of them")
        return 1
    with tempfile.TemporaryDirectory(prefix="pasu-soak-") as folder:
        values = {"REPLAY_DATA": data, "REPLAY_START": start}
        calm = Replay(Path(folder) / "calm", values)
        calm.undisturbed()
        return _rounds(Path(folder), values, calm, minutes)


def _rounds(folder: Path, values: dict[str, str], calm: Replay, minutes: float) -> int:
    began, kills, seed = time.monotonic(), 0, 0
    while time.monotonic() - began < minutes * 60:
        seed += 1
        killed = Replay(folder / f"seed{seed}", values)
        kills += killed.killed(KILLS, seed)
        if killed.books() != calm.books():
            print(f"seed {seed}: the books differ after {KILLS} kills")
            return 1
        print(f"seed {seed}: {kills} kills so far, books equal", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
