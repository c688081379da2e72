"""Candles of one market as columns, with the places where its days begin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.domain.candle import Candle
from engine.domain.errors import Malformed

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bars = tuple[Floats, Floats, Floats, Floats]

_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class CandleArrays:
    """Closed candles of one market and timeframe, oldest first; read-only by agreement.

    `day_starts` holds the row of the first candle of each venue day that has candles.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    day_starts: Integers

    def __len__(self) -> int:
        return len(self.close)

    @property
    def bars(self) -> Bars:
        """Return open, high, low and close."""
        return self.open, self.high, self.low, self.close

    def rows(self, start: int, stop: int) -> "CandleArrays":
        """Return the candles from row `start` up to but without `stop`, prices as views.

        A day that is cut begins at the cut.
        """
        inside = self.day_starts[(self.day_starts > start) & (self.day_starts < stop)] - start
        first = np.zeros(min(1, max(0, stop - start)), dtype=np.int64)
        part = slice(start, stop)
        return CandleArrays(
            self.open[part],
            self.high[part],
            self.low[part],
            self.close[part],
            np.concatenate((first, inside)),
        )


def candle_arrays(
    prices: tuple[ArrayLike, ArrayLike, ArrayLike, ArrayLike], day_starts: Integers
) -> CandleArrays:
    """Return columns of open, high, low and close that fit together.

    Raises:
        Malformed: the columns differ in length, or the first day does not begin at row 0.
    """
    open_, high, low, close = [np.ascontiguousarray(column, np.float64) for column in prices]
    starts = np.ascontiguousarray(day_starts, np.int64)
    count = len(close)
    if not open_.shape == high.shape == low.shape == close.shape == (count,):
        raise Malformed("candle columns differ in length")
    if count and (not len(starts) or starts.item(0) or starts.item(-1) >= count):
        raise Malformed("the first day must begin at the first candle")
    return CandleArrays(open_, high, low, close, starts)


def utc_day_starts(opened: Integers) -> Integers:
    """Return the first row of each UTC day; `opened` is in seconds since 1970, ascending."""
    if not len(opened):
        return np.empty(0, dtype=np.int64)
    first = int(opened[0]) // _DAY_SECONDS * _DAY_SECONDS
    midnights = np.arange(first, int(opened[-1]) + 1, _DAY_SECONDS, dtype=np.int64)
    rows = opened.searchsorted(midnights)
    # A day without a candle begins where the next one does.
    same = rows[1:] == rows[:-1]
    return np.unique(rows) if same.any() else rows


def from_candles(candles: Sequence[Candle], day_of: Callable[[datetime], date]) -> CandleArrays:
    """Return closed candles as columns; `day_of` gives the venue's trading day of a moment."""
    days = [day_of(candle.opened_at) for candle in candles]
    starts = [i for i, day in enumerate(days) if not i or day != days[i - 1]]
    table = np.array([candle[1:5] for candle in candles], dtype=np.float64).reshape(-1, 4)
    columns = (table[:, 0], table[:, 1], table[:, 2], table[:, 3])
    return candle_arrays(columns, np.array(starts, dtype=np.int64))
