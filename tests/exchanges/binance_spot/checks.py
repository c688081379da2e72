"""New orders held to the filters of their symbol, before the engine sees them."""

from collections.abc import Sequence
from decimal import Decimal

from tests.exchanges.binance_spot import forms
from tests.exchanges.binance_spot.amounts import venue_name
from tests.exchanges.binance_spot.errors import filter_failure
from tests.exchanges.binance_spot.refusals import market_closed
from tests.exchanges.binance_spot.rules import SymbolRules
from tests.exchanges.binance_spot.venue import Venue
from tests.exchanges.terms import NewOrder, OrderType, Side

STOPS = frozenset({OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT})


def check_orders(venue: Venue, orders: Sequence[NewOrder], replaced: int = 0) -> None:
    """Refuse orders of one symbol that break a filter; `replaced` of the open ones will go.

    Raises:
        ApiError: -1013.
    """
    market = orders[0].symbol
    rules, last = venue.symbols[venue_name(market)], venue.exchange.price(market)
    if rules.status != "TRADING" or not venue.exchange.is_trading(market):
        raise market_closed()
    for order in orders:
        _check_one(order, rules, last)
    waiting = venue.exchange.open_orders(market)
    stops = sum(order.is_stop_waiting for order in waiting)
    rules.check_open(
        len(waiting) + len(orders) - replaced,
        stops + sum(order.type in STOPS for order in orders),
    )


def _check_one(order: NewOrder, rules: SymbolRules, last: Decimal | None) -> None:
    is_market = forms.without_price(order)
    for price in forms.prices(order):
        rules.check_price(price)
    if order.price is not None and last is not None:
        rules.check_percent(order.price, order.side is Side.BUY, last)
    if order.quantity is not None:
        rules.check_quantity(order.quantity, is_market)
    elif order.cost is not None and last is not None and order.cost / last < rules.min_quantity:
        raise filter_failure("LOT_SIZE")
    average = order.price or last
    if order.cost is not None:
        rules.check_notional(order.cost, is_market)
    elif order.quantity is not None and average is not None:
        rules.check_notional(order.quantity * average, is_market)
