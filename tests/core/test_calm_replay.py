"""A replay that leaves calm markets untold decides as one that tells every candle."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.core.assembly import Ports, TradedVenue, build_engine
from engine.core.desk import Desk
from engine.core.engine import Engine
from engine.core.market import Market
from engine.domain.venue import VenueName
from engine.ports.venue import CandleClosed, CandlesPassed, EventSink, VenueEvent
from engine.settings import parse
from engine.venues.builtin_market import builtin_sources
from engine.venues.feed import Source
from engine.venues.replay import ReplayPlan, ReplayWorld
from strategies.parameters import EntryOn
from tests.core.fakes import MemoryEquityLog, MemoryStore
from tests.venues.builders import DEPOSITS, ManualWall

SPOT, FUTURES, STOCK = VenueName.BINANCE_SPOT, VenueName.BINANCE_FUTURES, VenueName.STOCK
FIRST = datetime(2025, 1, 6, tzinfo=UTC)
# Every moment is told where time is to pass between them, however fast.
EVERY_MOMENT = 1e9


@dataclass
class Played:
    """What came of a replay, and how often anything was told."""

    engine: Engine
    facts: list[Any]
    points: list[tuple[datetime, Any]]
    told: Counter[type[VenueEvent]]
    candles: int
    now: datetime

    def state(self) -> dict[tuple[VenueName, str], tuple[Any, ...]]:
        """Return how every desk and every market of it was left."""
        found = {}
        for name, desk in self.engine.desks.items():
            found[name, ""] = (desk.context.loops, desk.refused_prices, desk.context.equity())
            for symbol, market in desk.context.markets.items():
                found[name, symbol] = left(market)
        return found


def left(market: Market) -> tuple[Any, ...]:
    prices = (market.last, market.last_at, market.mark, market.day, market.day_open, market.volume)
    return (*prices, market.level, market.decided_at, market.atr, market.hourly_ema, market.gates())


def few(source: Source, symbols: tuple[str, ...]) -> Source:
    """Return a source with some of its markets."""
    kept = [each for each in source.instruments if each.symbol in symbols]
    return replace(source, instruments=kept, feeds={s: source.feeds[s] for s in symbols})


def counting(desk: Desk, told: Counter[type[VenueEvent]]) -> EventSink:
    async def sink(event: VenueEvent) -> None:
        told[type(event)] += len(event.candles) if isinstance(event, CandlesPassed) else 1
        await desk.handle(event)

    return sink


async def played(
    preset: str, end: datetime, speed: float, entry_on: EntryOn = EntryOn.TOUCH, **settings: str
) -> Played:
    made = builtin_sources((SPOT, FUTURES, STOCK), seed=7)
    sources = {
        SPOT: few(made[SPOT], ("BNB/USDT", "ETH/USDT")),
        FUTURES: few(made[FUTURES], ("SOL/USDT",)),
        STOCK: few(made[STOCK], ("005930",)),
    }
    world = ReplayWorld(
        ReplayPlan(tuple(sources), seed=7, speed=speed, start=FIRST, end=end), sources, ManualWall()
    )
    venues = {name: TradedVenue(venue, world.clock) for name, venue in world.venues.items()}
    for name, venue in world.venues.items():
        venue.deposit(*DEPOSITS[name])
    store, log, told = MemoryStore([]), MemoryEquityLog(), Counter[type[VenueEvent]]()
    modes = {f"{name.value}_MODE".upper(): "off" for name in VenueName}
    modes |= {f"{name.value}_MODE".upper(): "replay" for name in sources}
    presets = {"CRYPTO_STRATEGY_PRESET": preset, "STOCK_STRATEGY_PRESET": preset}
    chosen = parse({**modes, **presets, "WARMUP_LOOPS": "3", **settings}, "")
    engine = build_engine(Ports(venues, store, log, world.clock), chosen, 0, "test")
    for desk in engine.desks.values():
        rules = desk.context.rules
        await desk.adopt(replace(rules, parameters=replace(rules.parameters, entry_on=entry_on)))
    await engine.start(store.recover())
    streams = [
        asyncio.create_task(desk.context.venue.run(counting(desk, told)))
        for desk in engine.desks.values()
    ]
    await world.run()
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    facts = [recorded.fact for recorded in store.facts]
    return Played(engine, facts, log.points, told, world.progress[0], world.clock.now())


@pytest.mark.parametrize(
    ("preset", "entry_on", "markets"),
    [
        ("scalping", EntryOn.TOUCH, "20"),
        ("scalping", EntryOn.CLOSE, "20"),
        ("mid_term", EntryOn.TOUCH, "20"),
        ("mid_term", EntryOn.CLOSE, "1"),
        ("day", EntryOn.TOUCH, "1"),
    ],
)
async def test_calm_markets_that_are_told_late_change_nothing(
    preset: str, entry_on: EntryOn, markets: str
):
    end = datetime(2025, 1, 8, 13, 37, tzinfo=UTC)
    every, calm = [
        await played(preset, end, speed, entry_on, VOLUME_TOP_N=markets)
        for speed in (EVERY_MOMENT, 0.0)
    ]
    assert calm.facts == every.facts
    assert len(calm.facts) > 20
    assert sorted(calm.points) == sorted(every.points)
    assert calm.state() == every.state()
    assert (calm.candles, calm.now) == (every.candles, every.now)
    assert every.told[CandlesPassed] == 0
    assert calm.told[CandlesPassed] > calm.candles / 3
    assert calm.told[CandlesPassed] + calm.told[CandleClosed] == every.told[CandleClosed]


async def test_a_market_that_is_loaded_anew_while_it_sleeps_takes_no_candle_twice():
    end = datetime(2025, 1, 7, 12, tzinfo=UTC)
    calm = await played("scalping", end, 0.0)
    for desk in calm.engine.desks.values():
        for symbol, market in list(desk.context.markets.items()):
            before = left(market)
            await desk.handle(CandlesPassed(symbol, await _last_hour(desk, symbol)))
            assert left(market) == before


async def _last_hour(desk: Desk, symbol: str) -> Any:
    base = desk.context.markets[symbol].base
    return await desk.context.venue.candles(symbol, base, 60)
