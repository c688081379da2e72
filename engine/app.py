"""Wire the engine: the only place that knows every concrete part."""

import asyncio
import gc
import logging
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from engine.api.server import ApiServer
from engine.clock import ReplayedWallClock, SystemClock
from engine.core.assembly import Ports, TradedVenue, build_engine
from engine.core.commands import Commands
from engine.core.engine import Engine
from engine.core.panic import Panic
from engine.core.queries import Queries
from engine.core.recovery import (
    ENGINE_FILE,
    books_of_another_mode,
    newest_moment,
    portfolio_file,
)
from engine.core.reload import Reload
from engine.core.runner import Runner
from engine.core.tuning import Tuning
from engine.core.tuning_keeping import TuningKeeper
from engine.core.tuning_orders import TuningOrders
from engine.core.tuning_search import Found, SearchTask, search
from engine.domain.errors import BadConfiguration, DiskFailed
from engine.domain.venue import VenueMode, VenueName
from engine.notify import Notifier
from engine.ops.logs import Logs
from engine.ops.process import ProcessMeter
from engine.ops.settings_store import SettingsStore
from engine.ops.side_process import SideProcess
from engine.phrases.causes import Cause
from engine.ports.clock import Clock
from engine.ports.store import Recovered, Tables
from engine.settings import SUPPORTED, Settings
from engine.venues.live_venues import build_live
from engine.venues.replay import ReplayPlan, ReplayWorld, build_replay
from engine.version import VERSION
from storage.disk import Disk
from storage.equity import EquityFiles
from storage.state import StateStore

_log = logging.getLogger(__name__)

BOOKS = "venues"
PURSE = Decimal(10_000_000_000)
"""What lies at a simulated exchange; the book uses only the capital of the settings."""


@dataclass(frozen=True, slots=True)
class Options:
    """How this run differs from a service: `until_done` ends it with the last replayed candle."""

    until_done: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    """What the engine takes from its host: the time it lives in, the disk its state is on."""

    clock: Clock = field(default_factory=SystemClock)
    disk: Disk = field(default_factory=Disk)


class App:
    """One running engine with its API, from the settings to the last snapshot."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        logs: Logs,
        host: Host | None = None,
    ) -> None:
        """Open the state under DATA_DIR and build every part on it.

        Raises:
            StateCorrupt: the state cannot be trusted.
            BadConfiguration: the replay data cannot be used, or a book is of another mode.
        """
        self._settings = settings
        self._notifier = Notifier(environ)
        self._meter = ProcessMeter()
        host = host or Host()
        wall = host.clock
        self._store = StateStore(settings.data_dir, wall, expected=_files(settings), disk=host.disk)
        recovered = self._store.recover()
        self._recovered = recovered
        _check_modes(settings, recovered)
        self._world = _world(settings, recovered, wall)
        for venue in self._world.venues.values():
            venue.deposit(venue.profile.quote, PURSE)
        self.engine = self._engine(wall, recovered)
        file = SettingsStore(environ, SUPPORTED)
        self._reload = Reload(self.engine, file, settings)
        self._panic = Panic(self.engine)
        self._side = SideProcess()
        keeper = TuningKeeper(self.engine, self._reload, file)
        self._tuning = Tuning(self.engine, self._reload, keeper, self._search)
        self.engine.on_restored = keeper.prepare
        self.engine.before_loop = self._tuning.before_loop
        orders = TuningOrders(self.engine, self._tuning, keeper)
        self._commands = Commands(self.engine, self._reload, file, self._panic, orders)
        self._queries = Queries(self.engine, self._reload, self._store, self._usage)
        self._api = ApiServer(self._queries, self._commands, logs.ring.lines, settings.socket_path)
        self._stop = asyncio.Event()

    async def run(self, options: Options) -> None:
        """Start, serve until told to stop, and leave everything written down.

        Raises:
            DiskFailed: a durable write did not happen.
            StateCorrupt: the state is not to be trusted.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, number)
        try:
            await self._serve(options)
        finally:
            self._notifier.stopping()
            await self._api.stop()
            self._side.close()
            self._store.close()

    async def _serve(self, options: Options) -> None:
        await self.engine.start(self._recovered)
        # What is there by now stays: each full collection over it would hold the loop for 0.1 s.
        gc.freeze()
        await self._api.start()
        seconds = self._settings.loop_seconds
        self._notifier.ready("trading", beat_s=seconds)
        runner = Runner(
            self.engine, self._reload, seconds, self._beat, self._world.run, self._tuning
        )
        await runner.run(self._stop, until_done=options.until_done)
        await self.engine.stop(Cause.TOLD_TO_STOP.say())
        await self._store.write_status(self._status("stopped"))

    def _end(self, number: int) -> None:
        """Stop in good order; the same signal again ends the process at once."""
        self._stop.set()
        asyncio.get_running_loop().remove_signal_handler(number)

    def _engine(self, wall: Clock, recovered: Recovered) -> Engine:
        replayed = {
            name: TradedVenue(venue, self._world.clock)
            for name, venue in self._world.venues.items()
        }
        live = {
            name: TradedVenue(build_live(name, self._settings, wall), wall)
            for name in VenueName
            if self._settings.mode(name) in (VenueMode.PAPER, VenueMode.LIVE)
        }
        venues = {name: (replayed | live)[name] for name in VenueName if name in replayed | live}
        # With every venue replayed the engine's own facts belong on the replay's clock too.
        clock = ReplayedWallClock(self._world.clock, wall) if replayed and not live else wall
        ports = Ports(venues, self._store, EquityFiles(self._settings.data_dir / "equity"), clock)
        return build_engine(ports, self._settings, recovered.last_seq, VERSION)

    async def _beat(self) -> None:
        await self._panic.follow()
        try:
            await self._store.write_status(self._status(self._queries.status().phase))
        except DiskFailed as e:
            _log.warning("status.not_written cause=%s", e)
        self._notifier.watchdog()
        if self._commands.restart_wanted:
            self._stop.set()

    async def _search(self, task: SearchTask) -> Found:
        return await self._side.run(search, task)

    def _status(self, phase: str) -> Tables:
        view = self._queries.status()
        row = {
            "status": phase,
            "timestamp": SystemClock().now().isoformat(),
            "cpu": view.cpu_percent,
            "memory": view.memory_mb,
            "warmup_current": view.warmup_current,
            "warmup_total": view.warmup_total,
        }
        return {"status": [row]}

    def _usage(self) -> tuple[float, float]:
        figures = self._meter.figures()
        return figures.memory_mb, figures.cpu_percent


def _check_modes(settings: Settings, recovered: Recovered) -> None:
    modes = {name: settings.mode(name) for name in VenueName}
    traded = {name: mode for name, mode in modes.items() if mode is not VenueMode.OFF}
    problems = books_of_another_mode(recovered, traded)
    if problems:
        raise BadConfiguration(problems)


def _files(settings: Settings) -> tuple[str, ...]:
    traded = (name for name in VenueName if settings.mode(name) is not VenueMode.OFF)
    return (*(portfolio_file(name) for name in traded), ENGINE_FILE)


def _world(settings: Settings, recovered: Recovered, wall: Clock) -> ReplayWorld:
    names = tuple(name for name in VenueName if settings.mode(name) is VenueMode.REPLAY)
    resume: datetime | None = newest_moment(recovered, names)
    books: Path = settings.data_dir / BOOKS
    plan = ReplayPlan(
        venues=names,
        data=settings.replay_data,
        krw_per_usdt=float(settings.usdt_krw),
        seed=settings.replay_seed,
        speed=settings.replay_speed,
        books=books,
        start=settings.replay_start,
        end=None,
        resume_at=resume,
    )
    return build_replay(plan, wall)
