"""What the owner can order of tuning: a search now, and taking the newest tuning back."""

from datetime import datetime

from engine.contract import Receipt
from engine.core.command import Command
from engine.core.engine import Engine
from engine.core.tuning import Tuning
from engine.core.tuning_keeping import TuningKeeper
from engine.core.tuning_plan import Plan, Skipped
from engine.domain.errors import Refused
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
        lines = tuple(_line(plan) for plan in self._tuning.plans())
        if order.dry_run:
            return Receipt("optimize", False, True, lines, order.key)
        if not self._tuning.ask(order.who):
            return Receipt("optimize", False, False, ("a search is under way",), order.key)
        return Receipt("optimize", True, False, lines, order.key)

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
            raise Refused("invalid", "nothing was tuned")
        lines = tuple(
            f"{change.key}: {text_of(change.before)} → {text_of(change.after)}"
            for change in fact.changes
        ) or ("the owner has set every key of it since",)
        if not order.dry_run:
            await self._keeper.take_back(fact)
        return Receipt("undo", not order.dry_run, order.dry_run, lines, order.key)


def _line(plan: Plan | Skipped) -> str:
    if isinstance(plan, Skipped):
        return (
            f"{plan.market.value} {plan.preset}: not searched ({plan.obstacle.value} {plan.detail})"
        )
    grid = plan.grid
    tried = len(grid.k_values) * len(grid.take_profit_percents) * len(grid.stop_loss_percents)
    days = plan.span.days if plan.span is not None else 0
    name = f"{plan.market.value} {plan.preset} ({plan.parameters.strategy})"
    return (
        f"{name}: {tried} combinations over {days} days by {plan.objective.value}; "
        "used only if better on days it has not seen"
    )
