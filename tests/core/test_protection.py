"""Protective orders lie at the venue while a position is held, once, and follow what is held."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from engine.core.protection import Protection
from engine.domain.errors import Refused
from engine.domain.events import ExitsChanged, PositionClosed
from engine.domain.exits import ExitReason
from engine.domain.intent import OrderIntent, OrderType, Purpose
from engine.domain.venue import VenueName
from engine.ports.venue import ReportStatus
from tests.core.builders import Floor, floor, hold
from tests.core.fakes import NOON, fill, report
from tests.domain.builders import EXITS

SPOT, FUTURES, UPBIT = VenueName.BINANCE_SPOT, VenueName.BINANCE_FUTURES, VenueName.UPBIT


def held(venue: VenueName, quantity: str = "2") -> Floor:
    made = floor(venue)
    hold(made.portfolio, quantity, "100", leverage=2 if venue is FUTURES else 1)
    return made


def protection(made: Floor) -> Protection:
    return made.desk.protection


async def armed(venue: VenueName) -> tuple[Floor, list[OrderIntent]]:
    made = held(venue)
    await protection(made).arm(made.market)
    return made, list(made.venue.placed)


async def test_spot_gets_one_oco_of_a_limit_and_a_stop():
    _, (profit, stop) = await armed(SPOT)
    assert (profit.type, profit.price, profit.trigger) == (OrderType.LIMIT, Decimal(110), None)
    assert (stop.type, stop.price, stop.trigger) == (OrderType.STOP_MARKET, None, Decimal(96))
    assert profit.group == stop.group is not None
    assert {profit.purpose, stop.purpose} == {Purpose.PROTECT}
    assert profit.exit_reason is ExitReason.TAKE_PROFIT
    assert stop.exit_reason is ExitReason.STOP_LOSS
    assert profit.quantity == stop.quantity == 2
    assert profit.client_id != stop.client_id


async def test_futures_get_a_reduce_only_stop_and_target_on_their_own():
    _, (stop, profit) = await armed(FUTURES)
    assert (stop.type, profit.type) == (OrderType.STOP_MARKET, OrderType.TAKE_PROFIT)
    assert stop.reduce_only
    assert profit.reduce_only
    assert stop.group is None


async def test_a_venue_that_holds_none_gets_none():
    made, placed = await armed(UPBIT)
    assert placed == []
    assert not protection(made).offered


@pytest.mark.parametrize("venue", [SPOT, FUTURES])
async def test_what_is_armed_is_not_armed_again(venue: VenueName):
    made, placed = await armed(venue)
    position = made.position()
    assert position is not None
    assert protection(made).covers(made.market, position)
    for _ in range(3):
        await protection(made).arm(made.market)
    assert made.venue.placed == placed


async def test_without_a_stop_loss_the_emergency_stop_protects():
    made = floor(SPOT)
    plan = replace(EXITS, stop_loss=None, take_profit=None)
    hold(made.portfolio, "2", "100", exits=plan)
    await protection(made).arm(made.market)
    (stop,) = made.venue.placed
    assert (stop.trigger, stop.exit_reason) == (Decimal(95), ExitReason.EMERGENCY)


async def test_a_stop_below_the_emergency_stop_is_lifted_to_it():
    made = floor(SPOT)
    hold(made.portfolio, "2", "100", exits=replace(EXITS, stop_loss=Decimal(90)))
    await protection(made).arm(made.market)
    assert made.venue.placed[1].trigger == 95


async def test_protection_that_the_venue_took_away_is_put_back_with_new_ids():
    made, first = await armed(SPOT)
    for each in first:
        made.venue.end(each.client_id, ReportStatus.CANCELLED)
        await made.bench.orders.report(made.venue.known[each.client_id])
    assert protection(made).orders(first[0].symbol) == ()
    await protection(made).arm(made.market)
    second = made.venue.placed[2:]
    assert len(second) == 2
    assert {each.client_id for each in second}.isdisjoint({each.client_id for each in first})


async def test_protection_follows_the_quantity():
    made, first = await armed(SPOT)
    hold(made.portfolio, "1", "100", decision="more")
    await protection(made).arm(made.market)
    assert set(made.bench.calls("cancel")) == {f"cancel {each.client_id}" for each in first}
    assert [each.quantity for each in made.venue.placed[2:]] == [3, 3]


async def test_protection_sells_whole_lots_of_what_is_held():
    made = held(SPOT, "2.0007")
    await protection(made).arm(made.market)
    assert {each.quantity for each in made.venue.placed} == {Decimal("2.000")}


async def test_dust_is_not_protected():
    made = held(SPOT, "0.01")
    await protection(made).arm(made.market)
    assert made.venue.placed == []


async def test_a_stop_that_fills_at_the_venue_closes_the_position():
    made, (_, stop) = await armed(SPOT)
    await made.bench.orders.report(
        report(stop, fill("s", "2", "95.9", asset="USDT"), status=ReportStatus.FILLED)
    )
    (closed,) = made.bench.facts(PositionClosed)
    assert closed.reason is ExitReason.STOP_LOSS
    await protection(made).arm(made.market)
    assert len(made.venue.placed) == 2


@pytest.mark.parametrize("venue", [SPOT, FUTURES])
async def test_protection_is_taken_back_before_a_sale(venue: VenueName):
    made, placed = await armed(venue)
    await made.desk.seller.sell(made.market, ExitReason.MANUAL)
    calls = [line for line in made.bench.log if line.startswith(("cancel", "place"))]
    ours = made.venue.placed[-1]
    assert ours.type is OrderType.MARKET
    assert calls[-1] == f"place {ours.client_id}"
    assert {f"cancel {each.client_id}" for each in placed} <= set(calls)
    assert made.position() is None


async def test_f17_a_stop_that_fills_while_it_is_cancelled_leaves_nothing_to_sell():
    made, (profit, stop) = await armed(SPOT)
    made.venue.cancel_script.append(Refused("-2011", "unknown order"))
    made.venue.known[profit.client_id] = report(profit, status=ReportStatus.EXPIRED)
    made.venue.known[stop.client_id] = report(
        stop, fill("s", "2", "95.9", asset="USDT"), status=ReportStatus.FILLED
    )
    await made.desk.seller.sell(made.market, ExitReason.EMERGENCY)
    assert len(made.venue.placed) == 2
    (closed,) = made.bench.facts(PositionClosed)
    assert (closed.reason, closed.quantity) == (ExitReason.STOP_LOSS, Decimal(2))


async def test_f17_a_stop_that_fills_in_part_leaves_the_rest_to_our_sale():
    made, (profit, stop) = await armed(SPOT)
    made.venue.known[profit.client_id] = report(profit, status=ReportStatus.CANCELLED)
    made.venue.known[stop.client_id] = report(
        stop, fill("s", "0.5", "95.9", asset="USDT"), status=ReportStatus.CANCELLED
    )
    await made.desk.seller.sell(made.market, ExitReason.EMERGENCY)
    assert made.venue.placed[-1].quantity == Decimal("1.5")
    assert made.position() is None


async def test_a_stop_that_is_gone_is_put_back_beside_the_target_that_is_left():
    made, (stop, _) = await armed(FUTURES)
    made.venue.end(stop.client_id, ReportStatus.CANCELLED)
    await made.bench.orders.report(made.venue.known[stop.client_id])
    await protection(made).arm(made.market)
    assert any(each.type is OrderType.STOP_MARKET for each in made.venue.placed[2:])


async def test_protection_follows_new_exits():
    made, _ = await armed(SPOT)
    plan = replace(EXITS, stop_loss=Decimal(98))
    symbol = made.market.instrument.symbol
    made.portfolio.apply(ExitsChanged(SPOT, symbol, plan, "the owner said so", NOON))
    await protection(made).arm(made.market)
    assert [each.trigger for each in made.venue.placed[2:]] == [None, Decimal(98)]


async def test_f18_protection_that_is_refused_three_times_is_not_sent_a_fourth_time():
    made = held(SPOT)
    for _ in range(12):
        made.venue.place_script.append(Refused("-2010", "insufficient balance"))
    for _ in range(12):
        await made.desk.exits.manage(made.market)
    assert len(made.venue.placed) <= 6


async def test_two_that_arm_at_once_place_one_pair():
    made = held(SPOT)
    await asyncio.gather(*(protection(made).arm(made.market) for _ in range(2)))
    ids = [each.client_id for each in made.venue.placed]
    assert len(ids) == len(set(ids)) == 2


async def test_protection_waits_while_the_fate_of_a_sale_is_unknown():
    made = held(SPOT)
    made.venue.place_script.append(TimeoutError())
    await made.desk.seller.sell(made.market, ExitReason.STOP_LOSS)
    await made.desk.exits.manage(made.market)
    assert [each.purpose for each in made.venue.placed] == [Purpose.EXIT]
