"""One way to call: what is asked again, what never, and what a failure means for the next call."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.domain.errors import Ambiguous, AuthFailed, Refused, Throttled, VenueDown
from engine.ports.venue import ConnectionLost, ConnectionRestored, SurfaceName, SurfaceState
from engine.venues.binance_spot.dialect import DIALECT
from engine.venues.live.budget import Budget
from engine.venues.live.call import Caller, CallPlan
from engine.venues.live.lines import Lines
from engine.venues.live.outcome import Response, ResponseFailed
from tests.core.fakes import ManualClock


def _failed(status: int, code: int = 0, **headers: str) -> ResponseFailed:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ResponseFailed(Response(status, named, f'{{"code": {code}, "msg": "words"}}'))


BAD_KEY = _failed(401, -2015)
EARLY = _failed(400, -1021)


class Line:
    """A venue that answers what a test has queued, and then always the same."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls = 0
        self.synced = 0
        self.clock = ManualClock()
        self.lines = Lines([SurfaceName.REST], self.clock)
        self.budget = Budget({}, self.clock)
        plan = CallPlan(DIALECT, lambda: 1.0, 0.2, self.resync)
        self.caller = Caller(plan, self.budget, self.lines, self.clock)

    @property
    def state(self) -> SurfaceState:
        (surface,) = self.lines.surfaces()
        return surface.state

    async def call(self) -> Any:
        self.calls += 1
        answer = self.answers.pop(0) if self.answers else {"ok": True}
        if isinstance(answer, Exception):
            raise answer
        if answer is None:
            await asyncio.sleep(60)
        return answer

    async def resync(self) -> None:
        self.synced += 1


async def test_question_without_an_answer_is_asked_three_times():
    line = Line(_failed(503), OSError("dns"), {"a": 1})
    assert await line.caller.ask(line.call) == {"a": 1}
    line = Line(*[_failed(503)] * 5)
    with pytest.raises(VenueDown):
        await line.caller.ask(line.call)
    assert (line.calls, line.state) == (3, SurfaceState.DOWN)


@pytest.mark.parametrize("answer", [_failed(503), OSError("reset"), None, "<html>", TimeoutError()])
async def test_f02_order_without_an_answer_is_sent_once(answer: Any):
    line = Line(answer)
    with pytest.raises(Ambiguous):
        await line.caller.act(line.call)
    assert line.calls == 1


async def test_question_that_is_refused_is_not_asked_again():
    line = Line(_failed(400, -2013))
    with pytest.raises(Refused):
        await line.caller.ask(line.call, signed=True)
    assert (line.calls, line.state) == (1, SurfaceState.UP)


async def test_f16_timing_refusal_is_resent_once_for_signed_calls_alone():
    line = Line(EARLY)
    assert await line.caller.act(line.call) == {"ok": True}
    assert (line.calls, line.synced) == (2, 1)
    line = Line(EARLY, EARLY)
    with pytest.raises(Refused):
        await line.caller.act(line.call)
    assert (line.calls, line.synced) == (2, 1)
    line = Line(EARLY)
    with pytest.raises(Refused):
        await line.caller.ask(line.call)
    assert line.synced == 0


async def test_f16_order_that_is_resent_after_a_resync_can_still_be_ambiguous():
    line = Line(EARLY, OSError("reset"))
    with pytest.raises(Ambiguous):
        await line.caller.act(line.call)
    assert line.calls == 2


async def test_f07_refused_key_stops_signed_calls_for_minutes_and_public_ones_not_at_all():
    line = Line(BAD_KEY)
    with pytest.raises(AuthFailed):
        await line.caller.ask(line.call, signed=True)
    for attempt in (line.caller.ask(line.call, signed=True), line.caller.act(line.call)):
        with pytest.raises(AuthFailed):
            await attempt
    assert line.calls == 1
    assert await line.caller.ask(line.call)
    assert line.state is SurfaceState.AUTH_FAILED
    line.clock.advance(301)
    assert await line.caller.ask(line.call, signed=True)
    assert line.state is SurfaceState.UP


async def test_public_call_that_is_turned_away_leaves_signed_ones_alone():
    line = Line(_failed(403))
    with pytest.raises(AuthFailed):
        await line.caller.ask(line.call)
    assert line.state is SurfaceState.AUTH_FAILED
    assert await line.caller.ask(line.call)
    assert line.state is SurfaceState.UP


async def test_f04_limit_refuses_an_order_and_leaves_a_question_unanswered():
    line = Line(_failed(429, retry_after="9"))
    with pytest.raises(Throttled) as refused:
        await line.caller.act(line.call)
    assert refused.value.until == line.clock.now() + timedelta(seconds=9)
    with pytest.raises(VenueDown):
        await line.caller.ask(line.call)
    assert line.calls == 1
    line.clock.advance(9)
    assert await line.caller.ask(line.call)


async def test_f05_ban_is_told_with_its_end_and_probed_by_nobody_before_it():
    line = Line(_failed(418, retry_after="60"))
    with pytest.raises(Throttled):
        await line.caller.act(line.call)
    told = await _told(line, lambda: line.caller.revive(line.call))
    (lost,) = told
    assert isinstance(lost, ConnectionLost)
    assert lost.until == line.clock.now() + timedelta(seconds=60)
    assert line.calls == 1


async def test_refused_key_stays_refused_whatever_else_fails_and_a_ban_is_told_beside_a_loss():
    line = Line(BAD_KEY, *[OSError("dns")] * 3)
    with pytest.raises(AuthFailed):
        await line.caller.ask(line.call, signed=True)
    with pytest.raises(VenueDown):
        await line.caller.ask(line.call)
    assert line.state is SurfaceState.AUTH_FAILED
    line = Line(*[OSError("dns")] * 3, _failed(418, retry_after="60"))
    for _ in range(2):
        with pytest.raises(VenueDown):
            await line.caller.ask(line.call)
    told = await _told(line, lambda: asyncio.sleep(0))
    assert [event.until is not None for event in told] == [False, True]


async def test_f10_lost_line_is_probed_and_told_to_be_back():
    line = Line(*[OSError("dns")] * 3)
    with pytest.raises(VenueDown):
        await line.caller.ask(line.call)
    told = await _told(line, lambda: line.caller.revive(line.call), seconds=0.8)
    assert [type(event) for event in told] == [ConnectionLost, ConnectionRestored]
    assert line.calls == 4


async def _told(line: Line, other: Callable[[], Any], seconds: float = 0.2) -> list[Any]:
    told: list[Any] = []

    async def sink(event: Any) -> None:
        told.append(event)

    tasks = [asyncio.create_task(line.lines.tell(sink)), asyncio.create_task(other())]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return told
