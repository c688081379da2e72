"""Base candles and prices of live markets, told to the core in the order a replay tells them.

A candle is told closed once, after all before it; what the stream missed is fetched by REST first.
Then the next one opens. Prices are told at once, whatever the candles are waiting for.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Protocol

from engine.domain.candle import Candle, Timeframe, checked
from engine.domain.errors import Malformed, PasuError
from engine.ports.clock import Clock
from engine.ports.venue import CandleClosed, CandleOpened, EventSink, PriceMoved

GRACE = timedelta(seconds=3)
"""How long after its end a candle may still come by the stream before REST is asked for it."""
STALE = timedelta(seconds=30)
"""How old the price of a market may get before REST is asked for it."""
ROUND_S = 1.0
_RETRY = timedelta(seconds=2)
_BRIDGE_GAP = timedelta(seconds=1)
_SEEN_LASTS = timedelta(minutes=2)
_AT_ONCE = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Quote:
    """A last price with its moment."""

    price: float
    at: datetime


class Past(Protocol):
    """What REST knows: the bridge over everything that a stream does not tell."""

    async def closed_since(self, symbol: str, since: datetime) -> Sequence[Candle]:
        """Return closed base candles that opened at or after a moment, oldest first.

        Raises VenueDown, Malformed.
        """
        ...

    async def quotes(self, symbols: Sequence[str]) -> Mapping[str, Quote]:
        """Return last prices; raises VenueDown, Malformed."""
        ...


@dataclass(slots=True)
class _Track:
    """How far one market was told.

    `next_at` opens the next candle to tell closed, `opened_at` the one told open, `opening` is one
    that has begun and cannot be told yet, `joined` the one during which listening began: its first
    price was not heard. `waiting` are closed candles behind a gap.
    """

    next_at: datetime | None = None
    opened_at: datetime | None = None
    opening: tuple[datetime, float] | None = None
    joined: datetime | None = None
    waiting: dict[datetime, Candle] = field(default_factory=dict)
    retry_at: datetime | None = None
    quote: Quote | None = None
    bridged_at: datetime | None = None
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class BaseCandles:
    """Turns what a stream says of candles and trades into events of the core.

    Feed it `trade`, `forming` and `closed` from the stream, `seen` with the history that the core
    was given; call `resume` after every connection and run `attend` beside the stream. With
    `every` each interval has a candle, traded or not; without it, idle ones have none (Upbit).
    """

    def __init__(self, timeframe: Timeframe, past: Past, clock: Clock, *, every: bool) -> None:
        """Tell candles of one interval; nobody is told before `tell` is set."""
        self.tell: EventSink = _nobody
        self._timeframe = timeframe
        self._past = past
        self._clock = clock
        self._every = every
        self._tracks: dict[str, _Track] = {}
        self._seen: dict[str, tuple[datetime, datetime]] = {}
        self._unpriced: set[str] = set()
        self._wake = asyncio.Event()

    @property
    def followed(self) -> tuple[str, ...]:
        """Return the markets that are told."""
        return tuple(self._tracks)

    def follow(self, symbols: Sequence[str]) -> None:
        """Tell these markets from now on and forget others."""
        now, kept = self._clock.now(), self._tracks
        self._tracks = {symbol: kept.get(symbol) or _Track() for symbol in symbols}
        for symbol, (next_at, noted_at) in self._seen.items():
            if symbol in self._tracks and now - noted_at < _SEEN_LASTS:
                track = self._tracks[symbol]
                track.next_at = track.next_at or next_at
        self._seen.clear()

    def seen(self, symbol: str, candles: Sequence[Candle]) -> None:
        """Note the history that the core was given: telling begins with the candle after it."""
        if not candles:
            return
        next_at = candles[-1].opened_at + self._timeframe.delta
        track = self._tracks.get(symbol)
        if track is None:
            self._seen[symbol] = (next_at, self._clock.now())
        elif track.next_at is None:
            track.next_at = next_at

    async def trade(
        self, symbol: str, price: float, at: datetime, mark: float | None = None
    ) -> None:
        """Tell a price; one that is missing or zero is asked for by REST at once."""
        track = self._tracks.get(symbol)
        if track is None:
            return
        if not isfinite(price) or price <= 0:
            self._unpriced.add(symbol)
            self._wake.set()
            return
        track.quote = Quote(price, at)
        start = self._timeframe.start(at)
        track.joined = track.joined or start
        if start > (track.opened_at or track.joined) and track.opening is None:
            track.opening = (start, price)
        opened = track.opening is not None and await self._open(symbol, track)
        if not opened or mark is not None:
            await self.tell(PriceMoved(symbol, price, at, mark))

    async def forming(self, symbol: str, candle: Candle) -> None:
        """Note a candle that is not complete: its first mention opens it."""
        track = self._tracks.get(symbol)
        if track is None or not isfinite(candle.open) or candle.open <= 0:
            return
        if track.opened_at is None or candle.opened_at > track.opened_at:
            if track.opening is None or candle.opened_at >= track.opening[0]:
                track.opening = (candle.opened_at, candle.open)
            await self._open(symbol, track)

    async def closed(self, symbol: str, candle: Candle) -> None:
        """Tell a complete candle, after those before it; raises Malformed for an impossible one."""
        track = self._tracks.get(symbol)
        if track is None or (track.next_at is not None and candle.opened_at < track.next_at):
            return
        track.waiting[candle.opened_at] = checked(candle)
        if track.next_at is None or candle.opened_at == track.next_at:
            await self._tell_waiting(symbol, track)
        else:
            track.retry_at = None
            self._wake.set()

    async def resume(self) -> None:
        """Bring in by REST what was missed: closed candles, then the newest prices.

        Raises:
            VenueDown: REST does not answer.
            Malformed: its answer cannot be read.
        """
        now = self._clock.now()
        for track in self._tracks.values():
            track.joined = None
        behind = [symbol for symbol, track in self._tracks.items() if self._has_closed(track, now)]
        for failure in await self._fetch(behind):
            raise failure
        if self._tracks:
            await self._quote(list(self._tracks))

    async def attend(self) -> None:
        """Ask REST for overdue candles and for missing or stale prices, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(ROUND_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            await self._attend()

    async def bridge(self) -> None:
        """Tell the price of every market from REST; without an answer there is none."""
        await self._bridge(list(self._tracks))

    async def _attend(self) -> None:
        now = self._clock.now()
        for failure in await self._fetch(
            [symbol for symbol, track in self._tracks.items() if self._is_overdue(track, now)]
        ):
            _log.warning("candles.gap_stays cause=%s", failure)
        unpriced, self._unpriced = self._unpriced, set()
        await self._bridge(
            [s for s, track in self._tracks.items() if s in unpriced or _is_stale(track, now)]
        )

    async def _bridge(self, symbols: Sequence[str]) -> None:
        now, due = self._clock.now(), []
        for symbol in symbols:
            track = self._tracks.get(symbol)
            if track is None or (track.bridged_at and now - track.bridged_at < _BRIDGE_GAP):
                continue
            track.bridged_at = now
            due.append(symbol)
        if not due:
            return
        try:
            await self._quote(due)
        except PasuError as e:
            _log.warning("prices.not_bridged markets=%d cause=%s", len(due), e)

    def _has_closed(self, track: _Track, by: datetime) -> bool:
        """Return whether the next candle to tell has ended."""
        return track.next_at is not None and by >= track.next_at + self._timeframe.delta

    def _is_overdue(self, track: _Track, now: datetime) -> bool:
        """Return whether a candle that began should have been told closed by now."""
        if track.retry_at is not None and now < track.retry_at:
            return False
        if track.waiting:
            return True
        begun = self._every or track.opened_at is not None or track.opening is not None
        return begun and self._has_closed(track, now - GRACE)

    async def _quote(self, symbols: Sequence[str]) -> None:
        for symbol, quote in (await self._past.quotes(symbols)).items():
            track = self._tracks.get(symbol)
            if track is None or not isfinite(quote.price) or quote.price <= 0:
                continue
            if track.quote is None or quote.at >= track.quote.at:
                track.quote = quote
                await self.tell(PriceMoved(symbol, quote.price, quote.at))

    async def _fetch(self, symbols: Sequence[str]) -> Sequence[PasuError]:
        """Bring in closed candles of several markets and return what went wrong."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(symbol: str) -> PasuError | None:
            track = self._tracks.get(symbol)
            if track is None:
                return None
            async with gate:
                track.retry_at = self._clock.now() + _RETRY
                try:
                    await self._fill(symbol, track)
                except PasuError as e:
                    return e
            return None

        return [e for e in await asyncio.gather(*map(one, symbols)) if e is not None]

    async def _fill(self, symbol: str, track: _Track) -> None:
        since = track.next_at
        if since is None:
            return
        asked_at = self._clock.now()
        for candle in await self._past.closed_since(symbol, since):
            track.waiting.setdefault(candle.opened_at, checked(candle))
        if not self._every:
            self._skip_idle(track, asked_at)
        await self._tell_waiting(symbol, track)

    def _skip_idle(self, track: _Track, asked_at: datetime) -> None:
        """Pass over minutes in which nothing was traded: REST was asked and has none of them."""
        begun = [*track.waiting, *([track.opening[0]] if track.opening is not None else [])]
        first = min(begun, default=None)
        is_settled = first is not None and asked_at >= first + GRACE
        if is_settled and track.next_at is not None and first is not None:
            track.next_at = max(track.next_at, first)

    async def _tell_waiting(self, symbol: str, track: _Track) -> None:
        async with track.turn:
            while track.waiting:
                opened_at = min(track.waiting)
                if track.next_at is not None and opened_at > track.next_at:
                    break
                candle = track.waiting.pop(opened_at)
                if track.next_at is None or opened_at == track.next_at:
                    await self._tell_closed(symbol, track, candle)
            await self._open(symbol, track)

    async def _tell_closed(self, symbol: str, track: _Track, candle: Candle) -> None:
        track.next_at = candle.opened_at + self._timeframe.delta
        if track.opened_at is not None and track.opened_at < track.next_at:
            track.opened_at = None
        if track.opening is not None and track.opening[0] < track.next_at:
            track.opening = None
        await self.tell(CandleClosed(symbol, candle))

    async def _open(self, symbol: str, track: _Track) -> bool:
        """Tell that a candle began, unless one before it has not closed yet."""
        if track.opening is None or track.opened_at is not None:
            return False
        start, price = track.opening
        if track.next_at is not None and start != track.next_at:
            track.opening = track.opening if start > track.next_at else None
            return False
        track.opening, track.opened_at = None, start
        await self.tell(CandleOpened(symbol, start, price))
        newest = track.quote
        if newest is not None and newest.at > start and newest.price != price:
            await self.tell(PriceMoved(symbol, newest.price, newest.at))
        return True


def parsed_candle(opened_at: datetime, values: Sequence[object]) -> Candle:
    """Return a candle from its five figures as a venue writes them: open, high, low, close, volume.

    Raises:
        Malformed: a figure is missing, no number, or impossible beside the others.
    """
    try:
        opened, high, low, close, volume = (float(str(value)) for value in values)
    except ValueError as e:
        raise Malformed(f"not a candle at {opened_at.isoformat()}: {values!r}") from e
    return checked(Candle(opened_at, opened, high, low, close, volume))


def _is_stale(track: _Track, now: datetime) -> bool:
    newest = max((at for at in (track.bridged_at, _heard(track)) if at is not None), default=None)
    return newest is None or now - newest > STALE


def _heard(track: _Track) -> datetime | None:
    return None if track.quote is None else track.quote.at


async def _nobody(event: object) -> None:
    del event
