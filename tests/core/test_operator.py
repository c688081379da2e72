"""What the engine may do is a fact on disk; only the engine itself leaves SAFE."""

import pytest

from engine.core.operator import ENGINE, Operator
from engine.domain.errors import DiskFailed, Refused
from engine.domain.events import OperatorState, OperatorStateChanged
from tests.core.builders import Bench, bench
from tests.core.fakes import NOON

STATES = list(OperatorState)


@pytest.fixture
def desk() -> Bench:
    return bench()


@pytest.mark.parametrize(
    ("state", "entries", "exits"),
    [
        (OperatorState.RUNNING, True, True),
        (OperatorState.PAUSED, False, True),
        (OperatorState.REDUCING, False, True),
        (OperatorState.HALTED, False, False),
        (OperatorState.PANIC, False, False),
        (OperatorState.SAFE, False, False),
    ],
)
async def test_a_state_says_what_may_be_done(
    desk: Bench, state: OperatorState, entries: bool, exits: bool
):
    await desk.operator.become(state, ENGINE, "because")
    assert desk.operator.allows_entries is entries
    assert desk.operator.allows_exits is exits
    assert desk.operator.is_panic is (state is OperatorState.PANIC)


async def test_a_change_is_on_disk_with_who_when_and_why(desk: Bench):
    desk.clock.advance(60)
    assert await desk.operator.become(OperatorState.PAUSED, "42", "holiday")
    (change,) = desk.facts(OperatorStateChanged)
    assert change == OperatorStateChanged(
        OperatorState.PAUSED, OperatorState.RUNNING, "42", "holiday", desk.clock.now()
    )
    operator = desk.operator
    assert (operator.since, operator.who, operator.why) == (desk.clock.now(), "42", "holiday")


async def test_the_same_state_again_changes_nothing(desk: Bench):
    await desk.operator.become(OperatorState.PAUSED, "42", "holiday")
    assert not await desk.operator.become(OperatorState.PAUSED, "43", "again")
    assert len(desk.store.facts) == 1
    assert desk.operator.who == "42"


async def test_f28_a_state_that_is_not_on_disk_is_not_in_force(desk: Bench):
    desk.store.full = True
    with pytest.raises(DiskFailed):
        await desk.operator.become(OperatorState.PAUSED, "42", "holiday")
    assert desk.operator.state is OperatorState.RUNNING


async def test_a_recorded_state_comes_back_after_a_restart(desk: Bench):
    await desk.operator.become(OperatorState.PANIC, "42", "panic")
    again = Operator(desk.recorder, desk.clock)
    for recorded in desk.store.facts:
        again.apply(recorded.fact)
    assert (again.state, again.since, again.who) == (OperatorState.PANIC, NOON, "42")


@pytest.mark.parametrize(
    "state",
    [state for state in STATES if state not in (OperatorState.SAFE, OperatorState.PANIC)],
)
async def test_the_owner_cannot_leave_safe(desk: Bench, state: OperatorState):
    await desk.operator.become(OperatorState.SAFE, ENGINE, "disk full")
    with pytest.raises(Refused, match="not_allowed"):
        await desk.operator.become(state, "42", "I know better")
    assert desk.operator.state is OperatorState.SAFE
    assert len(desk.store.facts) == 1


async def test_a_panic_works_in_safe_too(desk: Bench):
    await desk.operator.become(OperatorState.SAFE, ENGINE, "disk full")
    assert await desk.operator.become(OperatorState.PANIC, "42", "panic")
    assert desk.operator.is_panic


async def test_the_engine_leaves_safe_when_it_is_proven_good(desk: Bench):
    await desk.operator.become(OperatorState.SAFE, ENGINE, "disk full")
    assert await desk.operator.become(OperatorState.RUNNING, ENGINE, "a verified write")
    assert desk.operator.allows_entries


async def test_the_owner_cannot_enter_safe(desk: Bench):
    with pytest.raises(Refused):
        await desk.operator.become(OperatorState.SAFE, "42", "to be sure")
    assert desk.operator.state is OperatorState.RUNNING


async def test_a_pause_does_not_end_a_panic(desk: Bench):
    await desk.operator.become(OperatorState.PANIC, "42", "panic")
    with pytest.raises(Refused):
        await desk.operator.become(OperatorState.PAUSED, "42", "paused by the owner")
    assert desk.operator.is_panic
