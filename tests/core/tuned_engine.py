"""An engine on a scripted venue with its own settings file, and searches that a test writes."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.core.assembly import Ports, TradedVenue, build_engine
from engine.core.command import Command
from engine.core.commands import Commands
from engine.core.engine import Engine
from engine.core.panic import Panic
from engine.core.reload import Reload
from engine.core.tuning import Tuning
from engine.core.tuning_keeping import TuningKeeper
from engine.core.tuning_orders import TuningOrders
from engine.core.tuning_search import Found, SearchTask
from engine.domain.candle import Candle, Timeframe
from engine.domain.events import Fact
from engine.domain.tuning import TuningEvidence, TuningFigures, TuningObstacle
from engine.domain.venue import VenueMode, VenueName
from engine.ops.settings_store import SettingsStore
from engine.ports.store import Recovered
from engine.settings import EVERY_MODE
from engine.settings.files import load
from strategies.parameters import Parameters
from strategies.simulator.grid import Candidate
from strategies.simulator.simulate import Totals
from tests.core.builders import bench
from tests.core.fakes import NOON, ManualClock, MemoryEquityLog, MemoryStore, ScriptedVenue
from tests.domain.builders import SYMBOLS, instrument
from tests.strategy.market import seeded_candles

HISTORY = 900
BETTER = TuningFigures(10, 7, 1.4, 2.0)
WORSE = TuningFigures(12, 6, 0.8, 1.2)
EVIDENCE = TuningEvidence(
    "win_rate",
    200,
    1,
    NOON - timedelta(days=7),
    NOON - timedelta(days=2),
    NOON,
    WORSE,
    BETTER,
    WORSE,
    BETTER,
)

Answer = Found | Exception | Callable[[SearchTask], Found]


def better(k: float = 0.45, take: float = 4.0, stop: float = 2.0) -> Found:
    """A search that found something."""
    chosen = Candidate(k, take, stop, Totals(10, 7, 0.1, 0.2, 0.1), 0.7)
    return Found(chosen, EVIDENCE, None)


def nothing(obstacle: TuningObstacle = TuningObstacle.NOT_CONFIRMED) -> Found:
    """A search that ended with what is in force."""
    chosen = Candidate(0.6, 4.0, 2.0, Totals(10, 7, 0.1, 0.2, 0.1), 0.7)
    return Found(chosen, EVIDENCE, obstacle)


@dataclass
class TunedEngine:
    """Everything that tuning touches, in one process and on a clock that the test moves."""

    folder: Path
    clock: ManualClock
    store: MemoryStore
    venue: ScriptedVenue
    engine: Engine
    reload: Reload
    tuning: Tuning
    commands: Commands
    answers: deque[Answer] = field(default_factory=deque)
    asked: list[SearchTask] = field(default_factory=list)

    @property
    def env(self) -> str:
        """Return the text of the settings file."""
        return (self.folder / ".env").read_text()

    def write(self, text: str) -> None:
        """Write the settings file as the owner does."""
        (self.folder / ".env").write_text(text)

    @property
    def parameters(self) -> Parameters:
        """Return what the desk trades by."""
        return self.engine.desks[VenueName.UPBIT].context.rules.parameters

    def facts(self, kind: type[Fact]) -> list[Any]:
        """Return the recorded facts of a kind."""
        return self.store.of(kind)

    async def after(self, *answers: Answer, hours: float = 0.0) -> None:
        """Let hours pass and every due search come to these answers."""
        if hours:
            self.clock.advance(hours * 3600)
            self.venue.history = history(self.clock)
        self.answers.extend(answers)
        await self.tuning.tick()

    async def work(self, task: SearchTask) -> Found:
        """Answer a search as the test has written."""
        self.asked.append(task)
        answer = self.answers.popleft() if self.answers else nothing()
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Found) else answer(task)


def order(key: str = "k1", *, dry_run: bool = False) -> Command:
    """An order of the owner."""
    return Command(key, "telegram:7", dry_run)


async def start(
    folder: Path,
    text: str = "",
    *,
    store: MemoryStore | None = None,
    clock: ManualClock | None = None,
    mode: VenueMode = VenueMode.PAPER,
    **environ: str,
) -> TunedEngine:
    """Start an engine on a settings file; with a store it is the one that had it before."""
    path = folder / ".env"
    if text or not path.exists():
        path.write_text(text)
    environ = {"ENV_FILE": str(path), **environ}
    clock, store = clock or ManualClock(), store or MemoryStore([])
    venue = _venue(clock, store, mode)
    settings = load(environ, EVERY_MODE)
    traded = {VenueName.UPBIT: TradedVenue(venue, clock)}
    recovered = _recovered(store)
    engine = build_engine(
        Ports(traded, store, MemoryEquityLog(), clock), settings, recovered.last_seq, "test"
    )
    file = SettingsStore(environ, EVERY_MODE)
    reload = Reload(engine, file, settings)
    keeper = TuningKeeper(engine, reload, file)
    made: list[TunedEngine] = []

    async def work(task: SearchTask) -> Found:
        return await made[0].work(task)

    tuning = Tuning(engine, reload, keeper, work)
    orders = TuningOrders(engine, tuning, keeper)
    commands = Commands(engine, reload, file, Panic(engine), orders)
    engine.on_restored, engine.before_loop = keeper.prepare, tuning.before_loop
    made.append(TunedEngine(folder, clock, store, venue, engine, reload, tuning, commands))
    await engine.start(recovered)
    return made[0]


def _venue(clock: ManualClock, store: MemoryStore, mode: VenueMode) -> ScriptedVenue:
    listed = instrument(VenueName.UPBIT)
    profile = bench(VenueName.UPBIT, listed=(listed,)).venue.profile
    venue = ScriptedVenue(_in_mode(profile, mode), clock, store.log, listed)
    venue.prices[SYMBOLS[VenueName.UPBIT]] = Decimal(100)
    venue.history = history(clock)
    return venue


def history(clock: ManualClock) -> dict[Timeframe, Sequence[Candle]]:
    """Return closed candles of every length up to now."""
    return {each: _until(clock, each) for each in Timeframe}


def _in_mode(profile: Any, mode: VenueMode) -> Any:
    return type(profile)(
        profile.name,
        mode,
        profile.quote,
        profile.capabilities,
        profile.sessions,
        profile.base_timeframes,
    )


def _until(clock: ManualClock, timeframe: Timeframe) -> list[Candle]:
    candles = seeded_candles(HISTORY, timeframe)
    last = timeframe.start(clock.now()) - timeframe.delta
    shift = last - candles[-1].opened_at
    return [candle._replace(opened_at=candle.opened_at + shift) for candle in candles]


def _recovered(store: MemoryStore) -> Recovered:
    # Every fact from the beginning: the strictest way to come back.
    return Recovered({}, list(store.facts), len(store.facts), ())
