"""Print one table: Pasu beside its peers, the simulator's scaling, and the live step.

`python -m tests.bench [--jobs abcde] [--rounds 5] [--peers PYTHON]`. The processes run one after
another: a quarter of an hour with peers, two minutes without.
"""

import argparse
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.bench import programs, report, tuning
from tests.bench.measure import Spread, measured, run_module, spread
from tests.bench.series import is_shared

PEERS = ("vectorbt", "backtesting")


def main() -> int:
    """Measure, print, and return 1 where Pasu's totals are not the stated ones."""
    chosen = _parser().parse_args()
    found = programs.interpreters(chosen.peers)
    cpu = f"{platform.machine()}, Python {platform.python_version()}"
    print(f"{cpu}; processor time, medians of {chosen.rounds} processes")
    for peer in PEERS:
        if not any(peer in program for program in found):
            print(f"{peer} is not there for {chosen.peers}: `make peers` installs it")
    if not all(map(is_shared, "abc")):
        print("shared candles are absent: seeded ones of the same shape")
    wrong = []
    for job in chosen.jobs:
        wrong += _job(job, found, chosen.rounds)
    print("\n".join(["", *report.scaling_lines(_each("scaling", chosen.rounds))]))
    print("\n".join(["", *report.live_lines(_each("live", chosen.rounds))]))
    print("\n".join(["", *tuning.lines()]))
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


def _job(job: str, interpreters: Mapping[str, str], rounds: int) -> list[str]:
    asked = {name: interpreters[name] for name in programs.of(job) if name in interpreters}
    found = measured(job, asked, rounds)
    exact = programs.of(job) is programs.EXACT
    lines = report.exact_lines if exact else report.job_lines
    print("\n".join(["", *lines(job, found)]), flush=True)
    return report.wrong_totals(job, found)


def _each(module: str, rounds: int) -> dict[str, Spread]:
    runs = [run_module(sys.executable, module) for _ in range(rounds)]
    return {name: spread([run[name] for run in runs]) for name in runs[0]}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--jobs", default="abcde", help="which of the jobs to run (abcde)")
    parser.add_argument("--rounds", type=int, default=5, help="processes a figure (5)")
    parser.add_argument(
        "--peers",
        type=Path,
        default=programs.ROOT / ".venv-peers" / "bin" / "python",
        metavar="PYTHON",
        help="the Python that has vectorbt and backtesting.py (.venv-peers/bin/python)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
