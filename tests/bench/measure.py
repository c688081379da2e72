"""Run programs on jobs in processes of their own: processor time, peak memory and totals.

Every figure is of processor time, because other work on the machine stretches the clock. A figure
is the median of as many processes, the programs taking turns, with the least and the most of them.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.bench.programs import KEEPS_CODE, ROOT


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some measurements between their least and their most."""

    median: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What a program took for a job, in seconds of processor time.

    `cold` is a process from its start to its first result, `warm` a run after that, or the first
    one where a program runs but once. Of a program that ran a `share` of the job, `warm` is scaled
    up to the whole and `cold` left out.
    """

    program: str
    warm: Spread
    cold: Spread | None
    peak_mb: float
    trades: int
    pnl: float
    share: float


def spread(values: Sequence[float]) -> Spread:
    """Return the spread of measurements."""
    return Spread(median(values), min(values), max(values))


def measured(job: str, interpreters: Mapping[str, str], rounds: int) -> list[Measured]:
    """Run a job on every program, round by round, and return what each took."""
    told: dict[str, list[dict[str, Any]]] = {program: [] for program in interpreters}
    for program, python in interpreters.items():
        if program in KEEPS_CODE:
            run_module(python, "one_job", program, job, "0")
    for _ in range(rounds):
        for program, python in interpreters.items():
            told[program].append(
                run_module(python, "one_job", program, job, str(_repeats(program, job)))
            )
    return [_measured(program, runs) for program, runs in told.items()]


def run_module(python: str, module: str, *arguments: str) -> dict[str, Any]:
    """Run a module of this package in a process of its own and return the object it prints."""
    command = [python, "-m", f"tests.bench.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _measured(program: str, runs: Sequence[Mapping[str, Any]]) -> Measured:
    last = runs[-1]
    return Measured(
        program,
        spread([run["warm_s"] for run in runs]),
        spread([run["cold_s"] for run in runs]) if last["share"] == 1 else None,
        max(run["peak_mb"] for run in runs),
        last["trades"],
        last["pnl"],
        last["share"],
    )


def _repeats(program: str, job: str) -> int:
    # A few tenths of a second each, or once more where one run takes seconds.
    if program == "pasu-compiled":
        return 201
    if program in {"backtesting", "pasu-exact"}:
        return 0
    return 1 if job == "b" and "vectorbt" in program else 9
