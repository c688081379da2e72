"""What a replay tells of markets about which the core has promised to do nothing."""

from datetime import timedelta

from engine.domain.intent import OrderType, Purpose, Side
from engine.ports.venue import Calm, CandleClosed, CandleOpened, CandlesPassed, Levels, LoopDue
from tests.venues.builders import MINUTE, START, d, order, source
from tests.venues.test_replay import FUTURES, SPOT, named, recorded, steady, world_of

BTC, ETH, BNB = "BTC/USDT", "ETH/USDT", "BNB/USDT"
DAY = timedelta(days=1)
CALM = Levels(calm=(Calm(1e9, START + DAY),))


def two_venues(**plan):
    return world_of(
        {
            SPOT: source(SPOT, {BTC: steady(8)}),
            FUTURES: source(FUTURES, {ETH: steady(8, 3000)}, marks=steady(8, 3001)),
        },
        **plan,
    )


async def test_candles_of_a_calm_market_are_told_at_once_before_the_moment_it_wakes():
    world, _ = two_venues()
    world.venues[SPOT].watch(BTC, CALM)
    told = [(at, event) for at, name, event in await recorded(world) if name is SPOT]
    assert [named(event) for _, event in told] == [
        "CandleOpened:BTC/USDT",
        "LoopDue:",
        "CandlesPassed:BTC/USDT",
        "CandleOpened:BTC/USDT",
        "CandleClosed:BTC/USDT",
        "LoopDue:",
    ]
    passed, opened, last = (event for _, event in told[2:5])
    assert isinstance(passed, CandlesPassed)
    assert [each.opened_at for each in passed.candles] == [START + n * MINUTE for n in range(7)]
    assert isinstance(opened, CandleOpened)
    assert opened.opened_at == START + 7 * MINUTE
    assert isinstance(last, CandleClosed)
    assert told[-1][1] == LoopDue(
        START + 8 * MINUTE, [int((START + n * MINUTE).timestamp()) for n in range(1, 8)]
    )
    assert world.progress == (16, 16)


async def test_in_the_pace_of_time_every_candle_is_told_when_it_closes():
    world, _ = two_venues(speed=1e6)
    world.venues[SPOT].watch(BTC, CALM)
    told = [type(event) for _, name, event in await recorded(world) if name is SPOT]
    assert told.count(CandleClosed) == 8
    assert CandlesPassed not in told


async def test_levels_that_change_wake_a_market_with_the_next_moment():
    world, _ = two_venues()
    spot = world.venues[SPOT]
    spot.watch(BTC, CALM)

    async def react(name, event):
        if name is FUTURES and isinstance(event, LoopDue) and event.at == START + 3 * MINUTE:
            spot.watch(BTC, Levels())

    told = [
        (at, event)
        for at, name, event in await recorded(world, react)
        if name is SPOT and isinstance(event, CandlesPassed | CandleClosed)
    ]
    assert len(told[0][1].candles) == 3
    assert [event.candle.opened_at for _, event in told[1:]] == [
        START + n * MINUTE for n in range(3, 8)
    ]


async def test_the_mark_of_a_calm_contract_is_told_with_its_candles():
    world, _ = two_venues()
    world.venues[FUTURES].watch(ETH, CALM)
    marks = [
        event.mark for _, _, event in await recorded(world) if isinstance(event, CandlesPassed)
    ]
    assert marks == [3001.0]
    assert world.venues[FUTURES].exchange.markets[ETH].mark == 3001.0


async def test_the_coin_that_dust_is_swapped_for_never_sleeps():
    world, _ = world_of({SPOT: source(SPOT, {BNB: steady(4, 600)})})
    world.venues[SPOT].watch(BNB, CALM)
    told = [type(event) for _, _, event in await recorded(world)]
    assert told.count(CandleClosed) == 4


async def test_a_resting_order_that_a_candle_reaches_trades_though_nothing_is_watched():
    rows = steady(4)
    rows[2] = rows[2]._replace(high=101_000.0)
    world, _ = world_of({SPOT: source(SPOT, {BTC: rows})})
    spot = world.venues[SPOT]

    async def react(name, event):
        if isinstance(event, LoopDue) and event.at == START:
            await spot.place([order(SPOT, quantity="0.1")])
            limit = order(SPOT, Side.SELL, OrderType.LIMIT, "0.05", price="100500")
            await spot.place([limit])
            assert limit.purpose is Purpose.EXIT

    told = [
        (at, named(event)) for at, _, event in await recorded(world, react) if at > START + MINUTE
    ]
    reports = [at for at, name in told if name.startswith("OrderReport")]
    assert [at + timedelta(microseconds=1) for at in reports] == [START + 3 * MINUTE]
    assert spot.exchange.balances()["BTC"].total < d("0.1")
