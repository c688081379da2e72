"""Orders at Binance spot over the wire: what is lost, cut, refused and doubled on the way."""

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.domain.errors import (
    AuthFailed,
    BadConfiguration,
    Malformed,
    Refused,
    Throttled,
    TriggerPassed,
    VenueDown,
)
from engine.domain.events import (
    OrderAccepted,
    OrderFateUnknown,
    OrderFilled,
    OrderNeverArrived,
    OrderRefused,
)
from engine.domain.ids import ClientOrderId, client_order_id
from engine.domain.intent import OrderType, Purpose
from engine.domain.order import OrderStatus
from engine.ports.venue import ReportStatus, SurfaceName, SurfaceState
from engine.venues.binance_spot.venue import SpotVenue
from engine.venues.binance_spot.wire import Patience
from tests.exchanges.binance_spot.errors import internal_error
from tests.exchanges.binance_spot.keys import ApiKey
from tests.exchanges.binance_spot.server import KEY, SECRET, refusing
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
from tests.exchanges.running import serving
from tests.live.binance_bench import (
    BTC,
    PRICE,
    BinanceBench,
    access,
    binance_bench,
    buy,
    by_hand,
    exchange,
    oco,
    sale,
)

ORDER, ACCOUNT = "/api/v3/order", "/api/v3/account"
POST = on("POST", ORDER)
TAKEN: tuple[Fault, ...] = (
    DropAfter(),
    HangAfter(),
    CutBody(),
    BadJson(),
    Answer(502, "<html>", after=True),
    refusing(internal_error(-1007), after=True),
    Answer(200, {"unexpected": 1}, after=True),
    Answer(302, "", {"Location": "http://127.0.0.1:9/"}, after=True),
)


async def _booked_once(bench: BinanceBench) -> None:
    """Whatever was lost: one order at the venue, each of its trades booked once."""
    theirs = bench.theirs()
    assert len(theirs) == 1
    assert bench.asked("POST", ORDER) == 1
    order = bench.portfolio.orders[ClientOrderId(theirs[0].new.client_id)]
    assert order.status is OrderStatus.FILLED
    assert order.filled_quantity == theirs[0].filled
    assert {fact.trade_id for fact in bench.facts(OrderFilled)} == {
        str(trade.id) for trade in theirs[0].trades
    }
    assert len(bench.facts(OrderFilled)) == len(theirs[0].trades)


async def test_market_buy_is_filled_with_its_trades_and_fee():
    async with binance_bench() as bench:
        await bench.desk.submit([buy()])
        await _booked_once(bench)
        (fill,) = bench.facts(OrderFilled)
        assert (fill.price, fill.fee, fill.fee_asset) == (PRICE, Decimal("0.00001"), "BTC")
        assert fill.fee_in_quote == Decimal("0.6")
        assert bench.portfolio.positions[BTC].quantity == Decimal("0.00999")


async def test_market_buy_by_cost_names_an_amount_of_quote():
    async with binance_bench() as bench:
        (report,) = await bench.venue.place([replace(buy(), cost=Decimal(300))])
        (asked,) = bench.server.faults.asked("POST", ORDER)
        assert asked.params["quoteOrderQty"] == "300"
        assert "quantity" not in asked.params
        assert report.filled_quantity == Decimal("0.005")


async def test_fee_in_bnb_is_valued_at_the_price_of_bnb():
    async with binance_bench() as bench:
        bench.server.exchange.deposit("BNB", Decimal(1))
        bench.server.venue.pay_fees_in_bnb(on=True)
        (report,) = await bench.venue.place([buy()])
        (fill,) = report.fills
        assert fill.fee_asset == "BNB"
        assert fill.fee_in_quote == fill.fee * 600


@pytest.mark.parametrize("fault", [DropBefore(), HangBefore()], ids=["dropped", "hanging"])
async def test_f01_request_lost_never_arrived_and_is_not_sent_again(fault: Fault):
    async with binance_bench() as bench:
        bench.server.faults.script(POST, fault)
        (order,) = await bench.desk.submit([buy()])
        assert order.is_uncertain
        assert not await bench.desk.settle()
        bench.clock.pass_by(21)
        assert await bench.desk.settle()
        assert len(bench.facts(OrderNeverArrived)) == 1
        assert bench.theirs() == ()
        assert bench.asked("POST", ORDER) == 1


@pytest.mark.parametrize("fault", TAKEN, ids=lambda fault: type(fault).__name__)
async def test_f02_reply_lost_after_acceptance_one_order_booked_once(fault: Fault):
    async with binance_bench() as bench:
        bench.server.faults.script(POST, fault)
        await bench.desk.submit([buy()])
        assert len(bench.facts(OrderFateUnknown)) == 1
        assert await bench.desk.settle()
        await _booked_once(bench)


async def test_f03_stream_tells_of_the_fill_before_the_reply_and_it_is_booked_once():
    async with binance_bench(timeout_s=2.0, streams=[BTC]) as bench:
        bench.server.faults.script(POST, HangAfter(1.0))
        (order,) = await bench.desk.submit([buy()])
        assert order.status is OrderStatus.FILLED
        assert len(bench.facts(OrderAccepted)) == 1
        await bench.desk.settle()
        await _booked_once(bench)


async def test_f04_rate_limit_closes_the_venue_until_the_second_it_names():
    async with binance_bench() as bench:
        limited = Answer(
            429, {"code": -1003, "msg": "Too much request weight"}, {"Retry-After": "7"}
        )
        bench.server.faults.script(POST, limited)
        (order,) = await bench.desk.submit([buy()])
        assert order.status is OrderStatus.REFUSED
        asked = len(bench.server.faults.requests)
        with pytest.raises(Throttled) as closed:
            await bench.venue.place([buy("two")])
        assert 6 < (closed.value.until - bench.clock.now()).total_seconds() <= 7
        with pytest.raises(VenueDown):
            await bench.venue.balances()
        assert len(bench.server.faults.requests) == asked
        assert bench.state(SurfaceName.REST) is SurfaceState.UP
        bench.clock.pass_by(7)
        (filled,) = await bench.venue.place([buy("three")])
        assert filled.status is ReportStatus.FILLED


async def test_f05_ban_silences_every_call_until_the_given_time():
    async with binance_bench() as bench:
        bench.server.faults.script(POST, Answer(418, "banned", {"Retry-After": "120"}))
        with pytest.raises(Throttled) as banned:
            await bench.venue.place([buy()])
        assert 119 < (banned.value.until - bench.clock.now()).total_seconds() <= 120
        assert bench.state(SurfaceName.REST) is SurfaceState.DOWN
        asked = len(bench.server.faults.requests)
        for question in (bench.venue.balances, bench.venue.tickers, bench.venue.open_orders):
            with pytest.raises(VenueDown):
                await question()
        with pytest.raises(Throttled):
            await bench.venue.place([replace(sale("out", "0.01"), purpose=Purpose.PANIC)])
        assert len(bench.server.faults.requests) == asked
        bench.clock.pass_by(121)
        assert await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.UP


@pytest.mark.parametrize("code", [-1000, -1001, -1006, -1007, -1008, -1016])
async def test_f06_server_error_on_an_order_is_unknown(code: int):
    async with binance_bench() as bench:
        bench.server.faults.script(POST, refusing(internal_error(code)))
        (order,) = await bench.desk.submit([buy()])
        assert order.is_uncertain
        assert bench.asked("POST", ORDER) == 1


async def test_f06_server_error_on_a_question_is_asked_again_and_then_given_up():
    async with binance_bench() as bench:
        bench.server.faults.script(on("GET", ACCOUNT), Answer(503, "<html>"), times=2)
        assert await bench.venue.balances()
        bench.server.faults.script(on("GET", ACCOUNT), Answer(503, "<html>"), times=3)
        with pytest.raises(VenueDown):
            await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.DOWN


@pytest.mark.parametrize(
    "refusal",
    [
        Answer(401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}),
        Answer(400, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}),
        Answer(403, "<html>WAF</html>"),
        Answer(451, {"code": 0, "msg": "Service unavailable from a restricted location"}),
    ],
    ids=["key", "key as 400", "waf", "region"],
)
async def test_f07_key_or_address_that_is_not_accepted_stops_the_venue(refusal: Answer):
    # An earlier signed call has succeeded: ccxt alone would call -2015 a rate limit from then on.
    async with binance_bench() as bench:
        bench.server.faults.script(on("GET", ACCOUNT), refusal)
        with pytest.raises(AuthFailed):
            await bench.venue.balances()
        asked = len(bench.server.faults.requests)
        with pytest.raises(AuthFailed):
            await bench.venue.place([buy()])
        assert len(bench.server.faults.requests) == asked
        assert await bench.venue.tickers()
        assert bench.state(SurfaceName.REST) is SurfaceState.AUTH_FAILED


async def test_f08_answer_that_makes_no_sense_is_malformed_on_data():
    nonsense = ({"balances": "none"}, [], {"balances": [{"asset": "BTC", "free": "NaN"}]}, "<html>")
    async with binance_bench() as bench:
        for body in nonsense:
            bench.server.faults.script(on("GET", ACCOUNT), Answer(200, body))
            with pytest.raises(Malformed):
                await bench.venue.balances()
        bench.server.faults.script(on("GET", ACCOUNT), CutBody())
        with pytest.raises(Malformed):
            await bench.venue.balances()
        assert await bench.venue.balances()


async def test_f08_venue_that_talks_nonsense_all_the_time_is_down():
    async with binance_bench() as bench:
        bench.server.faults.script(on("GET", ACCOUNT), BadJson(), times=None)
        for _ in range(21):
            with pytest.raises(Malformed):
                await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.DOWN


@pytest.mark.parametrize("fault", [Trickle(), HugeBody()], ids=["slow", "huge"])
async def test_f09_body_that_never_ends_is_given_up_and_the_order_asked_about(fault: Fault):
    async with binance_bench(timeout_s=1.0) as bench:
        bench.server.faults.script(POST, fault)
        await bench.desk.submit([buy()])
        assert len(bench.facts(OrderFateUnknown)) == 1
        bench.server.faults.clear()
        assert await bench.desk.settle()
        await _booked_once(bench)


async def test_f10_connection_refused_is_a_lost_line_until_the_venue_answers_again():
    async with binance_bench() as bench:
        await bench.running.refuse()
        with pytest.raises(VenueDown):
            await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.DOWN
        (order,) = await bench.desk.submit([buy()])
        assert order.is_uncertain
        await bench.running.accept()
        assert await bench.venue.balances()
        assert bench.state(SurfaceName.REST) is SurfaceState.UP


async def test_f16_refused_timestamp_reads_the_clock_anew_and_signs_once_more():
    async with binance_bench() as bench:
        bench.server.venue.settings.skew_ms = -3000
        (order,) = await bench.desk.submit([buy()])
        assert order.status is OrderStatus.FILLED
        assert bench.asked("POST", ORDER) == 2
        assert len(bench.theirs()) == 1
        assert bench.asked("GET", "/api/v3/time") == 2


async def test_f16_clock_that_stays_refused_is_a_refusal_after_one_more_try():
    late = Answer(400, {"code": -1021, "msg": "Timestamp for this request is outside"})
    async with binance_bench() as bench:
        bench.server.faults.script(POST, late, times=None)
        (order,) = await bench.desk.submit([buy()])
        assert order.status is OrderStatus.REFUSED
        assert bench.asked("POST", ORDER) == 2


async def test_f16_clock_more_than_five_seconds_off_sends_no_orders():
    async with binance_bench() as bench:
        bench.server.venue.settings.skew_ms = -6000
        await bench.venue.balances()
        (order,) = await bench.desk.submit([buy()])
        assert order.status is OrderStatus.REFUSED
        assert bench.facts(OrderRefused)[0].code == "clock"
        assert bench.asked("POST", ORDER) == 0


async def test_f17_cancel_that_loses_against_the_last_fill_books_the_fill():
    async with binance_bench() as bench:
        await bench.desk.submit([buy()])
        (resting,) = await bench.desk.submit([sale("rest", "0.005", PRICE + 100)])
        assert resting.status is OrderStatus.OPEN
        bench.server.exchange.set_price(BTC, PRICE + 100)
        await bench.desk.cancel(resting)
        ended = bench.portfolio.orders[resting.intent.client_id]
        assert ended.status is OrderStatus.FILLED
        assert bench.portfolio.positions[BTC].quantity == Decimal("0.00499")


async def test_f17_cancel_after_a_partial_fill_keeps_what_was_sold():
    async with binance_bench() as bench:
        await bench.desk.submit([buy()])
        (resting,) = await bench.desk.submit([sale("rest", "0.005", PRICE + 100)])
        bench.server.exchange.plan_fills(resting.intent.client_id, [Decimal("0.002")])
        bench.server.exchange.set_price(BTC, PRICE + 100)
        bench.server.faults.script(on("DELETE", ORDER), DropAfter())
        await bench.desk.cancel(resting)
        ended = bench.portfolio.orders[resting.intent.client_id]
        assert (ended.status, ended.filled_quantity) == (OrderStatus.CANCELLED, Decimal("0.002"))
        assert bench.portfolio.positions[BTC].quantity == Decimal("0.00799")


async def test_client_id_that_is_taken_means_an_earlier_attempt_arrived():
    async with binance_bench() as bench:
        await bench.desk.submit([buy()])
        resting = sale("rest", "0.005", PRICE + 100)
        await bench.venue.place([resting])
        (order,) = await bench.desk.submit([resting])
        assert order.is_uncertain
        assert await bench.desk.settle()
        assert bench.portfolio.orders[resting.client_id].status is OrderStatus.OPEN
        assert len(bench.server.exchange.open_orders()) == 1


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        (buy(quantity="0.000001"), "LOT_SIZE"),
        (buy(quantity="0.00002"), "NOTIONAL"),
        (replace(sale("tick", "0.001", Decimal("60000.001"))), "PRICE_FILTER"),
        (buy(quantity="10"), "insufficient balance"),
    ],
    ids=["lot", "notional", "tick", "money"],
)
async def test_order_against_the_rules_is_refused_with_the_venues_words(intent, words: str):
    async with binance_bench() as bench:
        with pytest.raises(Refused, match=words):
            await bench.venue.place([intent])
        assert await bench.venue.order(intent.client_id, intent.symbol) is None


async def test_oco_rests_as_two_legs_under_our_ids_and_one_cancel_ends_both():
    async with binance_bench() as bench:
        await bench.venue.place([buy()])
        legs = oco("guard", "0.005", "66000", "57000.5")
        placed = await bench.venue.place(legs)
        assert {report.client_id for report in placed} == {leg.client_id for leg in legs}
        (asked,) = bench.server.faults.asked("POST", "/api/v3/orderList/oco")
        assert (asked.params["abovePrice"], asked.params["belowStopPrice"]) == ("66000", "57000.5")
        assert asked.params["listClientOrderId"] == "pasu-guard"
        assert len(await bench.venue.open_orders()) == 2
        first = await bench.venue.cancel(legs[0].client_id, BTC)
        second = await bench.venue.cancel(legs[1].client_id, BTC)
        assert first is not None
        assert second is not None
        assert {first.status, second.status} == {ReportStatus.CANCELLED}


@pytest.mark.parametrize("fault", [DropAfter(), HangAfter(), CutBody(), BadJson()])
async def test_f02_oco_whose_reply_is_lost_is_found_by_both_ids(fault: Fault):
    async with binance_bench() as bench:
        await bench.desk.submit([buy()])
        bench.server.faults.script(on("POST", "/api/v3/orderList/oco"), fault)
        legs = await bench.desk.submit(oco("guard", "0.005", "66000", "57000"))
        assert all(leg.is_uncertain for leg in legs)
        assert await bench.desk.settle()
        assert bench.asked("POST", "/api/v3/orderList/oco") == 1
        ids = [leg.intent.client_id for leg in legs]
        assert {bench.portfolio.orders[key].status for key in ids} == {OrderStatus.OPEN}


async def test_stop_that_is_through_already_says_so():
    async with binance_bench() as bench:
        await bench.venue.place([buy()])
        stop = replace(
            sale("stop", "0.005"), type=OrderType.STOP_MARKET, trigger=PRICE + 10, price=None
        )
        with pytest.raises(TriggerPassed):
            await bench.venue.place([stop])
        with pytest.raises(TriggerPassed):
            await bench.venue.place(oco("guard", "0.005", "66000", "60010"))


async def test_order_of_an_earlier_run_is_found_with_its_fills():
    async with binance_bench() as bench:
        await bench.venue.place([buy()])
        again = SpotVenue(access(bench.running, Patience(1.0)))
        await again.connect()
        found = await again.order(buy().client_id, BTC)
        assert found is not None
        assert (found.symbol, found.status) == (BTC, ReportStatus.FILLED)
        assert len(found.fills) == 1
        assert await again.order(client_order_id("never"), BTC) is None
        assert await again.cancel(client_order_id("never"), BTC) is None
        await again.close()


async def test_order_that_the_owner_placed_by_hand_is_shown_with_price_and_quantity():
    async with binance_bench() as bench:
        bench.server.exchange.place(by_hand())
        (found,) = await bench.venue.open_orders()
        assert (found.client_id, found.quantity, found.price) == (
            "by-hand",
            Decimal("0.01"),
            PRICE - 1000,
        )


async def test_dust_becomes_bnb_and_never_the_coins_that_the_owner_holds_beside_it():
    async with binance_bench() as bench:
        bench.server.exchange.deposit("BTC", Decimal("0.000005"))
        amount, asset = await bench.venue.convert_dust(BTC, Decimal("0.000005"))
        assert asset == "BNB"
        assert amount > 0
        bench.server.exchange.deposit("BTC", Decimal("0.5"))
        with pytest.raises(Refused, match="beside the rest"):
            await bench.venue.convert_dust(BTC, Decimal("0.000005"))
        assert bench.asked("POST", "/sapi/v1/asset/dust") == 1


@pytest.mark.parametrize(
    ("right", "words"), [({"can_withdraw": True}, "withdraw"), ({"can_trade": False}, "may not")]
)
async def test_key_with_a_right_too_many_or_too_few_is_refused_at_the_start(right, words: str):
    server = exchange()
    server.venue.issue_key(ApiKey(KEY, SECRET, **right))
    async with serving(server) as running:
        venue = SpotVenue(access(running, Patience()))
        with pytest.raises(BadConfiguration, match=words):
            await venue.connect()
        await venue.close()


async def test_sale_is_cut_to_what_one_market_order_may_be():
    async with binance_bench() as bench:
        assert await bench.venue.sellable(BTC, Decimal(150)) == Decimal(100)
        assert await bench.venue.sellable(BTC, Decimal("0.5")) == Decimal("0.5")
