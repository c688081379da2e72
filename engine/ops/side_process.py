"""A process beside the engine for work that computes: of low priority, and gone when not needed."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import TypeVar

NICENESS = 19
IDLE_S = 60.0

A = TypeVar("A")
R = TypeVar("R")


class SideProcess:
    """Run functions one after another in one process of its own, without holding the loop up.

    The process is started anew, not forked, and ends with the engine however the engine ends.
    """

    def __init__(self) -> None:
        """Start no process before there is work."""
        self._pool: ProcessPoolExecutor | None = None
        self._pid = 0
        self._resting: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int:
        """Return the id of the process, 0 while there is none."""
        return self._pid

    async def run(self, function: Callable[[A], R], argument: A) -> R:
        """Return what a function of a module returns for an argument; both travel by pickle.

        Raises:
            BrokenProcessPool: the process was killed; the next call starts another.
        """
        if self._resting is not None:
            self._resting.cancel()
        try:
            pool = self._pool or await self._opened()
            return await asyncio.wrap_future(pool.submit(function, argument))
        except BrokenProcessPool:
            self.close()
            raise
        finally:
            self._resting = asyncio.get_running_loop().call_later(IDLE_S, self.close)

    def close(self) -> None:
        """End the process at once, whatever it is doing."""
        if self._resting is not None:
            self._resting.cancel()
        pool, self._pool, pid, self._pid = self._pool, None, self._pid, 0
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)
        if pid:
            _kill(pid)

    async def _opened(self) -> ProcessPoolExecutor:
        self._pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin)
        self._pid = await asyncio.wrap_future(self._pool.submit(os.getpid))
        return self._pool


def _begin() -> None:
    os.nice(NICENESS)
    # The engine decides when this ends: a signal to the whole group is meant for the engine.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
