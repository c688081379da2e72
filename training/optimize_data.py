"""The candles of a search: recorded or built-in, of one venue, with the lead a strategy needs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from engine.core.tuning_candles import SLIPPAGE
from engine.core.tuning_entries import MarketSeries
from engine.domain.candle import Timeframe
from engine.domain.errors import BadConfiguration, Malformed, Problem
from engine.domain.instrument import Instrument
from engine.domain.venue import Sessions, VenueName
from engine.phrases.book import english
from engine.venues.builtin_market import BUILTIN_START, builtin_sources
from engine.venues.candle_source import read_folder, require_data
from engine.venues.feed import Feed, Source
from strategies.parameters import Parameters
from strategies.registry import strategy
from strategies.simulator.rules import Costs

BUILTIN_SPAN = timedelta(days=180)
_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Material:
    """Candles of several markets over [`start`, `stop`), with what comes before for indicators."""

    series: tuple[MarketSeries, ...]
    start: datetime
    stop: datetime
    note: str


def material(
    data: Path | None,
    venue: VenueName,
    symbols: Sequence[str],
    parameters: Parameters,
    start: datetime | None,
    stop: datetime | None,
) -> Material:
    """Return the markets of a venue; without symbols all, without a folder the built-in ones.

    Raises:
        BadConfiguration: the folder, a symbol or the span has no candles.
        Malformed: a file cannot be read.
    """
    source = _source(data, venue)
    names = tuple(symbols) or tuple(sorted(source.feeds))
    missing = [name for name in names if name not in source.feeds]
    if missing:
        known = " ".join(sorted(source.feeds))
        message = f"there are no candles of {', '.join(missing)}; there are {known}"
        raise BadConfiguration([Problem("SYMBOLS", message)])
    last = stop or _last(data, [source.feeds[name] for name in names])
    rules = {instrument.symbol: instrument for instrument in source.instruments}
    found = [
        series
        for name in names
        if len(series := _series(source, rules[name], parameters, start, last))
    ]
    if not found:
        raise BadConfiguration([Problem("SPAN", "no market has candles in this span")])
    earliest = datetime.fromtimestamp(min(int(each.opened[0]) for each in found), UTC)
    first = start or earliest + _lead(parameters, found[0].timeframe)
    if first >= last:
        raise BadConfiguration([Problem("SPAN", f"nothing lies between {first} and {last}")])
    return Material(tuple(found), first, last, english(source.note))


def _source(data: Path | None, venue: VenueName) -> Source:
    if data is None:
        return builtin_sources((venue,), seed=7)[venue]
    if not data.is_dir():
        raise BadConfiguration([Problem("DATA", f"there is no folder {data}")])
    require_data(data, (venue,))
    return read_folder(data, venue)


def _last(data: Path | None, feeds: Sequence[Feed]) -> datetime:
    if data is None:
        return BUILTIN_START + BUILTIN_SPAN
    ends = []
    for feed in feeds:
        day = feed.next_day(0)
        while day is not None:
            last, day = day, feed.next_day(day + 1)
            ends.append(last)
    if not ends:
        raise Malformed("the folder holds no candles of these markets")
    return datetime.fromtimestamp((max(ends) + 1) * _SECONDS_A_DAY, UTC)


def _series(
    source: Source,
    instrument: Instrument,
    parameters: Parameters,
    start: datetime | None,
    stop: datetime,
) -> MarketSeries:
    feed = source.feeds[instrument.symbol]
    longest = max((feed.timeframe, parameters.timeframe), key=lambda each: each.seconds)
    count = 2**31
    if start is not None:
        count = int((stop - start) / longest.delta) + _warmup(parameters, longest)
    bars = feed.history(longest, int(stop.timestamp()), _possible(count, feed, longest, stop))
    return MarketSeries(
        f"{instrument.venue.value} {instrument.symbol}",
        longest,
        Costs(float(instrument.taker_fee), SLIPPAGE, float(instrument.sell_tax)),
        bars.opened,
        _days(bars.opened, source.sessions),
        np.stack((bars.open, bars.high, bars.low, bars.close, bars.volume)),
    )


def _possible(count: int, feed: Feed, timeframe: Timeframe, stop: datetime) -> int:
    """Return no more candles than there can be: the built-in past has no beginning."""
    first = feed.first
    if first is None:
        first = int((BUILTIN_START - BUILTIN_SPAN).timestamp())
    return max(0, min(count, (int(stop.timestamp()) - first) // timeframe.seconds + 1))


def _days(opened: np.ndarray, sessions: Sessions) -> np.ndarray:
    # Every venue's day is a whole number of hours from UTC: one look an hour tells it.
    hours = {
        hour: sessions.day(datetime.fromtimestamp(hour * 3600, UTC)).toordinal()
        for hour in np.unique(opened // 3600).tolist()
    }
    return np.array([hours[hour] for hour in (opened // 3600).tolist()], dtype=np.int64)


def _lead(parameters: Parameters, timeframe: Timeframe) -> timedelta:
    return timeframe.delta * _warmup(parameters, timeframe)


def _warmup(parameters: Parameters, timeframe: Timeframe) -> int:
    return strategy(replace(parameters, timeframe=timeframe)).warmup
