"""Upbit's streams over the wire: silence, breaks, repetitions and gaps."""

from datetime import timedelta
from decimal import Decimal

from engine.domain.candle import Timeframe
from engine.domain.events import OrderClosed, OrderFilled
from engine.domain.order import OrderStatus
from engine.ports.venue import (
    CandleClosed,
    CandleOpened,
    ConnectionLost,
    ConnectionRestored,
    PriceMoved,
    SurfaceName,
    SurfaceState,
)
from tests.exchanges.faults import Answer, on
from tests.live.bench import early_in_a_minute, until
from tests.live.upbit_bench import BTC, PRICE, UpbitBench, buy, sale, upbit_bench

PUBLIC, PRIVATE = "public", "private"


def _price(bench: UpbitBench) -> float:
    told = [event for event in bench.events if isinstance(event, PriceMoved | CandleOpened)]
    return told[-1].price


async def test_trades_are_told_as_prices_at_once():
    async with upbit_bench(streams=[BTC]) as bench:
        bench.server.exchange.set_price(BTC, PRICE + 5000)
        await until(lambda: _price(bench) == PRICE + 5000)


async def test_market_that_is_followed_later_is_streamed_on_the_same_connection():
    async with upbit_bench(streams=[BTC]) as bench:
        bench.venue.follow([BTC, "XRP/KRW"])
        await until(lambda: any(e.symbol == "XRP/KRW" for e in bench.told(CandleOpened)))
        assert bench.server.streams.connections(PUBLIC) == 1
        assert bench.told(ConnectionLost) == []


async def test_minute_is_told_closed_once_and_before_the_next_one_opens():
    await early_in_a_minute()
    async with upbit_bench(streams=[BTC]) as bench:
        await bench.venue.candles(BTC, Timeframe.M1, 5)
        before = bench.server.clock()
        bench.server.clock.advance(timedelta(minutes=1))
        bench.clock.pass_by(60)
        bench.server.exchange.set_price(BTC, PRICE + 7000)
        await until(lambda: bench.told(CandleClosed))
        bench.server.exchange.set_price(BTC, PRICE + 8000)
        await until(lambda: _price(bench) == PRICE + 8000)
        (closed,) = bench.told(CandleClosed)
        assert closed.candle.opened_at == Timeframe.M1.start(before)
        opened = [e for e in bench.told(CandleOpened) if e.opened_at > closed.candle.opened_at]
        assert len(opened) == 1
        assert bench.events.index(closed) < bench.events.index(opened[0])


async def test_f10_streams_that_cannot_connect_are_told_lost_once_and_back_once():
    async with upbit_bench(streams=[BTC]) as bench:
        await bench.running.refuse()
        lines = (SurfaceName.PRICES, SurfaceName.ORDERS)
        await until(lambda: all(bench.state(name) is SurfaceState.DOWN for name in lines))
        await bench.running.accept()
        await until(lambda: all(bench.state(name) is SurfaceState.UP for name in lines), 20.0)
        await until(lambda: {e.surface for e in bench.told(ConnectionRestored)} >= set(lines))
        for name in lines:
            assert len([e for e in bench.told(ConnectionLost) if e.surface is name]) == 1
            assert len([e for e in bench.told(ConnectionRestored) if e.surface is name]) == 1


async def test_price_is_bridged_by_rest_while_the_stream_is_lost():
    async with upbit_bench(streams=[BTC]) as bench:
        refused = Answer(503, "<html>")
        bench.server.faults.script(on("GET", "/websocket/v1"), refused, times=None)
        bench.server.streams.drop(PUBLIC)
        await until(lambda: bench.state(SurfaceName.PRICES) is SurfaceState.DOWN)
        bench.server.clock.advance(timedelta(seconds=1))
        bench.server.exchange.set_price(BTC, PRICE + 4000)
        await until(lambda: _price(bench) == PRICE + 4000)
        assert bench.state(SurfaceName.PRICES) is SurfaceState.DOWN


async def test_f11_price_stream_that_falls_silent_while_others_trade_is_opened_again():
    async with upbit_bench(silence_s=0.3, streams=[BTC]) as bench:
        bench.server.streams.silence(PUBLIC)
        bench.server.clock.advance(timedelta(seconds=10))
        bench.server.exchange.set_price(BTC, PRICE + 9000)
        await until(lambda: bench.told(ConnectionLost))
        bench.server.streams.silence(PUBLIC, on=False)
        await until(lambda: bench.told(ConnectionRestored))
        assert _price(bench) == PRICE + 9000


async def test_f11_quiet_market_is_no_broken_stream():
    async with upbit_bench(silence_s=0.2, streams=[BTC]) as bench:
        asked = len(bench.server.faults.asked("GET", "/v1/ticker"))
        await until(lambda: len(bench.server.faults.asked("GET", "/v1/ticker")) >= asked + 2)
        assert bench.told(ConnectionLost) == []


async def test_f11_order_stream_that_falls_silent_while_orders_fill_is_opened_again():
    async with upbit_bench(silence_s=0.4, streams=[BTC]) as bench:
        await bench.desk.submit([buy()])
        limit = PRICE + 1_000_000
        (resting,) = await bench.desk.submit([sale("rest", "0.005", limit)])
        bench.server.streams.silence(PRIVATE)
        bench.server.exchange.set_price(BTC, limit)
        await until(
            lambda: any(e.surface is SurfaceName.ORDERS for e in bench.told(ConnectionLost))
        )
        bench.server.streams.silence(PRIVATE, on=False)
        await until(lambda: bench.told(ConnectionRestored))
        await bench.desk.resolve(resting)
        assert bench.portfolio.orders[resting.intent.client_id].status is OrderStatus.FILLED


async def test_f12_repeated_events_are_booked_once():
    async with upbit_bench(streams=[BTC]) as bench:
        bench.server.streams.duplicate(PRIVATE, 10)
        await bench.desk.submit([buy()])
        await until(lambda: bench.facts(OrderClosed))
        assert len(bench.facts(OrderFilled)) == 1
        assert bench.portfolio.positions[BTC].quantity == Decimal("0.01")


async def test_f13_events_out_of_order_leave_the_order_ended_and_every_trade_booked():
    async with upbit_bench(streams=[BTC]) as bench:
        await bench.desk.submit([buy()])
        limit = PRICE + 1_000_000
        (resting,) = await bench.desk.submit([sale("rest", "0.005", limit)])
        bench.server.streams.reorder(PRIVATE, 3)
        bench.server.exchange.set_price(BTC, limit, Decimal("0.002"))
        bench.server.exchange.set_price(BTC, limit)
        key = resting.intent.client_id
        await until(lambda: bench.portfolio.orders[key].status is OrderStatus.FILLED)
        assert bench.portfolio.orders[key].filled_quantity == Decimal("0.005")
        assert len(bench.facts(OrderFilled)) == 3


async def test_f14_gap_of_a_broken_stream_is_filled_by_rest_before_the_next_candle():
    await early_in_a_minute()
    async with upbit_bench(streams=[BTC]) as bench:
        seen = await bench.venue.candles(BTC, Timeframe.M1, 5)
        bench.server.streams.drop(PUBLIC)
        for step in range(3):
            bench.server.clock.advance(timedelta(minutes=1))
            bench.clock.pass_by(60)
            bench.server.exchange.set_price(BTC, PRICE + 1000 * (step + 1))
        await until(lambda: bench.told(ConnectionRestored))
        await until(lambda: len(bench.told(CandleClosed)) >= 3)
        closed = [event.candle.opened_at for event in bench.told(CandleClosed)]
        first = seen[-1].opened_at + Timeframe.M1.delta
        assert closed[:3] == [first + n * Timeframe.M1.delta for n in range(3)]


async def test_f15_each_private_connection_carries_a_token_of_its_own():
    async with upbit_bench(streams=[BTC]) as bench:
        bench.server.streams.drop(PRIVATE)
        await until(lambda: bench.told(ConnectionRestored))
        handshakes = bench.server.faults.asked("GET", "/websocket/v1/private")
        tokens = [asked.headers["Authorization"] for asked in handshakes]
        assert len(tokens) >= 2
        assert len(set(tokens)) == len(tokens)
        public = bench.server.faults.asked("GET", "/websocket/v1")
        assert not any("Authorization" in asked.headers for asked in public)


async def test_f21_market_under_caution_is_flagged():
    async with upbit_bench() as bench:
        event = {"warning": True, "caution": {"PRICE_FLUCTUATIONS": True}}
        rows = [{"market": "KRW-BTC", "korean_name": "비트코인", "market_event": event}]
        bench.server.faults.script(
            on("GET", "/v1/market/all"),
            Answer(200, rows, {"Remaining-Req": "group=market; min=1; sec=9"}),
        )
        (bitcoin,) = await bench.venue.instruments()
        assert bitcoin.flagged == "warning, price_fluctuations"
        assert bitcoin.name == "비트코인"


async def test_tick_that_the_venue_states_counts_where_it_differs_from_the_table():
    async with upbit_bench() as bench:
        told = [{"market": "KRW-BTC", "tick_size": 500}, {"market": "KRW-XRP", "tick_size": 1}]
        bench.server.faults.script(on("GET", "/v1/orderbook/instruments"), Answer(200, told))
        found = {each.symbol: each for each in await bench.venue.instruments()}
        assert found[BTC].ticks.tick_at(PRICE) == 500
        assert found["XRP/KRW"].ticks.tick_at(Decimal(3000)) == 1
