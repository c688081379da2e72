"""Events and loops in, orders out: what a desk does between two turns of the clock."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from math import inf, nan
from typing import ClassVar

import pytest

from engine.domain.candle import Candle
from engine.domain.events import (
    CapitalSet,
    FundingPaid,
    OperatorState,
    OrderNeverArrived,
    PositionClosed,
    PositionOpened,
    StrategyDisabled,
)
from engine.domain.exits import ExitReason
from engine.domain.ids import TradeId
from engine.domain.intent import Purpose, Side
from engine.domain.position import Position
from engine.domain.signal import Action, Signal
from engine.domain.venue import VenueName
from engine.ports.venue import (
    CandleClosed,
    CandleOpened,
    FundingReport,
    Levels,
    LoopDue,
    PriceMoved,
    ReportStatus,
)
from tests.core.builders import FixedStrategy, Floor, floor, hold
from tests.core.fakes import NOON, fill, report
from tests.domain.builders import EXITS, entry, intended

SYMBOL = "ETH/KRW"
BUY = Signal(Action.BUY, 0.8, "close above")


def moved(price: float, symbol: str = SYMBOL) -> PriceMoved:
    return PriceMoved(symbol, price, NOON)


def watching(level: float) -> Floor:
    made = floor()
    made.strategy.level = level
    made.desk.look_again()
    return made


async def test_a_level_that_is_touched_buys_at_once():
    made = watching(105.0)
    assert made.venue.watched[SYMBOL] == Levels(above=105.0)
    await made.desk.handle(moved(104.9))
    assert made.venue.placed == []
    await made.desk.handle(moved(105.1))
    assert [out.side for out in made.venue.placed] == [Side.BUY]


async def test_a_market_outside_the_universe_is_not_bought():
    made = watching(105.0)
    made.desk.universe.choose([], [], made.context.rules, NOON)
    await made.desk.handle(moved(105.1))
    assert made.venue.placed == []


async def test_a_price_below_the_stop_sells_before_the_next_loop():
    made = floor()
    hold(made.portfolio, "2", "100")
    made.desk.look_again()
    assert made.venue.watched[SYMBOL] == Levels(96.0, 110.0)
    made.venue.prices[SYMBOL] = Decimal(95)
    await made.desk.handle(moved(95.5))
    (closed,) = made.bench.facts(PositionClosed)
    assert closed.reason is ExitReason.STOP_LOSS


async def test_a_purchase_is_protected_at_once():
    made = floor(VenueName.BINANCE_SPOT)
    made.strategy.level = 99.0
    made.desk.look_again()
    await made.desk.handle(moved(100.0, "ETH/USDT"))
    purposes = [out.purpose for out in made.venue.placed]
    assert purposes == [Purpose.ENTRY, Purpose.PROTECT, Purpose.PROTECT]


async def test_a_purchase_on_a_closed_candle_is_protected_in_the_same_loop():
    made = floor(VenueName.BINANCE_SPOT)
    made.strategy.answer = Signal(Action.BUY, 1.0, "a test")
    made.desk.look_again()
    await made.desk.loop()
    purposes = [out.purpose for out in made.venue.placed]
    assert purposes == [Purpose.ENTRY, Purpose.PROTECT, Purpose.PROTECT]


async def test_a_candles_high_lifts_the_trailing_stop_that_is_watched():
    made = floor()
    plan = replace(EXITS, take_profit=None, trailing=Decimal("0.02"))
    hold(made.portfolio, "2", "100", exits=plan)
    made.desk.look_again()
    await made.desk.handle(CandleClosed(SYMBOL, Candle(NOON, 100.0, 120.0, 99.0, 119.0, 1.0)))
    position = made.position()
    assert position is not None
    assert position.high == 120
    assert made.venue.watched[SYMBOL] == Levels(117.6, None)


async def test_a_candle_that_opens_a_day_asks_for_the_level_anew():
    made = watching(105.0)
    made.strategy.level = 103.0
    await made.desk.handle(CandleOpened(SYMBOL, NOON + timedelta(minutes=5), 100.0))
    assert made.venue.watched[SYMBOL] == Levels(above=105.0)
    await made.desk.handle(CandleOpened(SYMBOL, NOON + timedelta(hours=12), 100.0))
    assert made.market.day == date(2026, 3, 3)
    assert made.venue.watched[SYMBOL] == Levels(above=103.0)


async def test_a_candles_signal_is_acted_on_in_the_next_loop():
    made = floor()
    made.strategy.answer = BUY
    await made.desk.handle(CandleClosed(SYMBOL, Candle(NOON, 100.0, 101.0, 99.0, 100.0, 1.0)))
    assert made.venue.placed == []
    await made.desk.handle(LoopDue(NOON))
    assert len(made.bench.facts(PositionOpened)) == 1


async def test_a_market_nobody_follows_is_passed_over():
    made = floor()
    await made.desk.handle(moved(1.0, "XRP/KRW"))
    await made.desk.handle(CandleOpened("XRP/KRW", NOON, 1.0))
    await made.desk.handle(CandleClosed("XRP/KRW", Candle(NOON, 1.0, 1.0, 1.0, 1.0, 1.0)))
    assert made.bench.store.facts == []


async def test_a_report_of_the_stream_is_booked():
    made = floor()
    bought = entry()
    made.portfolio.apply(intended(bought))
    await made.desk.handle(report(bought, fill("a", "1", "100"), status=ReportStatus.FILLED))
    assert made.position() is not None
    assert made.venue.watched[SYMBOL] == Levels(96.0, 110.0)


async def test_funding_of_the_stream_is_booked_once():
    made = floor(VenueName.BINANCE_FUTURES)
    hold(made.portfolio, leverage=2)
    told = FundingReport(TradeId("f"), "ETH/USDT", Decimal("-0.5"), Decimal("0.0001"), NOON)
    await made.desk.handle(told)
    await made.desk.handle(told)
    assert len(made.bench.facts(FundingPaid)) == 1


async def test_a_loop_asks_about_orders_of_unknown_fate():
    made = floor()
    made.portfolio.apply(intended(entry(symbol="XRP/KRW")))
    made.bench.clock.advance(60)
    await made.desk.loop()
    assert len(made.bench.facts(OrderNeverArrived)) == 1


async def test_the_first_loops_only_watch():
    made = floor()
    made.rules(warmup_loops=3)
    made.context.loops = 0
    made.strategy.answer = BUY
    made.desk.look_again()
    for _ in range(2):
        await made.desk.loop()
    assert made.venue.placed == []
    await made.desk.loop()
    assert len(made.venue.placed) == 1


async def test_a_loop_counts_and_manages_before_it_enters():
    made = floor()
    hold(made.portfolio, "2", "100")
    made.price(94.0)
    made.strategy.answer = BUY
    made.desk.look_again()
    await made.desk.loop()
    assert made.context.loops == 2
    assert made.venue.placed[0].side is Side.SELL


async def test_a_panic_cancels_entries_and_sells_until_flat():
    made = floor()
    hold(made.portfolio, "2", "100")
    resting = entry("pasu-resting", symbol="XRP/KRW")
    made.portfolio.apply(intended(resting))
    made.venue.place_script.append([report(resting)])
    await made.venue.place([resting])
    made.venue.known[resting.client_id] = report(resting)
    await made.bench.operator.become(OperatorState.PANIC, "42", "panic")
    assert await made.desk.flatten()
    assert made.portfolio.orders_of("XRP/KRW") == ()
    assert made.position() is None
    made.strategy.answer = BUY
    made.desk.look_again()
    await made.desk.loop()
    assert [out.side for out in made.venue.placed[1:]] == [Side.SELL]


async def test_capital_is_brought_to_the_rules_as_a_fact_once():
    made = floor()
    made.rules(capital=Decimal(12_500))
    await made.desk.set_capital()
    await made.desk.set_capital()
    (change,) = made.bench.facts(CapitalSet)
    assert change.amount == 2500
    assert made.portfolio.initial_capital == 12_500


async def test_new_rules_leave_open_positions_their_exits():
    made = floor()
    hold(made.portfolio, "2", "100")
    before = made.position()
    await made.desk.adopt(replace(made.context.rules, slippage_alert_percent=Decimal(2)))
    assert made.position() == before
    assert made.bench.orders.slippage_limit == 2


@pytest.mark.parametrize("price", [0.0, -5.0])
async def test_f23_a_stream_without_a_price_changes_nothing(price: float):
    made = floor()
    hold(made.portfolio, "20", "100")
    await made.desk.handle(moved(price))
    assert made.context.equity() == 10_000
    assert made.market.price == 100


@pytest.mark.parametrize("price", [nan, inf])
async def test_f23_a_price_that_is_not_finite_changes_nothing(price: float):
    made = floor()
    hold(made.portfolio, "20", "100")
    await made.desk.handle(moved(price))
    assert made.context.equity() == 10_000
    await made.desk.loop()


async def test_f23_an_impossible_candle_decides_nothing():
    made = floor()
    hold(made.portfolio, "2", "100")
    seen = len(made.strategy.seen)
    await made.desk.handle(CandleClosed(SYMBOL, Candle(NOON, 100.0, 900.0, 950.0, 100.0, 1.0)))
    position = made.position()
    assert position is not None
    assert position.high == 100
    assert len(made.strategy.seen) == seen


class Broken(FixedStrategy):
    """An owner's strategy with a fault in it."""

    name: ClassVar[str] = "broken"

    def signal(self, position: Position | None) -> Signal:
        raise ZeroDivisionError("float division by zero")


async def test_f37_a_strategy_that_raises_is_disabled_and_its_position_keeps_its_exits():
    made = floor()
    made.market._strategy = Broken()
    hold(made.portfolio, "2", "100")
    made.desk.look_again()
    await made.desk.loop()
    assert len(made.bench.facts(StrategyDisabled)) == 1
    made.price(94.0)
    await made.desk.loop()
    assert len(made.bench.facts(PositionClosed)) == 1
