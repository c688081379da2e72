"""The replay: several venues' candles merged by time and told to the core in a fixed order."""

import asyncio
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil, inf
from pathlib import Path

from engine.domain.venue import VenueName
from engine.ports.clock import Clock
from engine.venues.bars import DAY
from engine.venues.builtin_market import BUILTIN_START, builtin_sources
from engine.venues.candle_source import read_folder, require_data
from engine.venues.feed import Source
from engine.venues.ideal import Ideal, ideal_instrument, ideal_rules
from engine.venues.pace import Pace
from engine.venues.replay_clock import ReplayClock
from engine.venues.replay_venue import ReplayVenue
from engine.venues.rules import venue_rules
from engine.venues.simulated import SimulatedExchange
from engine.venues.timeline import Timeline, at_second

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What to replay: venues, where candles come from, how fast, from when to when.

    Without `data` the built-in market of `seed` is played; with it, `krw_per_usdt` lets Upbit play
    dollar series in won where the folder has none of its own. `books` is the folder in which the
    simulated exchanges keep their books, None to keep none. `speed` is virtual seconds per real
    second, 0 as fast as it goes. `resume_at` is the last moment that a stopped engine remembers:
    what the exchanges did after it is cut from their books, for it will happen again. With `ideal`
    every venue is one of these and not itself.
    """

    venues: tuple[VenueName, ...]
    books: Path | None = None
    data: Path | None = None
    krw_per_usdt: float | None = None
    seed: int = 7
    speed: float = 0.0
    start: datetime | None = None
    end: datetime | None = None
    resume_at: datetime | None = None
    ideal: Ideal | None = None


class ReplayWorld:
    """Drives the venues of a replay through time.

    At each moment: candles that close (resting orders, watched prices, the close), candles that
    open, funding, and a `LoopDue`; venues in the order of the plan, markets sorted. What happens
    inside closing candles is stamped a microsecond before the moment: a stamp tells the two halves
    apart. A world with `resume_at` tells the half it names again exactly as before, and what comes
    after; the exchanges' books know what it has led to already.

    At speed 0 a market is left asleep as long as it is calm (`Levels`): nothing would come of
    telling its candles one by one, and at moments at which a whole venue sleeps nothing is done.
    """

    def __init__(self, plan: ReplayPlan, sources: Mapping[VenueName, Source], wall: Clock) -> None:
        """Open the exchanges and stand at the first moment to tell."""
        self._plan = plan
        self._wall = wall
        self._end = inf if plan.end is None else plan.end.timestamp()
        self._timelines = {name: Timeline(sources[name].feeds, self._end) for name in plan.venues}
        start = _start(plan, sources)
        stands = max(start, plan.resume_at or start).astimezone(UTC)
        self._since = ceil(stands.timestamp())
        self._told = self._since - 1
        self._next_day = self._load_first()
        seconds = self._seconds(None)
        self._retells = bool(seconds) and stands == at_second(seconds[0]) - _TICK
        if not self._retells:
            for timeline in self._timelines.values():
                timeline.drop_closings(self._since)
        self.clock = ReplayClock(stands, plan.speed, wall)
        self.venues: Mapping[VenueName, ReplayVenue] = {
            name: _venue(name, sources[name], plan, stands, self.clock) for name in plan.venues
        }
        self.finished = asyncio.Event()
        self._done = 0
        self._total = self._count(sources)
        for name, venue in self.venues.items():
            venue.rouse = self._timelines[name].rouse
            venue.stand_at(self.clock.now())

    @property
    def progress(self) -> tuple[int, int]:
        """Return base candles told and base candles there are; the second is 0 without an end."""
        return self._done, self._total

    async def run(self) -> None:
        """Tell everything to the end of the data, once every venue listens."""
        for venue in self.venues.values():
            await venue.attached.wait()
        self.clock.start()
        pace = Pace(self._plan.speed, self._wall)
        for second in self._moments():
            await pace.reach(second, self.clock)
            told = await self._tell(second)
            self._done += told
            await pace.passed(told, woken=self.clock.wake())
        self.clock.finish()
        self.finished.set()

    async def _tell(self, second: int) -> int:
        at = at_second(second)
        inside = at - _TICK
        self.clock.enter(inside)
        retelling, self._retells = self._retells, False
        due = [
            (self.venues[name], moment)
            for name, timeline in self._timelines.items()
            if (moment := timeline.take(second)) is not None
        ]
        done = 0
        for venue, moment in due:
            done += len(moment.closing) + await venue.tell_passed(moment.passed)
            await venue.tell_closings(moment.closing, inside, retelling=retelling)
        self.clock.enter(at)
        for venue, moment in due:
            await venue.tell_openings(moment.opening, at)
        for venue, moment in due:
            if moment.funding:
                await venue.tell_funding(moment.funding, at)
        for venue, moment in due:
            await venue.tell_loop(at, moment.slept)
        if not self._plan.speed:
            for venue, moment in due:
                if calm := venue.calm(moment.opening):
                    self._timelines[venue.profile.name].sleep(calm)
        return done

    def _moments(self) -> Iterator[int]:
        while True:
            seconds, row = self._seconds(self._next_day), 0
            while row < len(seconds):
                if seconds[row] > self._end:
                    return
                self._told = seconds[row]
                yield self._told
                row = max(row + 1, bisect_left(seconds, self._wakes()))
            if self._next_day is None or self._next_day * DAY > self._end:
                return
            self._next_day = self._load(self._next_day)

    def _wakes(self) -> int:
        """Return the next second at which anybody has to be told anything, 0 for any second."""
        return 0 if self.clock.is_awaited else min(each.wakes for each in self._timelines.values())

    def _seconds(self, before_day: int | None) -> list[int]:
        stop = None if before_day is None else before_day * DAY
        lines = [line.between(self._told, stop) for line in self._timelines.values()]
        return lines[0] if len(lines) == 1 else sorted(set().union(*lines))

    def _load_first(self) -> int | None:
        day = self._since // DAY
        self._load(day - 1)
        return self._load(day)

    def _load(self, day: int) -> int | None:
        for timeline in self._timelines.values():
            timeline.load(day, self._since)
        following = (timeline.next_day(day + 1) for timeline in self._timelines.values())
        return min((found for found in following if found is not None), default=None)

    def _count(self, sources: Mapping[VenueName, Source]) -> int:
        end = self._plan.end
        stop = None if end is None else int(end.timestamp()) + 1
        counts = [
            feed.count(self._since, stop)
            for name in self._plan.venues
            for feed in sources[name].feeds.values()
        ]
        return 0 if None in counts else sum(count for count in counts if count is not None)


def build_replay(plan: ReplayPlan, wall: Clock) -> ReplayWorld:
    """Return the world of a plan, its exchanges standing where their books end.

    Raises:
        BadConfiguration: the data folder has no candles for any of the venues.
        Malformed: a file of it cannot be read.
        StateCorrupt: a book of an exchange is damaged.
    """
    if plan.data is None:
        sources = builtin_sources(plan.venues, plan.seed)
    else:
        require_data(plan.data, plan.venues)
        data = plan.data
        sources = {name: read_folder(data, name, plan.krw_per_usdt) for name in plan.venues}
    return ReplayWorld(plan, sources, wall)


def _start(plan: ReplayPlan, sources: Mapping[VenueName, Source]) -> datetime:
    if plan.start is not None:
        return plan.start
    firsts = [
        first
        for name in plan.venues
        for feed in sources[name].feeds.values()
        if (first := feed.first) is not None
    ]
    return at_second(min(firsts)) if firsts else BUILTIN_START


def _venue(
    name: VenueName, source: Source, plan: ReplayPlan, until: datetime, clock: Clock
) -> ReplayVenue:
    rules = venue_rules(name)
    if plan.ideal is not None:
        rules = ideal_rules(rules, plan.ideal)
        instruments = [ideal_instrument(each, plan.ideal) for each in source.instruments]
        source = replace(source, instruments=instruments)
    exchange = SimulatedExchange(
        rules,
        source.instruments,
        source.sessions,
        seed=plan.seed,
        book=None if plan.books is None else plan.books / f"{name.value}.jsonl",
        until=until,
    )
    return ReplayVenue(name, source, exchange, clock)
