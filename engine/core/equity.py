"""Equity over time: a point an hour per venue, kept for charts."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from engine.core.context import DeskContext
from engine.domain.candle import EPOCH
from engine.domain.venue import KST
from engine.ports.store import EquityLog

SAMPLE = timedelta(minutes=5)
POINT = timedelta(hours=1)
DAY = timedelta(days=1)

# What the equity and the loss of the day follow from while nothing is held.
_Flat = tuple[Decimal, Decimal, Decimal]


class EquityCurve:
    """Look at one venue's equity every few minutes and keep a point an hour."""

    def __init__(self, context: DeskContext, log: EquityLog) -> None:
        """Sample on the desk's clock, write to the log."""
        self._context = context
        self._log = log
        self._next_sample = self._next_point = EPOCH
        self._seen: _Flat | None = None

    @property
    def due(self) -> datetime:
        """Return when to look again: every few minutes, without a position only for the points."""
        # With nothing held the equity cannot move between two points.
        return self._next_sample if self._context.portfolio.positions else self._next_point

    @property
    def must(self) -> datetime:
        """Return when to look at the latest: points of an equity that stands can be kept later.

        With nothing held since it was last looked at, only a new day becomes a fact.
        """
        day = self._context.day_loss.day
        if day is None or self._seen is None or self._seen != self._flat():
            return self.due
        return datetime.combine(day + DAY, time(), KST)

    async def note(self) -> None:
        """Take the equity of now, if it is time; a new day or a passed cap becomes a fact."""
        now = self._context.clock.now()
        if now < self.due:
            return
        point_due = now >= self._next_point
        self._next_sample = _slot(now, SAMPLE) + SAMPLE
        equity = self._context.equity()
        cap = self._context.rules.max_daily_loss_percent
        day = self._context.day_loss
        for fact in day.seen(self._context.portfolio.venue, now, equity, cap):
            await self._context.orders.book([fact])
            day.apply(fact)
        self._seen = self._flat()
        if point_due:
            self._next_point = _slot(now, POINT) + POINT
            self._log.note(self._context.portfolio.venue, [(now, equity)])

    def catch_up(self, moments: Sequence[int]) -> None:
        """Keep the points of moments (seconds since 1970) that passed while the equity stood."""
        due: list[datetime] = []
        row = bisect_left(moments, self._next_point.timestamp())
        while row < len(moments):
            due.append(datetime.fromtimestamp(moments[row], UTC))
            self._next_point = _slot(due[-1], POINT) + POINT
            row = bisect_left(moments, self._next_point.timestamp(), row)
        if due:
            equity = self._context.equity()
            self._log.note(self._context.portfolio.venue, [(at, equity) for at in due])

    def since(self, start: datetime) -> Sequence[tuple[datetime, Decimal]]:
        """Return the kept points from a moment on, and the equity of now as the last."""
        points = list(self._log.since(self._context.portfolio.venue, start))
        return [*points, (self._context.clock.now(), self._context.equity())]

    def _flat(self) -> _Flat | None:
        portfolio, rules = self._context.portfolio, self._context.rules
        if portfolio.positions:
            return None
        return portfolio.cash, portfolio.foreign_fees, rules.max_daily_loss_percent


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
