"""What the daily grid costs a running engine: its time on 20 markets, and how late the loop gets.

`python -m tests.bench.tuning` prints the same lines by itself. The search runs in a process of its
own at the lowest priority; the engine gathers the candles, hands them over and takes the result.
"""

import asyncio
import gc
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.clock import ReplayedWallClock, SystemClock
from engine.core.assembly import Ports, TradedVenue, build_engine
from engine.core.reload import Reload
from engine.core.tuning import Tuning, Work
from engine.core.tuning_keeping import TuningKeeper
from engine.core.tuning_search import Found, SearchTask, search
from engine.domain.venue import VenueName
from engine.ops.settings_store import SettingsStore
from engine.ops.side_process import SideProcess
from engine.settings import SUPPORTED
from engine.settings.files import load
from engine.venues.replay import ReplayPlan, build_replay
from tests.core.fakes import MemoryEquityLog, MemoryStore

PRESETS = {"mid_term": "1h candles", "scalping": "1m candles"}
WORST_MS = 50.0
_TURN_S = 0.001
_MILLI = 1e3


@dataclass(frozen=True, slots=True)
class Delays:
    """The longest the loop was late, and the most processor time that one of its turns took."""

    wall_ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Searched:
    """One grid search of an engine: seconds in all and of the search, cold and warm."""

    markets: int
    candles: int
    cold_s: float
    warm_s: float
    search_s: float
    delays: Delays
    idle: Delays


class Probe:
    """Watch the loop turn: each turn sleeps a millisecond and notes how much later it woke."""

    def __init__(self) -> None:
        self._worst, self._cpu = 0.0, 0.0
        self._task = asyncio.create_task(self._turn())

    async def stop(self) -> Delays:
        """Return the worst that was seen."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        return Delays(self._worst * _MILLI, self._cpu * _MILLI)

    async def _turn(self) -> None:
        while True:
            began, used = time.perf_counter(), time.thread_time()
            await asyncio.sleep(_TURN_S)
            late = time.perf_counter() - began - _TURN_S
            self._worst = max(self._worst, late)
            self._cpu = max(self._cpu, time.thread_time() - used)


def rows() -> Mapping[str, Searched]:
    """Return what a daily search takes, by preset."""
    return {name: asyncio.run(_searched(name)) for name in PRESETS}


def lines() -> Iterator[str]:
    """Yield the part of the table about tuning."""
    yield f"daily grid of an engine, 20 markets, 7 days; its loop may be {WORST_MS:g} ms late"
    for name, each in rows().items():
        yield (
            f"  {name:<10}{PRESETS[name]:<11}{each.markets:>3} markets {each.candles:>9,} candles"
            f"{each.cold_s:>7.2f} s with a new process,{each.warm_s:>6.2f} s without"
            f" ({each.search_s:.2f} s the search)"
        )
        yield (
            f"    loop late at worst {each.delays.wall_ms:.1f} ms, {each.delays.cpu_ms:.1f} ms by"
            f" work of its own; with nothing to do {each.idle.wall_ms:.1f} ms"
        )


async def _searched(preset: str) -> Searched:
    side, took, tasks = SideProcess(), [], []

    async def work(task: SearchTask) -> Found:
        began = time.perf_counter()
        found = await side.run(search, task)
        took.append(time.perf_counter() - began)
        tasks.append(task)
        return found

    with tempfile.TemporaryDirectory() as folder:
        tuning = await _engine(Path(folder), preset, work)
        try:
            gc.freeze()  # as the engine does once it has started
            cold = await _timed(tuning)
            watch = Probe()
            warm = await _timed(tuning)
            delays = await watch.stop()
            watch = Probe()
            await asyncio.sleep(1.0)
            idle = await watch.stop()
        finally:
            side.close()
    candles = sum(len(series) for series in tasks[-1].series)
    return Searched(len(tasks[-1].series), candles, cold, warm, took[-1], delays, idle)


async def _timed(tuning: Tuning) -> float:
    began = time.perf_counter()
    tuning.ask("bench")
    await tuning.tick()
    return time.perf_counter() - began


async def _engine(folder: Path, preset: str, work: Work) -> Tuning:
    environ = _environ(folder, preset)
    settings = load(environ, SUPPORTED)
    wall = SystemClock()
    world = build_replay(ReplayPlan((VenueName.UPBIT,), seed=7), wall)
    venues = {name: TradedVenue(venue, world.clock) for name, venue in world.venues.items()}
    store = MemoryStore([])
    clock = ReplayedWallClock(world.clock, wall)
    ports = Ports(venues, store, MemoryEquityLog(), clock)
    engine = build_engine(ports, settings, 0, "bench")
    file = SettingsStore(environ, SUPPORTED)
    reload = Reload(engine, file, settings)
    keeper = TuningKeeper(engine, reload, file)
    await engine.start(store.recover())
    return Tuning(engine, reload, keeper, work)


def _environ(folder: Path, preset: str) -> Mapping[str, str]:
    path = folder / ".env"
    path.touch()
    return {"ENV_FILE": str(path), "CRYPTO_STRATEGY_PRESET": preset}


if __name__ == "__main__":
    print("\n".join(lines()))
