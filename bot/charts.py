"""Draw pictures in a process of their own: slow and heavy work stays out of the bot."""

import asyncio
import contextlib
import importlib
import logging
import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import cast

from bot.chart_data import Chart

_log = logging.getLogger(__name__)
_DRAW_S = 30.0
_PICTURES_PER_PROCESS = 100
_DRAWING = "bot.chart_drawing"


class ChartFailed(Exception):
    """Raised when no picture came of it."""


class Charts:
    """One drawing process, started with the first picture and replaced when it dies."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._pool: ProcessPoolExecutor | None = None
        self._turn = asyncio.Lock()

    async def draw(self, chart: Chart) -> bytes:
        """Return the chart as a PNG.

        Raises:
            ChartFailed: drawing raised, died or took too long.
        """
        async with self._turn:
            try:
                return await self._drawn(chart)
            except BrokenProcessPool:
                _log.warning("chart.process_died")
                self.close()
            try:
                return await self._drawn(chart)
            except BrokenProcessPool as e:
                self.close()
                raise ChartFailed from e

    def close(self) -> None:
        """End the drawing process without waiting for it."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        # shutdown forgets its processes; one that hangs would keep the bot from ending.
        processes = tuple((getattr(pool, "_processes", None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()

    async def _drawn(self, chart: Chart) -> bytes:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_prepare,
                max_tasks_per_child=_PICTURES_PER_PROCESS,
            )
        try:
            future = self._pool.submit(_draw, chart)
            async with asyncio.timeout(_DRAW_S):
                return await asyncio.wrap_future(future)
        except TimeoutError as e:
            self.close()
            raise ChartFailed from e
        except BrokenProcessPool:
            raise
        except Exception as e:
            _log.exception("chart.failed")
            raise ChartFailed from e


def _prepare() -> None:
    # It would tell, for each picture, which weight of a font it did not find.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    # Ctrl-C reaches the whole foreground group; the bot decides when this process ends.
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _draw(chart: Chart) -> bytes:
    # Runs in the drawing process: the bot itself must never load matplotlib.
    return cast("bytes", importlib.import_module(_DRAWING).draw(chart))
