"""A strategy that buys and sells on a whim, the same whim for the same candle."""

import hashlib
from datetime import date
from typing import ClassVar

from engine.domain.candle import Candle
from engine.domain.position import Position
from engine.domain.signal import Action, Gate, Signal
from strategies.parameters import Parameters
from strategies.strategy import Strategy


class Impulses(Strategy):
    """Decide by the candle's moment and the market alone: after a crash the whim is the same."""

    name: ClassVar[str] = "impulses"

    def __init__(self, parameters: Parameters, symbol: str, seed: int) -> None:
        super().__init__(parameters)
        self._key = f"{seed}|{symbol}"
        self._last: Candle | None = None

    @property
    def warmup(self) -> int:
        return 1

    @property
    def minimum(self) -> int:
        return 1

    @property
    def atr(self) -> float | None:
        return None if self._last is None else self._last.close * 0.004

    def update(self, candle: Candle, day: date) -> None:
        self._last = candle

    def signal(self, position: Position | None) -> Signal:
        if self._last is None:
            return Signal(Action.HOLD, 0.0, "nothing seen")
        text = f"{self._key}|{self._last.opened_at.isoformat()}"
        whim = hashlib.sha256(text.encode()).digest()[0]
        if whim < 90:
            return Signal(Action.BUY, 1.0, "a whim")
        if whim < 120:
            return Signal(Action.SELL, 1.0, "a whim")
        return Signal(Action.HOLD, 0.0, "no whim")

    def entry_level(self, day: date, day_open: float) -> float | None:
        return None

    def gates(self, day: date, day_open: float, price: float) -> tuple[Gate, ...]:
        return ()
