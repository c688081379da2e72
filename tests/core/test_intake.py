"""Live events on their way to the desk: side by side by market, in order within one."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core.intake import Intake
from engine.core.queries import Queries
from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import DiskFailed, VenueDown
from engine.domain.events import OrderFilled, PositionClosed
from engine.domain.exits import ExitReason
from engine.domain.intent import OrderIntent, Purpose
from engine.domain.venue import VenueName
from engine.ports.venue import (
    CandleClosed,
    CandleOpened,
    OrderReport,
    PriceMoved,
    ReportStatus,
)
from tests.core.builders import FixedStrategy, Floor, floor, follow, hold, ticker
from tests.core.fakes import NOON, fill, report, settled
from tests.core.tuned_engine import start
from tests.domain.builders import instrument

SPOT = VenueName.BINANCE_SPOT
ETH, XRP = "ETH/KRW", "XRP/KRW"
STEP = timedelta(minutes=5)


def price(value: float, symbol: str = ETH) -> PriceMoved:
    return PriceMoved(symbol, value, NOON)


def closing(opened: int, close: float = 100.0) -> CandleClosed:
    at = NOON + opened * STEP
    return CandleClosed(ETH, Candle(at, close, close + 1, close - 1, close, 10.0))


def two_markets() -> tuple[Floor, Intake]:
    """A desk that holds two markets, both watched for their stops."""
    made = floor()
    other = instrument(symbol=XRP)
    follow(made.context, other, FixedStrategy())
    made.context.instruments = {**made.context.instruments, XRP: other}
    for symbol in (ETH, XRP):
        hold(made.portfolio, "2", "100", symbol=symbol)
        made.context.markets[symbol].move(100.0, None, NOON)
    made.desk.look_again()
    return made, Intake(made.desk)


class SlowOrders:
    """A venue's answer to `place` that comes when the test lets it."""

    def __init__(self, made: Floor) -> None:
        self.let_go = asyncio.Event()
        self._made = made

    async def __call__(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        await self.let_go.wait()
        return self._made.venue.take(intents)


async def test_a_slow_order_of_one_market_does_not_delay_the_exit_of_another():
    made, intake = two_markets()
    slow = SlowOrders(made)
    made.venue.place_script.append(slow)
    await intake.take(price(90.0, ETH))
    await settled()
    await intake.take(price(90.0, XRP))
    await settled()
    assert [out.symbol for out in made.venue.placed] == [ETH, XRP]
    assert list(made.portfolio.positions) == [ETH]
    slow.let_go.set()
    await settled()
    assert made.portfolio.positions == {}
    assert intake.is_idle


async def test_one_market_is_decided_on_once_at_a_time():
    made, intake = two_markets()
    slow = SlowOrders(made)
    made.venue.place_script.append(slow)
    for value in (95.0, 94.0, 93.0, 92.0):
        await intake.take(price(value))
        await settled()
    assert len(made.venue.placed) == 1
    slow.let_go.set()
    await settled()
    assert len(made.venue.placed) == 1


async def test_prices_that_wait_are_replaced_by_the_newest():
    made, intake = two_markets()
    made.strategy.level = 99.0
    made.market.refresh_level()
    slow = SlowOrders(made)
    made.venue.place_script.append(slow)
    await intake.take(price(95.0))
    await settled()
    # Once the position is sold, each of these but the last would buy.
    for n in range(99):
        await intake.take(price(100.0 + n / 10))
    await intake.take(price(89.9))
    slow.let_go.set()
    await settled()
    assert [out.purpose for out in made.venue.placed] == [Purpose.EXIT]
    assert made.market.last == 89.9
    await intake.take(price(100.0))
    await settled()
    assert [out.purpose for out in made.venue.placed] == [Purpose.EXIT, Purpose.ENTRY]


async def test_a_stop_that_was_touched_and_left_while_an_order_was_under_way_sells_nothing():
    made = floor(SPOT)
    hold(made.portfolio, "2", "100")
    made.desk.look_again()
    intake = Intake(made.desk)
    slow = SlowOrders(made)
    made.venue.place_script.append(slow)
    symbol = made.market.instrument.symbol
    tending = asyncio.create_task(made.desk.exits.manage(made.market))
    await settled()
    for value in (95.0, 100.0):
        await intake.take(price(value, symbol))
    slow.let_go.set()
    await tending
    await settled()
    assert {out.purpose for out in made.venue.placed} == {Purpose.PROTECT}


async def test_a_price_that_asks_for_nothing_is_taken_at_once_and_costs_no_task():
    made, intake = two_markets()
    await intake.take(price(101.0))
    assert made.market.last == 101.0
    assert intake.is_idle


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), float("inf"), 1000.1, 9.9])
async def test_f23_a_price_that_cannot_be_true_is_refused(wrong: float):
    made, intake = two_markets()
    await intake.take(price(wrong))
    await settled()
    assert made.market.last == 100.0
    assert made.venue.placed == []
    assert made.desk.refused_prices == 1


async def test_f03_a_fill_that_overtakes_the_answer_to_its_order_is_booked_at_once():
    made, intake = two_markets()
    slow = SlowOrders(made)
    made.venue.place_script.append(slow)
    await intake.take(price(90.0))
    await settled()
    (out,) = made.venue.placed
    told = report(out, fill("early", "2", "90"), status=ReportStatus.FILLED)
    await intake.take(told)
    await settled()
    (closed,) = made.bench.facts(PositionClosed)
    assert closed.reason is ExitReason.EMERGENCY
    made.venue.known[out.client_id] = told
    made.venue.take = lambda _: [told]  # type: ignore[method-assign]
    slow.let_go.set()
    await settled()
    assert len([f for f in made.bench.facts(OrderFilled) if f.client_id == out.client_id]) == 1


async def test_a_fill_of_an_entry_is_protected_without_waiting_for_the_loop():
    made = floor(SPOT)
    intake = Intake(made.desk)
    made.strategy.level = 100.0
    made.market.refresh_level()
    made.venue.place_script.append(lambda sent: [report(sent[0])])
    await made.desk.entries.consider(made.market)
    (bought,) = made.venue.placed
    half = bought.quantity / 2
    first = fill("a", str(half), "100", asset="USDT")
    await intake.take(report(bought, first))
    await settled()
    assert {out.quantity for out in made.venue.placed[1:]} == {made.market.instrument.lots(half)}
    rest = fill("b", str(bought.quantity - half), "100", asset="USDT")
    await intake.take(report(bought, first, rest, status=ReportStatus.FILLED))
    await settled()
    assert {out.quantity for out in made.venue.placed[3:]} == {bought.quantity}
    assert {out.purpose for out in made.venue.placed[1:]} == {Purpose.PROTECT}


async def test_candles_of_a_market_keep_their_order_among_prices():
    made, intake = two_markets()
    made.context.closed_until[ETH] = NOON
    for event in (price(101.0), closing(0, 102.0), CandleOpened(ETH, NOON + STEP, 103.0)):
        await intake.take(event)
    await settled()
    await intake.take(price(104.0))
    await settled()
    assert made.market.last == 104.0
    assert made.context.closed_until[ETH] == NOON + STEP


async def test_f25_a_candle_that_comes_again_or_late_decides_nothing():
    made, intake = two_markets()
    made.context.closed_until[ETH] = NOON
    for opened in (0, 0, -1):
        await intake.take(closing(opened))
        await settled()
    assert [candle.opened_at for candle in made.strategy.seen[1:]] == [NOON]


async def test_f24_after_a_gap_the_history_is_loaded_anew():
    made, intake = two_markets()
    made.context.closed_until[ETH] = NOON
    made.venue.history[Timeframe.M5] = [closing(n).candle for n in range(4)]
    await intake.take(closing(3))
    await settled()
    market = made.context.markets[ETH]
    assert market is not made.market
    assert made.context.closed_until[ETH] == NOON + 4 * STEP


async def test_f24_a_gap_that_the_venue_has_too_is_gone_over():
    made, intake = two_markets()
    made.context.closed_until[ETH] = NOON
    await intake.take(closing(3))
    await settled()
    assert made.context.closed_until[ETH] == NOON + 4 * STEP


async def test_trouble_with_the_venue_is_the_events_own():
    made, intake = two_markets()
    made.context.closed_until[ETH] = NOON
    made.venue.trouble["candles"] = VenueDown("503")
    await intake.take(closing(3))
    await settled()
    assert intake.errors == 1
    await intake.take(price(90.0))
    await settled()
    assert ETH not in made.portfolio.positions


async def test_an_event_that_failed_is_an_error_of_the_status(tmp_path: Path):
    made = await start(tmp_path)
    intake = made.engine.intakes[VenueName.UPBIT]
    queries = Queries(made.engine, made.reload, made.store, lambda: (0.0, 0.0))
    assert queries.status().errors == 0
    made.venue.trouble["candles"] = VenueDown("503")
    await intake.take(closing(3))
    await settled()
    assert queries.status().errors == 1


async def test_f28_a_disk_that_fails_reaches_the_engine():
    made, intake = two_markets()
    watching = asyncio.create_task(intake.watch())
    await settled()
    made.bench.store.full = True
    await intake.take(price(90.0))
    with pytest.raises(DiskFailed):
        await asyncio.wait_for(watching, 5)


async def test_f33_a_closed_intake_decides_nothing_but_books_what_comes():
    made, intake = two_markets()
    slow = SlowOrders(made)
    made.venue.place_script.append(slow)
    await intake.take(price(90.0, ETH))
    await settled()
    ending = asyncio.create_task(intake.close(30.0))
    await settled()
    await intake.take(price(90.0, XRP))
    (out,) = made.venue.placed
    await intake.take(report(out, fill("x", "2", "90"), status=ReportStatus.FILLED))
    await settled()
    assert not ending.done()
    slow.let_go.set()
    assert await ending
    assert list(made.portfolio.positions) == [XRP]
    assert len(made.venue.placed) == 1


async def test_entries_of_many_markets_at_once_stay_within_their_number_and_the_cash():
    made = floor()
    made.rules(parameters={"max_positions": 2})
    intake = Intake(made.desk)
    names = [f"C{n}/KRW" for n in range(6)]
    coins = [replace(instrument(symbol=name), base=name[:2]) for name in names]
    made.desk.universe.choose([ticker(name) for name in names], coins, made.context.rules, NOON)
    for listed in coins:
        strategy = FixedStrategy()
        strategy.level = 100.0
        market = follow(made.context, listed, strategy)
        market.move(100.0, None, NOON)
        market.refresh_level()
    slow = SlowOrders(made)
    made.venue.place_script.extend([slow] * 6)
    made.desk.look_again()
    for name in names:
        await intake.take(price(100.5, name))
    await settled()
    assert len(made.venue.placed) == 2
    slow.let_go.set()
    await settled()
    assert len(made.portfolio.positions) == 2
    assert made.portfolio.cash >= 0
    assert made.context.entering == {}


async def test_cash_that_a_decided_entry_takes_is_not_free_for_another():
    made = floor()
    free = made.context.free_cash()
    made.context.entering[XRP] = Decimal(400)
    assert made.context.free_cash() == free - 400
