"""Tuning: searches at the start, daily, every four hours and when asked; none delays the loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from engine.core.engine import Engine
from engine.core.operator import ENGINE
from engine.core.reload import Reload
from engine.core.tuning_candles import gather
from engine.core.tuning_keeping import TuningKeeper, is_replayed
from engine.core.tuning_plan import EVERY, Plan, Skipped, changes_of, plan_search
from engine.core.tuning_search import Found, SearchTask
from engine.domain.errors import DiskFailed, StateCorrupt
from engine.domain.tuning import (
    ParametersTuned,
    TunedKey,
    TuningDeclined,
    TuningEvidence,
    TuningJob,
    TuningObstacle,
)
from engine.settings import Market

Work = Callable[[SearchTask], Awaitable[Found]]

_log = logging.getLogger(__name__)


class Tuning:
    """Search parameters on recent candles and put in force what holds on unseen ones.

    The search itself is `work`, done elsewhere. Where every venue is replayed, the schedule runs on
    the replay's time and the replay stands still meanwhile, so that the same candles always lead to
    the same parameters at the same moment.
    """

    def __init__(self, engine: Engine, reload: Reload, keeper: TuningKeeper, work: Work) -> None:
        """Watch the schedule of an engine; `work` searches in a process of its own."""
        self._engine = engine
        self._reload = reload
        self._keeper = keeper
        self._work = work
        self._one = asyncio.Lock()
        self._asked_by = ""

    @property
    def markets(self) -> tuple[Market, ...]:
        """Return the markets that this engine trades."""
        traded = {Market.of(name) for name in self._engine.desks}
        return tuple(market for market in Market if market in traded)

    def plans(self) -> tuple[Plan | Skipped, ...]:
        """Return what a search asked for now would look for, market by market."""
        settings, tuned = self._reload.settings, self._engine.memory.tuned
        return tuple(
            plan_search(settings, tuned, market, TuningJob.ASKED) for market in self.markets
        )

    def ask(self, who: str) -> bool:
        """Ask for a grid search of every market; return false where one is asked for already."""
        if self._asked_by:
            return False
        self._asked_by = who
        return True

    async def tick(self) -> None:
        """Make the searches that were asked for, and those due by a clock that no replay drives.

        Raises:
            DiskFailed: a fact could not be written.
            StateCorrupt: the state is not to be trusted.
        """
        if self._asked_by:
            try:
                for market in self.markets:
                    await self._search(market, TuningJob.ASKED, self._asked_by)
            finally:
                self._asked_by = ""
        if not is_replayed(self._engine):
            await self._run_due()

    async def before_loop(self) -> None:
        """Do at this moment of a replay what is due, before anything is decided on it.

        Raises:
            DiskFailed: a fact could not be written.
            StateCorrupt: the state is not to be trusted.
        """
        if is_replayed(self._engine):
            await self._keeper.settle()
            await self._run_due()

    async def _run_due(self) -> None:
        if not self._reload.settings.tuning_enabled:
            return
        for market in self.markets:
            for job, every in EVERY.items():
                due = self._engine.memory.tuned.due_at(market, job, every)
                if due is None or self._engine.clock.now() >= due:
                    await self._search(market, job, ENGINE)

    async def _search(self, market: Market, job: TuningJob, who: str) -> None:
        async with self._one:
            plan = self._plan(market, job)
            if isinstance(plan, Skipped):
                await self._skip(plan, who)
                return
            try:
                task = await gather(
                    tuple(self._engine.desks.values()), plan, self._engine.clock.now()
                )
                found = Found(None, None, TuningObstacle.NO_CANDLES)
                if task is not None:
                    found = await self._work(task)
            except (DiskFailed, StateCorrupt):
                raise
            except Exception as e:  # noqa: BLE001 - a search may fail in any way, trading goes on
                _log.warning("tuning.failed market=%s job=%s", market, job, exc_info=e)
                failed = Found(None, None, TuningObstacle.FAILED)
                await self._decline(plan, failed, (), who, f"{type(e).__name__}: {e}")
                return
            await self._decide(plan, found, who)

    async def _decide(self, plan: Plan, found: Found, who: str) -> None:
        tuned = self._engine.memory.tuned
        changes = changes_of(plan, tuned, found.chosen) if found.chosen is not None else ()
        if self._plan(plan.market, plan.job) != plan:
            overtaken = Found(found.chosen, found.evidence, TuningObstacle.OVERTAKEN)
            await self._decline(plan, overtaken, changes, who, "")
        elif found.obstacle is not None or found.evidence is None or not changes:
            await self._decline(plan, found, changes, who, "")
        else:
            await self._keeper.put(self._tuned(plan, changes, found.evidence, who))

    def _plan(self, market: Market, job: TuningJob) -> Plan | Skipped:
        return plan_search(self._reload.settings, self._engine.memory.tuned, market, job)

    def _tuned(
        self, plan: Plan, changes: tuple[TunedKey, ...], evidence: TuningEvidence, who: str
    ) -> ParametersTuned:
        return ParametersTuned(
            plan.market.value,
            plan.preset,
            plan.parameters.strategy,
            plan.job,
            changes,
            evidence,
            who,
            self._engine.clock.now(),
        )

    async def _decline(
        self, plan: Plan, found: Found, changes: tuple[TunedKey, ...], who: str, detail: str
    ) -> None:
        await self._record(
            TuningDeclined(
                plan.market.value,
                plan.preset,
                plan.parameters.strategy,
                plan.job,
                found.obstacle or TuningObstacle.NOTHING_BETTER,
                detail,
                changes,
                found.evidence,
                who,
                self._engine.clock.now(),
            )
        )

    async def _skip(self, plan: Skipped, who: str) -> None:
        await self._record(
            TuningDeclined(
                plan.market.value,
                plan.preset,
                plan.strategy,
                plan.job,
                plan.obstacle,
                plan.detail,
                (),
                None,
                who,
                self._engine.clock.now(),
            )
        )

    async def _record(self, fact: TuningDeclined) -> None:
        _log.info("tuning.declined market=%s job=%s why=%s", fact.market, fact.job, fact.obstacle)
        await self._engine.recorder.record([fact])
        self._engine.memory.apply(fact)
        # What an earlier tuning could not write may fit now.
        await self._keeper.store()
