"""The public half of a live venue: what streams, and what runs beside the stream."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar

from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import PasuError
from engine.domain.instrument import Instrument
from engine.domain.venue import AroundTheClock, Sessions
from engine.ports.venue import EventSink, Surface, Ticker
from engine.venues.live.bridge import bridge_while_lost
from engine.venues.live.candles import BaseCandles
from engine.venues.live.stream import Feed, Supervisor
from engine.venues.live.wire import LiveWire

Task = Callable[[], Coroutine[Any, Any, None]]
WireT = TypeVar("WireT", bound=LiveWire)


class LiveMarket(ABC, Generic[WireT]):
    """A `PublicMarket`, see `engine.venues.paper`; each venue answers the questions."""

    def __init__(self, wire: WireT, candles: BaseCandles, feed: Feed) -> None:
        """Look through a wire; the feed of prices tells the candles."""
        self._wire = wire
        self._candles = candles
        self._prices = feed

    @property
    def sessions(self) -> Sessions:
        """Return when the venue trades: always."""
        return AroundTheClock()

    def surfaces(self) -> Sequence[Surface]:
        """Return every line to the venue with its age."""
        return self._wire.lines.surfaces()

    async def run(self, sink: EventSink, *others: Feed) -> None:
        """Stream prices, candles and what other feeds tell into the sink until cancelled."""
        self._candles.tell = sink
        async with asyncio.TaskGroup() as group:
            group.create_task(self._wire.lines.tell(sink))
            for feed in (self._prices, *others):
                group.create_task(Supervisor(feed, self._wire.lines, self._wire.random).run())
            for task in self._beside():
                group.create_task(task())

    async def close(self) -> None:
        """Let go of every connection."""
        await self._wire.close()

    @abstractmethod
    async def connect(self) -> Sequence[Instrument]:
        """Open the venue and return its markets with their rules."""

    @abstractmethod
    async def instruments(self) -> Sequence[Instrument]:
        """Return the markets with their rules and flags as the venue states them now."""

    @abstractmethod
    def follow(self, symbols: Sequence[str]) -> None:
        """Stream these markets from now on, and no others."""

    @abstractmethod
    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` closed candles, oldest first."""

    @abstractmethod
    async def tickers(self) -> Sequence[Ticker]:
        """Return last price and 24 h turnover of every market."""

    def _beside(self) -> tuple[Task, ...]:
        """Return what runs beside the streams, each without an end."""
        wire = self._wire
        return (
            self._candles.attend,
            partial(wire.caller.revive, wire.ping),
            partial(bridge_while_lost, self._candles, wire.lines, wire.budget),
            self._keep_time,
        )

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(self._wire.patience.clock_s)
            with suppress(PasuError):  # the lines tell that REST is lost
                await self._wire.resync()
