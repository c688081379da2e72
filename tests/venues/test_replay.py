"""The replay tells candles in a fixed order, visits watched prices, and keeps its pace."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from engine.domain.candle import Timeframe
from engine.domain.errors import BadConfiguration, Refused
from engine.domain.intent import OrderType, Purpose, Side
from engine.domain.venue import KST, ListedSessions, VenueMode, VenueName
from engine.phrases.book import english
from engine.ports.venue import (
    CandleClosed,
    CandleOpened,
    FundingReport,
    Levels,
    LoopDue,
    OrderReport,
    PriceMoved,
    ReportStatus,
    Venue,
)
from engine.venues.replay import ReplayPlan, ReplayWorld, build_replay
from tests.venues.builders import (
    DEPOSITS,
    MINUTE,
    START,
    TICK,
    ManualWall,
    candle,
    d,
    order,
    source,
)

SPOT, FUTURES, UPBIT, STOCK = (
    VenueName.BINANCE_SPOT,
    VenueName.BINANCE_FUTURES,
    VenueName.UPBIT,
    VenueName.STOCK,
)


def world_of(sources, **plan):
    wall = ManualWall()
    venues = tuple(sources)
    world = ReplayWorld(ReplayPlan(venues=venues, seed=1, **plan), sources, wall)
    for name, venue in world.venues.items():
        venue.deposit(*DEPOSITS[name])
    return world, wall


async def run(world, sinks):
    tasks = [asyncio.create_task(venue.run(sinks[name])) for name, venue in world.venues.items()]
    try:
        await asyncio.wait_for(world.run(), 20)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def recorded(world, react=None):
    """Run the world and return (time, venue, event) of everything told."""
    told = []

    def sink_of(name):
        async def sink(event):
            told.append((world.clock.now(), name, event))
            if react is not None:
                await react(name, event)

        return sink

    await run(world, {name: sink_of(name) for name in world.venues})
    return told


def steady(count, price=100_000.0, volume=1e9, at=START):
    return [candle(at + n * MINUTE, price, price, price, price, volume) for n in range(count)]


def named(event):
    return f"{type(event).__name__}:{getattr(event, 'symbol', '')}"


async def test_events_of_a_moment_come_in_the_fixed_order():
    sources = {
        SPOT: source(SPOT, {"ETH/USDT": steady(2, 3000), "BTC/USDT": steady(2)}),
        FUTURES: source(FUTURES, {"BTC/USDT": steady(2)}),
    }
    world, _ = world_of(sources)
    told = [
        (at, name.value, named(event))
        for at, name, event in await recorded(world)
        if START < at <= START + MINUTE
    ]
    inside = START + MINUTE - TICK
    assert told == [
        (inside, "binance_spot", "CandleClosed:BTC/USDT"),
        (inside, "binance_spot", "CandleClosed:ETH/USDT"),
        (inside, "binance_futures", "CandleClosed:BTC/USDT"),
        (START + MINUTE, "binance_spot", "CandleOpened:BTC/USDT"),
        (START + MINUTE, "binance_spot", "CandleOpened:ETH/USDT"),
        (START + MINUTE, "binance_futures", "CandleOpened:BTC/USDT"),
        (START + MINUTE, "binance_spot", "LoopDue:"),
        (START + MINUTE, "binance_futures", "LoopDue:"),
    ]
    assert world.finished.is_set()
    assert world.progress == (6, 6)


async def test_venues_with_other_hours_are_merged_by_time():
    sources = {
        SPOT: source(SPOT, {"BTC/USDT": steady(3)}),
        UPBIT: source(UPBIT, {"BTC/KRW": steady(2, 1e8, at=START + 90 * MINUTE)}),
    }
    told = await recorded(world_of(sources)[0])
    times = [at for at, _, _ in told]
    assert times == sorted(times)
    loops = {name: sum(isinstance(e, LoopDue) for _, n, e in told if n is name) for name in sources}
    assert (loops[SPOT], loops[UPBIT]) == (4, 3)


async def test_watched_prices_are_visited_below_first_and_once_each():
    bars = [*steady(1), candle(START + MINUTE, 100_000, 103_000, 97_000, 100_500)]
    world, _ = world_of({SPOT: source(SPOT, {"BTC/USDT": bars})})
    world.venues[SPOT].watch("BTC/USDT", Levels(below=98_000.0, above=102_000.0))
    told = await recorded(world)
    prices = [(at, e.price) for at, _, e in told if isinstance(e, PriceMoved)]
    assert prices == [(START + 2 * MINUTE - TICK, level) for level in (98_000.0, 102_000.0)]


async def test_level_beyond_the_open_is_left_to_the_open():
    bars = [*steady(1), candle(START + MINUTE, 97_000, 97_500, 96_000, 96_500)]
    world, _ = world_of({SPOT: source(SPOT, {"BTC/USDT": bars})})
    world.venues[SPOT].watch("BTC/USDT", Levels(below=98_000.0))
    told = [e for _, _, e in await recorded(world) if not isinstance(e, LoopDue)]
    assert [named(e).split(":")[0] for e in told[-2:]] == ["PriceMoved", "CandleClosed"]
    assert told[-2].price == 96_500.0


async def test_endless_levels_stop_after_eight_prices():
    bars = [*steady(1), candle(START + MINUTE, 100_000, 110_000, 90_000, 100_000)]
    world, _ = world_of({SPOT: source(SPOT, {"BTC/USDT": bars})})
    venue = world.venues[SPOT]
    venue.watch("BTC/USDT", Levels(above=100_010.0))

    async def chase(name, event):
        if isinstance(event, PriceMoved):
            venue.watch("BTC/USDT", Levels(above=event.price + 10))

    told = [e for _, _, e in await recorded(world, chase) if isinstance(e, PriceMoved)]
    assert len(told) == 8


async def test_entry_by_touch_and_its_stop_fill_in_the_same_candle():
    bars = [*steady(1), candle(START + MINUTE, 100_000, 104_000, 99_500, 103_500, 1e9)]
    world, _ = world_of({SPOT: source(SPOT, {"BTC/USDT": bars})})
    venue = world.venues[SPOT]
    venue.watch("BTC/USDT", Levels(above=102_000.0))
    reports: list[OrderReport] = []

    async def trade(name, event):
        if isinstance(event, OrderReport):
            reports.append(event)
        if isinstance(event, PriceMoved) and not reports:
            reports.extend(await venue.place([order(SPOT, quantity="0.1")]))
            held = (await venue.balances())["BTC"].free
            held = held - held % d("0.00001")
            await venue.place(
                [
                    order(SPOT, Side.SELL, OrderType.LIMIT, held, price="103000", group="g"),
                    order(
                        SPOT, Side.SELL, OrderType.STOP_MARKET, held, trigger="101000", group="g"
                    ),
                ]
            )

    told = await recorded(world, trade)
    bought, *legs = reports
    assert bought.fills[0].price == d("102010.21")
    ends = {leg.status: leg for leg in legs}
    # The candle passed 103,000 as well: of target and stop the worse one is taken.
    assert ends[ReportStatus.FILLED].fills[0].price == d("100989.89")
    assert ends[ReportStatus.CANCELLED].fills == ()
    assert {leg.at for leg in legs} == {START + 2 * MINUTE - TICK}
    kinds = [named(e).split(":")[0] for at, _, e in told if at == START + 2 * MINUTE - TICK]
    assert kinds.index("OrderReport") < kinds.index("CandleClosed")


async def test_stop_watched_after_a_touched_entry_counts_in_the_candle():
    bars = [*steady(1), candle(START + MINUTE, 100_000, 104_000, 99_500, 103_500, 1e9)]
    world, _ = world_of({SPOT: source(SPOT, {"BTC/USDT": bars})})
    venue = world.venues[SPOT]
    venue.watch("BTC/USDT", Levels(above=102_000.0))

    async def trade(name, event):
        if isinstance(event, PriceMoved) and event.price == 102_000.0:
            await venue.place([order(SPOT, quantity="0.1")])
            venue.watch("BTC/USDT", Levels(below=101_000.0, above=103_000.0))

    prices = [e.price for _, _, e in await recorded(world, trade) if isinstance(e, PriceMoved)]
    assert prices[:2] == [102_000.0, 101_000.0]


async def test_market_order_trades_at_the_price_of_the_event_it_answers():
    bars = [
        candle(START, 100_000, 101_000, 100_000, 101_000, 1e9),
        candle(START + MINUTE, 102_000, 103_000, 102_000, 103_000, 1e9),
    ]
    world, _ = world_of({SPOT: source(SPOT, {"BTC/USDT": bars})})
    venue = world.venues[SPOT]
    paid = {}

    async def buy(name, event):
        now = world.clock.now()
        if not isinstance(event, OrderReport) and START < now <= START + MINUTE:
            (report,) = await venue.place([order(SPOT, quantity="0.01")])
            paid[type(event).__name__] = int(report.fills[0].price) // 1000

    await recorded(world, buy)
    assert paid == {"CandleClosed": 101, "CandleOpened": 102, "LoopDue": 102}


async def test_mark_price_goes_with_prices_of_contracts():
    bars = [*steady(1), candle(START + MINUTE, 100_000, 103_000, 97_000, 100_000)]
    marks = [*steady(1, 100_100.0), candle(START + MINUTE, 100_100, 100_900, 98_500, 100_050)]
    world, _ = world_of({FUTURES: source(FUTURES, {"BTC/USDT": bars}, marks=marks)})
    world.venues[FUTURES].watch("BTC/USDT", Levels(below=98_000.0))
    told = [e for _, _, e in await recorded(world) if isinstance(e, PriceMoved)]
    assert [(e.price, e.mark) for e in told[-2:]] == [(98_000.0, 98_500.0), (100_000.0, 100_050.0)]


async def test_funding_is_told_before_the_loop_and_paid():
    at = START + 2 * MINUTE
    funding = [(int(at.timestamp()), 0.0001)]
    sources = {FUTURES: source(FUTURES, {"BTC/USDT": steady(4)}, funding=funding)}
    world, _ = world_of(sources)
    venue = world.venues[FUTURES]

    async def enter(name, event):
        if isinstance(event, LoopDue) and event.at == START:
            await venue.place([order(FUTURES, quantity="0.5", leverage=5)])

    told = [e for when, _, e in await recorded(world, enter) if when == at]
    assert [named(e) for e in told[-2:]] == ["FundingReport:BTC/USDT", "LoopDue:"]
    paid = told[-2]
    assert isinstance(paid, FundingReport)
    assert (paid.amount, paid.at) == (d("-5"), at)


async def test_daily_stock_candle_closes_with_its_session():
    opening = datetime(2023, 12, 21, 9, tzinfo=KST)
    bars = [
        candle(opening + timedelta(days=n), 70_000, 71_000, 69_000, 70_500, 1e7) for n in (0, 1)
    ]
    hours = {
        (opening + timedelta(days=n)).date(): (
            opening + timedelta(days=n),
            opening + timedelta(days=n, hours=6.5),
        )
        for n in (0, 1)
    }
    sources = {
        STOCK: source(
            STOCK, {"005930": bars}, timeframe=Timeframe.D1, sessions=ListedSessions(hours)
        )
    }
    world, _ = world_of(sources)
    venue = world.venues[STOCK]
    reports = []

    async def buy(name, event):
        if isinstance(event, CandleClosed):
            reports.extend(await venue.place([order(STOCK, quantity="1")]))

    told = await recorded(world, buy)
    closes = [at for at, _, e in told if isinstance(e, CandleClosed)]
    assert closes == [opening + timedelta(days=n, hours=6.5) - TICK for n in (0, 1)]
    assert [r.status for r in reports] == [ReportStatus.FILLED] * 2
    assert int(reports[0].fills[0].price) == 70_600


async def test_only_closed_candles_are_handed_out():
    world, _ = world_of({SPOT: source(SPOT, {"BTC/USDT": steady(10)})})
    venue = world.venues[SPOT]
    seen = []

    async def look(name, event):
        if isinstance(event, LoopDue):
            minutes = await venue.candles("BTC/USDT", Timeframe.M1, 100)
            fives = await venue.candles("BTC/USDT", Timeframe.M5, 100)
            seen.append((event.at, len(minutes), len(fives)))

    await recorded(world, look)
    assert seen == [(START + n * MINUTE, n, n // 5) for n in range(11)]


async def test_history_lies_before_the_start_of_a_replay():
    start = START + 5 * MINUTE
    world, _ = world_of({SPOT: source(SPOT, {"BTC/USDT": steady(10)})}, start=start)
    venue = world.venues[SPOT]
    assert world.clock.now() == start
    assert len(await venue.candles("BTC/USDT", Timeframe.M1, 100)) == 5
    (ticker,) = await venue.tickers()
    assert (ticker.last, ticker.turnover) == (100_000.0, 5 * 1e9 * 100_000.0)
    first = (await recorded(world))[0]
    assert isinstance(first[2], CandleOpened)
    assert first[0] == start


async def test_replay_ends_where_it_is_told_to():
    sources = {SPOT: source(SPOT, {"BTC/USDT": steady(10)})}
    world, _ = world_of(sources, end=START + 3 * MINUTE)
    told = await recorded(world)
    assert told[-1][0] == START + 3 * MINUTE


async def test_paced_replay_follows_the_wall_clock_without_drift():
    world, wall = world_of({SPOT: source(SPOT, {"BTC/USDT": steady(50)})}, speed=60.0)
    told_at = []

    async def slow(name, event):
        if isinstance(event, LoopDue):
            told_at.append(wall.seconds)
            wall.seconds += 0.3  # telling takes time, and the next moment is not late for it

    await recorded(world, slow)
    gaps = [later - sooner for sooner, later in pairwise(told_at)]
    assert all(abs(gap - 1.0) < 1e-6 for gap in gaps)


async def test_paced_clock_runs_on_between_moments_and_never_past_the_next():
    world, wall = world_of({SPOT: source(SPOT, {"BTC/USDT": steady(3)})}, speed=60.0)
    clock = world.clock
    clock.start()
    clock.enter(START)
    assert clock.now() == START
    wall.seconds += 5
    assert clock.now() == START
    clock.leave(START + MINUTE)
    wall.seconds += 0.5
    assert clock.now() == START + timedelta(seconds=30)
    wall.seconds += 10
    assert START + MINUTE - timedelta(seconds=1) < clock.now() < START + MINUTE


async def test_fast_replay_gives_others_their_turn():
    world, _ = world_of({SPOT: source(SPOT, {"BTC/USDT": steady(1000)})})
    turns = 0

    async def other():
        nonlocal turns
        while not world.finished.is_set():
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await recorded(world)
    await task
    assert turns >= 1000 // 50


async def test_virtual_sleep_ends_with_virtual_time():
    world, wall = world_of({SPOT: source(SPOT, {"BTC/USDT": steady(30)})})
    woken = []
    running = asyncio.Event()

    async def start(name, event):
        if world.clock.now() >= START + MINUTE:
            running.set()

    async def sleeper():
        await running.wait()
        await world.clock.sleep(300)
        woken.append(world.clock.now())

    task = asyncio.create_task(sleeper())
    await recorded(world, start)
    await task
    assert START + 5 * MINUTE < woken[0] <= START + 30 * MINUTE
    assert wall.slept == []


async def test_venue_is_a_venue_and_says_what_it_plays():
    world = build_replay(ReplayPlan(venues=(SPOT,), seed=7), ManualWall())
    venue: Venue = world.venues[SPOT]
    assert venue.profile.mode is VenueMode.REPLAY
    assert english(venue.profile.note) == "built-in market, seed 7"
    assert venue.profile.base_timeframes["BTC/USDT"] is Timeframe.M1
    assert len(await venue.connect()) == 20
    assert len(await venue.candles("BTC/USDT", Timeframe.H4, 200)) == 200
    assert all(ticker.last > 0 for ticker in await venue.tickers())
    await venue.close()


async def test_price_limit_of_a_stock_is_that_of_the_day_before():
    world = build_replay(ReplayPlan(venues=(STOCK,), seed=7), ManualWall())
    venue = world.venues[STOCK]
    venue.deposit("KRW", d(100_000_000))
    far = order(STOCK, type_=OrderType.LIMIT, price="1000", purpose=Purpose.ENTRY)
    yesterday = (await venue.candles("005930", Timeframe.D1, 1))[0]
    assert yesterday.close * 0.7 > 1000
    with pytest.raises(Refused, match="price_limit"):
        await venue.place([far])


def test_empty_data_folder_is_bad_configuration(tmp_path):
    with pytest.raises(BadConfiguration, match="REPLAY_DATA"):
        build_replay(ReplayPlan(venues=tuple(VenueName), data=tmp_path), ManualWall())
