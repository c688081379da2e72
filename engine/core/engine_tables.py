"""What the engine remembers beside the books: its state, its answers, the bot's cursor, peaks."""

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.codec import DecodeError, decode, encode
from engine.core.day import DayLoss
from engine.core.operator import Operator
from engine.core.tuned import Tuned
from engine.domain.custody import PositionAdjusted
from engine.domain.errors import StateCorrupt
from engine.domain.events import (
    CapitalSet,
    CommandAnswered,
    DailyLossReached,
    DayOpened,
    Fact,
    OperatorState,
)
from engine.domain.venue import VenueName
from engine.ports.store import Tables

ANSWERS_KEPT = 200


@dataclass(frozen=True, slots=True)
class _OperatorRow:
    state: OperatorState
    since: datetime
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class _DayRow:
    venue: VenueName
    day: date | None
    start: Decimal
    peak: Decimal
    is_closed: bool


class Memory:
    """The engine's own state, changed by facts and by the bot's acknowledgements."""

    def __init__(self, operator: Operator, days: Mapping[VenueName, DayLoss]) -> None:
        """Remember for an operator state and the days of each venue."""
        self.operator = operator
        self.days = days
        self.tuned = Tuned()
        self.answers: OrderedDict[str, CommandAnswered] = OrderedDict()
        self.audit: deque[CommandAnswered] = deque(maxlen=ANSWERS_KEPT)
        self.cursor = 0

    def apply(self, fact: Fact) -> None:
        """Take over a recorded fact."""
        self.operator.apply(fact)
        self.tuned.apply(fact)
        if isinstance(fact, DayOpened | DailyLossReached) and fact.venue in self.days:
            self.days[fact.venue].apply(fact)
        if isinstance(fact, CapitalSet) and fact.venue in self.days:
            self.days[fact.venue].shift(fact.amount)
        if isinstance(fact, PositionAdjusted) and fact.venue in self.days:
            self.days[fact.venue].shift(-fact.value)
        if isinstance(fact, CommandAnswered):
            self.audit.append(fact)
            if fact.key:
                self.answers[fact.key] = fact
            while len(self.answers) > ANSWERS_KEPT:
                self.answers.popitem(last=False)


def memory_tables(memory: Memory) -> Tables:
    """Return the tables of engine_state.json."""
    operator = memory.operator
    row = _OperatorRow(operator.state, operator.since, operator.who, operator.why)
    return {
        "operator": [encode(row)],
        "answers": [encode(answer) for answer in memory.audit],
        "cursor": [{"seq": memory.cursor}],
        **memory.tuned.tables(),
        "days": [
            encode(_DayRow(venue, day.day, day.start, day.peak, day.is_closed))
            for venue, day in memory.days.items()
        ],
    }


def restore_memory(memory: Memory, tables: Tables) -> None:
    """Fill an empty memory from its tables.

    Raises:
        StateCorrupt: a row is missing or unreadable.
    """
    try:
        _restore(memory, tables)
    except (DecodeError, KeyError, IndexError, TypeError, ValueError) as e:
        message = f"engine_state: unreadable row: {e}"
        raise StateCorrupt(message) from e


def _restore(memory: Memory, tables: Tables) -> None:
    row = decode(_OperatorRow, _plain(tables["operator"][0]))
    memory.operator.restore(row.state, row.since, row.who, row.why)
    for answer in tables["answers"]:
        memory.apply(decode(CommandAnswered, _plain(answer)))
    memory.cursor = int(tables["cursor"][0]["seq"])
    memory.tuned.restore(tables)
    for stored in tables["days"]:
        kept = decode(_DayRow, _plain(stored))
        day = memory.days.get(kept.venue)
        if day is not None:
            day.day, day.start, day.peak = kept.day, kept.start, kept.peak
            day.is_closed = kept.is_closed


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row)
