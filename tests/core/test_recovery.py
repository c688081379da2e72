"""The promise of a crash in pure form: any snapshot and the facts after it give the same book."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from engine.core.day import DayLoss
from engine.core.engine_tables import Memory, memory_tables, restore_memory
from engine.core.operator import Operator
from engine.core.portfolio import Portfolio
from engine.core.portfolio_tables import Metadata, to_tables
from engine.core.recorder import Recorder
from engine.core.recovery import (
    ENGINE_FILE,
    books_of_another_mode,
    newest_moment,
    portfolio_file,
    restore_engine,
    restore_portfolios,
    venue_of,
)
from engine.domain.errors import StateCorrupt
from engine.domain.events import (
    CommandAnswered,
    DailyLossReached,
    DayOpened,
    EngineStopped,
    Fact,
    OperatorState,
    OperatorStateChanged,
    Recorded,
)
from engine.domain.facts import from_record, to_record
from engine.domain.venue import VenueMode, VenueName
from engine.ports.store import Recovered, Snapshot
from tests.core.fakes import NOON, ManualClock, MemoryStore
from tests.core.state import state_of
from tests.core.story import Story
from tests.domain.builders import accepted, entry, intended

STEPS = 45
SEEDS = [(venue, seed) for venue in VenueName for seed in (11, 12)]


def journalled(facts: Sequence[Fact]) -> list[Recorded]:
    """Return the facts as they come back from disk."""
    records = [orjson.loads(orjson.dumps(to_record(fact))) for fact in facts]
    return [Recorded(i + 1, from_record(record)) for i, record in enumerate(records)]


def snapshot(portfolio: Portfolio, seq: int) -> Snapshot:
    metadata = Metadata("breakout", "1h", (), NOON)
    tables = to_tables(portfolio, portfolio.cash, metadata)
    return Snapshot(seq, orjson.loads(orjson.dumps(tables)))


def recovered(
    venue: VenueName, taken: Snapshot | None, facts: Sequence[Recorded], last: int
) -> Recovered:
    snapshots = {} if taken is None else {portfolio_file(venue): taken}
    return Recovered(snapshots, facts, last, ())


@pytest.mark.parametrize(("venue", "seed"), SEEDS)
def test_any_earlier_snapshot_and_the_facts_up_to_k_equal_all_k_facts(venue: VenueName, seed: int):
    story = Story(venue, seed).run(STEPS)
    facts = journalled(story.facts)
    quote = story.portfolio.quote
    direct = Portfolio(venue, quote)
    states: list[dict[str, Any]] = [state_of(direct)]
    snapshots: list[Snapshot | None] = [None]
    for recorded in facts:
        direct.apply(recorded.fact)
        states.append(state_of(direct))
        snapshots.append(snapshot(direct, recorded.seq))
    # Every snapshot, carried on fact by fact through every later k.
    for seq, taken in enumerate(snapshots):
        carried = Portfolio(venue, quote)
        restore_portfolios(recovered(venue, taken, facts[:seq], seq), {venue: carried})
        assert state_of(carried) == states[seq]
        for recorded in facts[seq : seq + 12]:
            carried.apply(recorded.fact)
            assert state_of(carried) == states[recorded.seq]
    assert states[-1] == state_of(story.portfolio)


@pytest.mark.parametrize(("venue", "seed"), SEEDS)
def test_facts_that_a_snapshot_covers_are_not_applied_again(venue: VenueName, seed: int):
    story = Story(venue, seed).run(STEPS)
    facts = journalled(story.facts)
    half = Portfolio(venue, story.portfolio.quote)
    for recorded in facts[: len(facts) // 2]:
        half.apply(recorded.fact)
    taken = snapshot(half, len(facts) // 2)
    for begin in (0, len(facts) // 4, len(facts) // 2):
        again = Portfolio(venue, story.portfolio.quote)
        found = recovered(venue, taken, facts[begin:], len(facts))
        restore_portfolios(found, {venue: again})
        assert state_of(again) == state_of(story.portfolio)


def test_books_of_several_venues_take_their_own_facts_from_one_journal():
    stories = {venue: Story(venue, 5).run(20) for venue in VenueName}
    mixed: list[Fact] = []
    queues = [list(story.facts) for story in stories.values()]
    while any(queues):
        mixed += [queue.pop(0) for queue in queues if queue]
    mixed.insert(7, EngineStopped("stopped", NOON))
    facts = journalled(mixed)
    books = {venue: Portfolio(venue, story.portfolio.quote) for venue, story in stories.items()}
    restore_portfolios(Recovered({}, facts, len(facts), ()), books)
    for venue, story in stories.items():
        assert state_of(books[venue]) == state_of(story.portfolio)


def test_a_fact_of_a_venue_that_is_off_is_passed_over():
    facts = journalled(Story(VenueName.UPBIT, 5).run(10).facts)
    other = Portfolio(VenueName.STOCK, "KRW")
    restore_portfolios(Recovered({}, facts, len(facts), ()), {VenueName.STOCK: other})
    assert state_of(other) == state_of(Portfolio(VenueName.STOCK, "KRW"))


def test_a_journal_that_contradicts_itself_is_corruption():
    facts = journalled([accepted(entry())])
    with pytest.raises(StateCorrupt, match="never intended"):
        restore_portfolios(
            Recovered({}, facts, 1, ()), {VenueName.UPBIT: Portfolio(VenueName.UPBIT, "KRW")}
        )


def test_a_fact_belongs_to_the_venue_it_names():
    assert venue_of(intended(entry(venue=VenueName.STOCK))) is VenueName.STOCK
    assert venue_of(accepted(entry())) is VenueName.UPBIT
    assert venue_of(EngineStopped("stopped", NOON)) is None


def test_a_replay_resumes_at_the_newest_moment_of_its_venues():
    later = NOON + timedelta(hours=3)
    facts = journalled([intended(entry()), accepted(entry(), later), EngineStopped("x", later)])
    found = Recovered({}, facts, 3, ())
    assert newest_moment(found, [VenueName.UPBIT]) == later
    assert newest_moment(found, [VenueName.STOCK]) is None
    old = snapshot(Portfolio(VenueName.STOCK, "KRW"), 0)
    found = Recovered({portfolio_file(VenueName.STOCK): old}, facts, 3, ())
    assert newest_moment(found, [VenueName.STOCK]) == NOON


def memory() -> Memory:
    clock = ManualClock()
    days = {VenueName.UPBIT: DayLoss(), VenueName.STOCK: DayLoss()}
    return Memory(Operator(Recorder(MemoryStore([]), 0), clock), days)


def answer(key: str, minute: int = 0) -> CommandAnswered:
    at = NOON + timedelta(minutes=minute)
    return CommandAnswered(key, "42", "pause", "running → paused", "{}", at)


PAUSED = OperatorStateChanged(OperatorState.PAUSED, OperatorState.RUNNING, "42", "holiday", NOON)


def test_the_engines_memory_survives_its_file_and_the_facts_after_it():
    before = memory()
    for fact in (PAUSED, answer("a"), answer("b", 1)):
        before.apply(fact)
    before.cursor = 17
    loss = Decimal(20)
    before.apply(DayOpened(VenueName.UPBIT, NOON.date(), Decimal(500), NOON))
    before.apply(DailyLossReached(VenueName.UPBIT, NOON.date(), loss, Decimal(5), NOON))
    file = Snapshot(3, orjson.loads(orjson.dumps(memory_tables(before))))
    facts = journalled([PAUSED, answer("a"), answer("b", 1), answer("c", 2)])
    after = memory()
    restore_engine(Recovered({ENGINE_FILE: file}, facts, 4, ()), after)
    assert (after.operator.state, after.operator.who, after.operator.why) == (
        OperatorState.PAUSED,
        "42",
        "holiday",
    )
    assert list(after.answers) == ["a", "b", "c"]
    assert [each.key for each in after.audit] == ["a", "b", "c"]
    assert after.cursor == 17
    day = after.days[VenueName.UPBIT]
    assert (day.day, day.start, day.peak) == (date(2026, 3, 2), Decimal(500), Decimal(500))
    assert not day.passes(Decimal(500), Decimal(5))
    assert after.days[VenueName.STOCK].day is None


def test_the_engines_memory_is_rebuilt_from_facts_alone():
    after = memory()
    restore_engine(Recovered({}, journalled([answer("a"), PAUSED]), 2, ()), after)
    assert after.operator.state is OperatorState.PAUSED
    assert after.operator.since == NOON
    assert "a" in after.answers


def test_answers_are_kept_in_bounds_and_those_without_a_key_answer_nothing():
    kept = memory()
    for n in range(450):
        kept.apply(answer(f"k{n}" if n % 2 else ""))
    assert len(kept.answers) == 200
    assert len(kept.audit) == 200
    assert "" not in kept.answers
    assert "k449" in kept.answers
    assert "k1" not in kept.answers


@pytest.mark.parametrize("table", ["operator", "answers", "cursor", "days"])
@pytest.mark.parametrize("damage", [None, [], [{"state": "asleep"}]])
def test_a_damaged_memory_is_corruption(table: str, damage: Any):
    tables = dict(memory_tables(memory()))
    if damage is None:
        del tables[table]
    elif damage or table in ("operator", "cursor"):
        tables[table] = damage
    else:
        tables[table] = [{}]
    with pytest.raises(StateCorrupt, match="engine_state"):
        restore_memory(memory(), tables)


@pytest.mark.parametrize("before", list(VenueMode))
@pytest.mark.parametrize("now", [VenueMode.REPLAY, VenueMode.PAPER, VenueMode.LIVE])
def test_a_book_goes_on_in_its_own_mode_alone(before: VenueMode, now: VenueMode):
    portfolio = Portfolio(VenueName.UPBIT, "KRW")
    tables = to_tables(portfolio, Decimal(0), Metadata("", "", (), NOON, before.value))
    name = portfolio_file(VenueName.UPBIT)
    recovered = Recovered({name: Snapshot(1, tables)}, [], 1, ())
    problems = books_of_another_mode(recovered, {VenueName.UPBIT: now})
    assert [problem.key for problem in problems] == ([] if before is now else ["UPBIT_MODE"])


def test_a_book_that_never_named_its_mode_is_taken_as_it_is():
    tables = to_tables(Portfolio(VenueName.UPBIT, "KRW"), Decimal(0), Metadata("", "", (), NOON))
    recovered = Recovered({portfolio_file(VenueName.UPBIT): Snapshot(1, tables)}, [], 1, ())
    assert books_of_another_mode(recovered, {VenueName.UPBIT: VenueMode.LIVE}) == []
