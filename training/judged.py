"""Turns the books of a replay into performance: the statistics of every venue."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.domain.money import ONE, PERCENT, from_float
from engine.domain.venue import VenueName
from training.replayed import Book, Replayed
from training.statistics import (
    Days,
    Performance,
    exposure_percent,
    grouped,
    growth,
    hold_curve,
    summary,
)

_DAYS_ALWAYS, _DAYS_OF_EXCHANGE = 365, 252


@dataclass(frozen=True, slots=True)
class Result:
    """A replay and what it amounts to, by venue."""

    replayed: Replayed
    venues: Mapping[VenueName, Performance]

    @property
    def checks(self) -> int:
        """Return how often the books were checked."""
        return self.replayed.checks

    @property
    def differences(self) -> list[str]:
        """Return what the checks found wrong."""
        return list(self.replayed.differences)


def judged(replayed: Replayed) -> Result:
    """Return a replay with the performance of its venues."""
    venues = {name: _performance(name, book, replayed) for name, book in replayed.books.items()}
    return Result(replayed, venues)


def days_of(name: VenueName, book: Book) -> Days:
    """Return the calendar by which a venue's returns are taken."""
    return Days(book.sessions.day, _DAYS_ALWAYS if name.is_crypto else _DAYS_OF_EXCHANGE)


def _performance(name: VenueName, book: Book, replayed: Replayed) -> Performance:
    days, last = days_of(name, book), replayed.last
    held = [(trade.opened_at, trade.at) for trade in book.closed]
    held += [(opened_at, last) for opened_at in book.held_since]
    curve = hold_curve(book.markets, book.initial)
    return Performance(
        traded=summary(book.closed),
        growth=growth(book.curve, book.initial, days),
        hold=growth(curve, book.initial, days) if curve else None,
        exposure_percent=exposure_percent(held, replayed.first, last),
        by_symbol=grouped(book.closed, lambda trade: trade.symbol),
        by_reason=grouped(book.closed, lambda trade: trade.reason.value),
        held_symbols={
            symbol: (from_float(float(bars.close[-1])) / from_float(float(bars.open[0])) - ONE)
            * PERCENT
            for symbol, bars in book.markets.items()
            if len(bars)
        },
    )
