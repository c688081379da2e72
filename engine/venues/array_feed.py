"""A market whose candles are recorded: arrays of one or more timeframes."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from engine.domain.candle import Timeframe
from engine.venues.bars import DAY, Bars, empty_bars, gathered, joined
from engine.venues.feed import SESSION_END, closed


class ArrayFeed:
    """Serves the finest recorded timeframe as base candles, the coarser as the past before it.

    `by_session` says that a day of trading ends at 15:30 KST instead of 00:00 UTC.
    """

    def __init__(
        self,
        timeframe: Timeframe,
        recorded: Mapping[Timeframe, Bars],
        marks: tuple[Timeframe, Bars] | None = None,
        funding: Sequence[tuple[int, float]] = (),
        *,
        by_session: bool = False,
    ) -> None:
        """Keep the arrays; `timeframe` is the base one among the recorded."""
        self.base = recorded[timeframe]
        self._timeframe = timeframe
        self._recorded = recorded
        self._marks = marks
        self._funding: dict[int, list[tuple[int, float]]] = {}
        for second, rate in funding:
            self._funding.setdefault(second // DAY, []).append((second, rate))
        days, firsts = np.unique(self.base.opened // DAY, return_index=True)
        self._days: list[int] = days.tolist()
        spans = pairwise([*firsts.tolist(), len(self.base)])
        self._rows = dict(zip(self._days, spans, strict=True))
        self._day_ends = SESSION_END if by_session else DAY
        self._by_session = by_session
        self._lasts = min(timeframe.seconds, self._day_ends)

    @property
    def timeframe(self) -> Timeframe:
        """Return the interval of the base candles."""
        return self._timeframe

    @property
    def lasts(self) -> int:
        """Return the seconds from the opening of a base candle to its close."""
        return self._lasts

    @property
    def first(self) -> int | None:
        """Return the second of the first base candle."""
        return int(self.base.opened[0])

    def next_day(self, day: int) -> int | None:
        """Return the first day with candles from the given one on, None after the last."""
        row = bisect_left(self._days, day)
        return self._days[row] if row < len(self._days) else None

    def day(self, day: int) -> Bars:
        """Return the base candles that open on a day."""
        return self.base.rows(*self._rows.get(day, (0, 0)))

    def marks(self, day: int) -> Bars | None:
        """Return mark-price candles row by row for the base candles of a day, None without any.

        Where marks are recorded in longer candles than trades, the mark of a base candle is its
        trade moved by the distance at the opening of the longer one, within that one's range.
        """
        if self._marks is None:
            return None
        timeframe, recorded = self._marks
        base = self.day(day)
        if not len(base) or not len(recorded):
            return base
        row = np.searchsorted(recorded.opened, base.opened, side="right") - 1
        safe = np.clip(row, 0, None)
        covered = (row >= 0) & (base.opened < recorded.opened[safe] + timeframe.seconds)
        if timeframe is self._timeframe:
            return Bars(
                base.opened,
                np.where(covered, recorded.open[safe], base.open),
                np.where(covered, recorded.high[safe], base.high),
                np.where(covered, recorded.low[safe], base.low),
                np.where(covered, recorded.close[safe], base.close),
                base.volume,
            )
        start = np.searchsorted(base.opened, recorded.opened[safe])
        first = base.open[np.clip(start, 0, len(base) - 1)]
        ratio = np.where(covered, recorded.open[safe] / first, 1.0)
        lowest = np.where(covered, recorded.low[safe], 0.0)
        highest = np.where(covered, recorded.high[safe], np.inf)
        return Bars(
            base.opened,
            np.clip(base.open * ratio, lowest, highest),
            np.clip(base.high * ratio, lowest, highest),
            np.clip(base.low * ratio, lowest, highest),
            np.clip(base.close * ratio, lowest, highest),
            base.volume,
        )

    def funding(self, day: int) -> Sequence[tuple[int, float]]:
        """Return the funding of a day: second and rate."""
        return self._funding.get(day, ())

    def count(self, start: int, stop: int | None) -> int | None:
        """Return how many base candles open from one second up to but without another."""
        first = int(np.searchsorted(self.base.opened, start))
        if stop is None:
            return len(self.base) - first
        return int(np.searchsorted(self.base.opened, stop)) - first

    def history(self, timeframe: Timeframe, until: int, count: int) -> Bars:
        """Return the newest candles that are closed at a second, at most `count`."""
        if timeframe.seconds < self._timeframe.seconds or count <= 0:
            return empty_bars()
        past = self.base.rows(0, self._closed(until))
        ratio = timeframe.seconds // self._timeframe.seconds
        rows = past.newest((count + 1) * ratio)
        bars = gathered(rows, timeframe.seconds)
        if len(rows) and int(rows.opened[0]) % timeframe.seconds:
            bars = bars.rows(1, len(bars))
        bars = closed(bars, timeframe.seconds, until, self._day_ends)
        if len(bars) < count:
            bars = joined([self._before(timeframe, until), bars])
        return bars.newest(count)

    def recent(self, until: int) -> Bars:
        """Return closed base candles of the last 24 h; of a stock, those of one session."""
        end = self._closed(until)
        if self._by_session:
            return self.base.rows(end - max(1, self._day_ends // self._timeframe.seconds), end)
        return self.base.rows(int(self.base.opened.searchsorted(until - DAY)), end)

    def _closed(self, until: int) -> int:
        return int(self.base.opened.searchsorted(until - self._lasts, side="right"))

    def _before(self, timeframe: Timeframe, until: int) -> Bars:
        first = int(self.base.opened[0])
        edge = min(first + -first % timeframe.seconds, until)
        for coarse in sorted(self._recorded, key=lambda each: -each.seconds):
            if self._timeframe.seconds < coarse.seconds <= timeframe.seconds:
                bars = self._recorded[coarse].between(0, min(edge, until - coarse.seconds + 1))
                return closed(gathered(bars, timeframe.seconds), timeframe.seconds, until)
        return empty_bars()
