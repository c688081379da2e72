"""Momentum of closes: RSI and MACD."""

from math import nan
from typing import NamedTuple

from strategies.indicators import Ema
from strategies.settling import settling_of_cascade, settling_of_decay

# How many times its later size the mean move at the start of a window may have been.
_SPREAD = 10.0
_FULL = 100.0


class Rsi:
    """Relative strength index, 0 to 100: Wilder averages begun at zero on the first candle.

    Without a single fall in its memory it is 100, as in `ta`.
    """

    __slots__ = ("_close", "_count", "_down", "_n", "_up")

    def __init__(self, n: int = 14) -> None:
        self._n = n
        self._count = 0
        self._close = self._up = self._down = 0.0

    @staticmethod
    def settling(n: int) -> int:
        """Return the candles until the first close no longer matters."""
        return settling_of_decay(1.0 - 1.0 / n, _SPREAD)

    @property
    def ready(self) -> bool:
        """Return whether n closes were seen."""
        return self._count >= self._n

    @property
    def value(self) -> float | None:
        """Return the index after the last closed candle, None until warm."""
        return _strength(self._up, self._down) if self._count >= self._n else None

    def update(self, close: float) -> None:
        """Take in the close of a closed candle."""
        if self._count:
            self._up, self._down = self._averages(close)
        self._close = close
        self._count += 1

    def peek(self, close: float) -> float:
        """Return the index as if a candle closed there."""
        if self._count + 1 < self._n:
            return nan
        return _strength(*self._averages(close)) if self._count else _FULL

    def _averages(self, close: float) -> tuple[float, float]:
        change = close - self._close
        up = change if change > 0 else 0.0
        down = -change if change < 0 else 0.0
        return self._up + (up - self._up) / self._n, self._down + (down - self._down) / self._n


class MacdLines(NamedTuple):
    """The MACD line, its signal line and the distance between them."""

    line: float
    signal: float
    histogram: float


class Macd:
    """Moving average convergence divergence; its value is the MACD line.

    The signal line begins with the first line there is: the nth of the slow average.
    """

    __slots__ = ("_fast", "_signal", "_slow")

    def __init__(self, fast: int = 12, slow: int = 26, signal: int = 9) -> None:
        self._fast = Ema(fast)
        self._slow = Ema(slow)
        self._signal = Ema(signal)

    @staticmethod
    def settling(fast: int = 12, slow: int = 26, signal: int = 9) -> int:
        """Return the candles until the first close no longer matters, to 1e-9 of the price."""
        longest = max(fast, slow, signal)
        gain = 2.0 / (signal + 1)
        return slow + settling_of_cascade(1.0 - 2.0 / (longest + 1), gain)

    @property
    def ready(self) -> bool:
        """Return whether the signal line is warm, and with it all three."""
        return self._signal.ready

    @property
    def value(self) -> float | None:
        """Return fast less slow average after the last closed candle, None until both are warm."""
        fast, slow = self._fast.value, self._slow.value
        return None if fast is None or slow is None else fast - slow

    @property
    def lines(self) -> MacdLines | None:
        """Return all three after the last closed candle, None until the signal line is warm."""
        line, signal = self.value, self._signal.value
        return None if line is None or signal is None else MacdLines(line, signal, line - signal)

    def update(self, close: float) -> None:
        """Take in the close of a closed candle."""
        self._fast.update(close)
        self._slow.update(close)
        line = self.value
        if line is not None:
            self._signal.update(line)

    def peek(self, close: float) -> float:
        """Return the MACD line as if a candle closed there."""
        return self._fast.peek(close) - self._slow.peek(close)

    def peek_lines(self, close: float) -> MacdLines:
        """Return all three as if a candle closed there."""
        line = self.peek(close)
        signal = self._signal.peek(line)
        return MacdLines(line, signal, line - signal)


def _strength(up: float, down: float) -> float:
    return _FULL if down == 0 else _FULL - _FULL / (1.0 + up / down)
