"""A replay killed anywhere and started again ends with the same books as one left alone."""

import asyncio
import random
from datetime import timedelta
from hashlib import sha256

import pytest

from engine.domain.candle import Timeframe
from engine.domain.errors import Refused
from engine.domain.ids import ClientOrderId
from engine.domain.intent import OrderType, Side
from engine.domain.venue import VenueName
from engine.ports.venue import CandleClosed, CandleOpened, Levels, LoopDue, PriceMoved
from engine.venues.replay import ReplayPlan, ReplayWorld, build_replay
from tests.venues.builders import DEPOSITS, START, TICK, ManualWall, candle, d, order, source

SPOT, FUTURES, UPBIT = VenueName.BINANCE_SPOT, VenueName.BINANCE_FUTURES, VenueName.UPBIT


class Killed(Exception):
    """Stands for kill -9: nothing after it runs."""


def walk(symbol, price, count):
    rng = random.Random(symbol)
    bars, last = [], price
    for n in range(count):
        close = last * (1 + rng.gauss(0, 0.004))
        high = max(last, close) * (1 + abs(rng.gauss(0, 0.002)))
        low = min(last, close) * (1 - abs(rng.gauss(0, 0.002)))
        prices = [round(p, 2) for p in (last, high, low, close)]
        volume = rng.choice([0.0, 0.02, 0.5, 400.0])
        bars.append(candle(START + n * timedelta(minutes=1), *prices, volume))
        last = close
    return [b._replace(high=max(b[1:5]), low=min(b[1:5])) for b in bars]


def sources():
    perp = walk("perp", 100_000, 150)
    marks = [b._replace(volume=0.0) for b in perp]
    funding = [(int(START.timestamp()) + n * 1800, 0.0003) for n in range(5)]
    return {
        SPOT: source(
            SPOT, {"BTC/USDT": walk("btc", 100_000, 150), "ETH/USDT": walk("eth", 3000, 150)}
        ),
        FUTURES: source(FUTURES, {"BTC/USDT": perp}, marks=marks, funding=funding),
    }


def chance(*parts):
    return int(sha256("|".join(map(str, parts)).encode()).hexdigest()[:8], 16) / 2**32


class Trader:
    """A trader without memory: everything it does follows from the event and the venue's answers.

    Its ids are made from its reasons, so an event told twice asks for the same orders twice; it
    asks for nothing whose refusal would hang on what came later.
    """

    def __init__(self, world):
        self.world = world

    async def prepare(self):
        for venue in self.world.venues.values():
            for symbol in venue.profile.base_timeframes:
                for last in await venue.candles(symbol, Timeframe.M1, 1):
                    self.aim(venue, symbol, last)

    def aim(self, venue, symbol, last):
        venue.watch(symbol, Levels(below=last.close * 0.998, above=last.close * 1.001))

    async def send(self, venue, *intents):
        try:
            return await venue.place(list(intents))
        except Refused as e:
            if e.code != "duplicate_client_id":
                return ()
            known = [await venue.order(each.client_id, each.symbol) for each in intents]
            return [report for report in known if report is not None]

    async def hear(self, name, event):
        venue = self.world.venues[name]
        if isinstance(event, PriceMoved):
            await self.touch(venue, name, event)
        if isinstance(event, CandleClosed):
            self.aim(venue, event.symbol, event.candle)
        if isinstance(event, CandleClosed | CandleOpened):
            at = self.world.clock.now() - timedelta(minutes=3)
            key = f"loop|{name}|{event.symbol}|{at}"
            if chance(key, type(event)) < 0.3:
                await self.leave(venue, name, event.symbol, key)
        if isinstance(event, LoopDue) and chance(name, event.at) < 0.4:
            for symbol in venue.profile.base_timeframes:
                await self.enter(venue, name, symbol, f"loop|{name}|{symbol}|{event.at}")

    async def touch(self, venue, name, event):
        key = f"touch|{name}|{event.symbol}|{event.at}|{event.price}"
        if chance(key) < 0.5:
            await self.enter(venue, name, event.symbol, key)

    async def enter(self, venue, name, symbol, key):
        quantity = "0.015" if symbol.startswith("BTC") else "0.3"
        first = order(
            name,
            symbol=symbol,
            quantity=quantity,
            client_id=ident(key),
            leverage=10 if name is FUTURES else 1,
        )
        for report in await self.send(venue, first):
            if report.fills:
                await self.protect(venue, name, symbol, key, report)

    async def protect(self, venue, name, symbol, key, report):
        price = report.fills[-1].price
        held = report.filled_quantity * (d("0.99") if name is SPOT else 1)
        lot = d("0.001")
        shared = {"symbol": symbol, "quantity": held - held % lot, "reduce_only": name is FUTURES}
        group = ident(f"{key}|group") if name is SPOT else None
        target = order(
            name,
            Side.SELL,
            OrderType.LIMIT,
            price=price * d("1.004") // d("0.1") * d("0.1"),
            client_id=ident(f"{key}|target"),
            group=group,
            **shared,
        )
        stop = order(
            name,
            Side.SELL,
            OrderType.STOP_MARKET,
            trigger=price * d("0.996") // d("0.1") * d("0.1"),
            client_id=ident(f"{key}|stop"),
            group=group,
            **shared,
        )
        # Both legs of a contract would sell it twice; nothing cancels the other there.
        await self.send(venue, *((target, stop) if name is SPOT else (stop,)))

    async def leave(self, venue, name, symbol, key):
        entry = await venue.order(ident(key), symbol)
        names = ("target", "stop") if name is SPOT else ("stop",)
        legs = [await venue.cancel(ident(f"{key}|{leg}"), symbol) for leg in names]
        if entry is None or not entry.fills or None in legs:
            return
        kept = entry.filled_quantity * (d("0.99") if name is SPOT else 1)
        quantity = (kept - sum(leg.filled_quantity for leg in legs)) // d("0.001") * d("0.001")
        if quantity > 0:
            sale = order(
                name,
                Side.SELL,
                symbol=symbol,
                quantity=quantity,
                client_id=ident(f"{key}|sale"),
                reduce_only=name is FUTURES,
            )
            await self.send(venue, sale)


def ident(key):
    return ClientOrderId("pasu-" + sha256(key.encode()).hexdigest()[:26])


async def live(books, *, resume_at=None, dies_after=None, before=True):
    """Live once; return the moment of death, None if the replay came to its end."""
    made = sources()
    plan = ReplayPlan(venues=tuple(made), books=books, seed=3, resume_at=resume_at)
    world = ReplayWorld(plan, made, ManualWall())
    for name, venue in world.venues.items():
        venue.deposit(*DEPOSITS[name])
    trader = Trader(world)
    await trader.prepare()
    left = [dies_after]

    def sink_of(name):
        async def sink(event):
            if left[0] is not None:
                left[0] -= 1
                if left[0] < 0 and before:
                    raise Killed
            await trader.hear(name, event)
            if left[0] is not None and left[0] < 0:
                raise Killed

        return sink

    tasks = [asyncio.create_task(v.run(sink_of(n))) for n, v in world.venues.items()]
    try:
        await world.run()
    except Killed:
        return world.clock.now()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for venue in world.venues.values():
            await venue.close()
    return None


def books_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.jsonl"))}


async def test_same_seed_leaves_the_same_books(tmp_path):
    for run in ("a", "b"):
        assert await live(tmp_path / run) is None
    first = books_of(tmp_path / "a")
    assert first == books_of(tmp_path / "b")
    assert len(first) == 2
    assert all(book.count(b"\n") > 100 for book in first.values())
    text = b"".join(first.values())
    for happening in (
        b'"Settled"',
        b'"cancelled"',
        b'"expired"',
        b'"maker":true',
        b'"stop_market"',
    ):
        assert happening in text


@pytest.mark.parametrize("seed", range(12))
async def test_replay_killed_anywhere_ends_with_the_same_books(tmp_path, seed):
    rng = random.Random(seed)
    await live(tmp_path / "whole")
    at, lives = None, 0
    while True:
        after = rng.randrange(50, 900)
        died = await live(
            tmp_path / "killed", resume_at=at, dies_after=after, before=rng.random() < 0.5
        )
        lives += 1
        if died is None:
            break
        # An engine remembers the last moment it wrote of, which may be a while ago.
        at = max(START, died - timedelta(minutes=rng.choice([0, 0, 1, 7])))
        if rng.random() < 0.3:
            tear(tmp_path / "killed", rng)
    assert lives > 2
    assert books_of(tmp_path / "killed") == books_of(tmp_path / "whole")


def tear(folder, rng):
    """Leave a transaction behind that was never finished."""
    for path in folder.glob("*.jsonl"):
        with path.open("ab") as file:
            file.write(b'[["Accepted",{"intent":{"client_id":"pasu-'[: rng.randrange(1, 40)])


@pytest.mark.parametrize("before", [TICK, timedelta(0)])
async def test_resumed_world_tells_its_half_of_a_moment_again(before):
    made = sources()
    at = START + timedelta(minutes=10) - before
    told = {}
    for resume_at in (None, at):
        world = ReplayWorld(
            ReplayPlan(venues=tuple(made), seed=3, resume_at=resume_at), made, ManualWall()
        )
        heard = told.setdefault(resume_at, [])

        async def sink(event, world=world, heard=heard):
            if world.clock.now() >= at:
                heard.append((world.clock.now(), event))

        tasks = [asyncio.create_task(v.run(sink)) for v in world.venues.values()]
        if resume_at is not None:
            assert world.clock.now() == at
            last = await world.venues[SPOT].candles("BTC/USDT", Timeframe.M1, 1)
            assert last[0].opened_at == START + timedelta(minutes=8 if before else 9)
        await world.run()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert told[None] == told[at]


@pytest.mark.parametrize(
    ("seconds", "kind"),
    [(600 - 1e-6, CandleClosed), (600, CandleOpened), (570.5, CandleClosed)],
)
async def test_a_resume_begins_with_the_half_that_its_moment_names(seconds, kind):
    made = sources()
    plan = ReplayPlan(venues=tuple(made), seed=3, resume_at=START + timedelta(seconds=seconds))
    world = ReplayWorld(plan, made, ManualWall())
    heard = []

    async def sink(event):
        heard.append((world.clock.now(), event))

    tasks = [asyncio.create_task(v.run(sink)) for v in world.venues.values()]
    await world.run()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    ten = START + timedelta(minutes=10)
    assert heard[0][0] == (ten if kind is CandleOpened else ten - TICK)
    assert isinstance(heard[0][1], kind)


async def test_builtin_world_resumes_over_midnight():
    at = START + timedelta(days=1)
    heard = {}
    for resume_at in (None, at):
        plan = ReplayPlan(
            venues=(UPBIT,),
            start=at - timedelta(minutes=5),
            end=at + timedelta(minutes=2),
            resume_at=resume_at,
        )
        world = build_replay(plan, ManualWall())
        events = heard.setdefault(resume_at, [])

        async def sink(event, world=world, events=events):
            if world.clock.now() >= at:
                events.append(event)

        task = asyncio.create_task(world.venues[UPBIT].run(sink))
        await world.run()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert heard[None] == heard[at]
    # Two minutes: openings and the loop at each end, closings once between and once at the end.
    assert len(heard[at]) == 2 * 20 * 3 - 20 + 20 + 3 - 20
