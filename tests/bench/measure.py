"""Run programs on jobs in processes of their own: seconds, peak memory and totals."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ("pasu-compiled", "pasu-numpy", "vectorbt-rust", "vectorbt-numba", "backtesting")
NEEDS = {
    "pasu-compiled": "numba",
    "pasu-numpy": "numpy",
    "vectorbt-rust": "vectorbt_rust",
    "vectorbt-numba": "vectorbt",
    "backtesting": "backtesting",
}
_KIB_PER_MB = 1_000_000 / 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """What a program took for a job; `cold_s` is a whole process, None where only a slice ran."""

    program: str
    warm_s: float
    cold_s: float | None
    peak_mb: float
    trades: int
    pnl: float
    share: float


def available() -> list[str]:
    """Return the programs that this interpreter can import."""
    return [program for program in PROGRAMS if find_spec(NEEDS[program])]


def measured(program: str, job: str, folder: Path) -> Measured:
    """Run a job cold, after one run that fills the caches of compiled code, and then warm."""
    repeats = _repeats(program, job)
    if "numba" in program or "compiled" in program:
        _process(program, job, folder, 0)
    told, cold_s, peak_mb = _process(program, job, folder, 0)
    if repeats:
        told, _, _ = _process(program, job, folder, repeats)
    return Measured(
        program,
        told["warm_s"] if repeats else told["first_s"],
        cold_s if told["share"] == 1 else None,
        peak_mb,
        int(told["trades"]),
        told["pnl"],
        told["share"],
    )


def _repeats(program: str, job: str) -> int:
    # A few tenths of a second each, or twice where one run takes seconds.
    if program == "pasu-compiled":
        return 201
    if program == "backtesting":
        return 0
    return 2 if job == "b" and "vectorbt" in program else 9


def _process(
    program: str, job: str, folder: Path, repeats: int
) -> tuple[dict[str, float], float, float]:
    command = [sys.executable, "-m", "tests.bench.one_job", program, job, str(folder), str(repeats)]
    began = perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    took = perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{program} failed on job {job} with exit code {process.returncode}")
    # Linux counts in KiB, macOS in bytes.
    scale = 1_000_000 if sys.platform == "darwin" else _KIB_PER_MB
    return json.loads(printed), took, usage.ru_maxrss / scale
