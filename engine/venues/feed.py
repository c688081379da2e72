"""A market's recorded or made prices as the replay asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.domain.candle import Timeframe
from engine.domain.instrument import Instrument
from engine.domain.venue import Sessions
from engine.venues.bars import DAY, Bars

SESSION_END = 6 * 3600 + 1800


class Feed(Protocol):
    """Base candles of one market by UTC day (days since 1970), and the past as longer candles."""

    @property
    def timeframe(self) -> Timeframe:
        """Return the interval of the base candles."""
        ...

    @property
    def lasts(self) -> int:
        """Return the seconds from the opening of a base candle to its close."""
        ...

    @property
    def first(self) -> int | None:
        """Return the second of the first base candle, None where the past has no beginning."""
        ...

    def next_day(self, day: int) -> int | None:
        """Return the first day with candles from the given one on, None after the last."""
        ...

    def day(self, day: int) -> Bars:
        """Return the base candles that open on a day."""
        ...

    def marks(self, day: int) -> Bars | None:
        """Return mark-price candles row by row for the base candles of a day, None without any."""
        ...

    def funding(self, day: int) -> Sequence[tuple[int, float]]:
        """Return the funding of a day: second and rate."""
        ...

    def count(self, start: int, stop: int | None) -> int | None:
        """Return how many base candles open from one second up to but without another.

        Without `stop` to the end of the data, and None where they have none.
        """
        ...

    def history(self, timeframe: Timeframe, until: int, count: int) -> Bars:
        """Return the newest candles that are closed at a second, at most `count`."""
        ...

    def recent(self, until: int) -> Bars:
        """Return closed base candles of the last 24 h; of a stock, those of one session."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """All markets of one venue: rules, prices, sessions, and what to say of them on a card."""

    instruments: Sequence[Instrument]
    feeds: dict[str, Feed]
    sessions: Sessions
    note: str


def closed(bars: Bars, seconds: int, until: int, day_ends: int = DAY) -> Bars:
    """Return the candles that are complete at a second.

    `seconds` is their length; a day of trading is over `day_ends` seconds after 00:00 UTC, and with
    it every candle that reaches beyond.
    """
    if not len(bars):
        return bars
    last = int(bars.opened[-1])
    ends = min(last + seconds, last - last % DAY + max(day_ends, last % DAY + 1))
    return bars if ends <= until else bars.rows(0, len(bars) - 1)


def newest_before(feed: Feed, second: int) -> tuple[Bars, Bars | None]:
    """Return the newest base candle that opened before a second, with its mark where known."""
    for day in (second // DAY, second // DAY - 1):
        bars = feed.day(day).between(0, second)
        if len(bars):
            marks = feed.marks(day)
            row = len(bars)
            return bars.newest(1), None if marks is None else marks.rows(row - 1, row)
    return feed.history(feed.timeframe, second, 1), None
