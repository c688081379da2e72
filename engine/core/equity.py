"""Equity over time: a point an hour per venue, kept for charts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.context import DeskContext
from engine.domain.candle import EPOCH
from engine.ports.store import EquityLog

SAMPLE = timedelta(minutes=5)
POINT = timedelta(hours=1)


class EquityCurve:
    """Look at one venue's equity every few minutes and keep a point an hour."""

    def __init__(self, context: DeskContext, log: EquityLog) -> None:
        """Sample on the desk's clock, write to the log."""
        self._context = context
        self._log = log
        self._next_sample = self._next_point = EPOCH

    async def note(self) -> None:
        """Take the equity of now, if it is time; a new day or a passed cap becomes a fact."""
        now = self._context.clock.now()
        point_due = now >= self._next_point
        # With nothing held the equity cannot move between two points.
        if not point_due and not (self._context.portfolio.positions and now >= self._next_sample):
            return
        self._next_sample = _slot(now, SAMPLE) + SAMPLE
        equity = self._context.equity()
        cap = self._context.rules.max_daily_loss_percent
        day = self._context.day_loss
        for fact in day.seen(self._context.portfolio.venue, now, equity, cap):
            await self._context.orders.book([fact])
            day.apply(fact)
        if point_due:
            self._next_point = _slot(now, POINT) + POINT
            self._log.note(self._context.portfolio.venue, now, equity)

    def since(self, start: datetime) -> Sequence[tuple[datetime, Decimal]]:
        """Return the kept points from a moment on, and the equity of now as the last."""
        points = list(self._log.since(self._context.portfolio.venue, start))
        return [*points, (self._context.clock.now(), self._context.equity())]


def merged_curves(
    curves: Sequence[Sequence[tuple[datetime, Decimal]]],
) -> Sequence[tuple[datetime, Decimal]]:
    """Return the sum of curves at every moment that one of them has a point.

    Between two points of its own a curve counts with the earlier one, before its first with that.
    """
    newest = [curve[0][1] for curve in curves if curve]
    points = sorted(
        (at, index, value)
        for index, curve in enumerate(curve for curve in curves if curve)
        for at, value in curve
    )
    total: dict[datetime, Decimal] = {}
    for at, index, value in points:
        newest[index] = value
        total[at] = sum(newest, Decimal(0))
    return list(total.items())


def _slot(at: datetime, length: timedelta) -> datetime:
    return at - (at - EPOCH) % length
