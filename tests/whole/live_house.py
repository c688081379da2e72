"""A house whose engine trades live: on test exchanges in processes of their own.

The engine is `python -m engine` in a checkout to which its owner has added strategies. A `Nursery`
starts engines at once, on a clock that the test pushes, or on a disk on which they are killed.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.exchanges.binance_spot.server import KEY, SECRET
from tests.exchanges.remote import RemoteVenue
from tests.exchanges.upbit.server import ACCESS_KEY, SECRET_KEY
from tests.whole.live_clock import PushedClock
from tests.whole.processes import ROOT, House

KILLED = -signal.SIGKILL
UPBIT, SPOT = "upbit", "binance_spot"
OWN = "live_strategy.py"
QUICK: Mapping[str, str] = {
    "UPBIT_MODE": "off",
    "BINANCE_SPOT_MODE": "off",
    "BINANCE_FUTURES_MODE": "off",
    "STOCK_MODE": "off",
    "CRYPTO_STRATEGY_PRESET": "touch",
    "LOOP_SECONDS": "0.2",
    "WARMUP_LOOPS": "0",
    "MAX_ORDERS_PER_MINUTE": "600",
    "VOLUME_TOP_N": "200",
    "LANGUAGE": "en",
}


def checkout(folder: Path) -> Path:
    """Return a checkout with the strategies of an owner's own beside those of Pasu."""
    own = folder / "checkout"
    (own / "strategies").mkdir(parents=True)
    for name in ("bot", "engine", "storage", "tests", "pyproject.toml"):
        (own / name).symlink_to(ROOT / name)
    for path in (ROOT / "strategies").iterdir():
        if path.name != "__pycache__":
            (own / "strategies" / path.name).symlink_to(path)
    (own / "strategies" / OWN).symlink_to(ROOT / "tests" / "whole" / OWN)
    return own


def keys_to(name: str, venue: RemoteVenue) -> dict[str, str]:
    """Return the settings that let an engine trade on a test exchange."""
    if name == UPBIT:
        keys = {"UPBIT_ACCESS_KEY": ACCESS_KEY, "UPBIT_SECRET_KEY": SECRET_KEY}
        there = {"UPBIT_REST_URL": venue.url, "UPBIT_WS_URL": venue.ws_url}
        return {"UPBIT_MODE": "live", **keys, **there}
    return {
        "BINANCE_SPOT_MODE": "live",
        "BINANCE_API_KEY": KEY,
        "BINANCE_API_SECRET": SECRET,
        "BINANCE_SPOT_REST_URL": venue.url,
        "BINANCE_SPOT_WS_URL": venue.ws_url,
        "BINANCE_SPOT_WS_API_URL": venue.ws_url,
    }


class Life(Protocol):
    """An engine process."""

    pid: int

    def poll(self) -> int | None:
        """Return how it ended, None while it lives."""
        ...


class Nursery:
    """A process that has loaded everything and forks engines."""

    def __init__(self, own: Path) -> None:
        """Start it in a checkout."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.whole.live_engine"],
            cwd=own,
            env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, order: Mapping[str, Any]) -> Any:
        """Give an order and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End it; engines must have ended before."""
        self._process.communicate(timeout=20)


class Forked:
    """An engine that a nursery has started."""

    def __init__(self, nursery: Nursery, order: Mapping[str, Any]) -> None:
        """Start it."""
        self._nursery = nursery
        self._code: int | None = None
        self.pid: int = nursery.ask(order)

    def poll(self) -> int | None:
        """Return how it ended, None while it lives."""
        if self._code is None:
            self._code = self._nursery.ask({"wait": self.pid})
        return self._code


@dataclass
class LiveHouse:
    """One data folder, the exchanges it trades on, and the engine of the moment."""

    folder: Path
    own: Path
    venues: Mapping[str, RemoteVenue]
    nursery: Nursery | None = None
    clock: PushedClock | None = None
    values: dict[str, str] = field(default_factory=dict)
    engine: Life | None = None

    def __post_init__(self) -> None:
        """Point the settings at the exchanges."""
        self.folder.mkdir(parents=True, exist_ok=True)
        there = [keys_to(name, venue) for name, venue in self.venues.items()]
        self.values = {**QUICK, **{k: v for one in there for k, v in one.items()}, **self.values}

    @property
    def home(self) -> House:
        """Return what the house shares with every other: its API and its chat."""
        return House(self.folder, self.values)

    @property
    def data(self) -> Path:
        """Return the folder of the state."""
        return self.folder / "data"

    def start(self, die: str = "", *, until: Callable[[], bool] | None = None) -> None:
        """Start an engine and wait until it answers and has compared its books."""
        self.begin(die)
        self.until(until or self.is_settled, 60)

    def begin(self, die: str = "") -> None:
        """Start an engine without waiting; with `die` one that is killed at a write."""
        self.engine = self._forked(die) if self.nursery else self._real()

    def kill(self) -> None:
        """Kill -9."""
        assert self.engine is not None
        os.kill(self.engine.pid, signal.SIGKILL)
        assert self.ended() == KILLED

    def stop(self) -> int:
        """Tell the engine to stop and return its exit code."""
        assert self.engine is not None
        os.kill(self.engine.pid, signal.SIGTERM)
        return self.ended()

    def ended(self, seconds: float = 60) -> int:
        """Wait until the engine has ended and return how."""
        assert self.engine is not None
        deadline = time.monotonic() + seconds
        while (code := self.engine.poll()) is None:
            assert time.monotonic() < deadline, f"still alive after {seconds} s"
            time.sleep(0.02)
        self.engine = None
        return code

    def close(self) -> None:
        """Leave no engine behind."""
        if self.engine is not None and self.engine.poll() is None:
            os.kill(self.engine.pid, signal.SIGKILL)
            self.ended()

    def pass_by(self, seconds: float) -> None:
        """Let time pass for the engine and for the exchanges."""
        assert self.clock is not None
        self.clock.push(seconds)
        for venue in self.venues.values():
            venue.tell("advance", seconds=seconds)

    def is_settled(self) -> bool:
        """Return whether every venue is reached, compared, and no order's fate unknown."""
        status = self.get("status")
        return status is not None and all(
            venue["state"] == "up" and not venue["unreconciled"] and not venue["unknown_orders"]
            for venue in status["venues"]
        )

    def get(self, path: str) -> Any:
        """Ask the API; None while the engine does not answer."""
        return self.home.get(path)

    def held(self) -> dict[str, dict[str, Any]]:
        """Return our positions by symbol."""
        return {each["symbol"]: each for each in self.get("positions") if not each["external"]}

    def venue(self, name: str) -> dict[str, Any]:
        """Return a venue's card."""
        (card,) = (each for each in self.get("status")["venues"] if each["name"] == name)
        return dict(card)

    def facts(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the facts of some kinds in the journal, whether an engine runs or not."""
        found = []
        for path in sorted((self.data / "journal").glob("*.jsonl")):
            for line in path.read_bytes().splitlines(keepends=True):
                # The last one may be half written.
                if line.endswith(b"}\n"):
                    record = json.loads(line)["entry"]["record"]
                    if not kinds or record["kind"] in kinds:
                        found.append(record)
        return found

    def until(self, true: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until something is true while the engine lives."""
        deadline = time.monotonic() + seconds
        while not true():
            code = None if self.engine is None else self.engine.poll()
            assert code is None, f"the engine ended with {code}: {self.errors()}"
            assert time.monotonic() < deadline, f"not within {seconds} s: {self.errors()}"
            time.sleep(0.05)

    def errors(self) -> str:
        """Return the end of what the engine said."""
        parts = [self.folder / "stderr", self.data / "logs" / "trading_bot.log"]
        return "\n".join(p.read_text()[-3000:] for p in parts if p.exists())

    def _real(self) -> Life:
        with (self.folder / "stderr").open("ab") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", "engine"],
                cwd=self.own,
                env=self.home.environ,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    def _forked(self, die: str) -> Life:
        assert self.nursery is not None
        order: dict[str, Any] = {"start": self.home.environ, "errors": str(self.folder / "stderr")}
        if die:
            order["die"] = die
        if self.clock is not None:
            order["clock"] = str(self.folder / "clock")
        return Forked(self.nursery, order)
