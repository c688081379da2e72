"""The rate budget: its reserve, its windows, and a venue that closes."""

from datetime import timedelta

import pytest

from engine.domain.errors import Throttled
from engine.venues.live.budget import FREE, Budget, Limit
from tests.core.fakes import ManualClock

COST = {"calls": 1}


def _budget(
    units: int = 8, window_s: int = 10, reserve: float = 0.25
) -> tuple[Budget, ManualClock]:
    clock = ManualClock()
    return Budget({"calls": Limit(units, window_s, reserve)}, clock, patience_s=0.0), clock


async def test_reserve_is_left_to_vital_calls():
    budget, _ = _budget()
    for _ in range(6):
        await budget.take(COST, vital=False)
    with pytest.raises(Throttled):
        await budget.take(COST, vital=False)
    await budget.take(COST, vital=True)
    await budget.take(COST, vital=True)
    with pytest.raises(Throttled):
        await budget.take(COST, vital=True)


async def test_new_window_is_unused_again_and_the_refusal_names_its_beginning():
    budget, clock = _budget(units=1)
    await budget.take(COST, vital=True)
    with pytest.raises(Throttled) as refused:
        await budget.take(COST, vital=True)
    assert refused.value.until == clock.now() + timedelta(seconds=10)
    clock.advance(10)
    await budget.take(COST, vital=True)


async def test_count_of_the_venue_raises_ours_and_never_lowers_it():
    budget, _ = _budget()
    budget.used("calls", 7)
    budget.used("calls", 2)
    assert budget.spent("calls") == 7
    budget.left("calls", 0)
    assert budget.spent("calls") == 8
    budget.used("unknown", 7)
    await budget.take({"unknown": 100}, vital=False)


async def test_venue_that_closed_refuses_even_vital_and_free_calls_until_the_time():
    budget, clock = _budget()
    until = clock.now() + timedelta(seconds=30)
    budget.close(until, "banned")
    budget.close(until - timedelta(seconds=20), "limited")
    for costs in (COST, FREE):
        with pytest.raises(Throttled, match="banned") as closed:
            await budget.take(costs, vital=True)
        assert closed.value.until == until
    clock.advance(30)
    assert budget.closed_until is None
    await budget.take(COST, vital=False)


async def test_call_dearer_than_a_window_goes_when_the_window_is_unused():
    budget, _ = _budget(units=4)
    await budget.take({"calls": 100}, vital=False)
    with pytest.raises(Throttled):
        await budget.take(COST, vital=False)
