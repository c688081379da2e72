"""Pacing: evenly spaced, silent for as long as a venue asks, and not for ever."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.domain.errors import Malformed, Refused, Throttled, VenueDown
from training.pacing import Asker, Pace, Patience, Refusals

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


class StillClock:
    """Time that passes only while somebody waits."""

    def __init__(self):
        self.passed = 0.0

    def now(self):
        return NOON + timedelta(seconds=self.passed)

    def monotonic(self):
        return self.passed

    async def sleep(self, seconds):
        self.passed += seconds


def answering(clock, *answers):
    """Return a question that meets these answers in turn, and the moments it was asked at."""
    left, asked = list(answers), []

    async def question():
        asked.append(clock.passed)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return question, asked


def asker(clock, **patience):
    said = []
    return Asker(Pace(clock, 1000.0), clock, Patience(**patience), said.append), said


async def test_requests_leave_evenly_spaced():
    clock = StillClock()
    pace, left = Pace(clock, 8.0), []
    for _ in range(5):
        await pace.turn()
        left.append(clock.passed)
    assert left == [0.0, 0.125, 0.25, 0.375, 0.5]


async def test_idle_time_is_not_saved_up():
    clock = StillClock()
    pace, left = Pace(clock, 2.0), []
    await clock.sleep(100)
    for _ in range(3):
        await pace.turn()
        left.append(clock.passed)
    assert left == [100.0, 100.5, 101.0]


async def test_a_silence_asked_for_is_kept_and_a_shorter_one_does_not_end_it():
    clock = StillClock()
    pace = Pace(clock, 10.0)
    pace.hold(30)
    pace.hold(5)
    await pace.turn()
    assert clock.passed == 30.0


async def test_a_named_time_is_waited_for_to_the_second():
    clock = StillClock()
    refusals = Refusals(clock)
    question, asked = answering(clock, refusals.throttled("slower", "7"), "answer")
    ask, said = asker(clock)
    assert await ask.ask(question) == "answer"
    assert asked == [0.0, 7.0]
    assert said == ["slower; going on at 12:00:07 UTC"]


@pytest.mark.parametrize("named", [None, "", "Wed, 21 Oct 2015 07:28:00 GMT", "-3"])
def test_without_a_named_time_the_wait_doubles_until_an_answer_comes(named):
    clock = StillClock()
    refusals = Refusals(clock)
    waits = [(refusals.throttled("slower", named).until - NOON).total_seconds() for _ in range(4)]
    assert waits == [1.0, 2.0, 4.0, 8.0]
    refusals.forget()
    assert refusals.throttled("slower", named, 60.0).until == NOON + timedelta(minutes=1)


async def test_a_ban_longer_than_patience_ends_it_at_once():
    clock = StillClock()
    ban = Refusals(clock).throttled("banned", "3600")
    question, asked = answering(clock, ban)
    with pytest.raises(Throttled, match="banned"):
        await asker(clock)[0].ask(question)
    assert asked == [0.0]


async def test_a_venue_that_only_refuses_is_left_alone_in_the_end():
    clock = StillClock()
    refusals = Refusals(clock)
    question, asked = answering(clock, *(refusals.throttled("slower", "1") for _ in range(5)))
    with pytest.raises(Throttled):
        await asker(clock, refusals=3)[0].ask(question)
    assert len(asked) == 3


async def test_a_venue_that_does_not_answer_is_asked_again_ever_later():
    clock = StillClock()
    faults = [VenueDown("no answer"), Malformed("a page for people"), VenueDown("no answer")]
    question, asked = answering(clock, *faults, "answer")
    ask, said = asker(clock)
    assert await ask.ask(question) == "answer"
    assert asked == [0.0, 1.0, 3.0, 7.0]
    assert said[1] == "a page for people; asking again in 2 s"


async def test_patience_ends_with_what_the_venue_did_last():
    clock = StillClock()
    question, asked = answering(clock, *(VenueDown(f"no answer {n}") for n in range(9)))
    with pytest.raises(VenueDown, match="no answer 5"):
        await asker(clock)[0].ask(question)
    assert asked == [0.0, 1.0, 3.0, 7.0, 15.0, 31.0]


async def test_a_definite_no_is_not_asked_again():
    clock = StillClock()
    question, asked = answering(clock, Refused("451", "not served here"))
    with pytest.raises(Refused):
        await asker(clock)[0].ask(question)
    assert len(asked) == 1
