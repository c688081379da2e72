"""Profit of the owner's day (KST) and the loss that closes entries for the rest of it."""

from datetime import date, datetime
from decimal import Decimal

from engine.domain.events import DailyLossReached, DayOpened, Fact
from engine.domain.money import PERCENT, ZERO
from engine.domain.venue import KST, VenueName


class DayLoss:
    """Equity at the start of a venue's KST day, the peak ever seen, and what has come since."""

    def __init__(self) -> None:
        """Start without a day; the first equity opens one."""
        self.day: date | None = None
        self.start = ZERO
        self.peak = ZERO
        self.is_closed = False

    def seen(
        self, venue: VenueName, at: datetime, equity: Decimal, cap_percent: Decimal
    ) -> tuple[Fact, ...]:
        """Return the facts that the equity of a moment makes: a new day, or the cap passed."""
        day = at.astimezone(KST).date()
        self.peak = max(self.peak, equity)
        if day != self.day:
            return (DayOpened(venue, day, equity, at),)
        loss = self.loss_percent(equity)
        if loss < cap_percent or self.is_closed:
            return ()
        return (DailyLossReached(venue, day, loss, cap_percent, at),)

    def apply(self, fact: Fact) -> None:
        """Take over a recorded fact of this venue."""
        if isinstance(fact, DayOpened):
            self.day, self.start, self.is_closed = fact.day, fact.equity, False
            self.peak = max(self.peak, fact.equity)
        elif isinstance(fact, DailyLossReached):
            self.is_closed = fact.day == self.day

    def pnl(self, equity: Decimal) -> Decimal:
        """Return what the day has brought so far, in quote."""
        return equity - self.start if self.day is not None else ZERO

    def loss_percent(self, equity: Decimal) -> Decimal:
        """Return the loss of the day in percent of its start, zero for a gain."""
        if not self.start:
            return ZERO
        return max(ZERO, (self.start - equity) / self.start * PERCENT)

    def passes(self, equity: Decimal, cap_percent: Decimal) -> bool:
        """Return whether entries are open; a loss at the cap closes them until the day ends."""
        return not self.is_closed and self.loss_percent(equity) < cap_percent

    def shift(self, amount: Decimal) -> None:
        """Take a change of capital for what it is: neither profit nor loss."""
        if self.day is not None:
            self.start += amount
            self.peak += amount

    def drawdown_percent(self, equity: Decimal) -> Decimal:
        """Return how far equity is below its peak, in percent."""
        return (self.peak - equity) / self.peak * PERCENT if self.peak > equity else ZERO
