"""Protection as it is lived with: it follows fills and the trailing stop, and gaps are measured."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.vigil import ALARM_S
from engine.domain.custody import PositionProtected, PositionUnprotected, SymbolPaused
from engine.domain.errors import Ambiguous, Refused, Throttled, TriggerPassed, VenueDown
from engine.domain.events import DustDropped, OrderFilled, PositionClosed
from engine.domain.exits import ExitReason
from engine.domain.intent import OrderIntent, OrderType, Purpose
from engine.domain.order import OrderStatus
from engine.domain.venue import VenueName
from engine.ports.venue import OrderReport, ReportStatus
from tests.core.builders import CAPABILITIES, Floor, floor, hold
from tests.core.fakes import NOON, fill, report
from tests.domain.builders import EXITS

SPOT, FUTURES, UPBIT = VenueName.BINANCE_SPOT, VenueName.BINANCE_FUTURES, VenueName.UPBIT
D = Decimal
TRAILING = replace(EXITS, take_profit=D(200), trailing=D("0.04"))


def trailing(high: str, venue: VenueName = SPOT, *, beside: bool = False) -> Floor:
    """A position bought at 100 with a trailing stop of 4 % and a high since."""
    capabilities = replace(CAPABILITIES[venue], replaces_protection=beside)
    made = floor(venue, capabilities)
    hold(made.portfolio, "2", "100", exits=TRAILING)
    rise(made, high)
    return made


def rise(made: Floor, high: str) -> None:
    made.price(float(high))
    made.portfolio.see(made.market.instrument.symbol, D(high))


def stops(made: Floor) -> list[Decimal | None]:
    return [o.trigger for o in made.venue.placed if o.type is OrderType.STOP_MARKET]


@pytest.mark.parametrize(
    ("high", "stop"),
    [
        pytest.param("103", "96", id="not armed: the stop loss"),
        pytest.param("104.1", "100", id="just armed: entry, never below it"),
        pytest.param("105.2", "100", id="less than a step above entry"),
        pytest.param("105.3", "101", id="one step"),
        pytest.param("110", "105", id="five steps: 105.6 brought down"),
    ],
)
async def test_the_stop_at_the_venue_follows_the_trailing_stop_in_quarters(high: str, stop: str):
    made = trailing(high)
    await made.desk.protection.arm(made.market)
    assert stops(made) == [D(stop)]
    reason = ExitReason.STOP_LOSS if stop == "96" else ExitReason.TRAILING_STOP
    assert made.venue.placed[1].exit_reason is reason


async def test_the_stop_is_moved_only_when_a_whole_step_was_made_and_never_back():
    made = trailing("110")
    for high in ("110", "110.5", "111", "112", "109"):
        rise(made, high)
        await made.desk.protection.arm(made.market)
    assert stops(made) == [D(105), D(106), D(107)]


async def test_where_funds_are_locked_the_old_orders_go_before_the_new_ones_come():
    made = trailing("105.3")
    await made.desk.protection.arm(made.market)
    made.bench.log.clear()
    rise(made, "110")
    await made.desk.protection.arm(made.market)
    words = [line.split()[0] for line in made.bench.log if not line.startswith("disk")]
    assert words == ["cancel", "cancel", "place", "place"]


async def test_where_nothing_is_locked_the_new_stop_lies_there_before_the_old_one_goes():
    made = trailing("105.3", FUTURES, beside=True)
    await made.desk.protection.arm(made.market)
    made.bench.log.clear()
    rise(made, "110")
    await made.desk.protection.arm(made.market)
    words = [line.split()[0] for line in made.bench.log if not line.startswith("disk")]
    assert words == ["place", "place", "cancel", "cancel"]
    assert len(made.desk.protection.orders("ETH/USDT")) == 2


async def test_a_new_stop_that_is_refused_leaves_the_old_one_in_place():
    made = trailing("105.3", FUTURES, beside=True)
    await made.desk.protection.arm(made.market)
    rise(made, "110")
    made.venue.place_script.extend([Refused("-4045", "too many stop orders")] * 2)
    await made.desk.protection.arm(made.market)
    position = made.position()
    assert position is not None
    assert made.desk.protection.guards(made.market, position)
    assert made.bench.calls("cancel") == []


async def test_a_stop_that_is_passed_already_is_sold_by_the_engine_at_once():
    made = floor(SPOT)
    hold(made.portfolio, "2", "100")
    made.venue.place_script.append(TriggerPassed("Stop price would trigger immediately."))
    await made.desk.exits.manage(made.market)
    assert made.venue.placed[-1].type is OrderType.MARKET
    (closed,) = made.bench.facts(PositionClosed)
    assert closed.reason is ExitReason.STOP_LOSS


async def test_f17_the_old_stop_fills_while_it_is_replaced():
    made = trailing("105.3")
    await made.desk.protection.arm(made.market)
    profit, stop = made.venue.placed
    rise(made, "110")
    made.venue.cancel_script.append(Refused("-2011", "unknown order"))
    made.venue.known[profit.client_id] = report(profit, status=ReportStatus.EXPIRED)
    sold = fill("s", "2", "101", asset="USDT")
    made.venue.known[stop.client_id] = report(stop, sold, status=ReportStatus.FILLED)
    await made.desk.exits.manage(made.market)
    (closed,) = made.bench.facts(PositionClosed)
    assert closed.reason is ExitReason.TRAILING_STOP
    assert len(made.venue.placed) == 2


async def test_f17_the_old_stop_fills_in_part_while_it_is_replaced():
    made = trailing("105.3")
    await made.desk.protection.arm(made.market)
    _, stop = made.venue.placed
    rise(made, "110")
    part = fill("s", "0.5", "101", asset="USDT")
    made.venue.known[stop.client_id] = report(stop, part)
    await made.desk.protection.arm(made.market)
    assert [out.quantity for out in made.venue.placed[2:]] == [D("1.5"), D("1.5")]


async def test_f17_a_cancel_of_unknown_fate_keeps_the_sale_back_until_it_is_known():
    made = floor(SPOT)
    hold(made.portfolio, "2", "100")
    await made.desk.protection.arm(made.market)
    made.venue.cancel_script.append(Ambiguous("504"))
    made.venue.order_script.append(VenueDown("503"))
    made.price(90.0)
    await made.desk.exits.on_price(made.market)
    sent = [out for out in made.venue.placed if out.purpose is Purpose.EXIT]
    filled = sum(f.quantity for f in made.bench.facts(OrderFilled) if f.client_id != "pasu-entry")
    assert len(sent) <= 1
    assert filled <= 2


async def test_seconds_without_a_stop_are_measured_and_told_once_when_they_are_too_many():
    made = floor(SPOT)
    hold(made.portfolio, "2", "100")
    made.venue.place_script.extend([Refused("-2010", "no"), Refused("-1013", "other")] * 3)
    for _ in range(4):
        await made.desk.loop()
        made.bench.clock.advance(3)
    (bare,) = made.bench.facts(PositionUnprotected)
    assert bare.seconds > ALARM_S
    made.venue.place_script.clear()
    made.bench.clock.advance(300)
    await made.desk.loop()
    await made.desk.loop()
    (safe,) = made.bench.facts(PositionProtected)
    assert safe.seconds > 300
    assert made.desk.protection.vigil.worst("ETH/USDT") == safe.seconds
    assert made.desk.protection.vigil.seconds("ETH/USDT") == 0


async def test_a_gap_between_cancel_and_place_is_measured():
    made = trailing("105.3")
    await made.desk.protection.arm(made.market)

    async def slow(intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        made.bench.clock.advance(0.4)
        return made.venue.take(intents)

    rise(made, "110")
    made.venue.place_script.append(slow)
    await made.desk.protection.arm(made.market)
    vigil = made.desk.protection.vigil
    assert vigil.worst("ETH/USDT") == pytest.approx(0.4)
    assert vigil.seconds("ETH/USDT") == 0
    await made.desk.loop()
    assert made.bench.facts(PositionUnprotected) == []


async def test_a_thin_book_is_sold_into_piece_by_piece_until_flat():
    made = floor(UPBIT)
    hold(made.portfolio, "2", "100")
    made.venue.book_depth["ETH/KRW"] = D("0.75")
    await made.desk.seller.sell(made.market, ExitReason.STOP_LOSS)
    assert [out.quantity for out in made.venue.placed] == [D("0.75"), D("0.75"), D("0.5")]
    assert len({out.client_id for out in made.venue.placed}) == 3
    (closed,) = made.bench.facts(PositionClosed)
    assert closed.quantity == 2


async def test_a_sale_in_pieces_goes_on_although_the_price_came_back():
    made = floor(UPBIT)
    hold(made.portfolio, "2", "100")
    made.venue.book_depth["ETH/KRW"] = D(1)
    made.price(90.0)
    made.venue.place_script.append(lambda sent: [report(sent[0])])
    await made.desk.exits.on_price(made.market)
    first = made.venue.placed[0]
    await made.bench.orders.report(report(first, fill("a", "1", "90"), status=ReportStatus.FILLED))
    made.price(100.0)
    await made.desk.exits.manage(made.market)
    assert made.position() is None


async def test_a_book_too_thin_for_the_smallest_order_is_waited_for():
    made = floor(UPBIT)
    hold(made.portfolio, "2", "100")
    made.venue.book_depth["ETH/KRW"] = D("0.01")
    made.price(90.0)
    await made.desk.exits.on_price(made.market)
    assert made.venue.placed == []
    made.venue.book_depth.clear()
    made.price(100.0)
    await made.desk.exits.manage(made.market)
    assert made.position() is None
    assert made.bench.facts(DustDropped) == []


async def test_a_book_that_nobody_tells_is_sold_into_whole():
    made = floor(UPBIT)
    hold(made.portfolio, "2", "100")
    made.venue.trouble["sellable"] = VenueDown("503")
    await made.desk.seller.sell(made.market, ExitReason.STOP_LOSS)
    assert [out.quantity for out in made.venue.placed] == [D(2)]


async def test_a_new_position_is_not_sold_for_the_sake_of_the_one_before():
    made = floor(UPBIT)
    position = hold(made.portfolio, "2", "100")
    made.context.leaving["ETH/KRW"] = (
        ExitReason.STOP_LOSS,
        position.opened_at - timedelta(seconds=1),
    )
    await made.desk.exits.manage(made.market)
    assert made.venue.placed == []


async def test_f04_a_sale_that_is_throttled_is_decided_anew_when_the_time_is_over():
    made = floor(UPBIT)
    hold(made.portfolio, "2", "100")
    made.price(90.0)
    made.venue.place_script.append(Throttled("429", NOON + timedelta(seconds=7)))
    for _ in range(4):
        await made.desk.exits.manage(made.market)
        made.bench.clock.advance(2)
    assert len(made.venue.placed) == 1
    await made.desk.exits.manage(made.market)
    assert len(made.venue.placed) == 2
    assert made.position() is None
    assert made.bench.facts(SymbolPaused) == []


async def test_f04_an_entry_that_is_throttled_is_refused_and_nothing_more():
    made = floor(UPBIT)
    made.strategy.level = 100.0
    made.market.refresh_level()
    made.venue.place_script.append(Throttled("429", NOON + timedelta(seconds=7)))
    await made.desk.entries.consider(made.market)
    (order,) = made.portfolio.orders.values()
    assert order.status is OrderStatus.REFUSED
    await made.desk.entries.consider(made.market)
    assert len(made.venue.placed) == 1


async def test_f18_the_same_refusal_three_times_pauses_the_market_and_asks_for_its_rules():
    made = floor(UPBIT)
    hold(made.portfolio, "2", "100")
    made.price(90.0)
    made.venue.place_script.extend([Refused("invalid_price_ask", "tick")] * 3)
    made.venue.listed = [replace(made.market.instrument, lot=D("0.5"))]
    for _ in range(3):
        await made.desk.exits.on_price(made.market)
    (paused,) = made.bench.facts(SymbolPaused)
    assert "invalid_price_ask" in paused.why
    await made.desk.roster.keep_fresh()
    assert made.market.instrument.lot == D("0.5")
    made.bench.clock.advance(60)
    await made.desk.exits.on_price(made.market)
    assert made.position() is None


async def test_f18_refusals_for_different_reasons_do_not_pause():
    made = floor(UPBIT)
    hold(made.portfolio, "2", "100")
    made.price(90.0)
    made.venue.place_script.extend([Refused(code, "no") for code in ("a", "b", "a")])
    for _ in range(3):
        await made.desk.exits.on_price(made.market)
    assert made.bench.facts(SymbolPaused) == []


async def test_f21_a_halted_market_is_not_bought_and_its_exit_is_tried_until_it_trades_again():
    made = floor(UPBIT)
    hold(made.portfolio, "2", "100")
    made.venue.listed = [replace(made.market.instrument, flagged="trading halted")]
    made.desk.universe.forget()
    await made.desk.loop()
    assert made.market.instrument.flagged == "trading halted"
    made.price(90.0)
    made.venue.place_script.extend([Refused("market_offline", "halted")] * 6)
    for _ in range(60):
        await made.desk.loop()
        made.bench.clock.advance(30)
    assert made.position() is None
    kinds = made.bench.store.kinds()
    assert kinds.count("MarketFlagged") == 1
    assert kinds.count("SymbolPaused") == 1
