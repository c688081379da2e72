"""From what is on disk to books as they were: snapshots first, then the facts after them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from engine.core.engine_tables import Memory, restore_memory
from engine.core.portfolio import Portfolio
from engine.core.portfolio_tables import metadata_of, restore
from engine.domain.errors import Problem
from engine.domain.events import Fact, OrderIntended, Recorded
from engine.domain.venue import VenueMode, VenueName
from engine.phrases.faults import Fault
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


def books_of_another_mode(
    recovered: Recovered, modes: Mapping[VenueName, VenueMode]
) -> Sequence[Problem]:
    """Return a problem for each venue whose book was made in another mode than it is to run in.

    What a replay or paper trading "holds" does not exist at the venue, and a book of real money
    must not be traded on by a simulation.
    """
    problems = []
    for venue, mode in modes.items():
        snapshot = recovered.snapshots.get(portfolio_file(venue))
        metadata = metadata_of(snapshot.tables) if snapshot is not None else None
        if metadata is None or metadata.mode in ("", mode.value):
            continue
        what = Fault.OTHER_MODE.say(before=metadata.mode, mode=mode.value)
        problems.append(Problem(f"{venue.value}_mode".upper(), what))
    return problems


def newest_moment(recovered: Recovered, venues: Sequence[VenueName]) -> datetime | None:
    """Return the latest moment that the disk knows of these venues: where a replay resumes."""
    moments = [_moment(recorded) for recorded in recovered.facts if _is_of(recorded, venues)]
    for venue in venues:
        snapshot = recovered.snapshots.get(portfolio_file(venue))
        metadata = metadata_of(snapshot.tables) if snapshot is not None else None
        moments.extend([metadata.clock] if metadata is not None else [])
    return max(moments, default=None)


def _is_of(recorded: Recorded, venues: Sequence[VenueName]) -> bool:
    return venue_of(recorded.fact) in venues


def _moment(recorded: Recorded) -> datetime:
    return recorded.fact.at
