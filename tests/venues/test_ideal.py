"""An ideal venue: no grain, no depth, no orders at rest, and costs that are stated."""

from decimal import Decimal

import pytest

from engine.domain.errors import Refused
from engine.domain.intent import OrderType, Purpose, Side
from engine.domain.venue import AroundTheClock, VenueName
from engine.venues.ideal import GRAIN, TICKS, Ideal, ideal_instrument, ideal_rules
from engine.venues.rules import listed, venue_rules
from engine.venues.simulated import SimulatedExchange
from tests.venues.builders import START, SYMBOLS, candle, order

IDEAL = Ideal(fee=Decimal("0.001"), slippage=Decimal("0.0005"), sell_tax=Decimal("0.002"))


def exchange(venue: VenueName) -> SimulatedExchange:
    symbol, price = SYMBOLS[venue]
    rules = ideal_rules(venue_rules(venue), IDEAL)
    made = SimulatedExchange(
        rules, [ideal_instrument(listed(venue, symbol, price), IDEAL)], AroundTheClock()
    )
    made.deposit(rules.quote, Decimal(10**15))
    market = made.markets[symbol]
    # A thousandth traded in the whole candle: a real market would fill next to nothing.
    market.candle, market.price = candle(START, price, price, price, price, 0.001), price
    return made


@pytest.mark.parametrize("venue", VenueName)
def test_any_quantity_trades_at_once_for_the_stated_costs(venue: VenueName):
    made, (_, price) = exchange(venue), SYMBOLS[venue]
    (bought,) = made.place([order(venue, quantity="1234.567890123456")], START)
    assert bought.filled_quantity == Decimal("1234.567890123456")
    assert {fill.price for fill in bought.fills} == {Decimal(str(price)) * Decimal("1.0005")}
    fees = sum(fill.fee_in_quote for fill in bought.fills)
    paid = sum(fill.price * fill.quantity for fill in bought.fills)
    assert abs(fees - paid * IDEAL.fee) < 3 * GRAIN
    assert {fill.fee_asset for fill in bought.fills} == {made.rules.quote}
    (sold,) = made.place([order(venue, Side.SELL, quantity="1234.567890123456")], START)
    assert {fill.price for fill in sold.fills} == {Decimal(str(price)) * Decimal("0.9995")}
    taken = sum(fill.price * fill.quantity for fill in sold.fills)
    costs = sum(fill.fee_in_quote for fill in sold.fills)
    assert abs(costs - taken * (IDEAL.fee + IDEAL.sell_tax)) < 6 * GRAIN


@pytest.mark.parametrize("venue", [VenueName.BINANCE_SPOT, VenueName.BINANCE_FUTURES])
def test_no_protective_order_rests_there(venue: VenueName):
    made = exchange(venue)
    made.place([order(venue, quantity="1")], START)
    stop = order(
        venue,
        Side.SELL,
        OrderType.STOP_MARKET,
        "1",
        trigger="90000",
        purpose=Purpose.PROTECT,
        reduce_only=venue is VenueName.BINANCE_FUTURES,
    )
    with pytest.raises(Refused, match="not_supported"):
        made.place([stop], START)


@pytest.mark.parametrize("price", [0.00001234, 0.7, 1.0, 93_412.12, 140_000_000.0])
def test_a_price_has_thirteen_digits_and_reads_back_from_a_float(price: float):
    exact = Decimal(str(price)) * Decimal("0.98765432109876543")
    on_tick = TICKS.down(exact)
    assert TICKS.near(Decimal(repr(float(on_tick)))) == on_tick
    assert abs(on_tick - exact) <= exact * Decimal("1e-12")
