"""Reads a folder of recorded candles: `<venue>/<BASE>_<QUOTE>-<timeframe>.feather`."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import feather

from engine.domain.candle import Candle, Timeframe, checked
from engine.domain.errors import BadConfiguration, Malformed, Problem
from engine.domain.money import TickTable
from engine.domain.venue import KST, AroundTheClock, ListedSessions, Sessions, VenueName
from engine.venues.array_feed import ArrayFeed
from engine.venues.bars import DAY, Bars, Floats, Seconds
from engine.venues.feed import Feed, Source
from engine.venues.rules import KRW_TICKS, listed, venue_rules

_NAME = re.compile(
    r"(?P<symbol>[0-9A-Z]+(?:_[0-9A-Z]+)?)-(?P<timeframe>[0-9]+[mhd])(?:-(?P<kind>mark|funding_rate))?"
)
_COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
_log = logging.getLogger(__name__)

Change = Callable[[Bars], Bars]


@dataclass(slots=True)
class _Files:
    trades: dict[Timeframe, Path] = field(default_factory=dict)
    marks: dict[Timeframe, Path] = field(default_factory=dict)
    funding: Path | None = None


def read_folder(root: Path, venue: VenueName, krw_per_usdt: float | None = None) -> Source:
    """Return the markets that a data folder has for a venue; none where it has no such folder.

    Long series in won are rare: with `krw_per_usdt`, Upbit also gets the markets of the folder's
    Binance spot candles that it has none of its own of, scaled by that rate onto its ticks, and the
    note says so.

    Of several timeframes the finest drives the market over its own span, the coarser ones are its
    history before that. Files that do not belong to the venue are skipped with a logged reason;
    impossible candles are dropped and counted.

    Raises:
        Malformed: a file cannot be read; the message names it.
    """
    feeds = _feeds(root, venue)
    note = f"{root.name}/{venue.value}"
    if venue is VenueName.UPBIT and krw_per_usdt is not None:
        dollars = _feeds(root, VenueName.BINANCE_SPOT, lambda bars: _in_won(bars, krw_per_usdt))
        won = {f"{symbol.partition('/')[0]}/KRW": feed for symbol, feed in dollars.items()}
        missing = {symbol: feed for symbol, feed in won.items() if symbol not in feeds}
        if missing:
            names = " ".join(symbol.partition("/")[0] for symbol in missing)
            note = f"{note}; {names}: USDT × {krw_per_usdt:,.0f}"
        feeds |= missing
    instruments = [
        listed(venue, symbol, float(feed.base.close[0])) for symbol, feed in sorted(feeds.items())
    ]
    traded: dict[str, Feed] = dict(sorted(feeds.items()))
    return Source(instruments, traded, _sessions(venue, traded), note)


def require_data(root: Path, venues: tuple[VenueName, ...]) -> None:
    """Make sure that a data folder has candles for at least one of the venues.

    Raises:
        BadConfiguration: it has none.
    """
    # Upbit can play what Binance spot has, in won.
    borrowed = (VenueName.BINANCE_SPOT,) if VenueName.UPBIT in venues else ()
    if not any(any((root / venue.value).glob("*.feather")) for venue in (*venues, *borrowed)):
        names = ", ".join(venue.value for venue in venues)
        message = f"no candles (*.feather) for {names} in {root}"
        raise BadConfiguration([Problem("REPLAY_DATA", message)])


def read_bars(path: Path, timeframe: Timeframe) -> Bars:
    """Return the possible candles of a file; impossible ones are dropped and counted in the log.

    Raises:
        Malformed: the file cannot be read; the message names it.
    """
    columns = _columns(path)
    bars = _bars(columns)
    keep = _possible(bars, timeframe)
    dropped = int(len(bars) - keep.sum())
    if dropped:
        _log.warning("candles.dropped", extra={"file": path.name, "dropped": dropped})
    return bars if not dropped else _bars({name: c[keep] for name, c in columns.items()})


def _feeds(root: Path, venue: VenueName, change: Change | None = None) -> dict[str, ArrayFeed]:
    found: dict[str, _Files] = {}
    for path in sorted((root / venue.value).glob("*.feather")):
        _sort_in(path, venue, found)
    feeds = {s: _feed(files, venue, change) for s, files in sorted(found.items()) if files.trades}
    return {symbol: feed for symbol, feed in feeds.items() if len(feed.base)}


def _in_won(bars: Bars, rate: float) -> Bars:
    return Bars(
        bars.opened,
        _on_ticks(bars.open * rate, KRW_TICKS),
        _on_ticks(bars.high * rate, KRW_TICKS),
        _on_ticks(bars.low * rate, KRW_TICKS),
        _on_ticks(bars.close * rate, KRW_TICKS),
        bars.volume,
    )


def _on_ticks(prices: Floats, ticks: TickTable) -> Floats:
    starts = np.array([float(start) for start, _ in reversed(ticks.bands)])
    steps = np.array([float(tick) for _, tick in reversed(ticks.bands)])
    step = steps[np.searchsorted(starts, prices, side="right") - 1]
    # A second rounding takes away what the multiplication leaves behind the last digit.
    rounded: Floats = np.round(np.maximum(np.round(prices / step), 1) * step, 8)
    return rounded


def _sort_in(path: Path, venue: VenueName, found: dict[str, _Files]) -> None:
    match = _NAME.fullmatch(path.stem)
    known = {timeframe.value for timeframe in Timeframe}
    reason = ""
    if match is None or match["timeframe"] not in known:
        reason = "the name is not one of a symbol and a timeframe"
    else:
        base, _, quote = match["symbol"].partition("_")
        wanted = "" if venue is VenueName.STOCK else venue_rules(venue).quote
        if quote != wanted:
            reason = f"quoted in {quote or 'nothing'}, the venue trades in {wanted or 'codes'}"
    if match is None or reason:
        _log.info("candles.skipped", extra={"file": path.name, "reason": reason})
        return
    files = found.setdefault(f"{base}/{quote}" if quote else base, _Files())
    timeframe = Timeframe(match["timeframe"])
    if match["kind"] == "mark":
        files.marks[timeframe] = path
    elif match["kind"] == "funding_rate":
        files.funding = path
    else:
        files.trades[timeframe] = path


def _feed(files: _Files, venue: VenueName, change: Change | None) -> ArrayFeed:
    finest = min(files.trades, key=lambda timeframe: timeframe.seconds)
    marks = None
    if files.marks:
        coarse = min(files.marks, key=lambda timeframe: timeframe.seconds)
        marks = (coarse, read_bars(files.marks[coarse], coarse))
    recorded = {timeframe: read_bars(path, timeframe) for timeframe, path in files.trades.items()}
    if change is not None:
        recorded = {timeframe: change(bars) for timeframe, bars in recorded.items()}
    return ArrayFeed(
        finest,
        recorded,
        marks,
        _funding(files.funding) if files.funding is not None else (),
        by_session=venue is VenueName.STOCK,
    )


def _funding(path: Path) -> tuple[tuple[int, float], ...]:
    columns = _columns(path)
    rates = columns["open"]
    seconds = columns["timestamp"] // 1000
    return tuple(
        (int(second), float(rate))
        for second, rate in zip(seconds, rates, strict=True)
        if np.isfinite(rate)
    )


def _columns(path: Path) -> dict[str, Any]:
    try:
        table = feather.read_table(path, columns=list(_COLUMNS), memory_map=False)
        columns = {name: table[name].to_numpy() for name in _COLUMNS}
    except (pa.ArrowException, OSError, KeyError, ValueError) as e:
        message = f"cannot read candles of {path.name}: {e}"
        raise Malformed(message) from e
    columns["timestamp"] = columns["timestamp"].astype(np.int64)
    return columns


def _bars(columns: Mapping[str, Any]) -> Bars:
    opened: Seconds = columns["timestamp"] // 1000
    prices: list[Floats] = [columns[name].astype(np.float64) for name in _COLUMNS[1:]]
    return Bars(opened, *prices)


def _possible(bars: Bars, timeframe: Timeframe) -> NDArray[np.bool_]:
    prices = np.stack((bars.open, bars.high, bars.low, bars.close))
    fine: NDArray[np.bool_] = np.isfinite(bars.volume) & (bars.volume >= 0)
    fine &= np.isfinite(prices).all(axis=0) & (prices > 0).all(axis=0)
    fine &= (bars.high == prices.max(axis=0)) & (bars.low == prices.min(axis=0))
    for row in np.flatnonzero(~fine):
        fine[row] = _is_possible(bars.rows(int(row), int(row) + 1).candles()[0])
    newest = np.maximum.accumulate(bars.opened)
    ascending = np.ones(len(bars), dtype=bool)
    ascending[1:] = bars.opened[1:] > newest[:-1]
    fine &= ascending & (bars.opened % timeframe.seconds == 0)
    return fine


def _is_possible(candle: Candle) -> bool:
    try:
        checked(candle)
    except Malformed:
        return False
    return True


def _sessions(venue: VenueName, feeds: Mapping[str, Feed]) -> Sessions:
    if venue is not VenueName.STOCK:
        return AroundTheClock()
    hours = {}
    for feed in feeds.values():
        day = feed.next_day(0)
        while day is not None:
            date = datetime.fromtimestamp(day * DAY, UTC).date()
            opening = datetime.combine(date, time(9), KST)
            hours[date] = (opening, opening + timedelta(hours=6, minutes=30))
            day = feed.next_day(day + 1)
    return ListedSessions(hours)
