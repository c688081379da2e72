"""Streams of Binance spot over the wire: stalls, cuts, repeats, gaps, and what bridges them."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.domain.candle import Timeframe
from engine.domain.events import OrderFilled
from engine.domain.order import OrderStatus
from engine.ports.venue import (
    CandleClosed,
    CandleOpened,
    ConnectionLost,
    ConnectionRestored,
    OrderReport,
    PriceMoved,
    ReportStatus,
    SurfaceName,
    SurfaceState,
)
from tests.exchanges.faults import Answer, DropBefore, on
from tests.live.bench import early_in_a_minute, until
from tests.live.binance_bench import BTC, PRICE, BinanceBench, binance_bench, buy, by_hand, sale

MARKET, USER = "market", "user"
KLINES, TICKERS = "/api/v3/klines", "/api/v3/ticker/24hr"


def _last_price(bench: BinanceBench) -> float:
    return next((e.price for e in reversed(bench.told(PriceMoved)) if e.symbol == BTC), 0.0)


def _lost(bench: BinanceBench, name: SurfaceName) -> int:
    return sum(event.surface is name for event in bench.told(ConnectionLost))


def _restored(bench: BinanceBench, name: SurfaceName) -> int:
    return sum(event.surface is name for event in bench.told(ConnectionRestored))


async def test_every_trade_is_told_and_a_minute_closes_before_the_next_opens():
    await early_in_a_minute()
    async with binance_bench(streams=[BTC]) as bench:
        for step in range(1, 4):
            bench.server.exchange.set_price(BTC, PRICE + step)
        await until(lambda: _last_price(bench) == float(PRICE + 3))
        told = dict.fromkeys(event.price for event in bench.told(PriceMoved))
        assert list(told) == [float(PRICE + step) for step in range(4)]
        bench.server.clock.advance(timedelta(minutes=1))
        bench.server.exchange.set_price(BTC, PRICE + 9)
        await until(lambda: len(bench.told(CandleOpened)) > 1)
        candles = [e for e in bench.events if isinstance(e, CandleClosed | CandleOpened)]
        assert [type(event) for event in candles] == [CandleOpened, CandleClosed, CandleOpened]
        first, closed, second = candles
        assert isinstance(closed, CandleClosed)
        assert isinstance(first, CandleOpened)
        assert isinstance(second, CandleOpened)
        assert closed.candle.opened_at == first.opened_at
        assert second.opened_at == first.opened_at + Timeframe.M1.delta
        assert closed.candle.close == float(PRICE + 3)


async def test_telling_begins_with_the_candle_after_the_history_that_was_asked_for():
    await early_in_a_minute()
    async with binance_bench(streams=[BTC]) as bench:
        history = await bench.venue.candles(BTC, Timeframe.M1, 10)
        assert len(history) == 10
        bench.server.clock.advance(timedelta(minutes=1))
        bench.clock.pass_by(60)
        bench.server.exchange.set_price(BTC, PRICE + 1)
        await until(lambda: bench.told(CandleClosed))
        first = bench.told(CandleClosed)[0].candle
        assert first.opened_at == history[-1].opened_at + Timeframe.M1.delta


async def test_market_that_is_followed_later_is_streamed_over_the_same_connection():
    async with binance_bench(streams=[BTC]) as bench:
        bench.venue.follow(["BNB/USDT"])
        await until(lambda: any(e.symbol == "BNB/USDT" for e in bench.told(PriceMoved)))
        bench.server.exchange.set_price("BNB/USDT", Decimal(611))
        await until(lambda: bench.told(PriceMoved)[-1].price == 611.0)
        bench.server.exchange.set_price(BTC, PRICE + 5)
        bench.server.exchange.set_price("BNB/USDT", Decimal(612))
        await until(lambda: bench.told(PriceMoved)[-1].price == 612.0)
        assert all(event.price != float(PRICE + 5) for event in bench.told(PriceMoved))
        assert bench.server.streams.connections(MARKET) == 1
        assert bench.told(ConnectionLost) == []


async def test_price_of_zero_is_asked_for_by_rest_at_once():
    async with binance_bench(streams=[BTC]) as bench:
        before = bench.asked("GET", TICKERS)
        bench.clock.pass_by(2)
        listener = bench.server.market_streams
        listener._publish("btcusdt@aggTrade", _trade(bench, "0.00000000"))
        await until(lambda: bench.asked("GET", TICKERS) > before)
        await until(lambda: len(bench.told(PriceMoved)) > 1)
        assert all(event.price > 0 for event in bench.told(PriceMoved))


async def test_f08_frame_that_makes_no_sense_is_dropped_and_the_stream_goes_on():
    async with binance_bench(streams=[BTC]) as bench:
        for nonsense in (
            {"e": "aggTrade", "s": 7},
            {"e": "aggTrade", "s": "BTCUSDT", "p": "x"},
            [],
        ):
            bench.server.market_streams._publish("btcusdt@aggTrade", nonsense)
        bench.server.exchange.set_price(BTC, PRICE + 7)
        await until(lambda: _last_price(bench) == float(PRICE + 7))
        assert bench.told(ConnectionLost) == []


async def test_f10_dropped_stream_is_said_once_bridged_by_rest_and_said_to_be_back_once():
    async with binance_bench(streams=[BTC]) as bench:
        bench.server.faults.script(on("GET", "/ws*"), DropBefore(), times=2)
        bench.server.streams.drop(MARKET)
        await until(lambda: _lost(bench, SurfaceName.PRICES) == 1)
        bench.server.exchange.set_price(BTC, PRICE + 50)
        await until(lambda: _restored(bench, SurfaceName.PRICES) == 1)
        assert _last_price(bench) == float(PRICE + 50)
        assert _lost(bench, SurfaceName.PRICES) == 1
        assert bench.state(SurfaceName.ORDERS) is SurfaceState.UP


async def test_f11_silent_price_stream_is_reconnected_and_its_gap_filled_by_rest():
    await early_in_a_minute()
    async with binance_bench(streams=[BTC], silence_s=0.5) as bench:
        await bench.venue.candles(BTC, Timeframe.M1, 5)
        bench.server.streams.silence(MARKET)
        bench.server.exchange.set_price(BTC, PRICE + 20)
        bench.server.clock.advance(timedelta(minutes=2))
        bench.clock.pass_by(120)
        await until(lambda: _lost(bench, SurfaceName.PRICES) == 1)
        bench.server.streams.silence(MARKET, on=False)
        await until(lambda: len(bench.told(CandleClosed)) >= 2)
        opened = [event.candle.opened_at for event in bench.told(CandleClosed)]
        assert opened == sorted(set(opened))
        assert opened[1] - opened[0] == Timeframe.M1.delta
        assert _last_price(bench) == float(PRICE + 20)


async def test_f11_silent_account_is_asked_about_and_a_stream_that_lied_is_dropped():
    async with binance_bench(streams=[BTC], silence_s=0.4) as bench:
        await bench.desk.submit([buy()])
        (resting,) = await bench.desk.submit([sale("rest", "0.005", PRICE + 100)])
        bench.server.streams.silence(USER)
        bench.server.exchange.set_price(BTC, PRICE + 100)
        await until(lambda: _lost(bench, SurfaceName.ORDERS) == 1)
        ended = bench.portfolio.orders[resting.intent.client_id]
        assert ended.status is OrderStatus.FILLED
        bench.server.streams.silence(USER, on=False)
        await until(lambda: _restored(bench, SurfaceName.ORDERS) == 1)


async def test_silent_account_without_news_keeps_its_stream():
    async with binance_bench(streams=[BTC], silence_s=0.2) as bench:
        surface = next(s for s in bench.venue.surfaces() if s.name is SurfaceName.ORDERS)
        first = surface.heard_at
        assert first is not None
        await asyncio.sleep(1.0)
        surface = next(s for s in bench.venue.surfaces() if s.name is SurfaceName.ORDERS)
        assert surface.heard_at is not None
        assert surface.heard_at > first
        assert _lost(bench, SurfaceName.ORDERS) == 0
        assert bench.server.streams.connections(USER) == 1


async def test_f12_f13_doubled_and_reordered_reports_are_booked_once():
    async with binance_bench(streams=[BTC]) as bench:
        bench.server.streams.duplicate(USER, 20)
        await bench.desk.submit([buy()])
        bench.server.streams.reorder(USER, among=3)
        resting = sale("rest", "0.009", PRICE + 100)
        bench.server.exchange.plan_fills(resting.client_id, [Decimal("0.004"), Decimal("0.005")])
        await bench.desk.submit([resting])
        bench.server.exchange.set_price(BTC, PRICE + 100)
        bench.server.exchange.set_price(BTC, PRICE + 101)
        await until(lambda: bench.portfolio.orders[resting.client_id].status is OrderStatus.FILLED)
        await bench.desk.settle()
        order = bench.portfolio.orders[resting.client_id]
        assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, Decimal("0.009"))
        trades = [fact.trade_id for fact in bench.facts(OrderFilled)]
        assert len(trades) == len(set(trades)) == len(bench.server.exchange.trades())


async def test_f14_what_happened_while_the_stream_was_away_is_told_before_it_is_back():
    async with binance_bench(streams=[BTC]) as bench:
        await bench.desk.submit([buy()])
        (resting,) = await bench.desk.submit([sale("rest", "0.005", PRICE + 100)])
        bench.server.streams.silence(USER)
        bench.server.exchange.set_price(BTC, PRICE + 100)
        bench.server.streams.drop(USER)
        bench.server.streams.silence(USER, on=False)
        await until(lambda: _restored(bench, SurfaceName.ORDERS) == 1)
        back = bench.events.index(
            next(
                event
                for event in bench.told(ConnectionRestored)
                if event.surface is SurfaceName.ORDERS
            )
        )
        filled = [
            index
            for index, event in enumerate(bench.events)
            if isinstance(event, OrderReport)
            and event.client_id == resting.intent.client_id
            and event.status is ReportStatus.FILLED
        ]
        assert filled
        assert filled[0] < back


async def test_f15_stream_that_the_venue_ends_is_subscribed_anew():
    async with binance_bench(streams=[BTC]) as bench:
        bench.server.announce_shutdown()
        await until(lambda: _restored(bench, SurfaceName.ORDERS) == 1)
        await until(lambda: _restored(bench, SurfaceName.PRICES) == 1)
        assert bench.server.ws_api.subscriptions() == 1
        await bench.desk.submit([buy()])
        await until(lambda: any(e.fills for e in bench.told(OrderReport)))


async def test_f15_key_that_is_refused_at_the_stream_fails_for_good_and_prices_go_on():
    async with binance_bench(streams=[BTC]) as bench:
        bench.server.venue.keyring.revoke("test-binance-api-key")
        bench.server.streams.drop(USER)
        await until(lambda: bench.state(SurfaceName.ORDERS) is SurfaceState.AUTH_FAILED)
        lost = [e for e in bench.told(ConnectionLost) if e.surface is SurfaceName.ORDERS]
        assert [event.auth_failed for event in lost] == [False, True]
        bench.server.exchange.set_price(BTC, PRICE + 3)
        await until(lambda: _last_price(bench) == float(PRICE + 3))


async def test_f16_stream_that_is_refused_for_its_timestamp_reads_the_clock_anew():
    async with binance_bench(streams=[BTC]) as bench:
        bench.server.venue.settings.skew_ms = -3000
        bench.server.streams.drop(USER)
        await until(lambda: _restored(bench, SurfaceName.ORDERS) == 1)
        assert bench.state(SurfaceName.ORDERS) is SurfaceState.UP
        assert _lost(bench, SurfaceName.ORDERS) == 1


async def test_f10_lost_rest_is_probed_until_it_answers():
    async with binance_bench(streams=[BTC]) as bench:
        bench.server.faults.script(on("GET", "/api/*"), Answer(503, "<html>"), times=5)
        with pytest.raises(Exception, match="503"):
            await bench.venue.balances()
        await until(lambda: _lost(bench, SurfaceName.REST) == 1)
        await until(lambda: _restored(bench, SurfaceName.REST) == 1)


async def test_order_placed_by_hand_is_told_as_it_is():
    async with binance_bench(streams=[BTC]) as bench:
        bench.server.exchange.place(by_hand())
        await until(lambda: bench.told(OrderReport))
        (told,) = bench.told(OrderReport)
        assert (told.client_id, told.status) == ("by-hand", ReportStatus.OPEN)
        assert (told.quantity, told.price) == (Decimal("0.01"), PRICE - 1000)


def _trade(bench: BinanceBench, price: str) -> dict[str, object]:
    at = int(bench.clock.now().timestamp() * 1000)
    return {"e": "aggTrade", "E": at, "s": "BTCUSDT", "p": price, "q": "1", "T": at}
