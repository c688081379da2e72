"""One order, one sending: what the desk does when answers are lost, late, doubled or absurd."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest

from engine.domain.errors import (
    Ambiguous,
    AuthFailed,
    DiskFailed,
    Malformed,
    Refused,
    Throttled,
    VenueDown,
)
from engine.domain.events import (
    DifferenceFound,
    OrderAccepted,
    OrderFateUnknown,
    OrderFilled,
    OrderIntended,
    OrderNeverArrived,
    OrderRefused,
)
from engine.domain.intent import OrderIntent
from engine.domain.order import OrderStatus
from engine.domain.venue import VenueName
from engine.ports.venue import OrderReport, ReportStatus
from tests.core.builders import Bench, bench, fund, hold
from tests.core.fakes import NOON, fill, report
from tests.domain.builders import entry, intended, sale

ENTRY = entry(quantity="3")
A, B, C = fill("a", "1", "100"), fill("b", "1", "101"), fill("c", "1", "102")
WHOLE = report(ENTRY, A, B, C, status=ReportStatus.FILLED)
LOST = [
    pytest.param(TimeoutError(), id="timeout"),
    pytest.param(Ambiguous("502 bad gateway"), id="ambiguous"),
    pytest.param(VenueDown("connection reset"), id="connection lost"),
    pytest.param(Malformed("<html>"), id="malformed"),
]


@pytest.fixture
def desk() -> Bench:
    made = bench()
    fund(made.portfolio)
    return made


def status(desk: Bench, intent: OrderIntent = ENTRY) -> OrderStatus:
    return desk.portfolio.orders[intent.client_id].status


async def test_an_intent_is_on_disk_before_it_leaves(desk: Bench):
    await desk.orders.submit([ENTRY])
    assert desk.log[:2] == ["disk OrderIntended", f"place {ENTRY.client_id}"]
    assert status(desk) is OrderStatus.FILLED
    assert desk.portfolio.cash == 9700


async def test_f28_without_a_disk_nothing_leaves(desk: Bench):
    desk.store.full = True
    with pytest.raises(DiskFailed):
        await desk.orders.submit([ENTRY])
    assert desk.venue.placed == []
    assert desk.portfolio.orders == {}


async def test_both_legs_of_an_oco_are_on_disk_before_either_leaves(desk: Bench):
    hold(desk.portfolio)
    legs = [sale("pasu-a"), sale("pasu-b")]
    desk.venue.place_script.append([report(leg) for leg in legs])
    await desk.orders.submit(legs)
    assert desk.log[:4] == ["disk OrderIntended"] * 2 + ["place pasu-a", "place pasu-b"]


@pytest.mark.parametrize("lost", LOST)
async def test_f01_a_request_that_was_lost_is_asked_about_and_never_sent_again(
    desk: Bench, lost: Exception
):
    desk.venue.place_script.append(lost)
    await desk.orders.submit([ENTRY])
    assert status(desk) is OrderStatus.UNKNOWN
    for seconds in (0, 3, 3, 13):
        desk.clock.advance(seconds)
        assert not await desk.orders.settle()
    assert desk.facts(OrderNeverArrived) == []
    desk.clock.advance(1.5)
    assert await desk.orders.settle()
    assert status(desk) is OrderStatus.NEVER_ARRIVED
    assert desk.calls("place") == [f"place {ENTRY.client_id}"]
    assert len(desk.facts(OrderNeverArrived)) == 1
    assert desk.portfolio.cash == 10_000


async def test_f01_absence_wants_two_empty_answers_however_late(desk: Bench):
    desk.venue.place_script.append(TimeoutError())
    (order,) = await desk.orders.submit([ENTRY])
    desk.clock.advance(3600)
    await desk.orders.resolve(order)
    assert status(desk) is OrderStatus.UNKNOWN
    await desk.orders.resolve(order)
    assert status(desk) is OrderStatus.NEVER_ARRIVED


async def test_f01_a_question_without_an_answer_proves_nothing(desk: Bench):
    desk.venue.place_script.append(TimeoutError())
    (order,) = await desk.orders.submit([ENTRY])
    desk.clock.advance(60)
    desk.venue.order_script.extend(
        [VenueDown("503"), Malformed("{"), TimeoutError(), AuthFailed("-2015"), None]
    )
    for _ in range(5):
        await desk.orders.resolve(order)
    assert status(desk) is OrderStatus.UNKNOWN


async def test_f01_an_intent_that_a_crash_left_behind_is_asked_about(desk: Bench):
    desk.portfolio.apply(intended(ENTRY))
    desk.clock.advance(60)
    assert await desk.orders.settle()
    assert status(desk) is OrderStatus.NEVER_ARRIVED
    assert desk.calls("place") == []


async def test_f01_an_order_that_is_still_being_sent_is_not_absent(desk: Bench):
    gate, begun = asyncio.Event(), asyncio.Event()

    async def slow(intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        begun.set()
        await gate.wait()
        return desk.venue.take(intents)

    desk.venue.place_script.append(slow)
    sending = asyncio.create_task(desk.orders.submit([ENTRY]))
    await begun.wait()
    desk.clock.advance(30)
    await desk.orders.settle()
    absent = desk.facts(OrderNeverArrived)
    gate.set()
    await asyncio.gather(sending, return_exceptions=True)
    assert absent == []
    assert status(desk) is OrderStatus.FILLED


async def test_f02_the_same_intent_is_never_placed_twice(desk: Bench):
    await desk.orders.submit([ENTRY])
    await asyncio.gather(desk.orders.submit([ENTRY]), return_exceptions=True)
    assert desk.calls("place") == [f"place {ENTRY.client_id}"]
    assert status(desk) is OrderStatus.FILLED


async def test_f02_the_same_intent_from_two_at_once_is_placed_once(desk: Bench):
    await asyncio.gather(
        desk.orders.submit([ENTRY]), desk.orders.submit([ENTRY]), return_exceptions=True
    )
    assert desk.calls("place") == [f"place {ENTRY.client_id}"]
    assert status(desk) is OrderStatus.FILLED


@pytest.mark.parametrize("lost", LOST)
async def test_f02_a_reply_that_was_lost_after_acceptance_is_found_and_booked_once(
    desk: Bench, lost: Exception
):
    def taken(intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        desk.venue.take(intents)
        raise lost

    desk.venue.place_script.append(taken)
    desk.venue.order_script.append(None)
    await desk.orders.submit([ENTRY])
    assert status(desk) is OrderStatus.UNKNOWN
    assert await desk.orders.settle()
    assert await desk.orders.settle()
    assert status(desk) is OrderStatus.FILLED
    assert len(desk.facts(OrderFilled)) == 1
    assert desk.calls("place") == [f"place {ENTRY.client_id}"]
    assert desk.portfolio.positions[ENTRY.symbol].quantity == 3


async def test_f02_an_answer_in_between_begins_the_count_of_empty_ones_anew(desk: Bench):
    desk.venue.place_script.append(TimeoutError())
    (order,) = await desk.orders.submit([ENTRY])
    desk.clock.advance(60)
    desk.venue.order_script.extend([None, report(ENTRY), None])
    for _ in range(3):
        await desk.orders.resolve(desk.portfolio.orders[order.intent.client_id])
    assert status(desk) is OrderStatus.OPEN


@pytest.mark.parametrize("late", [*LOST, Refused("-4116", "duplicated"), None])
async def test_f03_what_the_stream_said_first_stands_whatever_the_reply(
    desk: Bench, late: Exception | None
):
    async def overtaken(intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        await desk.orders.report(WHOLE)
        if late is not None:
            raise late
        return [report(ENTRY)]

    desk.venue.place_script.append(overtaken)
    await desk.orders.submit([ENTRY])
    assert status(desk) is OrderStatus.FILLED
    assert len(desk.facts(OrderFilled)) == 3
    assert desk.portfolio.cash == 10_000 - 303


async def test_f03_an_empty_answer_that_the_stream_overtook_proves_nothing(desk: Bench):
    async def overtaken() -> None:
        await desk.orders.report(WHOLE)

    desk.venue.place_script.append(TimeoutError())
    (order,) = await desk.orders.submit([ENTRY])
    desk.clock.advance(60)
    desk.venue.order_script.extend([None, overtaken])
    await desk.orders.resolve(order)
    # The report clears the count; whoever asked meanwhile had it raised again.
    desk.venue.order_script.append(None)
    await desk.orders.resolve(order)
    await desk.orders.resolve(order)
    assert status(desk) is OrderStatus.FILLED
    assert desk.facts(OrderNeverArrived) == []


async def test_f04_a_throttled_order_is_refused_and_not_sent_again(desk: Bench):
    desk.venue.place_script.append(Throttled("429", NOON))
    await desk.orders.submit([ENTRY])
    assert await desk.orders.settle()
    assert status(desk) is OrderStatus.REFUSED
    assert desk.facts(OrderRefused)[0].code == "throttled"
    assert len(desk.venue.placed) == 1


async def test_f06_a_server_error_on_an_order_leaves_its_fate_unknown(desk: Bench):
    desk.venue.place_script.append(Ambiguous("500"))
    await desk.orders.submit([ENTRY])
    (told,) = desk.facts(OrderFateUnknown)
    assert told.cause == "500"
    assert desk.portfolio.entries[ENTRY.symbol].taken


async def test_f06_a_server_error_on_a_question_changes_nothing(desk: Bench):
    desk.venue.place_script.append([report(ENTRY)])
    await desk.orders.submit([ENTRY])
    seen = len(desk.store.facts)
    desk.venue.order_script.append(VenueDown("500"))
    await desk.orders.refresh()
    assert len(desk.store.facts) == seen
    assert status(desk) is OrderStatus.OPEN


async def test_f07_a_key_that_is_not_accepted_is_a_definite_no(desk: Bench):
    desk.venue.place_script.append(AuthFailed("-2015 invalid key or address"))
    await desk.orders.submit([ENTRY])
    (told,) = desk.facts(OrderRefused)
    assert (told.code, told.message) == ("auth_failed", "-2015 invalid key or address")


async def test_f08_an_absurd_reply_to_an_order_is_asked_about(desk: Bench):
    def absurd(intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        desk.venue.take(intents)
        raise Malformed("no field orderId")

    desk.venue.place_script.append(absurd)
    await desk.orders.submit([ENTRY])
    assert status(desk) is OrderStatus.UNKNOWN
    assert await desk.orders.settle()
    assert status(desk) is OrderStatus.FILLED
    assert len(desk.venue.placed) == 1


async def test_f08_a_reply_that_forgets_a_leg_leaves_that_leg_to_be_asked_about(desk: Bench):
    hold(desk.portfolio)
    legs = [sale("pasu-a"), sale("pasu-b")]
    desk.venue.place_script.append([report(legs[0])])
    await desk.orders.submit(legs)
    assert [status(desk, leg) for leg in legs] == [OrderStatus.OPEN, OrderStatus.INTENDED]


async def test_f12_doubled_reports_leave_the_book_alone(desk: Bench):
    desk.venue.place_script.append([WHOLE])
    await desk.orders.submit([ENTRY])
    seen, cash = len(desk.store.facts), desk.portfolio.cash
    for _ in range(3):
        await desk.orders.report(WHOLE)
    assert (len(desk.store.facts), desk.portfolio.cash) == (seen, cash)


async def test_f12_the_same_report_from_stream_and_reply_at_once_is_booked_once(desk: Bench):
    desk.venue.place_script.append([report(ENTRY)])
    await desk.orders.submit([ENTRY])
    await asyncio.gather(*(desk.orders.report(WHOLE) for _ in range(4)))
    assert len(desk.facts(OrderFilled)) == 3
    assert len(desk.facts(OrderAccepted)) == 1


async def test_f13_an_older_report_takes_nothing_back(desk: Bench):
    desk.venue.place_script.append([WHOLE])
    await desk.orders.submit([ENTRY])
    for old in (report(ENTRY), report(ENTRY, A), report(ENTRY, A, B)):
        await desk.orders.report(old)
        assert status(desk) is OrderStatus.FILLED
        assert desk.portfolio.orders[ENTRY.client_id].filled_quantity == 3


async def test_f13_a_fill_after_a_cancel_is_booked_and_reopens_nothing(desk: Bench):
    desk.venue.place_script.append([report(ENTRY, A, status=ReportStatus.CANCELLED)])
    await desk.orders.submit([ENTRY])
    await desk.orders.report(report(ENTRY, A, B, status=ReportStatus.CANCELLED))
    assert status(desk) is OrderStatus.CANCELLED
    assert desk.portfolio.positions[ENTRY.symbol].quantity == 2


async def test_f17_a_cancel_that_the_venue_does_not_know_asks_and_books_the_race(desk: Bench):
    desk.venue.place_script.append([report(ENTRY, A)])
    (order,) = await desk.orders.submit([ENTRY])
    desk.venue.cancel_script.append(Refused("-2011", "unknown order"))
    desk.venue.order_script.append(WHOLE)
    await desk.orders.cancel(order)
    assert status(desk) is OrderStatus.FILLED
    assert desk.portfolio.positions[ENTRY.symbol].quantity == 3
    assert desk.portfolio.reserved() == 0


async def test_f17_fills_that_win_the_race_against_a_cancel_are_its_answer(desk: Bench):
    desk.venue.place_script.append([report(ENTRY, A)])
    (order,) = await desk.orders.submit([ENTRY])
    desk.venue.cancel_script.append(report(ENTRY, A, B, status=ReportStatus.CANCELLED))
    await desk.orders.cancel(order)
    await desk.orders.report(report(ENTRY, A, B, status=ReportStatus.CANCELLED))
    assert status(desk) is OrderStatus.CANCELLED
    assert desk.portfolio.positions[ENTRY.symbol].quantity == 2
    assert desk.portfolio.reserved() == 0


@pytest.mark.parametrize("lost", [Ambiguous("504"), VenueDown("reset"), TimeoutError(), None])
async def test_f17_a_cancel_without_an_answer_is_asked_about(desk: Bench, lost: Exception | None):
    desk.venue.place_script.append([report(ENTRY)])
    (order,) = await desk.orders.submit([ENTRY])
    desk.venue.cancel_script.append(lost)
    desk.venue.order_script.append(report(ENTRY, A, status=ReportStatus.CANCELLED))
    await desk.orders.cancel(order)
    assert status(desk) is OrderStatus.CANCELLED
    assert len(desk.facts(OrderFilled)) == 1


@pytest.mark.parametrize("cancelled", [True, False])
async def test_f17_a_protective_fill_that_comes_after_our_own_sale_does_not_stop_the_engine(
    desk: Bench, cancelled: bool
):
    hold(desk.portfolio)
    stop = sale("pasu-stop", price="95")
    desk.venue.place_script.append([report(stop)])
    (order,) = await desk.orders.submit([stop])
    gone = report(stop, status=ReportStatus.CANCELLED)
    desk.venue.cancel_script.append(gone if cancelled else VenueDown("503"))
    desk.venue.order_script.append(VenueDown("503"))
    await desk.orders.cancel(order)
    await desk.orders.submit([sale("pasu-ours")])
    assert desk.portfolio.positions == {}
    late = report(stop, fill("late", "1", "95"), status=ReportStatus.FILLED)
    for _ in range(2):
        await desk.orders.report(late)
    (shown,) = desk.facts(DifferenceFound)
    assert "pasu-stop" in shown.subject
    assert desk.portfolio.positions == {}
    assert desk.portfolio.closed_trades == 1


async def test_f01_an_order_that_was_proven_absent_and_trades_after_all_is_shown(desk: Bench):
    desk.venue.place_script.append(TimeoutError())
    await desk.orders.submit([ENTRY])
    desk.clock.advance(60)
    assert await desk.orders.settle()
    for _ in range(2):
        await desk.orders.report(WHOLE)
    assert len(desk.facts(DifferenceFound)) == 1
    assert status(desk) is OrderStatus.NEVER_ARRIVED
    assert desk.portfolio.cash == 10_000


async def test_f17_a_sale_of_unknown_fate_that_contradicts_the_book_comes_to_an_end(desk: Bench):
    hold(desk.portfolio)
    stop, ours = sale("pasu-stop", price="95"), sale("pasu-ours")
    desk.venue.place_script.extend([[report(stop)], TimeoutError()])
    await desk.orders.submit([stop])
    await desk.orders.submit([ours])
    await desk.orders.report(report(stop, fill("s", "1", "95"), status=ReportStatus.FILLED))
    assert desk.portfolio.positions == {}
    desk.venue.known[ours.client_id] = report(
        ours, fill("o", "1", "110"), status=ReportStatus.FILLED
    )
    assert await desk.orders.settle()


async def test_f02_a_client_id_that_was_used_before_is_asked_about_and_not_booked_as_refused(
    desk: Bench,
):
    desk.venue.known[ENTRY.client_id] = WHOLE
    desk.venue.place_script.append(Refused("duplicate_client_id", "used before"))
    (order,) = await desk.orders.submit([ENTRY])
    assert order.status is OrderStatus.UNKNOWN
    assert await desk.orders.settle()
    assert status(desk) is OrderStatus.FILLED
    assert desk.facts(OrderRefused) == []
    assert len(desk.calls("place")) == 1


async def test_f16_a_clock_that_is_off_is_a_definite_no(desk: Bench):
    desk.venue.place_script.append(Refused("-1021", "timestamp outside of recvWindow"))
    (order,) = await desk.orders.submit([ENTRY])
    assert order.status is OrderStatus.REFUSED


async def test_f12_trades_that_the_stream_left_out_are_asked_for_and_booked_once(desk: Bench):
    desk.venue.place_script.append([report(ENTRY)])
    await desk.orders.submit([ENTRY])
    await desk.orders.report(report(ENTRY, C, status=ReportStatus.FILLED, filled=Decimal(3)))
    assert desk.orders.has_questions
    desk.venue.known[ENTRY.client_id] = WHOLE
    assert await desk.orders.settle()
    assert desk.portfolio.positions[ENTRY.symbol].quantity == 3
    assert len(desk.facts(OrderFilled)) == 3
    assert not desk.orders.has_questions


@pytest.mark.parametrize("seed", range(10))
async def test_f13_fills_in_any_order_and_number_give_the_same_book(desk: Bench, seed: int):
    random = Random(seed)
    desk.venue.place_script.append([report(ENTRY)])
    await desk.orders.submit([ENTRY])
    told = [
        report(ENTRY, A, filled=Decimal(1)),
        report(ENTRY, B, filled=Decimal(2)),
        report(ENTRY, A, B, filled=Decimal(2)),
        report(ENTRY, C, status=ReportStatus.FILLED, filled=Decimal(3)),
        WHOLE,
    ] * 2
    random.shuffle(told)
    for each in told:
        await desk.orders.report(each)
    desk.venue.known[ENTRY.client_id] = WHOLE
    assert await desk.orders.settle()
    assert desk.portfolio.positions[ENTRY.symbol].quantity == 3
    assert desk.portfolio.cash == 10_000 - 303
    assert status(desk) is OrderStatus.FILLED


async def test_a_fee_in_the_bought_coin_leaves_less_to_sell_and_one_in_bnb_does_not():
    for asset, left in (("ETH", "1.998"), ("BNB", "2"), ("USDT", "2")):
        made = bench(VenueName.BINANCE_SPOT)
        fund(made.portfolio)
        bought = entry("pasu-fee", VenueName.BINANCE_SPOT, quantity="2")
        paid = replace(fill("f", "2", "100", "0.002", asset), fee_in_quote=Decimal("0.2"))
        made.venue.place_script.append([report(bought, paid, status=ReportStatus.FILLED)])
        await made.orders.submit([bought])
        position = made.portfolio.positions[bought.symbol]
        assert (position.quantity, position.fees) == (Decimal(left), Decimal("0.2"))
        assert made.portfolio.ledger.imbalances() == {}


async def test_f18_a_refusal_keeps_the_venues_reason_and_frees_the_decision(desk: Bench):
    desk.venue.place_script.append(Refused("NOTIONAL", "Filter failure: NOTIONAL"))
    (order,) = await desk.orders.submit([ENTRY])
    assert order.status is OrderStatus.REFUSED
    assert order.refusal == "NOTIONAL: Filter failure: NOTIONAL"
    assert not desk.portfolio.entries[ENTRY.symbol].taken
    assert desk.portfolio.reserved() == 0


async def test_f20_an_order_of_the_owner_is_left_alone(desk: Bench):
    await desk.orders.report(report(entry("web_123"), A, status=ReportStatus.FILLED))
    assert desk.store.facts == []
    assert desk.portfolio.cash == 10_000


async def test_f22_a_forced_sale_is_adopted_and_booked_once(desk: Bench):
    hold(desk.portfolio, "2", "100")
    forced = sale("autoclose-77", quantity="2")
    told = report(forced, fill("x", "2", "60"), status=ReportStatus.FILLED)
    await desk.orders.report(told)
    await desk.orders.report(told)
    assert desk.portfolio.positions == {}
    (closed,) = desk.portfolio.history
    assert (closed.reason.value, closed.pnl) == ("liquidated", Decimal(-80))
    assert len(desk.facts(OrderIntended)) == 1


async def test_f22_a_forced_sale_of_what_is_not_ours_is_left_alone(desk: Bench):
    told = report(sale("autoclose-77"), fill("x", "1", "60"), status=ReportStatus.FILLED)
    await desk.orders.report(told)
    assert desk.store.facts == []


async def test_a_report_that_contradicts_the_book_leaves_a_journal_that_can_be_replayed(
    desk: Bench,
):
    desk.venue.place_script.append(Refused("-2010", "insufficient balance"))
    await desk.orders.submit([ENTRY])
    await asyncio.gather(desk.orders.report(WHOLE), return_exceptions=True)
    again = bench()
    fund(again.portfolio)
    for recorded in desk.store.facts:
        again.portfolio.apply(recorded.fact)
    assert again.portfolio.cash == desk.portfolio.cash


@pytest.mark.parametrize("seed", range(15))
async def test_any_mix_of_lost_replies_sends_each_intent_once_and_books_each_fill_once(seed: int):
    random, desk = Random(seed), bench()
    fund(desk.portfolio, "100000")

    async def moody(intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        mood = random.random()
        if mood < 0.25:
            raise TimeoutError
        reports = desk.venue.take(intents)
        if mood < 0.5:
            raise Ambiguous("502")
        if mood < 0.75:
            await desk.orders.report(reports[0])
        return reports

    for n in range(30):
        desk.venue.place_script.append(moody)
        await desk.orders.submit([entry(f"pasu-{n}", symbol=f"C{n}/KRW")])
        desk.clock.advance(random.choice([1, 5, 25]))
        desk.venue.order_script.extend(random.choice([[], [VenueDown("503")]]))
        await desk.orders.settle()
    desk.clock.advance(60)
    desk.venue.order_script.clear()
    assert await desk.orders.settle()
    assert len(desk.calls("place")) == len(set(desk.calls("place"))) == 30
    assert len(desk.facts(OrderFilled)) == len(desk.venue.known)
    assert desk.portfolio.cash == 100_000 - 100 * len(desk.venue.known)
