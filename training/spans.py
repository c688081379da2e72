"""Stretches of time: which candles are there, and which are still to be asked for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.domain.candle import EPOCH, Timeframe

_DECEMBER = 12
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time, aware and in UTC, its end excluded."""

    start: datetime
    end: datetime

    def __bool__(self) -> bool:
        """Return whether it holds any moment."""
        return self.start < self.end

    def __contains__(self, moment: datetime) -> bool:
        """Return whether it holds the moment."""
        return self.start <= moment < self.end

    def within(self, other: "Span") -> "Span":
        """Return the part that lies inside the other span, which may be none."""
        return Span(max(self.start, other.start), min(self.end, other.end))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the same moments in as few spans as there can be, ascending."""
    found: list[Span] = []
    for span in sorted(span for span in spans if span):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)


def without(wanted: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """Return the moments of `wanted` that are not in `taken`, ascending."""
    left = []
    holes = merged(taken)
    for span in merged(wanted):
        start = span.start
        for hole in holes:
            if hole.end <= start or hole.start >= span.end:
                continue
            left.append(Span(start, hole.start))
            start = hole.end
        left.append(Span(start, span.end))
    return tuple(span for span in left if span)


def places(span: Span, timeframe: Timeframe) -> int:
    """Return how many candles a span has room for; its ends lie on openings."""
    return max(0, (span.end - span.start) // timeframe.delta)


def slot(opened_at: datetime, timeframe: Timeframe) -> Span:
    """Return the span of one candle."""
    return Span(opened_at, opened_at + timeframe.delta)


def months(span: Span) -> Iterator[Span]:
    """Yield the calendar months (UTC) that a span touches, whole, ascending."""
    start = span.start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while start < span.end:
        year, month = divmod(start.year * _DECEMBER + start.month, _DECEMBER)
        end = start.replace(year=year, month=month + 1)
        yield Span(start, end)
        start = end


def milliseconds(moment: datetime) -> int:
    """Return a moment as whole milliseconds since 1970."""
    return (moment - EPOCH) // _MILLISECOND


def moment(since_1970_ms: int) -> datetime:
    """Return the moment that lies so many milliseconds after 1970."""
    return EPOCH + since_1970_ms * _MILLISECOND


def total(spans: Sequence[Span], timeframe: Timeframe) -> int:
    """Return how many candles several spans have room for."""
    return sum(places(span, timeframe) for span in spans)
