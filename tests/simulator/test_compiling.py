"""Where nothing may be compiled the simulator still runs, and gives the same."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOTALS = """
from strategies.simulator.grid import evaluate
from strategies.simulator.backend import best_backend
from tests.simulator.test_grid import SIMULATION, PARAMETERS, from_candles, AroundTheClock
from tests.strategy.market import seeded_candles
candles = from_candles(seeded_candles(1_000), AroundTheClock().day)
print(best_backend().value, evaluate([candles], PARAMETERS, SIMULATION))
"""
NEEDS_NUMBA = pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")


def ran(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@NEEDS_NUMBA
def test_without_compiling_the_results_are_the_same():
    backend, compiled = ran(TOTALS).split(" ", 1)
    assert backend == "compiled"
    absent = "import sys\nsys.modules['numba'] = None\n" + TOTALS
    assert ran(absent) == f"numpy {compiled}"
    assert ran(TOTALS, NUMBA_DISABLE_JIT="1") == f"numpy {compiled}"


@NEEDS_NUMBA
@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_memory_that_may_not_be_executable_means_numpy():
    # What systemd's MemoryDenyWriteExecute does to a service, where the kernel knows of it.
    denied = """
import ctypes, errno
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(65, 1, 0, 0, 0):
    print("unknown to this kernel")
else:
    from strategies.simulator.backend import best_backend
    print(best_backend().value)
"""
    assert ran(denied) in {"numpy", "unknown to this kernel"}


@NEEDS_NUMBA
def test_code_that_cannot_be_kept_is_compiled_anew():
    # Code from the command line has no file that a cache could lie beside.
    code = "from strategies.simulator.compiled import compiled\nprint(compiled(lambda x: x + 1)(1))"
    assert ran(code) == "2"
