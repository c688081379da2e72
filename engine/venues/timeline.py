"""What happens when in one venue's data: candles that close and open, and funding, by second."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import repeat
from math import inf
from typing import NamedTuple

from engine.domain.candle import Candle
from engine.venues.bars import DAY
from engine.venues.feed import Feed

# A market, its base candle, and the candle of the prices that pull triggers in it.
Row = tuple[str, Candle, Candle | None]


class Passed(NamedTuple):
    """What a market that was asleep has missed: closed candles, then one that has opened."""

    closed: Sequence[Row]
    opened: Row | None


@dataclass(slots=True)
class Moment:
    """Everything of one venue at one second; markets are sorted.

    `slept` are the seconds before it at which nobody was awake to be told anything.
    """

    slept: Sequence[int] = ()
    passed: list[Passed] = field(default_factory=list)
    closing: list[Row] = field(default_factory=list)
    opening: list[Row] = field(default_factory=list)
    funding: Sequence[tuple[str, float]] = ()


class Timeline:
    """The agenda of one venue, filled day by day.

    A market can be put to sleep: its candles pass untold, and the moment at which it wakes hands
    them over before its own. The last candle of a day always closes awake.
    """

    def __init__(self, feeds: Mapping[str, Feed], end: float = inf) -> None:
        """Keep the feeds in the fixed order of their symbols; nothing after `end` is taken."""
        self._feeds = dict(sorted(feeds.items()))
        self._tracks = {symbol: _Track(feed.lasts) for symbol, feed in self._feeds.items()}
        self._funding: dict[int, list[tuple[str, float]]] = {}
        self._end = end
        self._agenda: list[int] = []
        self._next = 0
        self.wakes = 0

    def next_day(self, day: int) -> int | None:
        """Return the first day with candles from the given one on, None after the last."""
        days = [found for feed in self._feeds.values() if (found := feed.next_day(day)) is not None]
        return min(days, default=None)

    def load(self, day: int, since: int) -> None:
        """Add the candles and the funding of a day, without what lies before `since`."""
        times: dict[int, datetime] = {}
        seconds = set(self._agenda[self._next :])
        for symbol, feed in self._feeds.items():
            bars = feed.day(day)
            if since > day * DAY:
                bars = bars.between(since - feed.lasts, (day + 1) * DAY)
            if not len(bars):
                continue
            marks = feed.marks(day)
            mark_candles: Sequence[Candle | None] = (
                [None] * len(bars) if marks is None else marks.newest(len(bars)).candles(times)
            )
            rows = zip(repeat(symbol), bars.candles(times), mark_candles, strict=False)
            opened: list[int] = bars.opened.tolist()
            self._tracks[symbol].add(opened, rows, since)
            seconds.update(second for second in opened if second >= since)
            seconds.update((bars.opened + feed.lasts).tolist())
        for symbol, feed in self._feeds.items():
            for second, rate in feed.funding(day):
                if second >= since:
                    self._funding.setdefault(second, []).append((symbol, rate))
                    seconds.add(second)
        self._agenda, self._next = sorted(seconds), 0
        self._note_wakes()

    def between(self, after: int, stop: int | None) -> list[int]:
        """Return the seconds of the agenda after one and before another, or without an end."""
        end = len(self._agenda) if stop is None else bisect_left(self._agenda, stop)
        return self._agenda[bisect_left(self._agenda, after + 1) : end]

    def drop_closings(self, second: int) -> None:
        """Forget what closes at a second: it is history at the start of a replay."""
        for track in self._tracks.values():
            track.closes_at(second)

    def sleep(self, calm: Mapping[str, Sequence[tuple[float, int]]]) -> None:
        """Let candles of markets pass untold that stay below a price, until a second."""
        for symbol, promises in calm.items():
            track = self._tracks[symbol]
            track.wakes = max(self._calm(track, below, until) for below, until in promises)
        self._note_wakes()

    def rouse(self, symbol: str) -> None:
        """Let a market wake with the next moment, whatever it was promised."""
        track = self._tracks[symbol]
        if track.wakes:
            track.wakes = self.wakes = 1

    def take(self, second: int) -> Moment | None:
        """Return what happens at a second to markets that are awake by then, and forget it."""
        row = bisect_left(self._agenda, second, self._next)
        if self.wakes > second or row == len(self._agenda) or self._agenda[row] != second:
            return None
        moment = Moment(self._agenda[self._next : row], funding=self._funding.pop(second, ()))
        self._next, self.wakes = row + 1, 0
        for track in self._tracks.values():
            if track.wakes > second:
                continue
            if track.wakes:
                moment.passed.append(track.missed(second))
            if (closing := track.closes_at(second)) is not None:
                moment.closing.append(closing)
            if (opening := track.opens_at(second)) is not None:
                moment.opening.append(opening)
        return moment

    def _calm(self, track: "_Track", below: float, until: int) -> int:
        """Return the second at which a market has to be awake again, 0 where it is the next."""
        row = bisect_left(self._agenda, until)
        last = bisect_right(self._agenda, self._end) - 1
        return min(track.calm(below, until), *self._agenda[row : row + 1], self._agenda[last])

    def _note_wakes(self) -> None:
        self.wakes = min((t.wakes for t in self._tracks.values() if t.is_loaded), default=0)


class _Track:
    """One market's loaded candles: the first that has not closed, the first that has not opened."""

    __slots__ = ("_closing", "_lasts", "_opened", "_opening", "_rows", "wakes")

    def __init__(self, lasts: int) -> None:
        self._lasts = lasts
        self._opened: list[int] = []
        self._rows: list[Row] = []
        self._closing = self._opening = 0
        self.wakes = 0

    @property
    def is_loaded(self) -> bool:
        return self._closing < len(self._rows)

    def add(self, opened: list[int], rows: Iterable[Row], since: int) -> None:
        past = self._closing
        self._opened = [*self._opened[past:], *opened]
        self._rows = [*self._rows[past:], *rows]
        self._closing = 0
        self._opening = max(self._opening - past, bisect_left(self._opened, since))

    def closes_at(self, second: int) -> Row | None:
        row = self._closing
        if row == len(self._rows) or self._opened[row] + self._lasts != second:
            return None
        self._closing = row + 1
        return self._rows[row]

    def opens_at(self, second: int) -> Row | None:
        row = self._opening
        if row == len(self._rows) or self._opened[row] != second:
            return None
        self._opening = row + 1
        return self._rows[row]

    def calm(self, below: float, until: int) -> int:
        """Return the second of the first event to tell when it comes, 0 where that is the next."""
        opened, lasts = self._opened, self._lasts
        for row in range(self._closing, len(opened)):
            reaches = self._rows[row][1].high >= below
            if row >= self._opening and (reaches or opened[row] >= until):
                return self._unless_next(opened[row])
            if reaches or opened[row] + lasts >= until:
                return self._unless_next(opened[row] + lasts)
        return self._unless_next(opened[-1] + lasts) if self.is_loaded else 0

    def missed(self, second: int) -> Passed:
        """Return what has closed and opened before a second, and go on from there awake."""
        closing, opening, self.wakes = self._closing, self._opening, 0
        self._closing = bisect_left(self._opened, second - self._lasts, closing)
        self._opening = bisect_left(self._opened, second, opening)
        is_news = self._opening > max(opening, self._closing)
        opened = self._rows[self._closing] if is_news else None
        return Passed(self._rows[closing : self._closing], opened)

    def _unless_next(self, second: int) -> int:
        closes = self._opened[self._closing] + self._lasts
        following = self._opened[self._opening : self._opening + 1]
        return second if second > min([closes, *following]) else 0


def at_second(second: int) -> datetime:
    """Return the moment of a second since 1970."""
    return datetime.fromtimestamp(second, UTC)
