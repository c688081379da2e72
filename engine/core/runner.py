"""The cadence of the engine: a loop every few seconds, one at a time, until told to stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import Any

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from engine.core.engine import Engine
from engine.core.reload import Reload
from engine.core.tuning import Tuning

_log = logging.getLogger(__name__)


class Runner:
    """Run settings, loop and heartbeat every `seconds`; a round that overlaps is skipped."""

    def __init__(
        self,
        engine: Engine,
        reload: Reload,
        seconds: float,
        beat: Callable[[], Awaitable[None]],
        replay: Callable[[], Awaitable[None]],
        tuning: Tuning,
    ) -> None:
        """`beat` is called after each good round; `replay` tells the replayed venues' candles."""
        self._engine = engine
        self._tuning = tuning
        self._searching: asyncio.Task[None] | None = None
        self._replay = replay
        self._reload = reload
        self._beat = beat
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_job(
            self._round, "interval", seconds=seconds, max_instances=1, coalesce=True
        )
        self._scheduler.add_job(self._tune, "interval", seconds=seconds, coalesce=True)
        self._scheduler.add_listener(self._skipped, EVENT_JOB_MAX_INSTANCES)

    async def run(self, stop: asyncio.Event, *, until_done: bool) -> None:
        """Run until `stop` is set, or with `until_done` until the replay has ended.

        Raises:
            DiskFailed: a durable write did not happen.
            StateCorrupt: the state is not to be trusted.
        """
        self._scheduler.start()
        venues = asyncio.create_task(self._engine.run(), name="venues")
        replay = asyncio.create_task(_completed(self._replay), name="replay")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        tasks: tuple[asyncio.Future[Any], ...] = (venues, replay, stopping)
        try:
            waiting: set[asyncio.Future[Any]] = {*tasks, self._failed}
            while not stop.is_set() and not (until_done and replay.done()):
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for ended in done:
                    ended.result()
        finally:
            self._scheduler.shutdown(wait=False)
            ending = tasks if self._searching is None else (*tasks, self._searching)
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)

    async def _round(self) -> None:
        try:
            await self._reload.look()
            await self._engine.loop()
            await self._beat()
        except Exception as e:  # noqa: BLE001 - APScheduler would only log it: the process has to end
            self._fail(e)

    async def _tune(self) -> None:
        """Begin what is due of tuning; no round waits for it."""
        if self._searching is None or self._searching.done():
            self._searching = asyncio.create_task(self._search(), name="tuning")

    async def _search(self) -> None:
        try:
            await self._tuning.tick()
        except Exception as e:  # noqa: BLE001 - nobody awaits the task: the process has to end
            self._fail(e)

    def _fail(self, error: Exception) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)

    def _skipped(self, event: JobEvent) -> None:
        del event
        self._engine.counters.skipped += 1
        _log.warning("loop.skipped total=%d", self._engine.counters.skipped)


async def _completed(replay: Callable[[], Awaitable[None]]) -> None:
    await replay()
