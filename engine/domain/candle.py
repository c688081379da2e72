"""Candles and timeframes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import isfinite
from typing import NamedTuple

from engine.domain.errors import Malformed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Timeframe(StrEnum):
    """The length of a candle."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"

    @property
    def seconds(self) -> int:
        """Return the length in seconds."""
        return _SECONDS[self]

    @property
    def delta(self) -> timedelta:
        """Return the length as a duration."""
        return _DELTAS[self]

    def start(self, at: datetime) -> datetime:
        """Return the opening moment of the candle that holds the moment, counted from 00:00 UTC."""
        return at - (at - EPOCH) % _DELTAS[self]


_UNITS: Mapping[str, int] = {"m": 60, "h": 3600, "d": 86_400}
_SECONDS: Mapping[Timeframe, int] = {
    timeframe: int(timeframe.value[:-1]) * _UNITS[timeframe.value[-1]] for timeframe in Timeframe
}
_DELTAS: Mapping[Timeframe, timedelta] = {
    timeframe: timedelta(seconds=seconds) for timeframe, seconds in _SECONDS.items()
}


class Candle(NamedTuple):
    """Prices of one interval: floats, because candles feed indicators and never the ledger."""

    opened_at: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float


def checked(candle: Candle) -> Candle:
    """Return the candle unchanged if it can be true.

    Raises:
        Malformed: a price is not finite and positive, high is below low or another price lies
            outside of them, or volume is negative.
    """
    prices = candle[1:5]
    possible = (
        all(isfinite(price) and price > 0 for price in prices)
        and candle.low <= min(candle.open, candle.close)
        and candle.high >= max(candle.open, candle.close)
        and isfinite(candle.volume)
        and candle.volume >= 0
    )
    if not possible:
        message = f"impossible candle at {candle.opened_at.isoformat()}: {candle[1:]}"
        raise Malformed(message)
    return candle


def merged(first: Candle, second: Candle) -> Candle:
    """Return one candle that covers two adjacent ones."""
    return Candle(
        first.opened_at,
        first.open,
        max(first.high, second.high),
        min(first.low, second.low),
        second.close,
        first.volume + second.volume,
    )
