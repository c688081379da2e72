"""Carry the engine's events to the chats: none lost, none twice, the engine's silence included."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from bot.card import Card
from bot.client import EngineClient, EngineError, EngineRefused, EngineUnreachable
from bot.clock import Clock
from bot.delivery_plan import OLD, Push, is_told, is_urgent, plan
from bot.outbox import Outbox, Undeliverable
from bot.pace import Lane
from bot.told import Told
from bot.transience import Fault
from bot.views.outage import back_card, lost_card
from bot.voice import Voice
from engine.contract import EventsView, EventView, StatusView

_log = logging.getLogger(__name__)
_WAIT_S = 10.0
_BATCH = 500
_MOST_BATCHES = 40
_RETRY_S = 1.0
# One missed answer is not an outage; this long without any is.
LOST_AFTER_S = 5.0
_UNDELIVERED_RETRY_S = 15.0


@dataclass(slots=True)
class _Waiting:
    """Events that one sender has to tell; `sending` is held from a message to its note."""

    events: list[EventView] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)


class Delivery:
    """The long poll, two senders, the cursor, and what was told about the engine itself.

    Alarms have a sender of their own: they never wait behind a row of fills.
    """

    def __init__(
        self,
        engine: EngineClient,
        outbox: Outbox,
        voice: Voice,
        clock: Clock,
        chats: Sequence[int],
        *,
        keeps_cursor: bool,
    ) -> None:
        """Take the chats to tell; without `keeps_cursor` only news is told and nothing is acked.

        A terminal beside a running Telegram bot must not mark events as told that only it showed.
        """
        self._engine = engine
        self._outbox = outbox
        self._voice = voice
        self._clock = clock
        self._chats = tuple(chats)
        self._keeps_cursor = keeps_cursor
        self._told: Told | None = None
        self._alarms = _Waiting()
        self._others = _Waiting()
        self._noting = asyncio.Lock()
        self._noted = 0
        self._moved = asyncio.Event()
        self._backlog = 0
        self._polled_at: float | None = None
        self._failing_since: float | None = None
        self._told_lost = False

    async def run(self) -> None:
        """Deliver for ever; started again, it goes on after the last event that was noted."""
        self._told, self._alarms, self._others = None, _Waiting(), _Waiting()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send(self._alarms))
            tasks.create_task(self._send(self._others))
            tasks.create_task(self._listen())

    async def reached(self, seq: int) -> None:
        """Wait until every event up to a number was told."""
        while self._noted < seq:
            self._moved.clear()
            await self._moved.wait()

    async def settle(self, seconds: float) -> None:
        """Start no further message, and give those being sent time to be sent and noted.

        Cancelled between the two, the delivery would tell them again after a restart.
        """
        held = (self._alarms.sending.acquire(), self._others.sending.acquire())
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*held), seconds)

    async def _listen(self) -> None:
        while True:
            try:
                await self._once()
            except EngineError as e:
                await self._engine_failed(e)
                await self._clock.sleep(_RETRY_S)

    async def _once(self) -> None:
        told = self._told or await self._begin()
        events = await self._collect(told.seen)
        await self._engine_answered()
        if not events or self._told is not told:
            return
        waiting = [event for event in events if is_told(event)]
        told.see([event.seq for event in events], [event.seq for event in waiting])
        now = self._clock.now()
        for event in waiting:
            urgent = is_urgent(event, now, self._backlog)
            (self._alarms if urgent else self._others).events.append(event)
        self._alarms.news.set()
        self._others.news.set()
        await self._note(told)

    async def _begin(self) -> Told:
        kept = await self._engine.cursor()
        newest = (await self._engine.status()).last_seq
        # A new ledger counts from the beginning: a cursor beyond its end belongs to the old one.
        untold = kept if kept <= newest else 0
        self._noted = untold if self._keeps_cursor else newest
        self._backlog = newest
        self._told = Told(self._noted)
        return self._told

    async def _collect(self, after: int) -> list[EventView]:
        """Return everything that is waiting, so that a long backlog becomes one digest."""
        # After an outage the first answer is the news: it must not wait for an event.
        wait_s = _WAIT_S if self._failing_since is None else 0.0
        found = await self._poll(after, wait_s)
        events = list(found.events)
        for _ in range(_MOST_BATCHES):
            if not found.events or events[-1].seq >= found.last_seq:
                break
            found = await self._poll(events[-1].seq, 0.0)
            events += found.events
        return events

    async def _poll(self, after: int, wait_s: float) -> EventsView:
        found = await self._engine.events(after, wait_s, _BATCH)
        if found.last_seq < after:
            _log.warning("delivery.ledger_restarted cursor=%s last=%s", after, found.last_seq)
            self._told = None
            return EventsView((), after)
        now = self._clock.monotonic()
        if self._polled_at is not None and now - self._polled_at > OLD.total_seconds():
            self._backlog = found.last_seq
        self._polled_at = now
        return found

    async def _send(self, waiting: _Waiting) -> None:
        while True:
            await waiting.news.wait()
            waiting.news.clear()
            while waiting.events:
                events, waiting.events = waiting.events, []
                status = await self._status()
                now = self._clock.now()
                for push in plan(self._voice, events, status, now, self._backlog):
                    async with waiting.sending:
                        await self._tell(push)
                        await self._close(push)

    async def _close(self, push: Push) -> None:
        if self._told is not None:
            self._told.tell(push.seqs)
            await self._note(self._told)

    async def _note(self, told: Told) -> None:
        """Tell the engine how far the owner was told, as soon as it listens."""
        async with self._noting:
            while self._keeps_cursor and self._noted < (reached := told.reached):
                try:
                    await self._engine.ack(reached)
                    self._noted = reached
                except EngineRefused as e:
                    _log.warning("delivery.ack_refused seq=%s cause=%s", reached, e)
                    break
                except EngineUnreachable as e:
                    await self._engine_failed(e)
                    await self._clock.sleep(_RETRY_S)
            self._noted = max(self._noted, told.reached)
            self._moved.set()

    async def _status(self) -> StatusView | None:
        try:
            return await self._engine.status()
        except EngineError as e:
            _log.info("delivery.status_unknown cause=%s", e)
            return None

    async def _tell(self, push: Push) -> None:
        """Send to every chat; hold the cursor while no chat takes it."""
        while True:
            results = await asyncio.gather(*(self._to(chat, push) for chat in self._chats))
            if any(results) or not self._chats:
                return
            await self._clock.sleep(_UNDELIVERED_RETRY_S)

    async def _to(self, chat: int, push: Push) -> bool:
        try:
            await self._outbox.send(chat, push.card, push.lane, silent=push.silent)
        except Undeliverable as e:
            _log.warning("push.undelivered chat=%s fault=%s cause=%s", chat, e.fault.value, e)
            return e.fault is Fault.AMBIGUOUS
        return True

    async def _engine_failed(self, error: EngineError) -> None:
        now = self._clock.monotonic()
        if self._failing_since is None:
            self._failing_since = now
            _log.warning("engine.lost cause=%s", error)
        if self._told_lost or now - self._failing_since < LOST_AFTER_S:
            return
        self._told_lost = True
        card = lost_card(self._voice, self._engine.last_answer, self._clock.now())
        await self._announce(_push(card, silent=False))

    async def _engine_answered(self) -> None:
        if self._failing_since is None:
            return
        down = timedelta(seconds=self._clock.monotonic() - self._failing_since)
        self._failing_since = None
        _log.warning("engine.back down_s=%.1f", down.total_seconds())
        if self._told_lost:
            self._told_lost = False
            card = back_card(self._voice, down, self._clock.now())
            await self._announce(_push(card, silent=True))

    async def _announce(self, push: Push) -> None:
        # Not an event of the engine: nothing to hold back when a chat does not take it.
        await asyncio.gather(*(self._to(chat, push) for chat in self._chats))


def _push(card: Card, *, silent: bool) -> Push:
    return Push(card, Lane.ALARM, silent, ())
