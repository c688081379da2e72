"""Closed trades made by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from engine.domain.events import PositionClosed
from engine.domain.exits import ExitReason
from engine.domain.venue import VenueName

MONDAY = datetime(2025, 1, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


def closed(
    pnl: str,
    *,
    symbol: str = "BTC/USDT",
    reason: ExitReason = ExitReason.SIGNAL,
    opened: float = 0.0,
    lasted: float = 1.0,
    fees: str = "1",
) -> PositionClosed:
    """Return a trade of 1,000 of quote; moments are hours after a Monday."""
    profit = Decimal(pnl)
    return PositionClosed(
        venue=VenueName.BINANCE_SPOT,
        symbol=symbol,
        quantity=Decimal(10),
        entry_price=Decimal(100),
        exit_price=Decimal(100) + profit / 10,
        pnl=profit,
        pnl_percent=profit / 10,
        fees=Decimal(fees),
        funding=Decimal(0),
        reason=reason,
        strategy="breakout",
        opened_at=MONDAY + opened * HOUR,
        at=MONDAY + (opened + lasted) * HOUR,
    )
