"""Run one job on one program in a process of its own and print what it took, as JSON.

`python -m tests.bench.one_job PROGRAM JOB REPEATS`. Seconds are of processor time: `cold_s` from
the start of the process to the first result, `warm_s` the median of the runs after it.
"""

import json
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from statistics import median
from time import process_time
from typing import TypeVar

from tests.bench.job import Outcome
from tests.bench.programs import RUNS
from tests.bench.series import read

T = TypeVar("T")
_KIB, _MB = 1_024, 1_000_000


def main(arguments: list[str]) -> None:
    """Run and print."""
    program, job, repeats = arguments
    run = prepared(program, job)
    first, outcome = timed(run)
    cold = process_time()
    warm = [timed(run)[0] for _ in range(int(repeats))] or [first]
    print(
        json.dumps(
            {
                "cold_s": cold,
                "warm_s": median(warm) / outcome.share,
                "trades": outcome.trades,
                "pnl": outcome.pnl,
                "share": outcome.share,
                "peak_mb": _peak_mb(),
            }
        )
    )


def prepared(program: str, job: str) -> Callable[[], Outcome]:
    """Return what runs the job on the program, importing no other program."""
    if program == "pasu-numpy":
        # As on a machine without numba: not even its import is paid for.
        sys.modules["numba"] = None  # type: ignore[assignment]
    module, variant = RUNS[program]
    runner = import_module(f"tests.bench.{module}").runner
    run: Callable[[], Outcome] = runner(job, read(job), variant)
    return run


def timed(run: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds of processor time a run took, and what it returned."""
    began = process_time()
    outcome = run()
    return process_time() - began, outcome


def _peak_mb() -> float:
    # What getrusage tells counts the process that this one was forked from as well.
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text("utf-8").splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * _KIB / _MB
    return getrusage(RUSAGE_SELF).ru_maxrss / _MB


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1:])
