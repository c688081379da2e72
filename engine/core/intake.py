"""A live venue's events on their way to its desk: each market in a lane of its own.

Two hundred markets tell twenty prices a second each, and one order may take 300 ms to be answered:
a slow order of one market must not delay the exits of another, nor the report of its own fill.

* Events of one market are handled one at a time and in their order, those of different markets side
  by side. Reports of orders have one lane for the whole venue, in their order; it never waits for
  the venue, so a fill that overtakes the answer to its own order is booked at once. What a report
  means for protection and exits is then looked at in the market's lane.
* A price that crosses no watched level is taken at once and costs no task. One that has to wait is
  replaced by the next: the newest wins. Exits look at the newest price because it is the one a sale
  made now would get: a stop that was touched and left again while an order was under way would sell
  above itself. The extremes between are not lost: the candle that closes carries its high, which
  alone lifts the trailing stop (as in the backtest), and a low that is over is what the stop at the
  venue is for.
* Candles are taken once and without a gap: one that comes late or again is dropped, and after a gap
  the history is loaded anew before anything is decided on it.

A replay has no intake: its events are handled in their exact order.
"""

import asyncio
import logging
from collections import deque
from dataclasses import replace
from datetime import datetime

from engine.core.desk import Consider, Desk, Tend, Work
from engine.domain.candle import Timeframe
from engine.domain.errors import DiskFailed, PasuError, StateCorrupt
from engine.ports.venue import (
    CandleClosed,
    CandleOpened,
    ClockOff,
    ClockRight,
    ConnectionLost,
    ConnectionRestored,
    FundingReport,
    LoopDue,
    OrderReport,
    PriceMoved,
    VenueEvent,
)

_ORDERS, _LINES = "*orders", "*lines"
_MARKET_EVENTS = (PriceMoved, CandleOpened, CandleClosed, Tend, Consider)

Item = VenueEvent | Work

_log = logging.getLogger(__name__)


class Intake:
    """Hand the events of one live venue to its desk, and the desk's own work beside them."""

    def __init__(self, desk: Desk) -> None:
        """Take over the desk's work, market by market."""
        self._desk = desk
        self._lanes: dict[str, deque[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[None] | None = None
        self._error: BaseException | None = None
        self._closed = False
        self.errors = 0
        desk.dispatch = self.dispatch

    @property
    def is_idle(self) -> bool:
        """Return whether nothing is under way or waits."""
        return not self._lanes

    async def take(self, event: VenueEvent) -> None:
        """Take one event of the venue; returns at once."""
        match event:
            case PriceMoved():
                self._price(event)
            case CandleOpened() | CandleClosed():
                self._put(event.symbol, event)
            case OrderReport() | FundingReport():
                self._put(_ORDERS, event)
            case ConnectionLost() | ConnectionRestored() | ClockOff() | ClockRight():
                self._put(_LINES, event)
            case LoopDue():
                return

    async def dispatch(self, work: Work) -> None:
        """Do a piece of work in its market's lane; the same work waits there only once."""
        lane = self._lanes.get(work.symbol)
        if lane is None or work not in lane:
            self._put(work.symbol, work)

    async def watch(self) -> None:
        """Wait until something fails that the engine must not survive.

        Raises:
            DiskFailed: a durable write did not happen.
            StateCorrupt: the state is not to be trusted.
        """
        self._failed = asyncio.get_running_loop().create_future()
        if self._error is not None:
            raise self._error
        await self._failed

    async def close(self, seconds: float) -> bool:
        """Decide nothing more and let what is under way end; return whether all of it did."""
        self._closed = True
        for key, lane in self._lanes.items():
            if key != _ORDERS:
                lane.clear()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        return self.is_idle

    def _price(self, event: PriceMoved) -> None:
        lane = self._lanes.get(event.symbol)
        if lane is None:
            if not self._desk.glance(event):
                self._put(event.symbol, event)
            return
        waiting = lane[-1] if lane else None
        if not isinstance(waiting, PriceMoved):
            lane.append(event)
            return
        lane[-1] = event if event.mark is not None else replace(event, mark=waiting.mark)

    def _put(self, key: str, item: Item) -> None:
        if self._closed and isinstance(item, _MARKET_EVENTS):
            return
        lane = self._lanes.get(key)
        if lane is not None:
            lane.append(item)
            return
        lane = self._lanes[key] = deque((item,))
        task = asyncio.create_task(self._run(key, lane), name=f"{self._desk.name.value} {key}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, key: str, lane: deque[Item]) -> None:
        try:
            while lane:
                await self._survive(lane.popleft())
        except BaseException as e:  # noqa: BLE001 - nobody awaits a lane: the engine is told instead
            self._fail(e)
        finally:
            del self._lanes[key]

    async def _survive(self, item: Item) -> None:
        """Handle one item; trouble with the venue is the item's own, disk and state are not."""
        try:
            await self._handle(item)
        except (DiskFailed, StateCorrupt):
            raise
        except (PasuError, TimeoutError):
            self.errors += 1
            _log.exception("event.failed venue=%s kind=%s", self._desk.name, type(item).__name__)

    async def _handle(self, item: Item) -> None:
        match item:
            case Tend() | Consider():
                await self._desk.work(item)
            case CandleClosed():
                await self._candle(item)
            case OrderReport():
                await self._desk.handle(item)
                if item.symbol in self._desk.context.portfolio.positions:
                    await self.dispatch(Tend(item.symbol))
            case _:
                await self._desk.handle(item)

    async def _candle(self, event: CandleClosed) -> None:
        context, symbol = self._desk.context, event.symbol
        if symbol not in context.markets:
            return
        base = context.profile.base_timeframes.get(symbol, Timeframe.M1)
        opened, ends = event.candle.opened_at, event.candle.opened_at + base.delta
        if self._is_old(symbol, opened):
            return
        if self._is_after_gap(symbol, opened):
            await self._desk.reload(symbol)
            if self._is_old(symbol, opened):
                return
        context.closed_until[symbol] = ends
        await self._desk.handle(event)

    def _is_old(self, symbol: str, opened: datetime) -> bool:
        until = self._desk.context.closed_until.get(symbol)
        return until is not None and opened < until

    def _is_after_gap(self, symbol: str, opened: datetime) -> bool:
        until = self._desk.context.closed_until.get(symbol)
        return until is not None and opened > until

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, asyncio.CancelledError):
            return
        self._error = self._error or error
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(error)
