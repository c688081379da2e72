"""Put tuned values in force, keep them in the settings file, take them back."""

import logging

from engine.core.engine import Engine
from engine.core.reload import Reload, SettingsFile
from engine.core.tuning_ownership import let_go
from engine.domain.errors import BadConfiguration, DiskFailed
from engine.domain.events import Fact
from engine.domain.tuning import (
    ParametersTuned,
    TakenBackFor,
    TunedKey,
    TuningStored,
    TuningTakenBack,
)
from engine.domain.venue import VenueMode
from engine.settings import Market, text_of

_log = logging.getLogger(__name__)


def is_replayed(engine: Engine) -> bool:
    """Return whether every venue is replayed: then time and schedule are the replay's."""
    modes = {desk.context.profile.mode for desk in engine.desks.values()}
    return modes == {VenueMode.REPLAY}


class TuningKeeper:
    """The hands of tuning: the journal first, then memory and desks, then the file.

    What is in force comes from the journal; the file holds a copy of it that the owner can read
    and change. A write that a kill or a full disk has prevented is made up for later.
    """

    def __init__(self, engine: Engine, reload: Reload, file: SettingsFile) -> None:
        """Work on the engine's memory, the settings in force and their file."""
        self._engine = engine
        self._reload = reload
        self._file = file

    async def prepare(self) -> None:
        """Bring memory, settings and rules together at a start, before any market is loaded."""
        tuned, now = self._engine.memory.tuned, self._engine.clock.now()
        told = not is_replayed(self._engine)
        tuned.settle(now, told=told)
        self._reload.clean()
        for fact in let_go(self._reload.settings, tuned, "file", now):
            await self._record(fact)
        tuned.settle(now, told=told)
        self._reload.set_rules()
        await self.store()

    async def put(self, fact: ParametersTuned) -> None:
        """Record a tuning, trade by it, and keep in the file what is to be kept."""
        await self._record(fact)
        await self._in_force()

    async def settle(self) -> None:
        """Put in force what a resumed replay has reached again."""
        if self._engine.memory.tuned.settle(self._engine.clock.now(), told=True):
            await self._reload.refresh()

    def undoing(self, who: str) -> TuningTakenBack | None:
        """Return what taking the newest tuning back would change, None without one.

        Keys that the owner has set since are the owner's and stay.
        """
        tuned = self._engine.memory.tuned
        newest = tuned.newest()
        if newest is None:
            return None
        changes: list[TunedKey] = []
        for change in newest.changes:
            row = tuned.row(change.key)
            if row is not None and row.value == change.tuned_after:
                changes.append(change.reversed())
        now = self._engine.clock.now()
        return TuningTakenBack(newest.market, TakenBackFor.UNDO, tuple(changes), who, now)

    async def take_back(self, fact: TuningTakenBack) -> None:
        """Record that values were let go, and trade without them."""
        await self._record(fact)
        await self._in_force()

    async def store(self) -> None:
        """Bring the settings file to what tuning wants kept; one that cannot be written waits."""
        for market in Market:
            if not self._engine.memory.tuned.unwritten(market):
                continue
            # What the owner has just written comes first.
            await self._reload.look()
            if self._reload.is_rejected:
                continue
            rows = self._engine.memory.tuned.unwritten(market)
            values = {row.key: text_of(row.stored) or None for row in rows}
            try:
                wanted = self._file.planned(values)
                self._file.assign(values)
            except (BadConfiguration, DiskFailed) as e:
                _log.warning("tuning.not_stored market=%s cause=%s", market, e)
                continue
            self._reload.take(wanted)
            keys = tuple(row.key for row in rows)
            await self._record(TuningStored(market.value, keys, self._engine.clock.now()))

    async def _in_force(self) -> None:
        self._engine.memory.tuned.settle(self._engine.clock.now(), told=True)
        await self.store()
        await self._reload.refresh()

    async def _record(self, fact: Fact) -> None:
        await self._engine.recorder.record([fact])
        self._engine.memory.apply(fact)
