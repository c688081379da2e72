"""Candles as Binance has them: every interval one, flat where nobody traded.

Intervals of weeks and months, and of one second, are not served.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.exchanges.binance_spot.amounts import amount, milliseconds
from tests.exchanges.binance_spot.errors import ApiError
from tests.exchanges.binance_spot.venue import Venue
from tests.exchanges.candles import EPOCH, Candle
from tests.exchanges.terms import ZERO

MINUTES: Mapping[str, int] = {
    "1m": 1,
    "3m": 3,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1h": 60,
    "2h": 120,
    "4h": 240,
    "6h": 360,
    "8h": 480,
    "12h": 720,
    "1d": 1440,
    "3d": 4320,
}


def minutes_of(interval: str) -> int:
    """Return the length of an interval.

    Raises:
        ApiError: -1120, there is no such interval.
    """
    if interval not in MINUTES:
        raise ApiError(-1120, "Invalid interval.")
    return MINUTES[interval]


def candles(
    venue: Venue, market: str, minutes: int, start: int | None, end: int | None, most: int
) -> list[Candle]:
    """Return candles that open between two milliseconds: the first, or without a start the last.

    The candle that is still open is the last one there can be.
    """
    step = timedelta(minutes=minutes)
    oldest = next(iter(venue.candles.between(market, minutes, EPOCH, 1)), None)
    if oldest is None:
        return []
    newest = _opening(venue.exchange.now(), step)
    last = newest if end is None else min(newest, _opening(_moment(end), step))
    if start is None:
        first = last - step * (most - 1)
    else:
        # The first that opens at the start or after it.
        first = _opening(_moment(start) + step - timedelta(milliseconds=1), step)
    first = max(first, oldest.opened_at)
    known = {one.opened_at: one for one in venue.candles.between(market, minutes, first, most)}
    before = venue.candles.last(market, minutes, 1, first)
    return _filled(known, before[0] if before else oldest, first, last, step, most)


def row(candle: Candle, minutes: int) -> list[Any]:
    """Return a candle as a row of GET /api/v3/klines."""
    opened = milliseconds(candle.opened_at)
    return [
        opened,
        amount(candle.open),
        amount(candle.high),
        amount(candle.low),
        amount(candle.close),
        amount(candle.volume),
        opened + minutes * 60_000 - 1,
        amount(candle.value),
        1 if candle.volume else 0,
        amount(candle.volume / 2),
        amount(candle.value / 2),
        "0",
    ]


def _filled(
    known: Mapping[datetime, Candle],
    before: Candle,
    first: datetime,
    last: datetime,
    step: timedelta,
    most: int,
) -> list[Candle]:
    found: list[Candle] = []
    at = first
    while at <= last and len(found) < most:
        before = known.get(at) or _flat(before, at)
        found.append(before)
        at += step
    return found


def _flat(before: Candle, at: datetime) -> Candle:
    close = before.close
    return replace(before, opened_at=at, open=close, high=close, low=close, volume=ZERO, value=ZERO)


def _opening(at: datetime, step: timedelta) -> datetime:
    return at - (at - EPOCH) % step


def _moment(stamp: int) -> datetime:
    return EPOCH + timedelta(milliseconds=stamp)
