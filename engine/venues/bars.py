"""Candles as arrays: cut by time, gathered into longer ones, handed out as tuples when needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from engine.domain.candle import Candle

Floats = NDArray[np.float64]
Seconds = NDArray[np.int64]
DAY = 86_400


@dataclass(frozen=True, slots=True)
class Bars:
    """Columns of equal length: opening second since 1970 (UTC), prices, volume in base."""

    opened: Seconds
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.opened)

    def rows(self, start: int, stop: int) -> "Bars":
        """Return the rows from number `start` up to but without `stop`, as views."""
        if start <= 0 and stop >= len(self):
            return self
        part = slice(max(start, 0), max(stop, 0))
        return Bars(
            self.opened[part],
            self.open[part],
            self.high[part],
            self.low[part],
            self.close[part],
            self.volume[part],
        )

    def between(self, start: int, stop: int) -> "Bars":
        """Return the rows that open from one second up to but without another."""
        first, last = np.searchsorted(self.opened, (start, stop))
        return self.rows(int(first), int(last))

    def newest(self, count: int) -> "Bars":
        """Return the last rows, at most `count`."""
        return self.rows(len(self) - count, len(self)) if count > 0 else self.rows(0, 0)

    def candles(self, times: dict[int, datetime] | None = None) -> list[Candle]:
        """Return the rows as candles; `times` shares moments between markets."""
        known = {} if times is None else times
        opened = self.opened.tolist()
        for second in opened:
            if second not in known:
                known[second] = datetime.fromtimestamp(second, UTC)
        rows = zip(
            [known[second] for second in opened],
            self.open.tolist(),
            self.high.tolist(),
            self.low.tolist(),
            self.close.tolist(),
            self.volume.tolist(),
            strict=True,
        )
        # A named tuple's own constructor takes three times as long.
        return list(map(partial(tuple.__new__, Candle), rows))

    def turnover(self) -> float:
        """Return the value traded, each candle at its close."""
        return float(self.close @ self.volume)


def gathered(bars: Bars, seconds: int) -> Bars:
    """Return candles of a longer interval, counted from 00:00 UTC; gaps stay gaps."""
    if not len(bars):
        return bars
    bucket = bars.opened - bars.opened % seconds
    starts = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    ends = np.append(starts[1:], len(bars)) - 1
    return Bars(
        bucket[starts],
        bars.open[starts],
        np.maximum.reduceat(bars.high, starts),
        np.minimum.reduceat(bars.low, starts),
        bars.close[ends],
        np.add.reduceat(bars.volume, starts),
    )


def joined(parts: Sequence[Bars]) -> Bars:
    """Return parts that follow each other as one."""
    if not parts:
        return empty_bars()
    return Bars(
        np.concatenate([part.opened for part in parts]),
        np.concatenate([part.open for part in parts]),
        np.concatenate([part.high for part in parts]),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.close for part in parts]),
        np.concatenate([part.volume for part in parts]),
    )


def empty_bars() -> Bars:
    """Return no candles."""
    none = np.empty(0)
    return Bars(np.empty(0, dtype=np.int64), none, none, none, none, none)
