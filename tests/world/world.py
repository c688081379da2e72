"""One history: prices walk, engines live and are killed, and in the end everything must add up."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from engine.core.assembly import Ports, TradedVenue, build_engine
from engine.core.engine import Engine
from engine.core.panic import Panic
from engine.domain.custody import SymbolResumed
from engine.domain.errors import DiskFailed
from engine.domain.events import OperatorState
from engine.domain.venue import VenueName
from engine.settings import EVERY_MODE, Settings, parse
from tests.core.fakes import MemoryEquityLog
from tests.world.case import Case
from tests.world.disk import Disk, DiskStore
from tests.world.impulses import Impulses
from tests.world.invariants import violations
from tests.world.life import Life
from tests.world.market import PRICES, WalkingMarket
from tests.world.odds import Odds, weather
from tests.world.owner import Owner
from tests.world.venue import WorldVenue
from tests.world.virtual_time import VirtualClock, VirtualLoop
from tests.world.witness import MOST_PER_MINUTE, Witness

LIVES = 4
LOOP_S = 3.0
BURIALS = 100
QUIET_S = 230.0
PAUSED_AFTER_S = 100.0
STILL_S = 70.0
STOP_S = 40.0
PANICS = 0.3
STOPS = 0.25
SETTINGS = f"""
UPBIT_MODE=live
UPBIT_ACCESS_KEY=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
UPBIT_SECRET_KEY=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
BINANCE_SPOT_MODE=live
BINANCE_API_KEY=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
BINANCE_API_SECRET=bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
BINANCE_FUTURES_MODE=off
STOCK_MODE=off
CRYPTO_STRATEGY_PRESET=scalping
CRYPTO_TAKE_PROFIT_PERCENT=0.8
CRYPTO_STOP_LOSS_PERCENT=0.8
CRYPTO_TRAILING_STOP_PERCENT=0.4
CRYPTO_MAX_POSITIONS=3
CRYPTO_INITIAL_CAPITAL=10000000
CRYPTO_MAX_POSITION_SIZE=0.3
MAX_DAILY_LOSS_PERCENT=90
MAX_ORDERS_PER_MINUTE={MOST_PER_MINUTE}
MAX_ORDER_VALUE_KRW=5000000
WARMUP_LOOPS=0
"""


@dataclass(frozen=True, slots=True)
class History:
    """What became of one seed: `wrong` names every promise that was broken."""

    seed: int
    virtual_s: float
    orders: int
    fills: int
    facts: int
    lives: int
    digest: str
    wrong: tuple[str, ...]


class World:
    """Two venues, one disk, one owner, and one engine after the other."""

    def __init__(self, seed: int, loop: VirtualLoop, odds: Odds | None = None) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.clock = VirtualClock(loop)
        self.disk = Disk()
        self.witness = Witness(self.disk)
        self.settings = settings()
        odds = odds or weather(self._branch())
        self.markets: Mapping[VenueName, WalkingMarket] = {
            name: WalkingMarket(name, self.clock, self._branch(), odds) for name in PRICES
        }
        self.owners = {n: Owner(market, self._branch()) for n, market in self.markets.items()}
        self.engine: Engine | None = None
        self._kill_every_s = odds.kill_every_s
        self._lives = 0
        self._fallen: list[str] = []
        self._outside: set[asyncio.Task[Any]] = set()

    async def play(self) -> History:
        """Run every life, then a quiet one, and check what is left."""
        for name, market in self.markets.items():
            self._outside.update((*market.tasks(), *self.owners[name].tasks()))
        panics = self.rng.random() < PANICS
        for n in range(LIVES):
            seconds = min(self.rng.expovariate(1 / self._kill_every_s), 3 * self._kill_every_s)
            panic_s = self.rng.uniform(0, seconds) if panics and n == LIVES - 1 else None
            await self._live(seconds, panic_s)
        await self._settle()
        for task in self._outside:
            task.cancel()
        await asyncio.gather(*self._outside, return_exceptions=True)
        return self._history()

    async def _settle(self) -> None:
        """Give one undisturbed life the time to clear up, at last with prices that stand still."""
        for market in self.markets.values():
            market.calm()
        loop = asyncio.get_running_loop()
        for market in self.markets.values():
            loop.call_later(QUIET_S - STILL_S, market.stand_still)
        await self._live(QUIET_S, None, is_last=True)

    async def _live(self, seconds: float, panic_s: float | None, *, is_last: bool = False) -> None:
        """Let an engine live for so long; then it is told to stop, or killed at once."""
        if self._fallen:
            return
        self._lives += 1
        life = Life()
        born = asyncio.create_task(self._engine_life(life, panic_s, is_last=is_last))
        await asyncio.wait([born], timeout=seconds)
        if not is_last and self.engine is not None and self.rng.random() < STOPS:
            stopping = asyncio.create_task(self.engine.stop("told to"))
            await asyncio.wait([stopping], timeout=self.rng.uniform(0, STOP_S))
        if born.done():
            self._fallen += _faults(born.exception())
        life.ended = True
        await self._bury()

    async def _bury(self) -> None:
        """Cancel whatever the dead engine left, however often it clings to its `finally`."""
        for _ in range(BURIALS):
            left = asyncio.all_tasks() - self._outliving()
            for task in left:
                task.cancel()
            if not left:
                return
            await asyncio.wait(left, timeout=0.001)
        message = f"tasks that will not die: {left}"
        raise AssertionError(message)

    def _outliving(self) -> set[asyncio.Task[Any]]:
        current = asyncio.current_task()
        assert current is not None
        deliveries = (task for market in self.markets.values() for task in market.deliveries)
        return {current, *self._outside, *deliveries}

    async def _engine_life(self, life: Life, panic_s: float | None, *, is_last: bool) -> None:
        fails = next(iter(self.markets.values())).odds.disk_fails
        store = DiskStore(self.disk, life, self._branch(), fails)
        recovered = store.recover()
        venues = {
            name: TradedVenue(WorldVenue(market, life, self._branch(), self.witness), self.clock)
            for name, market in self.markets.items()
        }
        ports = Ports(venues, store, MemoryEquityLog(), self.clock)
        engine = self.engine = build_engine(ports, self.settings, recovered.last_seq, "world")
        await engine.start(recovered)
        async with asyncio.TaskGroup() as group:
            group.create_task(engine.run())
            group.create_task(self._rounds(engine))
            group.create_task(self._orders_of_the_owner(engine, panic_s, is_last=is_last))

    async def _rounds(self, engine: Engine) -> None:
        while True:
            self._inspire(engine)
            await engine.loop()
            await asyncio.sleep(LOOP_S)

    async def _orders_of_the_owner(
        self, engine: Engine, panic_s: float | None, *, is_last: bool
    ) -> None:
        """Resume what is paused; panic when due; in the last life pause before the end."""
        operator = engine.memory.operator
        for desk in engine.desks.values():
            book, paused = desk.context.orders.book, desk.context.portfolio.paused
            now = self.clock.now()
            await book([SymbolResumed(desk.name, symbol, "owner", now) for symbol in paused])
        if is_last:
            await asyncio.sleep(PAUSED_AFTER_S)
            if operator.state is OperatorState.RUNNING:
                await operator.become(OperatorState.PAUSED, "owner", "let it end")
        if panic_s is not None:
            await asyncio.sleep(panic_s)
            await Panic(engine).begin("owner")

    def _inspire(self, engine: Engine) -> None:
        """Give every market that was loaded meanwhile a whim in the place of its strategy."""
        for desk in engine.desks.values():
            for symbol, market in desk.context.markets.items():
                if not isinstance(market._strategy, Impulses):
                    whims = Impulses(desk.context.rules.parameters, symbol, self.seed)
                    market._strategy = whims

    def _branch(self) -> Random:
        return Random(self.rng.getrandbits(64))

    def _history(self) -> History:
        cases = self._cases()
        faults = [f"a fault of the world: {f}" for m in self.markets.values() for f in m.faults]
        wrong = [*self._fallen, *faults, *self.witness.wrong]
        if not self._fallen:
            wrong += violations(cases)
        return History(
            seed=self.seed,
            virtual_s=self.clock.monotonic(),
            orders=sum(len(case.orders()) for case in cases),
            fills=sum(len(case.trades()) for case in cases),
            facts=len(self.disk.facts),
            lives=self._lives,
            digest=digest(self.disk),
            wrong=tuple(wrong),
        )

    def _cases(self) -> list[Case]:
        engine = self.engine
        assert engine is not None
        panicked = engine.memory.operator.state is OperatorState.PANIC
        return [
            Case(
                market,
                self.owners[name],
                engine.desks[name].context.portfolio,
                self.disk,
                self.witness,
                panicked,
            )
            for name, market in self.markets.items()
        ]


def play(seed: int, odds: Odds | None = None) -> History:
    """Return the history of a seed."""
    return played(seed, odds)[0]


def played(seed: int, odds: Odds | None = None) -> tuple[History, World]:
    """Return the history of a seed and the world it happened in."""
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        world = World(seed, loop, odds)
        return loop.run_until_complete(world.play()), world
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def settings() -> Settings:
    """Return what the owner of this world has set."""
    return parse({}, SETTINGS, supported_modes=EVERY_MODE)


def digest(disk: Disk) -> str:
    """Return the fingerprint of everything that was ever written down."""
    text = "\n".join(repr(each) for each in disk.facts)
    return hashlib.sha256(text.encode()).hexdigest()


def _faults(error: BaseException | None) -> list[str]:
    """Return why an engine fell, for each failure in a group of groups; a failed disk may."""
    if isinstance(error, BaseExceptionGroup):
        return [found for each in error.exceptions for found in _faults(each)]
    if isinstance(error, DiskFailed):
        return []
    return [f"the engine fell: {type(error).__name__}: {error}"]
