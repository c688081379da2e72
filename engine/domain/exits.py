"""The exits a position is opened with and keeps."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class ExitReason(StrEnum):
    """Why a position is sold."""

    EMERGENCY = "emergency"
    LIQUIDATION_RISK = "liquidation_risk"
    TAKE_PROFIT = "take_profit"
    STOP_LOSS = "stop_loss"
    TRAILING_STOP = "trailing_stop"
    SIGNAL = "signal"
    PANIC = "panic"
    MANUAL = "manual"
    LIQUIDATED = "liquidated"


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """Prices at which a position is left; `trailing` and `emergency` are shares (0.02 is 2 %).

    `take_profit` and `stop_loss` are prices; None switches that exit off.
    """

    take_profit: Decimal | None
    stop_loss: Decimal | None
    trailing: Decimal | None
    emergency: Decimal
