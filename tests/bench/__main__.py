"""Print one table: Pasu's simulator beside its peers, its scaling, and the live step.

`python -m tests.bench [--jobs abc] [--no-peers]`. The processes run one after another; the whole
takes a few minutes with peers and seconds without.
"""

import argparse
import platform
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.bench import live, report, scaling
from tests.bench.measure import available, measured
from tests.bench.series import SHARED, write_seeded

PEERS = ("vectorbt", "backtesting")


def main() -> int:
    """Measure, print, and return 1 where Pasu's totals are not the stated ones."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--jobs", default="abc", help="which of the jobs a, b and c to run")
    parser.add_argument("--no-peers", action="store_true", help="run Pasu alone")
    chosen = parser.parse_args()
    programs = available()
    if chosen.no_peers:
        programs = [program for program in programs if program.startswith("pasu")]
    print(f"{platform.machine()}, Python {platform.python_version()}")
    for peer in PEERS:
        if not any(peer in program for program in programs) and not chosen.no_peers:
            print(f"{peer} is not installed here: pip install -e '.[bench]' adds it")
    with ExitStack() as stack:
        folder = SHARED
        if not folder.is_dir():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            write_seeded(folder)
            print("shared candles are absent: seeded ones of the same shape")
        wrong = _jobs(chosen.jobs, programs, folder)
    print("\n".join(["", *report.scaling_lines(scaling.rows())]))
    print("\n".join(["", *report.live_lines(live.rows())]))
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


def _jobs(jobs: str, programs: list[str], folder: Path) -> list[str]:
    wrong = []
    for job in jobs:
        found = [measured(program, job, folder) for program in programs]
        print("\n".join(["", *report.job_lines(job, found)]), flush=True)
        if folder == SHARED:
            wrong += report.wrong_totals(job, found)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
