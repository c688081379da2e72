"""Profit and loss of the owner's day, which turns at midnight in Seoul."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from engine.core.day import DayLoss
from engine.domain.events import DailyLossReached, Fact
from engine.domain.signal import Gate
from engine.domain.venue import VenueName
from tests.core.builders import Floor, floor, hold
from tests.core.fakes import NOON

BEFORE = datetime(2026, 3, 2, 14, 59, 59, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


CAP = Decimal(5)


def note(day: DayLoss, at: datetime, equity: Decimal) -> list[Fact]:
    facts = list(day.seen(VenueName.UPBIT, at, equity, CAP))
    for fact in facts:
        day.apply(fact)
    return facts


def after(*seen: tuple[datetime, int]) -> DayLoss:
    day = DayLoss()
    for at, equity in seen:
        note(day, at, Decimal(equity))
    return day


def test_a_day_begins_with_the_first_equity_of_a_date_in_seoul():
    day = after((NOON, 1000), (BEFORE, 900))
    assert (day.day, day.start) == (date(2026, 3, 2), Decimal(1000))
    note(day, MIDNIGHT, Decimal(890))
    assert (day.day, day.start) == (date(2026, 3, 3), Decimal(890))


def test_the_loss_of_yesterday_is_forgiven_at_midnight():
    day = after((NOON, 1000))
    assert day.loss_percent(Decimal(900)) == 10
    note(day, MIDNIGHT, Decimal(900))
    assert day.loss_percent(Decimal(900)) == 0


@pytest.mark.parametrize(("equity", "loss"), [(950, 5), (1000, 0), (1200, 0), (0, 100)])
def test_the_loss_is_a_share_of_the_days_start_and_a_gain_is_none(equity: int, loss: int):
    assert after((NOON, 1000)).loss_percent(Decimal(equity)) == loss


def test_the_days_profit_is_measured_from_its_start():
    assert after((NOON, 1000)).pnl(Decimal(1030)) == 30
    assert DayLoss().pnl(Decimal(1030)) == 0


def test_before_the_first_equity_nothing_is_lost():
    assert DayLoss().loss_percent(Decimal(5)) == 0
    assert after((NOON, 0)).loss_percent(Decimal(-5)) == 0


def test_the_drawdown_is_measured_from_the_peak_of_all_days():
    day = after((NOON, 1000), (NOON, 1250), (MIDNIGHT, 1100))
    assert day.drawdown_percent(Decimal(1000)) == 20
    assert day.drawdown_percent(Decimal(1300)) == 0


def test_a_loss_at_the_cap_closes_the_day_and_midnight_opens_it():
    day, cap = after((NOON, 1000)), CAP
    assert day.passes(Decimal(951), cap)
    assert not day.passes(Decimal(950), cap)
    (told,) = note(day, NOON, Decimal(950))
    assert isinstance(told, DailyLossReached)
    assert note(day, NOON, Decimal(940)) == []
    assert not day.passes(Decimal(1500), cap)
    note(day, BEFORE, Decimal(1500))
    assert not day.passes(Decimal(1500), cap)
    note(day, MIDNIGHT, Decimal(1500))
    assert day.passes(Decimal(1500), cap)


def test_a_change_of_capital_is_neither_profit_nor_loss():
    day = after((NOON, 1000))
    day.shift(Decimal(-400))
    assert day.pnl(Decimal(630)) == 30
    assert day.drawdown_percent(Decimal(600)) == 0
    fresh = DayLoss()
    fresh.shift(Decimal(500))
    assert fresh.start == 0


async def test_f26_entries_open_again_after_midnight_in_seoul():
    made = floor()
    await made.desk.curve.note()
    hold(made.portfolio, "20", "100", "BTC/KRW")
    made.context.markets["BTC/KRW"] = made.market
    made.price(70.0)
    assert gate(made).passed is False
    made.bench.clock.advance(3 * 3600)
    await made.desk.curve.note()
    assert gate(made).passed is True


def gate(made: Floor) -> Gate:
    (found,) = (
        each for each in made.desk.entries.gates(made.market) if each.name == "daily_loss_percent"
    )
    return found


async def test_a_loss_beyond_the_cap_closes_entries_for_the_rest_of_the_day():
    made = floor()
    await made.desk.curve.note()
    hold(made.portfolio, "20", "100", "BTC/KRW")
    made.context.markets["BTC/KRW"] = made.market
    made.price(70.0)
    made.bench.clock.advance(600)
    await made.desk.curve.note()
    assert gate(made).passed is False
    made.price(99.0)
    made.bench.clock.advance(600)
    await made.desk.curve.note()
    assert gate(made).passed is False


async def test_capital_that_the_owner_takes_out_is_no_loss_of_the_day():
    made = floor()
    await made.desk.curve.note()
    made.rules(capital=Decimal(5000))
    await made.desk.set_capital()
    assert made.portfolio.cash == 5000
    assert made.context.day_loss.loss_percent(made.context.equity()) == 0


async def test_a_restart_knows_the_days_start_and_that_it_is_closed():
    made = floor()
    await made.desk.curve.note()
    hold(made.portfolio, "20", "100", "BTC/KRW")
    made.context.markets["BTC/KRW"] = made.market
    made.price(70.0)
    made.bench.clock.advance(600)
    await made.desk.curve.note()
    again = DayLoss()
    for recorded in made.bench.store.facts:
        again.apply(recorded.fact)
    assert again.is_closed
    assert (again.day, again.start) == (made.context.day_loss.day, made.context.day_loss.start)


async def test_an_equity_that_stands_has_to_be_looked_at_again_with_the_next_day_only():
    made = floor()
    curve = made.desk.curve
    assert curve.must == curve.due
    await curve.note()
    assert curve.due == NOON + timedelta(hours=1)
    assert curve.must == MIDNIGHT
    made.rules(capital=Decimal(5000))
    await made.desk.set_capital()
    assert curve.must == curve.due
    await curve.note()
    hold(made.portfolio, "20", "100", "BTC/KRW")
    assert curve.must == curve.due == NOON + timedelta(minutes=5)


async def test_points_that_passed_while_the_equity_stood_are_kept_when_they_are_told():
    made = floor()
    curve = made.desk.curve
    await curve.note()
    moments = [NOON + timedelta(minutes=n) for n in (30, 60, 65, 130, 175)]
    curve.catch_up([int(moment.timestamp()) for moment in moments])
    kept = [at for at, _ in curve.since(NOON)][:-1]
    assert kept == [NOON, moments[1], moments[3]]
    curve.catch_up([])
    assert curve.due == NOON + timedelta(hours=3)
