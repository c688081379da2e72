"""What a list of closed trades and an equity curve amount to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.domain.events import PositionClosed
from engine.domain.money import PERCENT, ZERO


@dataclass(frozen=True, slots=True)
class Performance:
    """The result of one venue; money in its quote, percents in percent.

    `profit_factor` is None without a losing trade; `max_drawdown_percent` is the deepest fall of
    the curve below its highest point so far.
    """

    trades: int
    wins: int
    profit: Decimal
    fees: Decimal
    win_rate_percent: Decimal
    profit_factor: Decimal | None
    return_percent: Decimal
    max_drawdown_percent: Decimal


def performance(
    closed: Sequence[PositionClosed],
    curve: Sequence[tuple[datetime, Decimal]],
    initial: Decimal,
    final: Decimal,
) -> Performance:
    """Return what trades and curve amount to, from the initial to the final equity."""
    won = sum((trade.pnl for trade in closed if trade.pnl > 0), ZERO)
    lost = -sum((trade.pnl for trade in closed if trade.pnl < 0), ZERO)
    wins = sum(1 for trade in closed if trade.pnl > 0)
    return Performance(
        trades=len(closed),
        wins=wins,
        profit=won - lost,
        fees=sum((trade.fees for trade in closed), ZERO),
        win_rate_percent=PERCENT * wins / len(closed) if closed else ZERO,
        profit_factor=won / lost if lost else None,
        return_percent=(final - initial) / initial * PERCENT if initial else ZERO,
        max_drawdown_percent=max_drawdown_percent([value for _, value in curve]),
    )


def max_drawdown_percent(equity: Sequence[Decimal]) -> Decimal:
    """Return the deepest fall below the highest value so far, in percent of that value."""
    peak, deepest = ZERO, ZERO
    for value in equity:
        peak = max(peak, value)
        if peak:
            deepest = max(deepest, (peak - value) / peak * PERCENT)
    return deepest
