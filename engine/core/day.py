"""Profit of the owner's day (KST) and the loss that closes entries for the rest of it."""

from datetime import date, datetime
from decimal import Decimal

from engine.domain.money import ZERO
from engine.domain.venue import KST

PERCENT = Decimal(100)


class DayLoss:
    """Equity at the start of the KST day, the peak ever seen, and what has come since."""

    def __init__(self) -> None:
        """Start without a day; the first equity opens one."""
        self.day: date | None = None
        self.start = ZERO
        self.peak = ZERO
        self.is_closed = False

    def note(self, at: datetime, equity: Decimal) -> None:
        """Take the equity of a moment; the first of a KST day opens the day."""
        day = at.astimezone(KST).date()
        if day != self.day:
            self.day, self.start, self.is_closed = day, equity, False
        self.peak = max(self.peak, equity)

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
        if self.loss_percent(equity) >= cap_percent:
            self.is_closed = True
        return not self.is_closed

    def shift(self, amount: Decimal) -> None:
        """Take a change of capital for what it is: neither profit nor loss."""
        if self.day is not None:
            self.start += amount
            self.peak += amount

    def drawdown_percent(self, equity: Decimal) -> Decimal:
        """Return how far equity is below its peak, in percent."""
        return (self.peak - equity) / self.peak * PERCENT if self.peak > equity else ZERO
