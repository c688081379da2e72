"""Sales beside what may still be alive: an OCO, coins the owner has locked, an end nobody told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.upkeep import LATE
from engine.domain.errors import Ambiguous, Refused, VenueDown
from engine.domain.events import DustDropped, OrderFilled, PositionClosed
from engine.domain.exits import ExitReason
from engine.domain.intent import OrderIntent, Purpose
from engine.domain.order import OrderStatus
from engine.domain.venue import VenueName
from engine.ports.venue import Balance, OrderReport, ReportStatus
from tests.core.builders import Floor, floor, hold
from tests.core.fakes import NOON, fill, report
from tests.domain.builders import EXITS, entry, intended

SPOT, UPBIT, FUTURES = VenueName.BINANCE_SPOT, VenueName.UPBIT, VenueName.BINANCE_FUTURES
D = Decimal
SHORT = Refused("insufficient_funds", "less than that")


async def armed(venue: VenueName = SPOT) -> Floor:
    made = floor(venue)
    hold(made.portfolio, "2", "100", leverage=2 if venue is FUTURES else 1)
    await made.desk.protection.arm(made.market)
    made.price(94.0)
    return made


async def sell(made: Floor) -> list[OrderIntent]:
    """Sell by the rules and return the sales that left."""
    await made.desk.exits.manage(made.market)
    return [each for each in made.venue.placed if each.purpose is Purpose.EXIT]


async def test_f17_an_oco_that_may_be_alive_is_not_sold_beside():
    made = await armed()
    made.venue.cancel_script.extend([Ambiguous("timeout")] * 2)
    assert await sell(made) == []
    assert made.position() is not None
    (sale,) = await sell(made)
    assert sale.quantity == 2
    assert made.position() is None


async def test_f17_an_oco_that_filled_unheard_ends_the_position_without_a_second_sale():
    made = await armed()
    profit = made.venue.placed[0]
    made.venue.end(profit.client_id, ReportStatus.EXPIRED)
    sold = report(profit, fill("t", "2", "110"), status=ReportStatus.FILLED)
    made.venue.known[profit.client_id] = sold
    made.venue.cancel_script.extend([VenueDown("no answer")] * 2)
    made.venue.order_script.extend([VenueDown("no answer")] * 2)
    assert await sell(made) == []
    assert await sell(made) == []
    (trade,) = [f for f in made.bench.facts(OrderFilled) if f.client_id == profit.client_id]
    assert trade.quantity == 2
    assert made.position() is None


async def test_conditional_orders_lock_nothing_and_hold_no_sale_back():
    made = await armed(FUTURES)
    made.venue.cancel_script.extend([Ambiguous("timeout")] * 2)
    (sale,) = await sell(made)
    assert sale.quantity == 2


async def test_what_a_filled_oco_left_over_gets_no_other_one():
    made = floor(SPOT)
    plan = replace(EXITS, take_profit=D(108), trailing=D("0.04"))
    hold(made.portfolio, "2.0007", "100", exits=plan)
    await made.desk.protection.arm(made.market)
    profit, stop = made.venue.placed
    made.portfolio.see(made.market.instrument.symbol, D(110))
    made.venue.end(stop.client_id, ReportStatus.EXPIRED)
    sold = report(profit, fill("t", "2", "108"), status=ReportStatus.FILLED)
    made.venue.known[profit.client_id] = sold
    await made.desk.protection.arm(made.market)
    assert made.venue.placed == [profit, stop]
    assert (await sell(made), made.position()) == ([], None)


@pytest.mark.parametrize(("free", "sold"), [("1.5", ["2", "1.5"]), ("0", ["2"])])
async def test_after_a_refusal_only_what_the_owner_has_not_locked_is_sold(
    free: str, sold: list[str]
):
    made = floor(UPBIT)
    hold(made.portfolio, "2", "100")
    made.price(94.0)
    made.venue.holdings = {"ETH": Balance(D(free), D(2) - D(free))}
    made.venue.place_script.append(SHORT)
    await sell(made)
    assert [each.quantity for each in await sell(made)][:2] == [D(n) for n in sold]


async def test_a_balance_without_anything_free_is_not_asked_for_at_every_price():
    made = floor(UPBIT)
    hold(made.portfolio, "2", "100")
    made.price(94.0)
    made.venue.holdings = {"ETH": Balance(D(0), D(2))}
    made.venue.place_script.append(SHORT)
    for _ in range(6):
        await sell(made)
    symbol, now = made.market.instrument.symbol, made.bench.clock.now()
    assert not made.context.backoff.allows(symbol, Purpose.EXIT, now)
    made.bench.clock.advance(600)
    made.venue.holdings = {"ETH": Balance(D(2), D(0))}
    await sell(made)
    assert made.position() is None


async def test_f12_a_market_order_whose_end_was_not_told_is_asked_about():
    made = floor(UPBIT)
    hold(made.portfolio, "2", "100")
    made.price(94.0)

    def begins(intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        made.venue.known[intents[0].client_id] = report(
            intents[0], fill("a", "1", "94"), fill("b", "1", "94"), status=ReportStatus.FILLED
        )
        return [report(intents[0], fill("a", "1", "94"))]

    made.venue.place_script.append(begins)
    (sale,) = await sell(made)
    await made.desk.upkeep.loop()
    assert made.portfolio.orders[sale.client_id].status is OrderStatus.OPEN
    made.bench.clock.advance(LATE.total_seconds() + 1)
    await made.desk.upkeep.loop()
    assert made.portfolio.orders[sale.client_id].status is OrderStatus.FILLED
    (closed,) = made.bench.facts(PositionClosed)
    assert closed.reason is ExitReason.EMERGENCY
    assert made.bench.facts(DustDropped) == []


def test_the_cap_of_entries_per_minute_outlives_a_restart():
    made = floor(UPBIT)
    old, new = entry("pasu-old", UPBIT, "ETH/KRW"), entry("pasu-new", UPBIT, "BTC/KRW")
    for order, seconds in ((new, 10), (old, 70)):
        fact = intended(order)
        at = NOON - timedelta(seconds=seconds)
        made.portfolio.apply(type(fact)(fact.intent, at))
    made.context.recount()
    assert made.context.orders_last_minute() == 1
