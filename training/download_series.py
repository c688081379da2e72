"""Fetches one series into the candle store: asks only for what the store does not know yet."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.domain.candle import Timeframe
from engine.domain.errors import Malformed
from training.candle_month import Month, name_of, read_month, write_month
from training.candle_store import Series
from training.download_source import CandleSource, Page
from training.pacing import Asker
from training.spans import Span, merged, months, places, total, without

SAVE_EVERY = 20_000
# An answer whose first or last places are empty, more than so many, is asked for twice.
SURE_UP_TO = 30
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a download did for one series.

    `new` candles were stored, in `empty` places the venue says that nothing traded, and `refused`
    places are still open: a candle there was impossible, or the venue did not say. `damaged` months
    could not be read and were fetched anew.
    """

    series: Series
    new: int
    present: int
    empty: int
    refused: int
    damaged: int


class Shelf:
    """The stored months of one series within a span, and what was fetched but is not written yet.

    A month that cannot be read is fetched anew.
    """

    def __init__(self, root: Path, series: Series, span: Span) -> None:
        """Look at what is there.

        Raises:
            Malformed: the series has no proper name.
        """
        self._folder = series.folder(root)
        self._series = series
        self._span = span
        self._waiting: dict[Span, list[Page]] = {}
        self._damaged: set[Span] = set()
        self._unsaved = 0
        self._counts: dict[Span, int] = {}
        self._covered: tuple[Span, ...] = ()
        for month in months(span):
            content = self._read(month)
            self._counts[month] = self._count(content)
            self._covered = merged((*self._covered, *content.covered))
        self._before = sum(self._counts.values())

    def missing(self) -> tuple[Span, ...]:
        """Return what the venue has not answered for yet."""
        return without([self._span], self._covered)

    def put(self, page: Page) -> None:
        """Take in one answer; it is on disk after the next `save`, or after enough of them."""
        answered = page.answered.within(self._span)
        self._covered = merged((*self._covered, *without([answered], page.unsure)))
        for month in months(answered):
            self._waiting.setdefault(month, []).append(page)
        self._unsaved += len(page.candles)
        if self._unsaved >= SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Write what is waiting, month by month, each in one step.

        Raises:
            DiskFailed: a month was not written; the ones before it were.
        """
        label = {
            "venue": self._series.venue,
            "symbol": self._series.symbol,
            "timeframe": self._series.timeframe.value,
        }
        for month in sorted(self._waiting):
            part = month.within(self._span)
            pages = self._waiting[month]
            candles = [c for page in pages for c in page.candles if c.opened_at in part]
            covered = [
                span
                for page in pages
                for span in without([page.answered.within(part)], page.unsure)
            ]
            content = self._read(month).joined(candles, covered)
            write_month(self._folder / name_of(month), content, label)
            self._counts[month] = self._count(content)
            del self._waiting[month]
        self._unsaved = 0

    def fetched(self) -> Fetched:
        """Return what came of it, as far as it is saved."""
        room = total([self._span], self._series.timeframe)
        present = sum(self._counts.values())
        refused = total(self.missing(), self._series.timeframe)
        return Fetched(
            series=self._series,
            new=present - self._before,
            present=present,
            empty=room - present - refused,
            refused=refused,
            damaged=len(self._damaged),
        )

    def _count(self, content: Month) -> int:
        return sum(1 for candle in content.candles if candle.opened_at in self._span)

    def _read(self, month: Span) -> Month:
        path = self._folder / name_of(month)
        try:
            return read_month(path, self._series.timeframe)
        except Malformed as e:
            _log.info("candles.month_damaged", extra={"file": str(path), "reason": str(e)})
            self._damaged.add(month)
            return Month()


async def fetch(
    source: CandleSource,
    asker: Asker,
    shelf: Shelf,
    series: Series,
    told: Callable[[int], None],
) -> Fetched:
    """Fetch what the shelf lacks and return what came of it; however it ends, all of it is saved.

    `told` is handed the number of places still to be asked for, after each answer.

    Raises:
        PasuError: the venue gave a definite no, or patience ended.
    """
    todo = shelf.missing()
    try:
        while todo:
            told(total(todo, series.timeframe))
            # From the first place missing to the last: the source answers from the end it can.
            hull = Span(todo[0].start, todo[-1].end)
            page = await asker.ask(partial(_sure_page, source, series, hull))
            left = without(todo, [page.answered])
            if left == todo:
                raise Malformed(f"{series.venue} answered beside the question")
            shelf.put(page)
            todo = left
    finally:
        shelf.save()
    told(0)
    return shelf.fetched()


async def _sure_page(source: CandleSource, series: Series, hull: Span) -> Page:
    # One empty answer, given in a bad minute, would otherwise stand for years without a trade.
    page = await source.page(series.symbol, series.timeframe, hull)
    if _empty_edge(page, series.timeframe) > SURE_UP_TO:
        await source.pace.turn()
        if await source.page(series.symbol, series.timeframe, hull) != page:
            raise Malformed(f"{series.venue} gave two answers to one question")
    return page


def _empty_edge(page: Page, timeframe: Timeframe) -> int:
    if not page.candles:
        return places(page.answered, timeframe)
    before = Span(page.answered.start, page.candles[0].opened_at)
    behind = Span(page.candles[-1].opened_at + timeframe.delta, page.answered.end)
    return max(places(before, timeframe), places(behind, timeframe))
