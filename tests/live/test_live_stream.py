"""A supervised stream in virtual time: reconnection, silence, renewal, and what is told of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from engine.domain.errors import AuthFailed, DiskFailed, Malformed, VenueDown
from engine.ports.venue import ConnectionLost, ConnectionRestored, SurfaceName, VenueEvent
from engine.venues.live.backoff import Backoff
from engine.venues.live.lines import Lines
from engine.venues.live.stream import Put, StreamBroken, Supervisor
from tests.core.fakes import NOON
from tests.world.virtual_time import VirtualClock, VirtualLoop


class ScriptedFeed:
    """A feed that connects, fails and falls silent as a test has set."""

    surface = SurfaceName.ORDERS
    silence_s = 30.0
    lasts_s = 3600.0

    def __init__(self) -> None:
        self.failures: list[Exception] = []
        self.behind: list[Exception] = []
        self.opened: list[float] = []
        self.heard: list[object] = []
        self.closed = 0
        self.gone: asyncio.Future[object] | None = None
        self.put: Put | None = None
        self.up = asyncio.Event()

    async def open(self, put: Put) -> Awaitable[object]:
        loop = asyncio.get_running_loop()
        self.opened.append(loop.time())
        if self.failures:
            raise self.failures.pop(0)
        self.put, self.gone = put, loop.create_future()
        self.up.set()
        return self.gone

    async def catch_up(self) -> None:
        if self.behind:
            raise self.behind.pop(0)
        self.heard.append("caught up")

    async def hear(self, message: Any) -> None:
        if isinstance(message, Exception):
            raise message
        self.heard.append(message)

    async def silent(self) -> None:
        raise StreamBroken("silent")

    async def close(self) -> None:
        self.closed += 1


def _live(feed: ScriptedFeed, script: Callable[[], Awaitable[None]]) -> list[VenueEvent]:
    """Run a supervisor beside a script and return what was told of its line."""
    loop, told = VirtualLoop(), list[VenueEvent]()

    async def sink(event: VenueEvent) -> None:
        told.append(event)

    async def run() -> None:
        lines = Lines([SurfaceName.ORDERS], VirtualClock(loop, NOON))
        tasks = [
            asyncio.create_task(Supervisor(feed, lines, lambda: 0.0).run()),
            asyncio.create_task(lines.tell(sink)),
        ]
        await script()
        for task in tasks:
            if not task.done():
                task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    try:
        loop.run_until_complete(run())
    finally:
        loop.close()
    return told


def _kinds(told: list[VenueEvent]) -> list[type]:
    return [type(event) for event in told]


def test_f10_attempts_wait_one_second_and_then_twice_as_long_up_to_a_minute():
    feed = ScriptedFeed()
    feed.failures = [StreamBroken("refused") for _ in range(9)]
    told = _live(feed, lambda: asyncio.sleep(400))
    waits = [round(b - a, 3) for a, b in zip(feed.opened, feed.opened[1:], strict=False)]
    assert waits[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert _kinds(told)[:2] == [ConnectionLost, ConnectionRestored]


def test_loss_is_said_once_however_often_it_fails_and_the_return_once():
    feed = ScriptedFeed()
    feed.failures = [StreamBroken("no"), OSError("dns"), VenueDown("no"), TimeoutError()]
    told = _live(feed, lambda: asyncio.sleep(20))
    assert _kinds(told) == [ConnectionLost, ConnectionRestored]


def test_f11_silence_ends_the_connection_and_a_new_one_catches_up_first():
    feed = ScriptedFeed()
    feed.silence_s = 3.0

    async def script() -> None:
        await asyncio.sleep(1)
        assert feed.put is not None
        feed.put("first")
        await asyncio.sleep(4.5)
        feed.put("second")
        await asyncio.sleep(0.1)

    told = _live(feed, script)
    assert feed.heard == ["caught up", "first", "caught up", "second"]
    assert feed.opened[1] == pytest.approx(5)
    assert _kinds(told) == [ConnectionLost, ConnectionRestored]


def test_f14_line_is_not_back_before_the_gap_is_filled():
    feed = ScriptedFeed()
    feed.behind = [VenueDown("rest is down"), VenueDown("still")]
    told = _live(feed, lambda: asyncio.sleep(10))
    assert len(feed.opened) == 3
    assert _kinds(told) == [ConnectionLost, ConnectionRestored]
    lost, restored = told
    assert isinstance(lost, ConnectionLost)
    assert isinstance(restored, ConnectionRestored)
    assert (restored.at - lost.at).total_seconds() == pytest.approx(3)


def test_f15_connection_is_renewed_before_the_venue_ends_it_without_a_word():
    feed = ScriptedFeed()
    feed.lasts_s, feed.silence_s = 100.0, 10.0

    async def script() -> None:
        for number in range(25):
            await asyncio.sleep(5)
            assert feed.put is not None
            feed.put(number)

    told = _live(feed, script)
    assert len(feed.opened) == 2
    assert told == []


def test_f15_refused_key_is_told_as_such_and_not_tried_again_for_minutes():
    feed = ScriptedFeed()
    feed.failures = [AuthFailed("-2015: no")]
    told = _live(feed, lambda: asyncio.sleep(299))
    assert len(feed.opened) == 1
    (lost,) = told
    assert isinstance(lost, ConnectionLost)
    assert lost.auth_failed


def test_f08_message_that_makes_no_sense_is_dropped_and_counted():
    feed = ScriptedFeed()

    async def script() -> None:
        await asyncio.sleep(1)
        assert feed.put is not None
        feed.put(Malformed("what"))
        feed.put("next")
        await asyncio.sleep(1)

    told = _live(feed, script)
    assert feed.heard == ["caught up", "next"]
    assert told == []


def test_disk_that_fails_while_a_message_is_heard_ends_the_stream():
    feed = ScriptedFeed()

    async def script() -> None:
        await asyncio.sleep(1)
        assert feed.put is not None
        feed.put(DiskFailed("full"))
        await asyncio.sleep(1)

    with pytest.raises(DiskFailed):
        _live(feed, script)


def test_cut_connection_is_noticed_at_once():
    feed = ScriptedFeed()

    async def script() -> None:
        await asyncio.sleep(5)
        assert feed.gone is not None
        feed.gone.set_exception(OSError("reset"))
        await asyncio.sleep(2)

    told = _live(feed, script)
    assert feed.opened == [0, pytest.approx(6)]
    assert feed.closed >= 1
    assert _kinds(told) == [ConnectionLost, ConnectionRestored]


def test_connection_that_breaks_again_and_again_is_tried_less_and_less_often():
    feed = ScriptedFeed()

    async def script() -> None:
        for _ in range(4):
            await feed.up.wait()
            feed.up.clear()
            assert feed.gone is not None
            feed.gone.set_exception(OSError("reset"))
        await asyncio.sleep(10)
        assert feed.put is not None
        assert feed.gone is not None
        for _ in range(7):
            feed.put("steady")
            await asyncio.sleep(10)
        feed.gone.set_exception(OSError("reset"))
        await asyncio.sleep(2)

    _live(feed, script)
    waits = [b - a for a, b in zip(feed.opened, feed.opened[1:], strict=False)]
    assert waits[:4] == pytest.approx([1, 2, 4, 8], abs=0.2)
    assert len(waits) == 5


def test_jitter_shortens_a_wait_by_up_to_a_half():
    assert Backoff(lambda: 1.0).next_s() == 0.5
    assert Backoff(lambda: 0.0).next_s() == 1.0
