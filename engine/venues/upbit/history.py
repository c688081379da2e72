"""Upbit's candles and market list through pyupbit, in a thread, one question at a time.

pyupbit names hours in KST, cuts pages of 200 itself, and answers None to whatever went wrong: what
the venue really said is read from the shim.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any, TypeVar

import orjson
import pyupbit

from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import Malformed, PasuError, Refused, Throttled, VenueDown
from engine.domain.venue import KST
from engine.ports.clock import Clock
from engine.venues.upbit.pyupbit_shim import HttpAnswer, QuotationShim

INTERVALS: Mapping[Timeframe, str] = {
    Timeframe.M1: "minute1",
    Timeframe.M5: "minute5",
    Timeframe.M15: "minute15",
    Timeframe.H1: "minute60",
    Timeframe.H4: "minute240",
    Timeframe.D1: "day",
}
_OK, _SERVER_ERRORS = 200, 500
_SHORT, _BAN = timedelta(seconds=1), timedelta(seconds=60)
_WAITS: Mapping[int, timedelta] = {429: _SHORT, 418: _BAN}
_PRICES = ("open", "high", "low", "close", "volume")
_LONGEST = 200
_QUESTION_GAP_S = 0.12
"""Ten candle requests a second are allowed per address (docs.upbit.com, rate limits)."""

Answer = TypeVar("Answer")


class History:
    """What Upbit knows of the past, and which markets it has."""

    def __init__(self, shim: QuotationShim, clock: Clock) -> None:
        """Ask through a shim, once it is installed by `open`."""
        self._shim = shim
        self._clock = clock
        self._turn = asyncio.Lock()
        self._free_at = 0.0

    def open(self) -> None:
        """Put the shim where pyupbit looks for the network."""
        self._shim.install()

    async def markets(self) -> Sequence[Mapping[str, Any]]:
        """Return the KRW markets with their caution flags, as the venue lists them.

        Raises:
            VenueDown: no answer.
            Throttled: too many requests.
        """
        found: Sequence[Mapping[str, Any]] | None = await self._ask(
            lambda: pyupbit.get_tickers("KRW", is_details=True)
        )
        if found is None:
            raise self._failure()
        return found

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` closed candles, oldest first; quiet minutes have none.

        Raises:
            VenueDown: no answer.
            Throttled: too many requests.
            Malformed: the answer makes no sense.
        """
        base, _, quote = symbol.partition("/")
        now = self._clock.now()
        frame = await self._ask(
            lambda: pyupbit.get_ohlcv(
                f"{quote}-{base}",
                interval=INTERVALS[timeframe],
                count=count + 1,
                to=f"{now:%Y-%m-%d %H:%M:%S}",
                period=_QUESTION_GAP_S,
            )
        )
        if frame is None and not self._shim.is_empty:
            raise self._failure()
        try:
            found = [] if frame is None else candles_of(frame)
        except (TypeError, ValueError) as e:
            message = f"candles of {symbol} make no sense: {e}"
            raise Malformed(message) from e
        return [c for c in found if c.opened_at + timeframe.delta <= now][-count:]

    async def close(self) -> None:
        """Give pyupbit back what was replaced."""
        self._shim.remove()

    async def _ask(self, question: Callable[[], Answer]) -> Answer | None:
        """Ask when it is time: the venue's seconds are not ours, so their limit is kept by pace."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            await asyncio.sleep(self._free_at - loop.time())
            self._shim.forget()
            try:
                return await asyncio.to_thread(question)
            except Exception as e:
                # The library lets out whatever went wrong inside of it.
                raise self._failure(e) from e
            finally:
                self._free_at = loop.time() + _QUESTION_GAP_S

    def _failure(self, error: Exception | None = None) -> PasuError:
        last = self._shim.last
        if last is None or last.status == 0:
            return VenueDown(f"no answer from Upbit ({last.text if last else error})"[:_LONGEST])
        wait = _WAITS.get(last.status)
        if wait is not None:
            return Throttled(f"Upbit answered {last.status}", self._clock.now() + wait)
        if last.status >= _SERVER_ERRORS:
            return VenueDown(f"Upbit answered {last.status}")
        if last.status == _OK:
            return Malformed(f"an answer of Upbit makes no sense: {last.text[:_LONGEST]}")
        return Refused(str(last.status), message_of(last))


def candles_of(frame: Any) -> list[Candle]:  # noqa: ANN401 - a DataFrame of a library without types
    """Return a frame of pyupbit as candles: its hours are KST, ours UTC."""
    opened = (at.to_pydatetime().replace(tzinfo=KST).astimezone(UTC) for at in frame.index)
    columns = (frame[name].astype(float).tolist() for name in _PRICES)
    return [Candle(at, *prices) for at, *prices in zip(opened, *columns, strict=True)]


def message_of(answer: HttpAnswer) -> str:
    """Return the venue's own words of an error, or the start of whatever it sent."""
    try:
        return str(orjson.loads(answer.text)["error"]["message"])[:_LONGEST]
    except (ValueError, KeyError, TypeError):
        return answer.text[:_LONGEST]
