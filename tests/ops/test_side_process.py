"""The process beside the engine: of low priority, no hindrance, and gone when its work is done."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import psutil
import pytest

from engine.ops.side_process import NICENESS, SideProcess

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 0.05
VICTIM = """
import asyncio, sys, time
from engine.ops.side_process import SideProcess
async def main():
    side = SideProcess()
    work = asyncio.ensure_future(side.run(time.sleep, 60))
    while not side.pid:
        await asyncio.sleep(0.01)
    print(side.pid, flush=True)
    await work
if __name__ == "__main__":
    asyncio.run(main())
"""


def niceness(_: None) -> int:
    return os.nice(0)


def burn(seconds: float) -> int:
    ends, turns = time.process_time() + seconds, 0
    while time.process_time() < ends:
        turns += 1
    return turns


def fail(_: None) -> None:
    raise ValueError("no such luck")


async def test_work_is_done_at_the_lowest_priority_in_another_process():
    side = SideProcess()
    try:
        assert await side.run(niceness, None) == NICENESS
        assert side.pid != os.getpid()
    finally:
        side.close()


async def test_the_loop_keeps_turning_while_the_process_works():
    side = SideProcess()
    try:
        await side.run(niceness, None)
        work = asyncio.ensure_future(side.run(burn, 1.0))
        turns, late = 0, 0
        while not work.done():
            before = time.process_time()
            await asyncio.sleep(0.005)
            turns += 1
            # Of this process alone: a loaded machine delays everybody.
            late += time.process_time() - before > LONGEST_S
        assert await work > 0
        assert turns > 20
        assert late == 0
    finally:
        side.close()


async def test_an_error_of_the_work_is_the_callers_and_the_process_goes_on():
    side = SideProcess()
    try:
        with pytest.raises(ValueError, match="no such luck"):
            await side.run(fail, None)
        assert await side.run(niceness, None) == NICENESS
    finally:
        side.close()


async def test_a_killed_process_is_told_and_the_next_call_has_another():
    side = SideProcess()
    try:
        await side.run(niceness, None)
        work = asyncio.ensure_future(side.run(burn, 60.0))
        await asyncio.sleep(0.1)
        os.kill(side.pid, signal.SIGKILL)
        with pytest.raises(BrokenProcessPool):
            await work
        assert await side.run(niceness, None) == NICENESS
    finally:
        side.close()


async def test_closing_ends_the_process_whatever_it_is_doing():
    side = SideProcess()
    await side.run(niceness, None)
    work = asyncio.ensure_future(side.run(burn, 60.0))
    await asyncio.sleep(0.1)
    pid = side.pid
    side.close()
    with pytest.raises((BrokenProcessPool, asyncio.CancelledError)):
        await work
    _gone(pid)


def test_the_process_ends_with_a_parent_that_is_killed(tmp_path: Path):
    script = tmp_path / "victim.py"
    script.write_text(VICTIM)
    with subprocess.Popen(
        [sys.executable, str(script)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
    _gone(pid)


def _gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"{pid} is still there"
        time.sleep(0.05)
