"""Venue days as closed candles show them: the open of a day, the range of the one before."""

from datetime import date

from engine.domain.candle import Candle


class Days:
    """The day of the last closed candle and the day before it that has candles.

    Days without a candle (weekends, gaps) do not count: the day before is the last one traded.
    """

    __slots__ = ("_high", "_low", "_range_before", "day", "open")

    def __init__(self) -> None:
        self.day: date | None = None
        self.open = 0.0
        self._high = self._low = 0.0
        self._range_before: float | None = None

    def update(self, candle: Candle, day: date) -> None:
        """Take in a closed candle and the venue day of its open."""
        if day != self.day:
            if self.day is not None:
                self._range_before = self._high - self._low
            self.day = day
            _, self.open, self._high, self._low, _, _ = candle
            return
        self._high = max(self._high, candle.high)
        self._low = min(self._low, candle.low)

    def range_before(self, day: date) -> float | None:
        """Return high less low of the day before; None on the first day and for older ones.

        For a day after the last closed candle that candle's own day is the one before.
        """
        if self.day is None or day < self.day:
            return None
        return self._range_before if day == self.day else self._high - self._low
