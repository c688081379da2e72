"""A replay in a process of its own, killed at random moments and started again until it is done."""

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STARTED_S = (0.7, 2.2)
TABLES = ("ledger", "positions", "trade_history", "totals", "initial_capital")


@dataclass(frozen=True)
class Replay:
    """One data folder and the settings that every life of its engine has."""

    folder: Path
    values: dict[str, str]

    def start(self) -> subprocess.Popen[bytes]:
        """Start a life of the engine that ends by itself with the last candle."""
        environ = {
            **{key: value for key, value in os.environ.items() if "_" not in key},
            **self.values,
            "DATA_DIR": str(self.folder),
            "SOCKET_PATH": str(self.folder / "s"),
            "ENV_FILE": str(self.folder / ".env"),
            "REPLAY_SPEED": "0",
            "WARMUP_LOOPS": "0",
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / ".env").touch()
        with (self.folder / "stderr").open("ab") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", "engine", "--until-done"],
                cwd=ROOT,
                env=environ,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    def undisturbed(self) -> None:
        """Run one life to its end."""
        assert self.start().wait() == 0, self.errors()

    def killed(self, kills: int, seed: int) -> int:
        """Kill -9 at random moments, then run to the end; return how many kills there were."""
        dice, done = random.Random(seed), 0
        while True:
            life = self.start()
            if done < kills:
                time.sleep(dice.uniform(*STARTED_S))
                if life.poll() is None:
                    life.kill()
                    life.wait()
                    done += 1
                    continue
            assert life.wait() == 0, self.errors()
            return done

    def errors(self) -> str:
        """Return what the engine said on standard error."""
        return (self.folder / "stderr").read_text()

    def books(self) -> dict[str, Any]:
        """Return the tables of every book that must not depend on kills."""
        found = {}
        for path in sorted(self.folder.glob("*_portfolio.json")):
            tables = json.loads(path.read_text())
            found[path.name] = {name: list(tables[name].values()) for name in TABLES}
        return found

    def facts(self) -> list[dict[str, Any]]:
        """Return every record of the journal in order."""
        lines = [
            line
            for path in sorted((self.folder / "journal").iterdir())
            for line in path.read_text().splitlines()
        ]
        return [json.loads(line)["entry"] for line in lines]
