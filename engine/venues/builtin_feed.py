"""One market of the built-in world: minute candles of any day, on the venue's ticks."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.candle import Timeframe
from engine.domain.instrument import Instrument
from engine.domain.money import TickTable
from engine.venues.bars import DAY, Bars, Floats, empty_bars, gathered, joined
from engine.venues.builtin_path import FIRST_DAY, Minutes, Path
from engine.venues.feed import closed
from engine.venues.fill_model import draw

_MINUTE = 60
_HOUR = 3600
_DAYS_KEPT = 2
_HOURLY_DAYS_KEPT = 256
_FUNDING_HOURS = (0, 8, 16)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a day trades: its number on the path, its first minute of the UTC day, how many."""

    number: int
    first_minute: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Quoting:
    """How a market's price follows its underlying: a rate and a slowly wandering premium."""

    seed: int
    market: str
    rate: float = 1.0
    centre: float = 0.0
    spread: float = 0.0

    def edges(self, number: int, count: int) -> Floats:
        """Return the factor at the start of each minute of a day and at its end."""
        if not self.spread:
            return np.full(count + 1, self.rate)
        first, last = (
            draw(self.seed, self.market, "premium", day) - 0.5 for day in (number, number + 1)
        )
        wander: Floats = np.linspace(first, last, count + 1)
        return self.rate * (1.0 + self.centre + self.spread * wander)


class BuiltinFeed:
    """Minute candles made on demand; a day comes out the same whatever was asked before."""

    def __init__(
        self,
        instrument: Instrument,
        path: Path,
        quoting: Quoting,
        turnover: float,
        hours: Callable[[int], Hours | None],
        *,
        last_day: int | None = None,
    ) -> None:
        """`turnover` is a normal day's in quote; `hours` tells when a day since 1970 trades."""
        self._instrument = instrument
        self._path = path
        self._quoting = quoting
        self._turnover = turnover
        self._hours = hours
        self._last_day = last_day
        self._days: OrderedDict[int, Bars] = OrderedDict()
        self._hourly: OrderedDict[int, Bars] = OrderedDict()

    @property
    def timeframe(self) -> Timeframe:
        """Return one minute."""
        return Timeframe.M1

    @property
    def lasts(self) -> int:
        """Return the seconds from the opening of a base candle to its close."""
        return _MINUTE

    @property
    def first(self) -> int | None:
        """Return None: where a replay starts is not for the market to say."""
        return None

    def next_day(self, day: int) -> int | None:
        """Return the first trading day from the given one on, None after the calendar's last."""
        day = max(day, FIRST_DAY)
        while self._last_day is None or day <= self._last_day:
            if self._hours(day) is not None:
                return day
            day += 1
        return None

    def day(self, day: int) -> Bars:
        """Return the minutes of a day."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = self._made(day)
            if len(self._days) > _DAYS_KEPT:
                self._days.popitem(last=False)
        return found

    def marks(self, day: int) -> Bars | None:
        """Return the index price of a contract as its mark, None for other markets."""
        hours = self._hours(day)
        if not self._instrument.is_contract or hours is None:
            return None
        made = self._path.minutes(hours.number, hours.minutes)
        return self._bars(day, hours, made, np.ones(hours.minutes + 1))

    def funding(self, day: int) -> Sequence[tuple[int, float]]:
        """Return the 8-hourly funding of a contract."""
        if not self._instrument.is_contract:
            return ()
        return tuple(
            (day * DAY + hour * _HOUR, round((self._draw(day, hour) - 0.25) * 0.0003, 8))
            for hour in _FUNDING_HOURS
        )

    def count(self, start: int, stop: int | None) -> int | None:
        """Return how many minutes open from one second up to but without another."""
        if stop is None:
            return None
        total = 0
        for day in range(start // DAY, (stop - 1) // DAY + 1):
            hours = self._hours(day)
            if hours is not None:
                opens = day * DAY + hours.first_minute * _MINUTE
                ends = opens + hours.minutes * _MINUTE
                total += max(0, -(-min(stop, ends) // _MINUTE) - -(-max(start, opens) // _MINUTE))
        return total

    def history(self, timeframe: Timeframe, until: int, count: int) -> Bars:
        """Return the newest candles that are closed at a second, at most `count`."""
        parts: list[Bars] = []
        found, day = 0, until // DAY
        while found < count and day >= FIRST_DAY:
            bars = self._longer(day, timeframe.seconds, until)
            if len(bars):
                parts.append(bars)
                found += len(bars)
            day -= 1
        return joined(parts[::-1]).newest(count)

    def recent(self, until: int) -> Bars:
        """Return closed minutes of the last 24 h; of a stock, those of one session."""
        today = until // DAY
        whole = self._hours(today)
        if whole is None or whole.minutes * _MINUTE < DAY:
            return self.history(Timeframe.M1, until, 390)
        both = joined([self.day(today - 1), self.day(today)])
        return both.between(until - DAY, until - _MINUTE + 1)

    def _longer(self, day: int, seconds: int, until: int) -> Bars:
        hours = self._hours(day)
        if hours is None:
            return empty_bars()
        ends = (hours.first_minute + hours.minutes) * _MINUTE
        if day * DAY + ends <= until and seconds >= _HOUR:
            return gathered(self._by_hour(day), seconds)
        past = self.day(day).between(0, until - _MINUTE + 1)
        return closed(gathered(past, seconds), seconds, until, ends)

    def _by_hour(self, day: int) -> Bars:
        found = self._hourly.get(day)
        if found is None:
            kept = self._days.get(day)
            found = gathered(self._made(day) if kept is None else kept, _HOUR)
            self._hourly[day] = found
            if len(self._hourly) > _HOURLY_DAYS_KEPT:
                self._hourly.popitem(last=False)
        return found

    def _made(self, day: int) -> Bars:
        hours = self._hours(day)
        if hours is None or day < FIRST_DAY:
            return empty_bars()
        made = self._path.minutes(hours.number, hours.minutes)
        return self._bars(day, hours, made, self._quoting.edges(hours.number, hours.minutes))

    def _bars(self, day: int, hours: Hours, made: Minutes, edges: Floats) -> Bars:
        ticks = self._instrument.ticks
        start, end = edges[:-1], edges[1:]
        opening = on_ticks(made.open * start, ticks, np.rint)
        close = on_ticks(made.close * end, ticks, np.rint)
        high = on_ticks(made.high * np.maximum(start, end), ticks, np.ceil)
        low = on_ticks(made.low * np.minimum(start, end), ticks, np.floor)
        volume = self._turnover * made.activity * made.share / close
        whole = self._instrument.lot >= 1
        first = day * DAY + hours.first_minute * _MINUTE
        return Bars(
            first + np.arange(hours.minutes, dtype=np.int64) * _MINUTE,
            opening,
            np.maximum(high, np.maximum(opening, close)),
            np.minimum(low, np.minimum(opening, close)),
            close,
            np.round(volume, 0 if whole else 6),
        )

    def _draw(self, day: int, hour: int) -> float:
        return draw(self._quoting.seed, self._instrument.symbol, "funding", day, hour)


def on_ticks(prices: Floats, ticks: TickTable, cut: Callable[[Floats], Floats]) -> Floats:
    """Return prices moved to ticks of their bands: the floats that read like the decimals."""
    result = prices.copy()
    lowest, highest, ceiling = prices.min(), prices.max(), np.inf
    for start, tick in ticks.bands:
        floor = float(start)
        if highest >= floor and lowest < ceiling:
            band = (prices >= floor) & (prices < ceiling)
            size = float(tick)
            exponent = tick.normalize().as_tuple().exponent
            digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
            # A millionth of a tick keeps float noise from pushing a price on a tick to the next.
            lean = 1e-6 if cut is np.floor else -1e-6 if cut is np.ceil else 0.0
            steps = np.maximum(cut(prices[band] / size + lean), 1.0)
            result[band] = np.round(steps * size, digits)
        ceiling = floor
    return result
