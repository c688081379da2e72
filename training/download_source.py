"""What every venue's candles look like to the downloader."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.domain.candle import Candle, Timeframe, checked
from engine.domain.errors import Malformed
from training.pacing import Pace
from training.spans import Span, moment, slot

WORDS = 200


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a venue: its candles, ascending, and the span that they are the answer for.

    `unsure` are the parts of that span for which no candle came and yet one may exist: they are
    not asked for again now, but are the next time.
    """

    candles: tuple[Candle, ...]
    answered: Span
    unsure: tuple[Span, ...] = ()


class CandleSource(Protocol):
    """Closed candles of one venue.

    Every method may raise Throttled, VenueDown, Malformed or Refused; nothing is retried inside.
    """

    pace: Pace

    async def symbols(self) -> Collection[str]:
        """Return what the venue trades, as BASE/QUOTE."""
        ...

    def timeframes(self) -> Collection[Timeframe]:
        """Return the timeframes that the venue has; known once the symbols were asked for."""
        ...

    async def page(self, symbol: str, timeframe: Timeframe, span: Span) -> Page:
        """Return the answer for a part of the span that touches its start or its end."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def rows_to_candles(venue: str, rows: object) -> list[Candle]:
    """Return candles of rows that begin with opening in ms, open, high, low, close and volume.

    Raises:
        Malformed: they are nothing of the kind.
    """
    if not isinstance(rows, list):
        # An empty answer of any other kind would pass for "nothing traded".
        raise Malformed(f"an answer of {venue} is no list ({short(rows)})")
    try:
        return [Candle(moment(int(r[0])), *(float(value) for value in r[1:6])) for r in rows]
    except (TypeError, ValueError, LookupError, OverflowError) as e:
        raise Malformed(f"an answer of {venue} made no sense ({short(e)})") from e


def page_of(
    candles: Iterable[Candle], timeframe: Timeframe, answered: Span, unsure: Sequence[Span] = ()
) -> Page:
    """Return a page of the candles that can be true; the places of the others stay unsure.

    Raises:
        Malformed: a candle lies outside of the span that was answered.
    """
    good: dict[object, Candle] = {}
    doubtful = list(unsure)
    for candle in candles:
        opened = timeframe.start(candle.opened_at)
        if opened not in answered:
            raise Malformed(f"a candle of {opened:%Y-%m-%d %H:%M} was not asked for")
        try:
            if opened != candle.opened_at:
                raise Malformed("opens beside the clock")
            good[opened] = checked(candle)
        except Malformed:
            doubtful.append(slot(opened, timeframe))
    ascending = sorted(good.values(), key=lambda candle: candle.opened_at)
    return Page(tuple(ascending), answered, tuple(doubtful))


def short(text: object) -> str:
    """Return the first words of what a library or a venue said, on one line."""
    return " ".join(str(text).split())[:WORDS]
