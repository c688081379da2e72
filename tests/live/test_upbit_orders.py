"""Orders at Upbit over the wire: what is lost, cut, refused and doubled on the way."""

from decimal import Decimal

import pytest

from engine.domain.errors import Ambiguous, Refused
from engine.domain.events import OrderFilled, OrderRefused
from engine.domain.order import OrderStatus
from tests.live.upbit_bench import BTC, PRICE, UPBIT, buy, sale, upbit_bench


async def test_market_buy_is_filled_with_its_trades_and_fee():
    async with upbit_bench() as bench:
        (order,) = await bench.desk.submit([buy()])
        UPBIT.booked_once(bench)
        assert order.status is OrderStatus.FILLED
        (fill,) = bench.facts(OrderFilled)
        assert (fill.price, fill.fee, fill.fee_asset) == (PRICE, Decimal(500), "KRW")
        assert bench.portfolio.positions[BTC].quantity == Decimal("0.01")


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


async def test_order_type_that_the_venue_lacks_is_refused_before_it_is_sent():
    async with upbit_bench() as bench:
        with pytest.raises(Refused, match="unsupported"):
            await bench.venue.place([sale("a", "1"), sale("b", "1")])
        assert bench.asked("POST", "/v1/orders") == 0


async def test_sale_is_cut_to_the_displayed_bids():
    async with upbit_bench() as bench:
        bids = [(PRICE - 1000 * level, Decimal("0.01")) for level in range(1, 31)]
        bench.server.exchange.set_book(BTC, bids, [(PRICE, Decimal(1))])
        assert await bench.venue.sellable(BTC, Decimal(10)) == Decimal("0.27")
        assert await bench.venue.sellable(BTC, Decimal("0.1")) == Decimal("0.1")
