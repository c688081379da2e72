"""Orders at Upbit over the wire: what is lost, cut, refused and doubled on the way."""

from decimal import Decimal

import pytest

from engine.domain.errors import Ambiguous, AuthFailed, Malformed, Refused, Throttled, VenueDown
from engine.domain.events import (
    OrderAccepted,
    OrderFateUnknown,
    OrderFilled,
    OrderNeverArrived,
    OrderRefused,
)
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
from tests.live.upbit_bench import BTC, PRICE, UpbitBench, buy, sale, upbit_bench

POST = on("POST", "/v1/orders")
GET = on("GET", "/v1/order")
TAKEN = (DropAfter(), HangAfter(), CutBody(), BadJson(), Answer(502, "<html>", after=True))


async def _booked_once(bench: UpbitBench) -> None:
    """Whatever was lost: one order at the venue, each of its trades booked once."""
    theirs = bench.theirs()
    assert len(theirs) == 1
    assert len(bench.server.faults.asked("POST", "/v1/orders")) == 1
    order = bench.portfolio.orders[theirs[0].new.client_id]
    assert order.status is OrderStatus.FILLED
    assert order.filled_quantity == theirs[0].filled
    assert len(bench.facts(OrderFilled)) == len(theirs[0].trades)


async def test_market_buy_is_filled_with_its_trades_and_fee():
    async with upbit_bench() as bench:
        (order,) = await bench.desk.submit([buy()])
        await _booked_once(bench)
        assert order.status is OrderStatus.FILLED
        (fill,) = bench.facts(OrderFilled)
        assert (fill.price, fill.fee, fill.fee_asset) == (PRICE, Decimal(500), "KRW")
        assert bench.portfolio.positions[BTC].quantity == Decimal("0.01")


@pytest.mark.parametrize("fault", [DropBefore(), HangBefore()])
async def test_f01_request_lost_never_arrived_and_is_not_sent_again(fault: Fault):
    async with upbit_bench() as bench:
        bench.server.faults.script(POST, fault)
        (order,) = await bench.desk.submit([buy()])
        assert order.is_uncertain
        assert not await bench.desk.settle()
        bench.clock.pass_by(21)
        assert await bench.desk.settle()
        assert len(bench.facts(OrderNeverArrived)) == 1
        assert bench.theirs() == ()
        assert len(bench.server.faults.asked("POST", "/v1/orders")) == 1


@pytest.mark.parametrize("fault", TAKEN, ids=lambda fault: type(fault).__name__)
async def test_f02_reply_lost_after_acceptance_one_order_booked_once(fault: Fault):
    async with upbit_bench() as bench:
        bench.server.faults.script(POST, fault)
        await bench.desk.submit([buy()])
        assert len(bench.facts(OrderFateUnknown)) == 1
        assert await bench.desk.settle()
        await _booked_once(bench)


async def test_f03_stream_tells_of_the_fill_before_the_reply_and_it_is_booked_once():
    async with upbit_bench(timeout_s=2.0, streams=[BTC]) as bench:
        bench.server.faults.script(POST, HangAfter(1.0))
        (order,) = await bench.desk.submit([buy()])
        assert order.status is OrderStatus.FILLED
        assert len(bench.facts(OrderAccepted)) == 1
        await bench.desk.settle()
        await _booked_once(bench)


async def test_f04_rate_limit_closes_the_venue_until_it_is_over_and_refuses_the_new_order():
    async with upbit_bench() as bench:
        limited = Answer(429, {"error": {"name": "too_many_requests", "message": "slow down"}})
        bench.server.faults.script(POST, limited)
        (order,) = await bench.desk.submit([buy()])
        assert order.status is OrderStatus.REFUSED
        asked = len(bench.server.faults.requests)
        with pytest.raises(Throttled):
            await bench.venue.place([buy("two")])
        assert len(bench.server.faults.requests) == asked
        bench.clock.pass_by(1.5)
        (filled,) = await bench.venue.place([buy("three")])
        assert filled.status is ReportStatus.FILLED


async def test_f05_block_silences_every_call_until_the_given_time():
    async with upbit_bench() as bench:
        bench.server.faults.script(POST, Answer(418, "blocked", {"Retry-After": "30"}))
        with pytest.raises(Throttled) as blocked:
            await bench.venue.place([buy()])
        left = (blocked.value.until - bench.clock.now()).total_seconds()
        assert 28 < left <= 30
        assert bench.state(SurfaceName.REST) is SurfaceState.DOWN
        asked = len(bench.server.faults.requests)
        with pytest.raises(VenueDown):
            await bench.venue.balances()
        assert len(bench.server.faults.requests) == asked
        bench.clock.pass_by(31)
        assert await bench.venue.balances()


async def test_f06_server_error_on_an_order_is_unknown_and_on_a_question_asked_again():
    async with upbit_bench() as bench:
        bench.server.faults.script(POST, Answer(500, {"error": {"name": "x", "message": "y"}}))
        (order,) = await bench.desk.submit([buy()])
        assert order.is_uncertain
        bench.server.faults.script(on("GET", "/v1/accounts"), Answer(503, "<html>"), times=2)
        assert await bench.venue.balances()
        bench.server.faults.script(on("GET", "/v1/accounts"), Answer(503, "<html>"), times=3)
        with pytest.raises(VenueDown):
            await bench.venue.balances()


@pytest.mark.parametrize(
    ("status", "name"),
    [(401, "invalid_access_key"), (401, "no_authorization_ip"), (403, "out_of_scope")],
)
async def test_f07_key_that_is_not_accepted_stops_the_venue_without_retry(status: int, name: str):
    async with upbit_bench() as bench:
        refusal = Answer(status, {"error": {"name": name, "message": "no"}})
        bench.server.faults.script(on("GET", "/v1/accounts"), refusal)
        with pytest.raises(AuthFailed, match=name):
            await bench.venue.balances()
        asked = len(bench.server.faults.requests)
        with pytest.raises(AuthFailed):
            await bench.venue.place([buy()])
        assert len(bench.server.faults.requests) == asked
        assert bench.state(SurfaceName.REST) is SurfaceState.AUTH_FAILED


async def test_f08_answer_that_makes_no_sense_is_malformed_on_data_and_ambiguous_on_an_order():
    async with upbit_bench() as bench:
        bench.server.faults.script(on("GET", "/v1/accounts"), Answer(200, [{"currency": "BTC"}]))
        with pytest.raises(Malformed):
            await bench.venue.balances()
        bench.server.faults.script(POST, Answer(201, {"unexpected": 1}, after=True))
        (order,) = await bench.desk.submit([buy()])
        assert order.is_uncertain
        assert await bench.desk.settle()
        await _booked_once(bench)


@pytest.mark.parametrize("fault", [Trickle(), HugeBody()], ids=["slow", "huge"])
async def test_f09_body_that_never_ends_is_given_up_and_the_order_asked_about(fault: Fault):
    async with upbit_bench(timeout_s=1.0) as bench:
        bench.server.faults.script(POST, fault)
        await bench.desk.submit([buy()])
        bench.server.faults.clear()
        assert await bench.desk.settle()
        await _booked_once(bench)


async def test_f10_connection_refused_is_a_lost_line_until_the_venue_answers_again():
    async with upbit_bench() as bench:
        await bench.running.refuse()
        with pytest.raises(VenueDown):
            await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.DOWN
        await bench.running.accept()
        assert await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.UP


async def test_f17_cancel_that_loses_against_the_last_fill_books_the_fill():
    async with upbit_bench() as bench:
        await bench.desk.submit([buy()])
        (resting,) = await bench.desk.submit([sale("rest", "0.005", PRICE + 1_000_000)])
        assert resting.status is OrderStatus.OPEN
        bench.server.exchange.set_price(BTC, PRICE + 1_000_000)
        await bench.desk.cancel(resting)
        ended = bench.portfolio.orders[resting.intent.client_id]
        assert ended.status is OrderStatus.FILLED
        assert bench.portfolio.positions[BTC].quantity == Decimal("0.005")


async def test_f17_cancel_after_a_partial_fill_keeps_what_was_sold():
    async with upbit_bench() as bench:
        await bench.desk.submit([buy()])
        (resting,) = await bench.desk.submit([sale("rest", "0.005", PRICE + 1_000_000)])
        bench.server.exchange.set_price(BTC, PRICE + 1_000_000, Decimal("0.002"))
        await bench.desk.cancel(resting)
        ended = bench.portfolio.orders[resting.intent.client_id]
        assert ended.status is OrderStatus.CANCELLED
        assert ended.filled_quantity == Decimal("0.002")
        assert bench.portfolio.positions[BTC].quantity == Decimal("0.008")


@pytest.mark.parametrize(
    ("intent", "code"),
    [
        (buy(cost=4_000), "under_min_total_bid"),
        (buy(cost=50_000_000), "insufficient_funds_bid"),
        (sale("tick", "0.001", PRICE + 1), "invalid_price_ask"),
    ],
)
async def test_f18_order_against_the_rules_is_refused_with_the_venues_reason(intent, code):
    async with upbit_bench() as bench:
        bench.server.exchange.deposit("BTC", Decimal(1))
        (order,) = await bench.desk.submit([intent])
        assert order.status is OrderStatus.REFUSED
        (fact,) = bench.facts(OrderRefused)
        assert fact.code == code


async def test_identifier_burned_by_a_refusal_is_asked_about_and_nothing_is_doubled():
    async with upbit_bench() as bench:
        refused = buy(cost=4_000)
        await bench.desk.submit([refused])
        burned = buy()  # the same key makes the same identifier
        assert burned.client_id == refused.client_id
        with pytest.raises(Ambiguous, match="earlier attempt"):
            await bench.venue.place([burned])
        assert bench.theirs() == ()


async def test_order_that_the_venue_does_not_know_is_none():
    async with upbit_bench() as bench:
        assert await bench.venue.order(buy("never").client_id, BTC) is None
        assert await bench.venue.cancel(buy("never").client_id, BTC) is None


async def test_order_type_that_the_venue_lacks_is_refused_before_it_is_sent():
    async with upbit_bench() as bench:
        with pytest.raises(Refused, match="unsupported"):
            await bench.venue.place([sale("a", "1"), sale("b", "1")])
        assert bench.server.faults.asked("POST", "/v1/orders") == []


async def test_sale_is_cut_to_the_displayed_bids():
    async with upbit_bench() as bench:
        bids = [(PRICE - 1000 * level, Decimal("0.01")) for level in range(1, 31)]
        bench.server.exchange.set_book(BTC, bids, [(PRICE, Decimal(1))])
        assert await bench.venue.sellable(BTC, Decimal(10)) == Decimal("0.27")
        assert await bench.venue.sellable(BTC, Decimal("0.1")) == Decimal("0.1")
