"""The engine: four desks side by side on one journal, and what keeps them going."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from engine.core.desk import Desk
from engine.core.engine_tables import Memory
from engine.core.intake import Intake
from engine.core.operator import ENGINE
from engine.core.recorder import Recorder
from engine.core.recovery import restore_engine, restore_portfolios
from engine.core.snapshots import Snapshots
from engine.domain.errors import DiskFailed, PasuError, StateCorrupt, VenueDown
from engine.domain.events import (
    EngineStarted,
    EngineStopped,
    OperatorState,
    PositionClosed,
    Recorded,
)
from engine.domain.venue import VenueMode, VenueName
from engine.phrases.causes import Cause
from engine.ports.clock import Clock
from engine.ports.store import Recovered, Store
from engine.ports.venue import EventSink, LoopDue, VenueEvent
from strategies.registry import problems

RECONCILE_EVERY_S = 60.0
OPEN_S = 30.0
TURN_S = 2.0
SETTLE_S = 30.0
RETRY_S = 5.0
CLOSE_S = 5.0
SETTLE_EVERY_S = 1.0

Step = Callable[[], Awaitable[None]]

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
        self.on_restored: Step = _nothing
        self.before_loop: Step = _nothing
        self.intakes = {
            name: Intake(desk)
            for name, desk in desks.items()
            if desk.context.profile.mode is not VenueMode.REPLAY
        }
        self._turns: dict[VenueName, asyncio.Task[None]] = {}
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
        for desk in self.desks.values():
            desk.context.recount()
        await self.on_restored()
        self._closed = [
            each.fact for each in recovered.facts if isinstance(each.fact, PositionClosed)
        ]
        sound = True
        for desk in self._replayed():
            await desk.roster.connect()
            await desk.set_capital()
            sound = await desk.reconciler.settle() and sound
            desk.look_again()
        await asyncio.gather(*(self._open(self.desks[name]) for name in self.intakes))
        await self._announce(recovered, sound)

    async def _open(self, desk: Desk) -> None:
        """Connect a live venue and compare its book before anything is decided there.

        One that is slow is left to the loop, its entries closed until it is compared.
        """
        context = desk.context
        context.link.doubt(Cause.NOT_COMPARED.say())
        await desk.set_capital()
        try:
            async with asyncio.timeout(OPEN_S):
                if await desk.roster.connect():
                    await desk.reconciler.catch_up()
        except TimeoutError:
            await context.link.failed(VenueDown(Cause.NO_ANSWER.say(seconds=f"{OPEN_S:.0f}")))
        desk.look_again()

    async def _announce(self, recovered: Recovered, sound: bool) -> None:
        modes = tuple(
            f"{name.value}={desk.context.profile.mode.value}" for name, desk in self.desks.items()
        )
        incidents = [*recovered.incidents, *(problem.said for problem in problems())]
        plain = Cause.SOUND if recovered.last_seq else Cause.FIRST_START
        found = "\n".join(incidents) or plain.say()
        now = self.clock.now()
        await self.recorder.record([EngineStarted(self.version, modes, found, now)])
        if not sound and self.memory.operator.state is OperatorState.RUNNING:
            why = Cause.ORDERS_UNKNOWN.say()
            await self.memory.operator.become(OperatorState.REDUCING, ENGINE, why)

    async def run(self) -> None:
        """Stream every venue until all have ended (a replay does) or one fails for good."""
        async with asyncio.TaskGroup() as group:
            for desk in self._replayed():
                group.create_task(desk.context.venue.run(self._sink(desk)), name=desk.name.value)
            for name, intake in self.intakes.items():
                group.create_task(self._stream(self.desks[name], intake), name=name.value)
                group.create_task(intake.watch(), name=f"{name.value} lanes")

    async def loop(self) -> None:
        """Run one round: live desks decide, all are checked, snapshots and status are written."""
        began = self.clock.monotonic()
        await self._take_turns()
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
        """Settle what is under way, write everything down and let the venues go.

        Protective orders stay at the venues. What is not settled in time is on disk as an intent
        and is asked about at the next start.
        """
        try:
            async with asyncio.timeout(SETTLE_S):
                await self._settle_down()
        except TimeoutError:
            _log.warning("stop.unsettled")
        await asyncio.gather(*(self._let_go(desk) for desk in self.desks.values()))
        await self.recorder.record([EngineStopped(reason, self.clock.now())])
        await self.snapshots.save(everything=True)

    def _sink(self, desk: Desk) -> EventSink:
        """Return where a venue's events go; what a replay's time has made due precedes its loop."""

        async def handle(event: VenueEvent) -> None:
            if isinstance(event, LoopDue):
                await self.before_loop()
            await desk.handle(event)

        return handle

    async def _let_go(self, desk: Desk) -> None:
        try:
            async with asyncio.timeout(CLOSE_S):
                await desk.context.venue.close()
        except (VenueDown, TimeoutError):
            _log.warning("venue.not_closed venue=%s", desk.name)

    def _replayed(self) -> list[Desk]:
        return [desk for name, desk in self.desks.items() if name not in self.intakes]

    async def _stream(self, desk: Desk, intake: Intake) -> None:
        """Keep a live venue streaming until only the owner can mend it."""
        while desk.context.link.state != "auth_failed":
            try:
                await desk.context.venue.run(intake.take)
            except (DiskFailed, StateCorrupt):
                raise
            except PasuError as e:
                _log.warning("stream.ended venue=%s cause=%s", desk.name, e)
                await desk.context.link.failed(e)
            await self.clock.sleep(RETRY_S)

    async def _settle_down(self) -> None:
        await asyncio.gather(*(intake.close(SETTLE_S) for intake in self.intakes.values()))
        if self._turns:
            await asyncio.wait(self._turns.values())
        await asyncio.gather(*(self._settle_orders(self.desks[name]) for name in self.intakes))

    async def _settle_orders(self, desk: Desk) -> None:
        while not desk.context.link.is_barred and not await desk.context.orders.settle():
            await self.clock.sleep(SETTLE_EVERY_S)

    async def _take_turns(self) -> None:
        """Let every live desk have its loop; one that waits for its venue holds up no other."""
        for name in self.intakes:
            if name not in self._turns:
                turn = self._turn(self.desks[name])
                self._turns[name] = asyncio.create_task(turn, name=f"{name.value} loop")
        if not self._turns:
            return
        done, late = await asyncio.wait(self._turns.values(), timeout=TURN_S)
        self._turns = {name: task for name, task in self._turns.items() if task in late}
        for task in done:
            task.result()

    async def _turn(self, desk: Desk) -> None:
        """Run one desk's loop; its failure is its own, except of disk and state."""
        try:
            await desk.loop()
        except (DiskFailed, StateCorrupt):
            raise
        except (PasuError, TimeoutError):
            self.counters.errors += 1
            _log.exception("loop.failed venue=%s", desk.name)

    async def _reconcile(self) -> None:
        if self.clock.monotonic() - self._reconciled < RECONCILE_EVERY_S:
            return
        self._reconciled = self.clock.monotonic()
        for desk in self._replayed():
            await desk.reconciler.compare()

    async def _finish_start(self) -> None:
        """Leave REDUCING once every order that a crash left unknown is settled."""
        operator = self.memory.operator
        if operator.state is not OperatorState.REDUCING or operator.who != ENGINE:
            return
        settled = [await desk.context.orders.settle() for desk in self._replayed()]
        if all(settled):
            await operator.become(OperatorState.RUNNING, ENGINE, Cause.ORDERS_KNOWN.say())

    def _collect(self, recorded: Recorded) -> None:
        if isinstance(recorded.fact, PositionClosed):
            self._closed.append(recorded.fact)


async def _nothing() -> None:
    return
