"""From what is on disk to books as they were: snapshots first, then the facts after them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from engine.core.engine_tables import Memory, restore_memory
from engine.core.portfolio import Portfolio
from engine.core.portfolio_tables import clock_of, restore
from engine.domain.events import Fact, OrderIntended, Recorded
from engine.domain.venue import VenueName
from engine.ports.store import Recovered

ENGINE_FILE = "engine_state"


def portfolio_file(venue: VenueName) -> str:
    """Return the name of a venue's state file (design §5)."""
    return f"{venue.value}_portfolio"


def venue_of(fact: Fact) -> VenueName | None:
    """Return the venue whose book a fact belongs to, None for facts of the engine."""
    if isinstance(fact, OrderIntended):
        return fact.intent.venue
    venue = getattr(fact, "venue", None)
    return venue if isinstance(venue, VenueName) else None


def restore_portfolios(recovered: Recovered, portfolios: Mapping[VenueName, Portfolio]) -> None:
    """Bring every book to where its newest fact left it.

    Raises:
        StateCorrupt: a table is unreadable or a fact contradicts a book.
    """
    covered = {}
    for venue, portfolio in portfolios.items():
        snapshot = recovered.snapshots.get(portfolio_file(venue))
        covered[venue] = snapshot.seq if snapshot is not None else 0
        if snapshot is not None:
            restore(portfolio, snapshot.tables)
    for recorded in recovered.facts:
        owner = venue_of(recorded.fact)
        if owner is not None and owner in portfolios and recorded.seq > covered[owner]:
            portfolios[owner].apply(recorded.fact)


def restore_engine(recovered: Recovered, memory: Memory) -> None:
    """Bring operator state, answered commands and the bot's cursor to where they were."""
    snapshot = recovered.snapshots.get(ENGINE_FILE)
    covered = snapshot.seq if snapshot is not None else 0
    if snapshot is not None:
        restore_memory(memory, snapshot.tables)
    for recorded in recovered.facts:
        if recorded.seq > covered:
            memory.apply(recorded.fact)


def newest_moment(recovered: Recovered, venues: Sequence[VenueName]) -> datetime | None:
    """Return the latest moment that the disk knows of these venues: where a replay resumes."""
    moments = [_moment(recorded) for recorded in recovered.facts if _is_of(recorded, venues)]
    for venue in venues:
        snapshot = recovered.snapshots.get(portfolio_file(venue))
        clock = clock_of(snapshot.tables) if snapshot is not None else None
        moments.extend([clock] if clock is not None else [])
    return max(moments, default=None)


def _is_of(recorded: Recorded, venues: Sequence[VenueName]) -> bool:
    return venue_of(recorded.fact) in venues


def _moment(recorded: Recorded) -> datetime:
    return recorded.fact.at
