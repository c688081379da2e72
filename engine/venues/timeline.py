"""What happens when in one venue's data: candles that close and open, and funding, by second."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import repeat
from typing import NamedTuple

from engine.domain.candle import Candle
from engine.venues.bars import DAY
from engine.venues.feed import Feed


class Row(NamedTuple):
    """A base candle of a market with the candle of the prices that pull triggers in it."""

    symbol: str
    candle: Candle
    mark: Candle | None


@dataclass(slots=True)
class Moment:
    """Everything of one venue at one second; markets are sorted."""

    closing: list[Row] = field(default_factory=list)
    opening: list[Row] = field(default_factory=list)
    funding: list[tuple[str, float]] = field(default_factory=list)


class Timeline:
    """The agenda of one venue, filled day by day."""

    def __init__(self, feeds: Mapping[str, Feed]) -> None:
        """Keep the feeds in the fixed order of their symbols."""
        self._feeds = dict(sorted(feeds.items()))
        self._agenda: dict[int, Moment] = {}

    def next_day(self, day: int) -> int | None:
        """Return the first day with candles from the given one on, None after the last."""
        days = [found for feed in self._feeds.values() if (found := feed.next_day(day)) is not None]
        return min(days, default=None)

    def load(self, day: int, since: int) -> None:
        """Add the candles and the funding of a day, without what lies before `since`."""
        times: dict[int, datetime] = {}
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
            rows = map(Row, repeat(symbol), bars.candles(times), mark_candles)
            self._add(bars.opened.tolist(), rows, feed.lasts, since)
        for symbol, feed in self._feeds.items():
            for second, rate in feed.funding(day):
                if second >= since:
                    self._moment(second).funding.append((symbol, rate))

    def before(self, stop: int | None) -> list[int]:
        """Return the seconds of the agenda before one, in order; all of them without a bound."""
        return sorted(second for second in self._agenda if stop is None or second < stop)

    def drop_closings(self, second: int) -> None:
        """Forget what closes at a second: it is history at the start of a replay."""
        if second in self._agenda:
            self._agenda[second].closing.clear()

    def take(self, second: int) -> Moment | None:
        """Return what happens at a second and forget it."""
        return self._agenda.pop(second, None)

    def _add(self, opened: list[int], rows: Iterable[Row], lasts: int, since: int) -> None:
        agenda = self._agenda
        for second, row in zip(opened, rows, strict=True):
            if second >= since:
                if second not in agenda:
                    agenda[second] = Moment()
                agenda[second].opening.append(row)
            closes = second + lasts
            if closes not in agenda:
                agenda[closes] = Moment()
            agenda[closes].closing.append(row)

    def _moment(self, second: int) -> Moment:
        found = self._agenda.get(second)
        if found is None:
            found = self._agenda[second] = Moment()
        return found


def at_second(second: int) -> datetime:
    """Return the moment of a second since 1970."""
    return datetime.fromtimestamp(second, UTC)
