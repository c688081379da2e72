"""What the owner can order of tuning: a search now, and taking the newest tuning back."""

from datetime import datetime

from engine.contract import Receipt
from engine.core.command import Command
from engine.core.engine import Engine
from engine.core.receipts import done, planned
from engine.core.tuning import Tuning
from engine.core.tuning_keeping import TuningKeeper
from engine.core.tuning_plan import Plan, Skipped
from engine.domain.errors import Refused
from engine.phrases.refusals import Refusal
from engine.phrases.replies import Reply
from engine.settings import text_of


class TuningOrders:
    """Answer the orders at once; what a search finds is told by its own fact."""

    def __init__(self, engine: Engine, tuning: Tuning, keeper: TuningKeeper) -> None:
        """Work on the engine's tuning."""
        self._engine = engine
        self._tuning = tuning
        self._keeper = keeper

    def optimize(self, order: Command) -> Receipt:
        """Ask for a search of every market, or say what it would be."""
        said = [_search(plan) for plan in self._tuning.plans()]
        if order.dry_run:
            return planned("optimize", said, order)
        if not self._tuning.ask(order.who):
            return planned("optimize", (Reply.SEARCH_GOES_ON.say(),), order)
        return done("optimize", said, order)

    def is_newest(self, changed_at: datetime | None) -> bool:
        """Return whether the newest tuning came after the newest change from the chat."""
        newest = self._engine.memory.tuned.newest()
        return newest is not None and (changed_at is None or newest.at >= changed_at)

    async def undo(self, order: Command) -> Receipt:
        """Take the newest tuning back.

        Raises:
            Refused: there is none.
        """
        fact = self._keeper.undoing(order.who)
        if fact is None:
            raise Refused("invalid", Refusal.NOTHING_TUNED.say())
        said = [
            f"{change.key}: {text_of(change.before)} → {text_of(change.after)}"
            for change in fact.changes
        ] or [Reply.SET_SINCE.say()]
        if order.dry_run:
            return planned("undo", said, order)
        await self._keeper.take_back(fact)
        return done("undo", said, order)


def _search(plan: Plan | Skipped) -> str:
    if isinstance(plan, Skipped):
        return Reply.SEARCHES_NOT.say(
            market=plan.market.value,
            preset=plan.preset,
            obstacle=plan.obstacle.value,
            detail=plan.detail,
        )
    grid = plan.grid
    return Reply.SEARCHES.say(
        market=plan.market.value,
        preset=plan.preset,
        strategy=plan.parameters.strategy,
        count=len(grid.k_values) * len(grid.take_profit_percents) * len(grid.stop_loss_percents),
        days=plan.span.days if plan.span is not None else 0,
        objective=plan.objective.value,
    )
