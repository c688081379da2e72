"""What tuning has set, in memory and in the settings file; every change of it is a fact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from engine.codec import decode, encode
from engine.domain.events import EngineStopped, Fact
from engine.domain.tuning import (
    ParametersTuned,
    TakenBackFor,
    TunedKey,
    TuningDeclined,
    TuningJob,
    TuningObstacle,
    TuningStored,
    TuningTakenBack,
)
from engine.settings import Market
from engine.settings.trading import NOT_TUNED

UNDO_KEPT = 20
AGAIN_AFTER = timedelta(hours=1)
"""When a search is tried again that could not be made at all."""

_NOT_MADE = frozenset({TuningObstacle.NO_CANDLES, TuningObstacle.FAILED})


@dataclass(frozen=True, slots=True)
class TunedValue:
    """One key of tuning's: `value` is in force after `since`, `before` until then.

    `stored` is what tuning wants kept in the settings file, None for a value of memory alone;
    `written` is what it is known to have put there. A `value` of None is one that was taken back
    and is still to be taken out of the file.
    """

    market: str
    preset: str
    key: str
    value: float | None
    stored: float | None
    written: float | None
    before: float
    since: datetime | None


@dataclass(frozen=True, slots=True)
class _Run:
    market: str
    job: TuningJob
    at: datetime
    made: bool


class Tuned:
    """Values by key, the newest search of each kind, and what can be undone."""

    def __init__(self) -> None:
        """Start with nothing tuned."""
        self._rows: dict[str, TunedValue] = {}
        self._runs: dict[tuple[str, TuningJob], _Run] = {}
        self._undo: list[ParametersTuned] = []
        self.in_force: Mapping[str, float] = NOT_TUNED

    def apply(self, fact: Fact) -> None:
        """Take over a recorded fact; `settle` puts what it says in force."""
        match fact:
            case ParametersTuned():
                self._tuned(fact)
            case TuningDeclined():
                made = fact.obstacle not in _NOT_MADE
                self._ran(_Run(fact.market, fact.job, fact.at, made))
            case TuningStored():
                self._stored(fact)
            case TuningTakenBack():
                self._taken_back(fact)
            case EngineStopped():
                self._let_go()

    def settle(self, now: datetime, *, told: bool) -> bool:
        """Bring `in_force` to what holds at a moment; return whether that changed anything.

        A replay that resumes stands at or before facts that are on disk already: what they changed
        holds once their moment is passed, or its loop is being `told`.
        """
        held = {
            row.key: row.value if _holds(row.since, now, told=told) else row.before
            for row in self._rows.values()
        }
        values = {key: value for key, value in held.items() if value is not None}
        changed = values != dict(self.in_force)
        self.in_force = MappingProxyType(values)
        return changed

    def rows(self, market: Market) -> tuple[TunedValue, ...]:
        """Return what tuning has set for a market, by key."""
        found = (self._rows[key] for key in sorted(self._rows))
        return tuple(row for row in found if row.market == market.value)

    def row(self, key: str) -> TunedValue | None:
        """Return what tuning has set of a key, None where it has no say."""
        return self._rows.get(key)

    def unwritten(self, market: Market) -> tuple[TunedValue, ...]:
        """Return values of a market that the settings file may not hold yet."""
        return tuple(row for row in self.rows(market) if row.stored != row.written)

    def newest(self) -> ParametersTuned | None:
        """Return the newest tuning that can be undone."""
        return self._undo[-1] if self._undo else None

    def due_at(self, market: Market, job: TuningJob, every: timedelta) -> datetime | None:
        """Return when a search is to be made next, None for at once."""
        run = self._runs.get((market.value, job))
        if run is None:
            return None
        return run.at + (every if run.made else min(every, AGAIN_AFTER))

    def tables(self) -> dict[str, Sequence[Mapping[str, Any]]]:
        """Return the state as tables of a snapshot."""
        return {
            "tuned": [encode(row) for row in self._rows.values()],
            "tuning_runs": [encode(run) for run in self._runs.values()],
            "tuning_undo": [encode(fact) for fact in self._undo],
        }

    def restore(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Take the state of a snapshot over; one of an earlier version has none.

        Raises:
            DecodeError: a row is unreadable.
        """
        for stored in tables.get("tuned", ()):
            row = decode(TunedValue, dict(stored))
            self._rows[row.key] = row
        for stored in tables.get("tuning_runs", ()):
            run = decode(_Run, dict(stored))
            self._runs[run.market, run.job] = run
        self._undo = [decode(ParametersTuned, dict(each)) for each in tables.get("tuning_undo", ())]

    def _tuned(self, fact: ParametersTuned) -> None:
        for change in fact.changes:
            self._set(change, fact.market, fact.preset, fact.at)
        self._ran(_Run(fact.market, fact.job, fact.at, True))
        self._undo = [*self._undo, fact][-UNDO_KEPT:]

    def _taken_back(self, fact: TuningTakenBack) -> None:
        for change in fact.changes:
            known = self._rows.get(change.key)
            # What the owner wrote, and what a switch has emptied, is not written again.
            if fact.cause is not TakenBackFor.UNDO:
                self._rows.pop(change.key, None)
            elif known is not None:
                self._set(change, fact.market, known.preset, None)
        mine = [each for each in self._undo if each.market == fact.market]
        if fact.cause is TakenBackFor.UNDO and mine:
            self._undo.remove(mine[-1])
        elif fact.cause is TakenBackFor.PRESET:
            self._undo = [each for each in self._undo if each.market != fact.market]

    def _set(self, change: TunedKey, market: str, preset: str, since: datetime | None) -> None:
        known = self._rows.get(change.key)
        written = known.written if known is not None else None
        if change.tuned_after is None and written is None:
            self._rows.pop(change.key, None)
            return
        before = change.before
        if known is not None and since is not None and known.since == since:
            before = known.before
        self._rows[change.key] = TunedValue(
            market=market,
            preset=preset,
            key=change.key,
            value=change.tuned_after,
            stored=change.stored_after,
            written=written,
            before=before,
            since=since,
        )

    def _stored(self, fact: TuningStored) -> None:
        for key in fact.keys:
            row = self._rows.get(key)
            if row is not None:
                self._rows[key] = replace(row, written=row.stored)
                if row.value is None:
                    del self._rows[key]

    def _let_go(self) -> None:
        """Forget what was memory alone: an engine that stops in good order loses its memory.

        One that is killed goes on as it was, because what it would have decided must not change.
        """
        self._rows = {
            key: replace(row, value=row.stored, since=None)
            for key, row in self._rows.items()
            if row.stored is not None or row.written is not None
        }
        self._runs = {
            place: run for place, run in self._runs.items() if run.job is not TuningJob.SWEEP
        }
        self._undo = [each for each in self._undo if each.job is not TuningJob.SWEEP]

    def _ran(self, run: _Run) -> None:
        self._runs[run.market, run.job] = run
        if run.job is TuningJob.DAILY:
            # A first grid has looked at K too: the first sweep comes one period after it.
            sweep = _Run(run.market, TuningJob.SWEEP, run.at, True)
            self._runs.setdefault((run.market, TuningJob.SWEEP), sweep)


def _holds(since: datetime | None, now: datetime, *, told: bool) -> bool:
    return since is None or now > since or (told and now == since)
