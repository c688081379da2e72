"""Orders at every live venue over the wire: what is lost, cut, refused and doubled on the way."""

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.domain.errors import AuthFailed, Malformed, Throttled, VenueDown
from engine.domain.events import OrderAccepted, OrderFateUnknown, OrderNeverArrived
from engine.domain.intent import Purpose
from engine.domain.order import OrderStatus
from engine.ports.venue import ReportStatus, SurfaceName, SurfaceState
from tests.exchanges.faults import (
    Answer,
    BadJson,
    CutBody,
    DropAfter,
    DropBefore,
    Fault,
    HangAfter,
    HangBefore,
    HugeBody,
    Trickle,
    on,
)
from tests.live.binance_bench import BINANCE
from tests.live.house import House
from tests.live.upbit_bench import UPBIT

HOUSES = (UPBIT, BINANCE)
EVERYWHERE = pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.name)


@EVERYWHERE
@pytest.mark.parametrize("fault", [DropBefore(), HangBefore()], ids=["dropped", "hanging"])
async def test_f01_request_lost_never_arrived_and_is_not_sent_again(house: House, fault: Fault):
    async with house.open() as bench:
        bench.server.faults.script(house.post, fault)
        (order,) = await bench.desk.submit([house.buy("one")])
        assert order.is_uncertain
        assert not await bench.desk.settle()
        bench.clock.pass_by(21)
        assert await bench.desk.settle()
        assert len(bench.facts(OrderNeverArrived)) == 1
        assert bench.theirs() == ()
        assert bench.asked("POST", house.orders) == 1


@pytest.mark.parametrize(
    ("house", "fault"),
    [
        pytest.param(house, fault, id=f"{house.name} {type(fault).__name__} {at}")
        for house in HOUSES
        for at, fault in enumerate(house.taken)
    ],
)
async def test_f02_reply_lost_after_acceptance_one_order_booked_once(house: House, fault: Fault):
    async with house.open() as bench:
        bench.server.faults.script(house.post, fault)
        await bench.desk.submit([house.buy("one")])
        assert len(bench.facts(OrderFateUnknown)) == 1
        assert await bench.desk.settle()
        house.booked_once(bench)


@EVERYWHERE
async def test_f03_stream_tells_of_the_fill_before_the_reply_and_it_is_booked_once(house: House):
    async with house.open(timeout_s=2.0, streams=[house.symbol]) as bench:
        bench.server.faults.script(house.post, HangAfter(1.0))
        (order,) = await bench.desk.submit([house.buy("one")])
        assert order.status is OrderStatus.FILLED
        assert len(bench.facts(OrderAccepted)) == 1
        await bench.desk.settle()
        house.booked_once(bench)


@EVERYWHERE
async def test_f04_rate_limit_closes_the_venue_until_it_is_over_and_refuses_the_order(
    house: House,
):
    async with house.open() as bench:
        bench.server.faults.script(house.post, house.limited)
        (order,) = await bench.desk.submit([house.buy("one")])
        assert order.status is OrderStatus.REFUSED
        asked = len(bench.server.faults.requests)
        with pytest.raises(Throttled) as closed:
            await bench.venue.place([house.buy("two")])
        left = (closed.value.until - bench.clock.now()).total_seconds()
        assert house.pause_s - 1 < left <= house.pause_s
        with pytest.raises(VenueDown):
            await bench.venue.balances()
        assert len(bench.server.faults.requests) == asked
        assert bench.state(SurfaceName.REST) is SurfaceState.UP
        bench.clock.pass_by(house.pause_s)
        (filled,) = await bench.venue.place([house.buy("three")])
        assert filled.status is ReportStatus.FILLED


@EVERYWHERE
async def test_f05_ban_silences_every_call_until_the_given_time(house: House):
    async with house.open() as bench:
        bench.server.faults.script(house.post, Answer(418, "banned", {"Retry-After": "120"}))
        with pytest.raises(Throttled) as banned:
            await bench.venue.place([house.buy("one")])
        assert 118 < (banned.value.until - bench.clock.now()).total_seconds() <= 120
        assert bench.state(SurfaceName.REST) is SurfaceState.DOWN
        asked = len(bench.server.faults.requests)
        for question in (bench.venue.balances, bench.venue.tickers, bench.venue.open_orders):
            with pytest.raises(VenueDown):
                await question()
        panic = replace(house.sale("out", "0.01", None), purpose=Purpose.PANIC)
        with pytest.raises(Throttled):
            await bench.venue.place([panic])
        assert len(bench.server.faults.requests) == asked
        bench.clock.pass_by(121)
        assert await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.UP


@pytest.mark.parametrize(
    ("house", "error"),
    [
        pytest.param(house, error, id=f"{house.name} {at}")
        for house in HOUSES
        for at, error in enumerate(house.unsure)
    ],
)
async def test_f06_server_error_on_an_order_is_unknown(house: House, error: Answer):
    async with house.open() as bench:
        bench.server.faults.script(house.post, error)
        (order,) = await bench.desk.submit([house.buy("one")])
        assert order.is_uncertain
        assert bench.asked("POST", house.orders) == 1


@EVERYWHERE
async def test_f02_answer_to_a_question_that_is_lost_says_nothing_about_the_key(house: House):
    # The HTTP client asks again by itself when a connection breaks: signed as it was before.
    async with house.open() as bench:
        bench.server.faults.script(on("GET", house.account), DropAfter())
        assert await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.UP


@EVERYWHERE
async def test_f06_server_error_on_a_question_is_asked_again_and_then_given_up(house: House):
    async with house.open() as bench:
        bench.server.faults.script(on("GET", house.account), Answer(503, "<html>"), times=2)
        assert await bench.venue.balances()
        bench.server.faults.script(on("GET", house.account), Answer(503, "<html>"), times=3)
        with pytest.raises(VenueDown):
            await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.DOWN


@pytest.mark.parametrize(
    ("house", "refusal", "words"),
    [
        pytest.param(house, refusal, words, id=f"{house.name} {refusal.status} {words}")
        for house in HOUSES
        for refusal, words in house.refusals
    ],
)
async def test_f07_key_or_address_that_is_not_accepted_stops_the_venue(
    house: House, refusal: Answer, words: str
):
    # An earlier signed call has succeeded: ccxt alone would call -2015 a rate limit from then on.
    async with house.open() as bench:
        bench.server.faults.script(on("GET", house.account), refusal)
        with pytest.raises(AuthFailed, match=words):
            await bench.venue.balances()
        asked = len(bench.server.faults.requests)
        with pytest.raises(AuthFailed):
            await bench.venue.place([house.buy("one")])
        assert len(bench.server.faults.requests) == asked
        assert await bench.venue.tickers()
        assert bench.state(SurfaceName.REST) is SurfaceState.AUTH_FAILED


@EVERYWHERE
async def test_f08_answer_that_makes_no_sense_is_malformed_on_data(house: House):
    async with house.open() as bench:
        for body in house.nonsense:
            bench.server.faults.script(on("GET", house.account), Answer(200, body))
            with pytest.raises(Malformed):
                await bench.venue.balances()
        bench.server.faults.script(on("GET", house.account), CutBody())
        with pytest.raises(Malformed):
            await bench.venue.balances()
        assert await bench.venue.balances()


@EVERYWHERE
async def test_f08_venue_that_talks_nonsense_all_the_time_is_down(house: House):
    async with house.open() as bench:
        bench.server.faults.script(on("GET", house.account), BadJson(), times=None)
        for _ in range(21):
            with pytest.raises(Malformed):
                await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.DOWN


@EVERYWHERE
@pytest.mark.parametrize("fault", [Trickle(), HugeBody()], ids=["slow", "huge"])
async def test_f09_body_that_never_ends_is_given_up_and_the_order_asked_about(
    house: House, fault: Fault
):
    async with house.open(timeout_s=1.0) as bench:
        bench.server.faults.script(house.post, fault)
        await bench.desk.submit([house.buy("one")])
        assert len(bench.facts(OrderFateUnknown)) == 1
        bench.server.faults.clear()
        assert await bench.desk.settle()
        house.booked_once(bench)


@EVERYWHERE
async def test_f10_connection_refused_is_a_lost_line_until_the_venue_answers_again(house: House):
    async with house.open() as bench:
        await bench.running.refuse()
        with pytest.raises(VenueDown):
            await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.DOWN
        (order,) = await bench.desk.submit([house.buy("one")])
        assert order.is_uncertain
        await bench.running.accept()
        assert await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.UP


@EVERYWHERE
async def test_f17_cancel_that_loses_against_the_last_fill_books_the_fill(house: House):
    async with house.open() as bench:
        await bench.desk.submit([house.buy("one")])
        (resting,) = await bench.desk.submit([house.sale("rest", "0.005", house.limit)])
        assert resting.status is OrderStatus.OPEN
        bench.server.exchange.set_price(house.symbol, house.limit)
        await bench.desk.cancel(resting)
        ended = bench.portfolio.orders[resting.intent.client_id]
        assert ended.status is OrderStatus.FILLED
        held = bench.portfolio.positions[house.symbol].quantity
        assert held == house.bought - Decimal("0.005")


@EVERYWHERE
@pytest.mark.parametrize("is_answered", [True, False], ids=["answered", "reply lost"])
async def test_f17_cancel_after_a_partial_fill_keeps_what_was_sold(house: House, is_answered: bool):
    async with house.open() as bench:
        await bench.desk.submit([house.buy("one")])
        (resting,) = await bench.desk.submit([house.sale("rest", "0.005", house.limit)])
        bench.server.exchange.set_price(house.symbol, house.limit, Decimal("0.002"))
        if not is_answered:
            bench.server.faults.script(on("DELETE", house.cancelled), DropAfter())
        await bench.desk.cancel(resting)
        ended = bench.portfolio.orders[resting.intent.client_id]
        assert (ended.status, ended.filled_quantity) == (OrderStatus.CANCELLED, Decimal("0.002"))
        held = bench.portfolio.positions[house.symbol].quantity
        assert held == house.bought - Decimal("0.002")


@EVERYWHERE
async def test_order_that_the_venue_does_not_know_is_none(house: House):
    async with house.open() as bench:
        never = house.buy("never").client_id
        assert await bench.venue.order(never, house.symbol) is None
        assert await bench.venue.cancel(never, house.symbol) is None
