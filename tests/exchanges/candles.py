"""Candle history of a fake exchange: a seeded walk that ends at the price, then real prices.

Minutes are the only candles kept; longer ones are made of them, so that all agree. The past is a
seeded random walk in which every minute trades; from the start on, a minute has a candle only if
somebody traded in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tests.exchanges.matching import Exchange
from tests.exchanges.terms import ZERO, Event, PriceMoved

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
_STEP = 0.0008

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candle:
    """A candle; `volume` is in base, `value` in quote, `last_at` when its last trade was."""

    opened_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    value: Decimal
    last_at: datetime


@dataclass(slots=True)
class _Series:
    """Minutes since 1970 of one symbol: a block of the past, then single ones."""

    first: int = 0
    past: Rows = field(default_factory=lambda: np.empty((0, 5)))
    later: dict[int, Candle] = field(default_factory=dict)

    def oldest(self) -> int:
        """Return the first minute there is, or one in the far future."""
        block = [self.first] if len(self.past) else []
        return min([*block, *self.later], default=1 << 62)


class CandleHistory:
    """Candles of every symbol of an exchange, kept in step with its prices."""

    def __init__(self, exchange: Exchange, seed: int = 0) -> None:
        self._seed = seed
        self._exchange = exchange
        self._series: dict[str, _Series] = {}
        exchange.subscribe(self._heard)

    def walk_to(self, symbol: str, price: Decimal, minutes: int) -> None:
        """Make up so many minutes of the past that end at a price now, the same for each seed."""
        random = np.random.default_rng([self._seed, crc32(symbol.encode())])
        walk = np.cumsum(random.normal(0.0, _STEP, minutes + 1))
        path = float(price) * np.exp(walk - walk[-1])
        opens, closes = path[:-1], path[1:]
        wicks = 1 + np.abs(random.normal(0.0, _STEP / 2, (2, minutes)))
        highs = np.maximum(opens, closes) * wicks[0]
        lows = np.minimum(opens, closes) / wicks[1]
        volumes = random.gamma(2.0, 5.0, minutes)
        rows = np.column_stack((opens, highs, lows, closes, volumes))
        self._series[symbol] = _Series(_minute(self._exchange.now()) - minutes, rows)

    def put(self, symbol: str, candles: Iterable[Candle]) -> None:
        """Put given minute candles in place of what there was at their minutes."""
        series = self._series.setdefault(symbol, _Series())
        for candle in candles:
            at = _minute(candle.opened_at) - series.first
            if 0 <= at < len(series.past):
                numbers = (candle.open, candle.high, candle.low, candle.close, candle.volume)
                series.past[at] = [float(number) for number in numbers]
            else:
                series.later[at + series.first] = candle

    def last(
        self, symbol: str, minutes: int, count: int, before: datetime | None = None
    ) -> list[Candle]:
        """Return the newest candles of a length that opened before a moment, the oldest first.

        Without a moment the one still open is among them. Lengths count from 1970-01-01 UTC.
        """
        series = self._series.get(symbol, _Series())
        at = _minute(self._exchange.now()) // minutes
        if before is not None:
            at = min(at, -((EPOCH - before) // (MINUTE * minutes)) - 1)
        oldest, found = series.oldest() // minutes, list[Candle]()
        while at >= oldest and len(found) < count:
            found += self._joined(symbol, series, at * minutes, minutes)
            at -= 1
        return found[::-1]

    def between(self, symbol: str, minutes: int, start: datetime, count: int) -> list[Candle]:
        """Return the first candles of a length that open at or after a moment, up to now."""
        series = self._series.get(symbol, _Series())
        newest = _minute(self._exchange.now()) // minutes
        at = max(-((EPOCH - start) // (MINUTE * minutes)), series.oldest() // minutes)
        found: list[Candle] = []
        while at <= newest and len(found) < count:
            found += self._joined(symbol, series, at * minutes, minutes)
            at += 1
        return found

    def _joined(self, symbol: str, series: _Series, start: int, minutes: int) -> list[Candle]:
        """Return one candle of the minutes in a span, or none."""
        begin = max(start - series.first, 0)
        rows = series.past[begin : max(start + minutes - series.first, 0)]
        parts = [self._of_rows(symbol, rows, series.first + begin)] if len(rows) else []
        if series.later and start + minutes > min(series.later):
            span = range(start, start + minutes)
            parts += [series.later[at] for at in span if at in series.later]
        if not parts:
            return []
        joined = Candle(
            opened_at=EPOCH + start * MINUTE,
            open=parts[0].open,
            high=max(part.high for part in parts),
            low=min(part.low for part in parts),
            close=parts[-1].close,
            volume=sum((part.volume for part in parts), ZERO),
            value=sum((part.value for part in parts), ZERO),
            last_at=parts[-1].last_at,
        )
        return [joined]

    def _of_rows(self, symbol: str, rows: Rows, first: int) -> Candle:
        tick = self._exchange.market(symbol).tick

        def price(number: float) -> Decimal:
            exact = Decimal(str(number))
            step = tick(exact)
            return (exact / step).quantize(Decimal(1)) * step

        volume = float(rows[:, 4].sum())
        value = float((rows[:, 4] * rows[:, 3]).sum())
        return Candle(
            opened_at=EPOCH + first * MINUTE,
            open=price(float(rows[0, 0])),
            high=price(float(rows[:, 1].max())),
            low=price(float(rows[:, 2].min())),
            close=price(float(rows[-1, 3])),
            volume=Decimal(f"{volume:.8f}"),
            value=Decimal(f"{value:.8f}"),
            last_at=EPOCH + (first + len(rows)) * MINUTE - timedelta(milliseconds=1),
        )

    def _heard(self, event: Event) -> None:
        if not isinstance(event, PriceMoved):
            return
        later = self._series.setdefault(event.symbol, _Series()).later
        minute, price = _minute(event.at), event.price
        old = later.get(minute)
        later[minute] = Candle(
            opened_at=EPOCH + minute * MINUTE,
            open=old.open if old else price,
            high=max(old.high, price) if old else price,
            low=min(old.low, price) if old else price,
            close=price,
            volume=(old.volume if old else ZERO) + event.quantity,
            value=(old.value if old else ZERO) + event.quantity * price,
            last_at=event.at,
        )


def _minute(at: datetime) -> int:
    return (at - EPOCH) // MINUTE
