"""Moving averages, one closed candle at a time.

Every indicator here and in momentum, volatility and trend keeps one contract: `update` takes a
closed candle and commits it, `peek` tells what `value` would be after a forming one and commits
nothing (nan as long as that would not be warm), `value` is None until warm, and `settling` is the
number of candles after which the place where a window began no longer matters to 1e-9.
Definitions and first values are those of the `ta` library; Atr and Adx start as TA-Lib does.
"""

from collections import deque
from math import nan

from strategies.settling import settling_of_decay


class Ema:
    """Exponential moving average: alpha 2 / (n + 1), begun at the first close."""

    __slots__ = ("_alpha", "_count", "_n", "_value")

    def __init__(self, n: int) -> None:
        self._n = n
        self._alpha = 2.0 / (n + 1)
        self._count = 0
        self._value = 0.0

    @staticmethod
    def settling(n: int) -> int:
        """Return the candles until the first close no longer matters."""
        return settling_of_decay(1.0 - 2.0 / (n + 1))

    @property
    def ready(self) -> bool:
        """Return whether n closes were seen."""
        return self._count >= self._n

    @property
    def value(self) -> float | None:
        """Return the average after the last closed candle, None until warm."""
        return self._value if self._count >= self._n else None

    def update(self, close: float) -> None:
        """Take in the close of a closed candle."""
        if self._count:
            self._value += self._alpha * (close - self._value)
        else:
            self._value = close
        self._count += 1

    def peek(self, close: float) -> float:
        """Return the average as if a candle closed there."""
        if self._count + 1 < self._n:
            return nan
        return self._value + self._alpha * (close - self._value) if self._count else close


class MeanVolume:
    """Mean volume of the last n candles."""

    __slots__ = ("_n", "_volumes")

    def __init__(self, n: int) -> None:
        self._n = n
        self._volumes: deque[float] = deque(maxlen=n)

    @staticmethod
    def settling(n: int) -> int:
        """Return n: nothing older enters the mean."""
        return n

    @property
    def ready(self) -> bool:
        """Return whether n candles were seen."""
        return len(self._volumes) == self._n

    @property
    def value(self) -> float | None:
        """Return the mean after the last closed candle, None until warm."""
        return sum(self._volumes) / self._n if self.ready else None

    def update(self, volume: float) -> None:
        """Take in the volume of a closed candle."""
        self._volumes.append(volume)

    def peek(self, volume: float) -> float:
        """Return the mean as if a candle closed with that volume."""
        window = [*self._volumes, volume][-self._n :]
        return sum(window) / self._n if len(window) == self._n else nan
