"""Facts reach the disk first, then everyone who listens, in order."""

import asyncio

import pytest

from engine.core.recorder import Recorder
from engine.domain.errors import DiskFailed
from engine.domain.events import EngineStopped, Recorded
from tests.core.fakes import NOON, MemoryStore

ONE, TWO, THREE = (EngineStopped(word, NOON) for word in ("one", "two", "three"))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore([])


async def test_listeners_hear_each_fact_in_order_with_its_number(store: MemoryStore):
    recorder = Recorder(store, 0)
    heard: list[Recorded] = []
    also: list[int] = []
    recorder.listen(heard.append)
    recorder.listen(lambda recorded: also.append(recorded.seq))
    await recorder.record([ONE, TWO])
    await recorder.record([THREE])
    assert heard == [Recorded(1, ONE), Recorded(2, TWO), Recorded(3, THREE)]
    assert also == [1, 2, 3]
    assert recorder.last_seq == 3


async def test_a_listener_is_called_only_after_the_fact_is_on_disk(store: MemoryStore):
    recorder = Recorder(store, 0)
    on_disk: list[int] = []
    recorder.listen(lambda recorded: on_disk.append(len(store.facts)))
    await recorder.record([ONE, TWO])
    assert on_disk == [2, 2]


async def test_f29_what_is_not_certain_is_told_to_nobody(store: MemoryStore):
    recorder = Recorder(store, 0)
    heard: list[Recorded] = []
    recorder.listen(heard.append)
    store.full = True
    with pytest.raises(DiskFailed):
        await recorder.record([ONE])
    assert heard == []
    assert recorder.last_seq == 0


async def test_numbers_go_on_after_what_was_recovered(store: MemoryStore):
    assert Recorder(store, 41).last_seq == 41


async def test_events_are_read_after_a_number_and_in_bounds(store: MemoryStore):
    recorder = Recorder(store, 0)
    await recorder.record([ONE, TWO, THREE])
    assert recorder.since(1, 10) == [Recorded(2, TWO), Recorded(3, THREE)]
    assert recorder.since(0, 2) == [Recorded(1, ONE), Recorded(2, TWO)]
    assert recorder.since(3, 10) == []


async def test_waiting_returns_at_once_when_there_is_news(store: MemoryStore):
    recorder = Recorder(store, 0)
    await recorder.record([ONE])
    async with asyncio.timeout(1):
        await recorder.wait_beyond(0, 60)


async def test_waiting_wakes_every_waiter_with_the_fact_it_waits_for(store: MemoryStore):
    recorder = Recorder(store, 0)
    waiters = [asyncio.create_task(recorder.wait_beyond(after, 60)) for after in (0, 0, 1, 2)]
    await asyncio.sleep(0)
    await recorder.record([ONE])
    for _ in range(3):
        await asyncio.sleep(0)
    assert [waiter.done() for waiter in waiters] == [True, True, False, False]
    await recorder.record([TWO, THREE])
    async with asyncio.timeout(1):
        await asyncio.gather(*waiters)


async def test_waiting_ends_with_its_time(store: MemoryStore):
    async with asyncio.timeout(1):
        await Recorder(store, 0).wait_beyond(0, 0.01)
