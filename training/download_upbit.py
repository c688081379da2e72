"""Candles of Upbit through pyupbit, in a thread: newest first, 200 at a time.

Minutes in which nothing traded have no candle (docs.upbit.com, candle reference). Ten requests a
second are allowed per address, shared with whatever else runs there; `Remaining-Req` says how many
are left in the present second, and a 418 names its time in words (docs.upbit.com, rate limits).
"""

import asyncio
import re
from collections.abc import Callable, Collection
from typing import TypeVar

import pyupbit

from engine.domain.candle import Timeframe
from engine.domain.errors import BadConfiguration, Malformed, PasuError, Problem, Refused, VenueDown
from engine.ports.clock import Clock
from engine.venues.upbit.history import INTERVALS, candles_of, message_of
from engine.venues.upbit.pyupbit_shim import OFFICIAL, HttpAnswer, QuotationShim
from training.download_source import Page, page_of, short
from training.pacing import Pace, Refusals
from training.spans import Span, places

MOST = 200
PER_SECOND = 8.0
TIMEOUT_S = 10.0
_OK, _NOT_FOUND, _TOO_MANY, _BANNED = 200, 404, 429, 418
_SERVER_ERRORS = 500
_BAN_S = 60.0
_TOLD = re.compile(r"([0-9]+)\s*(?:s\b|sec|초)")
_NONE_LEFT = re.compile(r"sec=0(?![0-9])")
Answer = TypeVar("Answer")


class UpbitCandles:
    """Asks Upbit for candles, one question at a time."""

    def __init__(self, clock: Clock, address: str | None, *, timeout_s: float = TIMEOUT_S) -> None:
        """Ask the venue, or whoever is at the address."""
        self.pace = Pace(clock, PER_SECOND)
        self._refusals = Refusals(clock)
        self._shim = QuotationShim(address or OFFICIAL, timeout_s)
        self._shim.install()

    async def symbols(self) -> Collection[str]:
        """Return what the venue trades, as BASE/QUOTE."""
        codes = await self._asked(pyupbit.get_tickers)
        if codes is None:
            raise self._failure()
        return frozenset(f"{base}/{quote}" for quote, _, base in (c.partition("-") for c in codes))

    def timeframes(self) -> Collection[Timeframe]:
        """Return the timeframes that the venue has."""
        return INTERVALS.keys()

    async def page(self, symbol: str, timeframe: Timeframe, span: Span) -> Page:
        """Return the newest candles of the span."""
        base, _, quote = symbol.partition("/")
        count = min(MOST, places(span, timeframe))
        frame = await self._asked(
            lambda: pyupbit.get_ohlcv(
                f"{quote}-{base}",
                interval=INTERVALS[timeframe],
                count=count,
                to=f"{span.end:%Y-%m-%d %H:%M:%S}",
            )
        )
        if frame is None and not self._shim.is_empty:
            raise self._failure(symbol)
        try:
            candles = [] if frame is None else candles_of(frame)
        except (TypeError, ValueError) as e:
            raise Malformed(f"an answer of Upbit made no sense ({short(e)})") from e
        first = min((candle.opened_at for candle in candles), default=span.start)
        # Fewer than were asked for: before them there is nothing at all.
        start = first if len(candles) >= count else min(first, span.start)
        return page_of(candles, timeframe, Span(start, span.end))

    async def close(self) -> None:
        """Give pyupbit back what was replaced."""
        self._shim.remove()

    async def _asked(self, question: Callable[[], Answer]) -> Answer | None:
        self._shim.forget()
        try:
            answer = await asyncio.to_thread(question)
        except Exception as e:
            # The library lets out whatever went wrong inside of it.
            raise self._failure(error=e) from e
        last = self._shim.last
        if last is not None and last.status == _OK:
            self._refusals.forget()
            if _NONE_LEFT.search(last.headers.get("Remaining-Req", "")):
                self.pace.hold(1.0)
        return answer

    def _failure(self, symbol: str = "", error: Exception | None = None) -> PasuError:
        last = self._shim.last
        if last is None or last.status == 0:
            return VenueDown(f"no answer from Upbit ({short(last.text if last else error)})")
        if last.status in {_TOO_MANY, _BANNED}:
            return self._too_many(last)
        if last.status >= _SERVER_ERRORS:
            return VenueDown(f"Upbit answered {last.status}")
        if last.status == _OK:
            return Malformed(f"an answer of Upbit made no sense ({short(last.text)})")
        if last.status == _NOT_FOUND and symbol:
            return BadConfiguration([Problem("--symbols", f"Upbit does not know {symbol}")])
        return Refused(str(last.status), f"Upbit refused: {message_of(last)}")

    def _too_many(self, last: HttpAnswer) -> PasuError:
        told = _TOLD.search(message_of(last))
        named = last.headers.get("Retry-After") or (told[1] if told else None)
        banned = last.status == _BANNED
        words = "Upbit has blocked this address" if banned else "Upbit asks for fewer requests"
        return self._refusals.throttled(words, named, _BAN_S if banned else 1.0)
