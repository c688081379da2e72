"""The engine: four desks side by side on one journal, and what keeps them going."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from engine.core.desk import Desk
from engine.core.engine_tables import Memory
from engine.core.operator import ENGINE
from engine.core.recorder import Recorder
from engine.core.recovery import restore_engine, restore_portfolios
from engine.core.snapshots import Snapshots
from engine.domain.errors import DiskFailed, PasuError, StateCorrupt
from engine.domain.events import (
    EngineStarted,
    EngineStopped,
    OperatorState,
    PositionClosed,
    Recorded,
)
from engine.domain.venue import VenueMode, VenueName
from engine.ports.clock import Clock
from engine.ports.store import Recovered, Store
from strategies.registry import problems

RECONCILE_EVERY_S = 60.0

_log = logging.getLogger(__name__)


@dataclass
class Counters:
    """What the loop has done since the start."""

    loops: int = 0
    skipped: int = 0
    errors: int = 0
    loop_ms: float = 0.0


class Engine:
    """Own the desks, start them from what is on disk, and run them until told to stop."""

    def __init__(
        self,
        desks: Mapping[VenueName, Desk],
        memory: Memory,
        recorder: Recorder,
        store: Store,
        clock: Clock,
        version: str,
    ) -> None:
        """Wire the parts; nothing runs before `start`."""
        self.desks = desks
        self.memory = memory
        self.recorder = recorder
        self.clock = clock
        self.version = version
        self.counters = Counters()
        self.snapshots = Snapshots(desks, memory, recorder, store, clock)
        self.started_at = clock.now()
        self._store = store
        self._reconciled = clock.monotonic()
        self._closed: list[PositionClosed] = []
        recorder.listen(self._collect)

    async def start(self, recovered: Recovered) -> None:
        """Restore the books, ask the venues about every open order, then announce the start.

        Raises:
            StateCorrupt: what is on disk cannot be trusted.
        """
        portfolios = {name: desk.context.portfolio for name, desk in self.desks.items()}
        restore_portfolios(recovered, portfolios)
        restore_engine(recovered, self.memory)
        self._closed = [
            each.fact for each in recovered.facts if isinstance(each.fact, PositionClosed)
        ]
        sound = True
        for desk in self.desks.values():
            await desk.roster.connect()
            await desk.set_capital()
            sound = await desk.reconciler.settle() and sound
            desk.look_again()
        await self._announce(recovered, sound)

    async def _announce(self, recovered: Recovered, sound: bool) -> None:
        modes = tuple(
            f"{name.value}={desk.context.profile.mode.value}" for name, desk in self.desks.items()
        )
        incidents = [*recovered.incidents, *(str(problem) for problem in problems())]
        found = "; ".join(incidents) or ("ok" if recovered.last_seq else "first start")
        now = self.clock.now()
        await self.recorder.record([EngineStarted(self.version, modes, found, now)])
        if not sound and self.memory.operator.state is OperatorState.RUNNING:
            why = "orders of unknown fate are being asked about"
            await self.memory.operator.become(OperatorState.REDUCING, ENGINE, why)

    async def run(self) -> None:
        """Stream every venue until all have ended (a replay does) or one fails for good."""
        async with asyncio.TaskGroup() as group:
            for desk in self.desks.values():
                group.create_task(desk.context.venue.run(desk.handle), name=desk.name.value)

    async def loop(self) -> None:
        """Run one round: live desks decide, all are checked, snapshots and status are written."""
        began = self.clock.monotonic()
        await asyncio.gather(*(self._turn(desk) for desk in self.desks.values()))
        await self._reconcile()
        await self._finish_start()
        await self.save()
        self.counters.loops += 1
        self.counters.loop_ms = (self.clock.monotonic() - began) * 1000

    async def save(self) -> None:
        """Write what changed: closed trades to history, then the snapshots."""
        closed, self._closed = self._closed, []
        if closed:
            await self._store.archive(closed)
        await self.snapshots.save()

    async def stop(self, reason: str) -> None:
        """Write everything down and let the venues go; protective orders stay at the venues."""
        for desk in self.desks.values():
            await desk.context.venue.close()
        await self.recorder.record([EngineStopped(reason, self.clock.now())])
        await self.snapshots.save(everything=True)

    async def _turn(self, desk: Desk) -> None:
        """Run one desk's loop; its failure is its own, except of disk and state."""
        if desk.context.profile.mode is VenueMode.REPLAY:
            return
        try:
            await desk.loop()
        except (DiskFailed, StateCorrupt):
            raise
        except PasuError:
            self.counters.errors += 1
            _log.exception("loop.failed venue=%s", desk.name)

    async def _reconcile(self) -> None:
        if self.clock.monotonic() - self._reconciled < RECONCILE_EVERY_S:
            return
        self._reconciled = self.clock.monotonic()
        for desk in self.desks.values():
            await desk.reconciler.compare()

    async def _finish_start(self) -> None:
        """Leave REDUCING once every order that a crash left unknown is settled."""
        operator = self.memory.operator
        if operator.state is not OperatorState.REDUCING or operator.who != ENGINE:
            return
        settled = [await desk.context.orders.settle() for desk in self.desks.values()]
        if all(settled):
            await operator.become(OperatorState.RUNNING, ENGINE, "every order is accounted for")

    def _collect(self, recorded: Recorded) -> None:
        if isinstance(recorded.fact, PositionClosed):
            self._closed.append(recorded.fact)
