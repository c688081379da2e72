"""How far prices move: ATR and Bollinger bands."""

from collections import deque
from collections.abc import Collection
from math import dist, nan, sqrt
from typing import NamedTuple

from strategies.settling import settling_of_decay

# How many times its later size the range at the start of a window may have been.
_SPREAD = 10.0


class Atr:
    """Average true range (Wilder), begun like TA-Lib with the mean of the first n true ranges.

    The first candle has no true range, so n + 1 candles make the first value.
    """

    __slots__ = ("_close", "_count", "_n", "_value")

    def __init__(self, n: int = 14) -> None:
        self._n = n
        self._count = 0
        self._close = self._value = 0.0

    @staticmethod
    def settling(n: int) -> int:
        """Return the candles until the first true range no longer matters."""
        return n + 1 + settling_of_decay(1.0 - 1.0 / n, _SPREAD)

    @property
    def ready(self) -> bool:
        """Return whether n true ranges were seen."""
        return self._count > self._n

    @property
    def value(self) -> float | None:
        """Return the average after the last closed candle, None until warm."""
        return self._value if self._count > self._n else None

    @property
    def percent(self) -> float | None:
        """Return the average in percent of the last close, None until warm."""
        return 100.0 * self._value / self._close if self._count > self._n else None

    def update(self, high: float, low: float, close: float) -> None:
        """Take in a closed candle."""
        if self._count:
            self._value = self._after(high, low)
        self._close = close
        self._count += 1

    def peek(self, high: float, low: float, close: float) -> float:
        """Return the average as if a candle closed with these prices."""
        del close  # the true range of a candle looks at the close before it
        return self._after(high, low) if self._count >= self._n else nan

    def _after(self, high: float, low: float) -> float:
        last = self._close
        true_range = max(high, last) - min(low, last)
        # A running mean of the first n, an average that forgets 1/n from there on.
        weight = min(self._count, self._n)
        return self._value + (true_range - self._value) / weight


class Bands(NamedTuple):
    """Bollinger bands around their middle."""

    lower: float
    middle: float
    upper: float


class Bollinger:
    """Mean of n closes with bands of `width` population standard deviations; value is the mean."""

    __slots__ = ("_closes", "_n", "_width")

    def __init__(self, n: int = 20, width: float = 2.0) -> None:
        self._n = n
        self._width = width
        self._closes: deque[float] = deque(maxlen=n)

    @staticmethod
    def settling(n: int) -> int:
        """Return n: nothing older enters the bands."""
        return n

    @property
    def ready(self) -> bool:
        """Return whether n closes were seen."""
        return len(self._closes) == self._n

    @property
    def value(self) -> float | None:
        """Return the middle band after the last closed candle, None until warm."""
        return sum(self._closes) / self._n if self.ready else None

    @property
    def bands(self) -> Bands | None:
        """Return all bands after the last closed candle, None until warm."""
        return self._around(self._closes) if self.ready else None

    def update(self, close: float) -> None:
        """Take in the close of a closed candle."""
        self._closes.append(close)

    def peek(self, close: float) -> float:
        """Return the middle band as if a candle closed there."""
        return self.peek_bands(close).middle

    def peek_bands(self, close: float) -> Bands:
        """Return all bands as if a candle closed there."""
        window = [*self._closes, close][-self._n :]
        return self._around(window) if len(window) == self._n else Bands(nan, nan, nan)

    def _around(self, closes: Collection[float]) -> Bands:
        # From the closes themselves each time: running sums of squares drift apart on long series.
        middle = sum(closes) / self._n
        width = self._width * dist(closes, (middle,) * self._n) / sqrt(self._n)
        return Bands(middle - width, middle, middle + width)
