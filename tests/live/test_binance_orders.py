"""Orders at Binance spot over the wire: what is lost, cut, refused and doubled on the way."""

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.domain.errors import (
    BadConfiguration,
    Refused,
    TriggerPassed,
)
from engine.domain.events import (
    OrderFilled,
    OrderRefused,
)
from engine.domain.ids import client_order_id
from engine.domain.intent import OrderType
from engine.domain.order import OrderStatus
from engine.ports.venue import ReportStatus
from engine.venues.binance_spot.venue import SpotVenue
from engine.venues.live.wire import Patience
from tests.exchanges.binance_spot.keys import ApiKey
from tests.exchanges.binance_spot.server import KEY, SECRET
from tests.exchanges.faults import (
    Answer,
    BadJson,
    CutBody,
    DropAfter,
    Fault,
    HangAfter,
    on,
)
from tests.exchanges.running import serving
from tests.live.binance_bench import (
    BINANCE,
    BTC,
    PRICE,
    access,
    binance_bench,
    buy,
    by_hand,
    exchange,
    oco,
    sale,
)

ORDER = "/api/v3/order"
POST = on("POST", ORDER)


async def test_market_buy_is_filled_with_its_trades_and_fee():
    async with binance_bench() as bench:
        await bench.desk.submit([buy()])
        BINANCE.booked_once(bench)
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
