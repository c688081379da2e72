"""State files follow the journal: written when something changed, at most once a second."""

from collections.abc import Mapping

from engine.core.desk import Desk
from engine.core.engine_tables import Memory, memory_tables
from engine.core.portfolio_tables import Metadata, to_tables
from engine.core.recorder import Recorder
from engine.core.recovery import ENGINE_FILE, portfolio_file
from engine.domain.venue import VenueName
from engine.ports.clock import Clock
from engine.ports.store import Snapshot, Store, Tables

REFRESH_S = 60.0


class Snapshots:
    """Write the state files of design §5 for the facts recorded so far."""

    def __init__(
        self,
        desks: Mapping[VenueName, Desk],
        memory: Memory,
        recorder: Recorder,
        store: Store,
        clock: Clock,
    ) -> None:
        """Write for these desks and this memory."""
        self._desks = desks
        self._memory = memory
        self._recorder = recorder
        self._store = store
        self._clock = clock
        self._saved_seq = -1
        self._saved_at = clock.monotonic()

    async def save(self, *, everything: bool = False) -> None:
        """Write if facts were recorded since the last time, or a minute has passed.

        The minute keeps what is no fact (highs since entry, the day's start) from growing old.
        """
        now = self._clock.monotonic()
        moved = self._recorder.last_seq != self._saved_seq
        if not (everything or moved or now - self._saved_at >= REFRESH_S):
            return
        seq = self._recorder.last_seq
        for name, snapshot in self._taken(seq).items():
            await self._store.save(name, snapshot)
        self._saved_seq, self._saved_at = seq, now

    async def save_engine(self) -> None:
        """Write the engine's own file at once: the bot's cursor is in it."""
        seq = self._recorder.last_seq
        await self._store.save(ENGINE_FILE, Snapshot(seq, memory_tables(self._memory)))

    def _taken(self, seq: int) -> dict[str, Snapshot]:
        """Return every file's tables as of one moment: no fact may slip in between."""
        taken = {
            portfolio_file(name): Snapshot(seq, self._portfolio_tables(desk))
            for name, desk in self._desks.items()
        }
        return {**taken, ENGINE_FILE: Snapshot(seq, memory_tables(self._memory))}

    def _portfolio_tables(self, desk: Desk) -> Tables:
        parameters = desk.context.rules.parameters
        metadata = Metadata(
            strategy=parameters.strategy,
            timeframe=parameters.timeframe.value,
            selected_symbols=desk.universe.symbols,
            clock=desk.context.clock.now(),
            mode=desk.context.profile.mode.value,
        )
        return to_tables(desk.context.portfolio, desk.context.equity(), metadata)
