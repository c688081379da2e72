"""Run one job on one program in a process of its own and print what it took, as JSON.

`python -m tests.bench.one_job PROGRAM JOB FOLDER REPEATS`: the first run, which pays for imports'
leftovers and compiling, is told apart from the median of the others.
"""

import json
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.job import Outcome
from tests.bench.series import read


def main(arguments: list[str]) -> None:
    """Run and print."""
    program, job, folder, repeats = arguments
    run = prepared(program, job, Path(folder))
    first, outcome = timed(run)
    warm = [timed(run)[0] for _ in range(int(repeats))]
    print(
        json.dumps(
            {
                "first_s": first / outcome.share,
                "warm_s": median(warm) / outcome.share if warm else None,
                "trades": outcome.trades,
                "pnl": outcome.pnl,
                "share": outcome.share,
            }
        )
    )


def prepared(program: str, job: str, folder: Path) -> Callable[[], Outcome]:
    """Return what runs the job on the program, importing no other program."""
    if program == "pasu-numpy":
        # As on a machine without numba: not even its import is paid for.
        sys.modules["numba"] = None  # type: ignore[assignment]
    panel = read(folder, job)
    name, _, variant = program.partition("-")
    module = import_module(f"tests.bench.{name}_jobs")
    run: Callable[[], Outcome] = module.runner(job, panel, *([variant] if variant else []))
    return run


def timed(run: Callable[[], Outcome]) -> tuple[float, Outcome]:
    """Return the seconds a run took, and its outcome."""
    began = perf_counter()
    outcome = run()
    return perf_counter() - began, outcome


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(sys.argv[1:])
