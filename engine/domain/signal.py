"""What a strategy may say, and the gates that explain it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Action(StrEnum):
    """What a strategy wants done."""

    BUY = "buy"
    SELL = "sell"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Gate:
    """One condition with the value it saw and the threshold it holds it against."""

    name: str
    passed: bool
    value: str
    threshold: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A decision with its confidence (0 to 1), its reason and every gate that was looked at."""

    action: Action
    confidence: float
    reason: str
    gates: tuple[Gate, ...] = ()
    suggested_quantity: Decimal | None = None
