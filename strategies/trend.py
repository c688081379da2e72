"""How directed prices move: ADX."""

from math import nan

from strategies.settling import settling_of_cascade

# How many times their later size the moves at the start of a window may have been.
_SPREAD = 10.0
_FULL = 100.0


class Adx:
    """Average directional index (Wilder), 0 to 100, begun like TA-Lib; 2n candles make the first.

    Moves up and down are added up over n - 1 candles and then smoothed; the first index is the
    mean of the next n directional indices, later ones forget 1/n a candle. The true range that
    scales both directional indicators cancels out of the index, so the close is not looked at.
    """

    __slots__ = ("_adx", "_count", "_high", "_low", "_minus", "_n", "_plus", "_previous")

    def __init__(self, n: int = 14) -> None:
        self._n = n
        self._count = 0
        self._high = self._low = 0.0
        self._plus = self._minus = 0.0
        self._adx = 0.0  # the sum of directional indices until there are n of them
        self._previous: float | None = None

    @staticmethod
    def settling(n: int) -> int:
        """Return the candles until the first move no longer matters, to 1e-9 of full scale."""
        return 2 * n + settling_of_cascade(1.0 - 1.0 / n, 1.0 / n, _SPREAD)

    @property
    def ready(self) -> bool:
        """Return whether 2n candles were seen."""
        return self._count >= 2 * self._n

    @property
    def value(self) -> float | None:
        """Return the index after the last closed candle, None until warm."""
        return self._adx if self._count >= 2 * self._n else None

    @property
    def previous(self) -> float | None:
        """Return the index one closed candle earlier, None until that was warm."""
        return self._previous

    def update(self, high: float, low: float, close: float) -> None:
        """Take in a closed candle."""
        if self._count:
            plus, minus = self._moves(high, low)
            self._previous = self.value
            self._adx = self._index(plus, minus)
            self._plus, self._minus = plus, minus
        self._high, self._low = high, low
        self._count += 1

    def peek(self, high: float, low: float, close: float) -> float:
        """Return the index as if a candle closed with these prices."""
        return self._index(*self._moves(high, low)) if self._count + 1 >= 2 * self._n else nan

    def _moves(self, high: float, low: float) -> tuple[float, float]:
        up, down = high - self._high, self._low - low
        kept = 1.0 if self._count < self._n else 1.0 - 1.0 / self._n
        plus = self._plus * kept + (up if up > down and up > 0 else 0.0)
        minus = self._minus * kept + (down if down > up and down > 0 else 0.0)
        return plus, minus

    def _index(self, plus: float, minus: float) -> float:
        n, count, adx = self._n, self._count, self._adx
        if count < n:
            return 0.0
        both = plus + minus
        moved = both > 0
        directional = _FULL * abs(plus - minus) / both if moved else 0.0
        if count < 2 * n - 1:
            return adx + directional
        if count == 2 * n - 1:
            return (adx + directional) / n
        # Where nothing moved at all TA-Lib keeps the last index.
        return adx + (directional - adx) / n if moved else adx
