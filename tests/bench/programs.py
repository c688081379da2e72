"""What is measured on which job, and the interpreters that can run it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIMULATED = ("pasu-compiled", "pasu-numpy", "vectorbt-rust", "vectorbt-numba", "backtesting")
EXACT = ("pasu-exact", "backtesting")
# Module of the runner with its variant, and what has to be installed.
RUNS = {
    "pasu-compiled": ("pasu_jobs", "compiled"),
    "pasu-numpy": ("pasu_jobs", "numpy"),
    "pasu-exact": ("exact_jobs", ""),
    "vectorbt-rust": ("vectorbt_jobs", "rust"),
    "vectorbt-numba": ("vectorbt_jobs", "numba"),
    "backtesting": ("backtesting_jobs", ""),
}
_NEEDS = {
    "pasu-compiled": "numba",
    "vectorbt-rust": "vectorbt_rust",
    "vectorbt-numba": "vectorbt",
    "backtesting": "backtesting",
}
# Machine code that a first process leaves for later ones.
KEEPS_CODE = ("pasu-compiled", "vectorbt-numba")


def of(job: str) -> tuple[str, ...]:
    """Return the programs of a job."""
    return EXACT if job in "de" else SIMULATED


def is_ours(program: str) -> bool:
    """Return whether it is Pasu."""
    return program.startswith("pasu")


def interpreters(peers: Path) -> dict[str, str]:
    """Return the Python that runs each program which is installed; `peers` runs those of others."""
    found = {}
    for program in RUNS:
        python = sys.executable if is_ours(program) else str(peers)
        if _imports(python, _NEEDS.get(program, "sys")):
            found[program] = python
    return found


def _imports(python: str, module: str) -> bool:
    code = f"import sys, importlib.util; sys.exit(importlib.util.find_spec('{module}') is None)"
    try:
        return subprocess.run([python, "-c", code], check=False).returncode == 0
    except OSError:
        return False
