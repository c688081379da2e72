"""Every gate closes an entry on its own and is named; one decision buys once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.entries import ATTEMPTS
from engine.core.portfolio import EntryMark
from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import Refused
from engine.domain.events import OperatorState, PositionOpened
from engine.domain.exits import ExitReason
from engine.domain.intent import OrderType, Purpose, Side
from engine.domain.order import OrderStatus
from engine.domain.signal import Action, Signal
from engine.domain.venue import ListedSessions, VenueName
from tests.core.builders import Floor, floor, follow, hold
from tests.core.fakes import NOON
from tests.domain.builders import instrument, intended, sale

BUY = Signal(Action.BUY, 0.8, "close 100 above 99")


def ready(made: Floor | None = None) -> Floor:
    """A floor where a BUY stands and every gate is open."""
    whole = made or floor()
    whole.strategy.answer = BUY
    return whole


def pause(made: Floor) -> None:
    made.bench.operator.restore(OperatorState.PAUSED, NOON, "42", "holiday")


def warm_up(made: Floor) -> None:
    made.rules(warmup_loops=3)


def hold_it(made: Floor) -> None:
    hold(made.portfolio)


def order_it(made: Floor) -> None:
    made.portfolio.apply(intended(sale("pasu-pending", quantity="1")))


def lose(made: Floor) -> None:
    day = made.context.day_loss
    for fact in day.seen(made.portfolio.venue, NOON, Decimal(10_527), Decimal(100)):
        day.apply(fact)


def fill_up(made: Floor) -> None:
    for symbol in ("BTC/KRW", "XRP/KRW", "SOL/KRW"):
        hold(made.portfolio, "1", "100", symbol)


def hurry(made: Floor) -> None:
    made.context.sent.extend([NOON] * 10)


def fall_below_the_average(made: Floor) -> None:
    made.rules(parameters={"use_mtf": True})
    hours = [
        Candle(NOON - timedelta(hours=n), 120.0, 121.0, 119.0, 120.0, 1.0) for n in range(60, 0, -1)
    ]
    made.market.prime([], hours, [])


def leave_the_average_cold(made: Floor) -> None:
    made.rules(parameters={"use_mtf": True})


def decide_already(made: Floor) -> None:
    made.portfolio.entries[made.market.instrument.symbol] = EntryMark(decision(made), 1, taken=True)


def use_up_attempts(made: Floor) -> None:
    mark = EntryMark(decision(made), ATTEMPTS, taken=False)
    made.portfolio.entries[made.market.instrument.symbol] = mark


def lose_the_atr(made: Floor) -> None:
    made.strategy.range = None


def widen_the_range(made: Floor) -> None:
    made.strategy.range = 900.0


def decision(made: Floor) -> str:
    assert made.market.decided_at is not None
    return made.market.decided_at.isoformat()


GATES: dict[str, Callable[[Floor], None]] = {
    "operator": pause,
    "warm_up": warm_up,
    "held": hold_it,
    "orders_in_flight": order_it,
    "daily_loss_percent": lose,
    "positions": fill_up,
    "orders_per_minute": hurry,
    "hourly_ema50": fall_below_the_average,
    "decided_already": decide_already,
    "attempts": use_up_attempts,
    "size": lose_the_atr,
    "minimum": widen_the_range,
}


def skipped(made: Floor) -> tuple[str, list[str]]:
    """Return the reason of the newest decision and the gates that were closed."""
    newest = made.context.decisions.newest(made.market.instrument.symbol)
    assert newest is not None
    assert newest.decision == "[WAIT] 진입 보류"
    return newest.reason, [gate.name for gate in newest.gates if not gate.passed]


async def test_with_every_gate_open_it_buys():
    made = ready()
    await made.desk.entries.consider(made.market)
    (bought,) = made.venue.placed
    assert (bought.side, bought.type, bought.purpose) == (Side.BUY, OrderType.MARKET, Purpose.ENTRY)
    # 1 % of 10,000 over 2.5 × an ATR of 2 is 20 units, 20 % of equity is 20 units at 100 too.
    assert bought.quantity == 20
    assert bought.decision == decision(made)
    assert bought.reason == BUY.reason
    (opened,) = made.bench.facts(PositionOpened)
    assert opened.exits == bought.exits
    newest = made.context.decisions.newest(bought.symbol)
    assert newest is not None
    assert newest.decision == "[BUY]"
    assert all(gate.passed for gate in newest.gates)


@pytest.mark.parametrize("name", GATES)
async def test_each_gate_closes_an_entry_alone_and_is_named(name: str):
    made = ready()
    GATES[name](made)
    await made.desk.entries.consider(made.market)
    assert made.venue.placed == []
    reason, closed = skipped(made)
    assert closed == [name]
    assert reason.startswith(f"{name}: ")
    assert made.context.decisions.skips == 1


async def test_outside_the_session_nothing_is_bought():
    made = ready(floor(VenueName.STOCK, sessions=ListedSessions({})))
    await made.desk.entries.consider(made.market)
    assert skipped(made)[1] == ["session"]
    assert made.venue.placed == []


async def test_a_market_that_its_venue_warns_of_is_not_bought():
    made = ready(floor(flagged="CAUTION"))
    await made.desk.entries.consider(made.market)
    assert skipped(made)[1] == ["flagged"]
    assert made.venue.placed == []


async def test_the_average_of_an_hour_that_is_not_warm_closes_the_entry():
    made = ready()
    leave_the_average_cold(made)
    await made.desk.entries.consider(made.market)
    assert skipped(made)[1] == ["hourly_ema50"]


async def test_the_reference_coin_and_stocks_need_no_hourly_average():
    made = ready()
    leave_the_average_cold(made)
    for venue, symbol in ((VenueName.UPBIT, "BTC/KRW"), (VenueName.STOCK, "005930")):
        market = follow(made.context, instrument(venue, symbol), made.strategy)
        assert "hourly_ema50" not in [gate.name for gate in made.desk.entries.gates(market)]


async def test_a_gate_that_is_closed_shows_its_value_and_threshold():
    made = ready()
    lose(made)
    await made.desk.entries.consider(made.market)
    assert skipped(made)[0] == "daily_loss_percent: 5.006 (needs < 5)"


async def test_orders_of_the_last_minute_are_forgotten_after_it():
    made = ready()
    hurry(made)
    made.bench.clock.advance(60)
    await made.desk.entries.consider(made.market)
    assert len(made.venue.placed) == 1


async def test_without_a_signal_nothing_is_considered():
    made = floor()
    await made.desk.entries.consider(made.market)
    assert made.desk.entries.trigger(made.market) is None
    assert made.context.decisions.newest(made.market.instrument.symbol) is None


async def test_a_touched_level_is_a_decision_of_its_day():
    made = floor()
    made.market.level = 99.5
    trigger = made.desk.entries.trigger(made.market)
    assert trigger is not None
    assert (trigger.decision, trigger.price) == ("2026-03-02", Decimal(100))
    made.price(99.4)
    assert made.desk.entries.trigger(made.market) is None


async def test_a_market_without_a_price_asks_for_nothing():
    made = ready()
    made.market.last = None
    assert made.desk.entries.trigger(made.market) is None


async def test_the_same_decision_never_buys_twice():
    made = ready()
    await made.desk.entries.consider(made.market)
    await made.desk.entries.consider(made.market)
    assert skipped(made)[1] == ["held", "decided_already"]
    await made.desk.seller.sell(made.market, ExitReason.MANUAL)
    assert made.position() is None
    for _ in range(3):
        await made.desk.entries.consider(made.market)
    assert skipped(made)[1] == ["decided_already"]
    assert [out.side for out in made.venue.placed] == [Side.BUY, Side.SELL]


async def test_f25_a_repeated_candle_decides_nothing_new():
    made = ready()
    await made.desk.entries.consider(made.market)
    await made.desk.seller.sell(made.market, ExitReason.MANUAL)
    candle = made.strategy.seen[-1]
    made.market.close_candle(candle)
    await made.desk.entries.consider(made.market)
    assert len(made.venue.placed) == 2


@pytest.mark.parametrize(("later_minutes", "bought"), [(5, 0), (0, 0), (-5, 1)])
async def test_f27_a_clock_that_was_set_back_does_not_decide_what_was_over(later_minutes, bought):
    made = ready()
    assert made.market.decided_at is not None
    newest = made.market.decided_at + timedelta(minutes=later_minutes)
    mark = EntryMark(newest.isoformat(), 1, taken=True)
    made.portfolio.entries[made.market.instrument.symbol] = mark
    await made.desk.entries.consider(made.market)
    assert len(made.venue.placed) == bought


async def test_the_next_candle_is_a_new_decision():
    made = ready()
    await made.desk.entries.consider(made.market)
    await made.desk.seller.sell(made.market, ExitReason.MANUAL)
    made.market.close_candle(Candle(NOON, 100.0, 101.0, 99.0, 100.0, 1.0))
    await made.desk.entries.consider(made.market)
    assert len(made.venue.placed) == 3
    assert made.venue.placed[0].client_id != made.venue.placed[2].client_id


async def test_f02_an_entry_of_unknown_fate_keeps_its_decision():
    made = ready()
    made.venue.place_script.append(TimeoutError())
    for _ in range(4):
        await made.desk.entries.consider(made.market)
    assert len(made.venue.placed) == 1
    assert skipped(made)[1] == ["orders_in_flight", "decided_already"]


async def test_f01_an_entry_that_never_arrived_may_be_decided_anew_under_another_id():
    made = ready()
    made.venue.place_script.append(TimeoutError())
    await made.desk.entries.consider(made.market)
    made.bench.clock.advance(60)
    assert await made.bench.orders.settle()
    await made.desk.entries.consider(made.market)
    first, second = made.venue.placed
    assert first.decision == second.decision
    assert first.client_id != second.client_id
    assert made.portfolio.orders[first.client_id].status is OrderStatus.NEVER_ARRIVED


async def test_f18_three_refusals_end_a_decision():
    made = ready()
    made.venue.place_script.extend([Refused("NOTIONAL", "too small")] * 5)
    for _ in range(5):
        await made.desk.entries.consider(made.market)
    assert len(made.venue.placed) == ATTEMPTS
    assert len({out.client_id for out in made.venue.placed}) == ATTEMPTS
    assert skipped(made)[1] == ["paused", "attempts"]


async def test_a_decision_after_a_crash_makes_the_same_id():
    made, again = ready(), ready()
    await made.desk.entries.consider(made.market)
    await again.desk.entries.consider(again.market)
    assert made.venue.placed[0].client_id == again.venue.placed[0].client_id


async def test_upbit_buys_by_cost_in_whole_won_and_never_above_the_size():
    made = ready()
    made.strategy.range = 7.3
    made.price(101.37)
    await made.desk.entries.consider(made.market)
    (bought,) = made.venue.placed
    assert bought.cost is not None
    assert bought.cost == bought.cost.to_integral_value()
    assert 0 <= bought.quantity * bought.decision_price - bought.cost < 1


async def test_others_buy_by_quantity():
    made = ready(floor(VenueName.BINANCE_SPOT))
    await made.desk.entries.consider(made.market)
    assert made.venue.placed[0].cost is None


async def test_a_strategy_may_want_less_than_the_size_and_never_more():
    for wanted, bought in (("3.00049", "3"), ("500", "20")):
        made = ready()
        made.strategy.answer = replace(BUY, suggested_quantity=Decimal(wanted))
        await made.desk.entries.consider(made.market)
        assert made.venue.placed[0].quantity == Decimal(bought)


async def test_a_busy_market_is_left_alone():
    made = ready()
    made.context.busy.add(made.market.instrument.symbol)
    await made.desk.entries.consider(made.market)
    assert made.venue.placed == []


async def test_a_contract_is_entered_with_the_leverage_of_its_size():
    made = ready(floor(VenueName.BINANCE_FUTURES))
    made.strategy.range = 0.5
    await made.desk.entries.consider(made.market)
    (bought,) = made.venue.placed
    # 2 % over 0.5 % would be 4 ×; outside the warning at 30 % there is room for 3 ×.
    assert bought.leverage == 3
    assert made.portfolio.positions[bought.symbol].leverage == 3


async def test_a_market_may_trade_again_on_another_day_only():
    made = floor()
    symbol = made.market.instrument.symbol
    assert made.desk.entries.may_trade(made.market)
    made.portfolio.entries[symbol] = EntryMark("2026-03-02", 1, taken=True)
    assert not made.desk.entries.may_trade(made.market)
    made.portfolio.entries[symbol] = EntryMark("2026-03-01", 1, taken=True)
    assert made.desk.entries.may_trade(made.market)
    hold(made.portfolio)
    assert not made.desk.entries.may_trade(made.market)


async def test_an_entry_that_is_refused_by_the_key_leaves_the_money_free():
    made = ready()
    made.venue.place_script.append(Refused("-2015", "invalid key"))
    await made.desk.entries.consider(made.market)
    assert made.portfolio.reserved() == 0
    assert made.position() is None


async def test_an_entry_of_unknown_fate_counts_as_a_position():
    made = ready()
    made.rules(parameters={"max_positions": 1})
    other = follow(made.context, instrument(symbol="XRP/KRW"), made.strategy)
    other.last = 100.0
    made.venue.place_script.append(TimeoutError())
    await made.desk.entries.consider(made.market)
    await made.desk.entries.consider(other)
    assert [out.symbol for out in made.venue.placed] == ["ETH/KRW"]


async def test_a_decision_between_does_not_free_an_earlier_one():
    made = floor()
    made.market.level = 99.5
    await made.desk.entries.consider(made.market)
    await made.desk.seller.sell(made.market, ExitReason.MANUAL)
    made.market.level, made.strategy.answer = None, BUY
    made.bench.clock.advance(300)
    await made.desk.entries.consider(made.market)
    await made.desk.seller.sell(made.market, ExitReason.MANUAL)
    made.market.level = 99.5
    await made.desk.entries.consider(made.market)
    bought = [out.decision for out in made.venue.placed if out.side is Side.BUY]
    assert len(bought) == len(set(bought))


@pytest.mark.parametrize("wanted", ["0.0004", "0.01", "-3"])
async def test_f37_a_wish_below_the_minimum_is_not_sent(wanted: str):
    made = ready()
    made.strategy.answer = replace(BUY, suggested_quantity=Decimal(wanted))
    await made.desk.entries.consider(made.market)
    assert made.venue.placed == []


async def test_two_positions_opened_at_one_moment_are_both_sold():
    made = ready()
    for _ in range(2):
        made.market.close_candle(Candle(NOON + made.market.base.delta * _, 100, 101, 99, 100, 1))
        await made.desk.entries.consider(made.market)
        await made.desk.seller.sell(made.market, ExitReason.MANUAL)
    assert made.portfolio.closed_trades == 2


def test_the_floor_of_these_tests_decides_on_five_minutes():
    assert floor().market.timeframe is Timeframe.M5
