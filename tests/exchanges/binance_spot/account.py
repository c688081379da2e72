"""What the account may ask about itself: balances, orders, trades, fees, unfilled orders."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tests.exchanges.binance_spot import views
from tests.exchanges.binance_spot.amounts import amount, milliseconds, venue_name
from tests.exchanges.binance_spot.desk import discount
from tests.exchanges.binance_spot.errors import ApiError
from tests.exchanges.binance_spot.finding import find_order, market_of
from tests.exchanges.binance_spot.limits import order_counts
from tests.exchanges.binance_spot.parameters import Parameters
from tests.exchanges.binance_spot.venue import Venue
from tests.exchanges.terms import ZERO, Trade

Body = dict[str, Any]

DAY_MS = 86_400_000
BASIS_POINTS = 10_000


def get_account(venue: Venue, given: Parameters) -> Body:
    """Return balances and what the account may do."""
    settings = venue.settings
    only_filled = given.text("omitZeroBalances") == "true"
    rates = {"maker": settings.maker_fee, "taker": settings.taker_fee}
    points = {f"{name}Commission": int(rate * BASIS_POINTS) for name, rate in rates.items()}
    return points | {
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": _rates(rates),
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": milliseconds(venue.exchange.now()),
        "accountType": "SPOT",
        "balances": [
            {"asset": one.asset, "free": amount(one.free), "locked": amount(one.locked)}
            for one in venue.exchange.balances()
            if one.free or one.locked or not only_filled
        ],
        "permissions": ["SPOT"],
        "uid": 354_937_868,
    }


def get_order(venue: Venue, given: Parameters) -> Body:
    """Return one order.

    Raises:
        ApiError: -1102 no id, -1121 unknown symbol, -2013 no such order.
    """
    return views.queried(find_order(venue, given), venue.notes)


def get_open_orders(venue: Venue, given: Parameters) -> list[Body]:
    """Return open orders of a symbol or of all.

    Raises:
        ApiError: -1121 unknown symbol.
    """
    symbol = market_of(venue, given) if "symbol" in given else None
    return [views.queried(order, venue.notes) for order in venue.exchange.open_orders(symbol)]


def get_all_orders(venue: Venue, given: Parameters) -> list[Body]:
    """Return orders of a symbol, from an id or a time on, else the newest.

    Raises:
        ApiError: -1121 unknown symbol, -1127 more than a day.
    """
    symbol, most = market_of(venue, given), given.limit(500, 1000)
    first, start, end = given.whole("orderId"), *_span(given)
    found = [
        order
        for order in venue.exchange.orders(symbol)
        if _within(milliseconds(order.created_at), start, end) and order.id >= (first or 0)
    ]
    from_oldest = first is not None or start is not None
    picked = found[:most] if from_oldest else found[-most:]
    return [views.queried(order, venue.notes) for order in picked]


def get_trades(venue: Venue, given: Parameters) -> list[Body]:
    """Return trades of a symbol: of an order, from an id or a time on, else the newest.

    Raises:
        ApiError: -1121 unknown symbol, -1127 more than a day.
    """
    symbol, most = market_of(venue, given), given.limit(500, 1000)
    order_id, first = given.whole("orderId"), given.whole("fromId")
    start, end = _span(given)
    found = [
        one
        for one in venue.exchange.trades(symbol)
        if _within(milliseconds(one.at), start, end)
        and order_id in {None, one.order_id}
        and one.id >= (first or 0)
    ]
    from_oldest = first is not None or start is not None
    picked: Sequence[Trade] = found[:most] if from_oldest else found[-most:]
    return [views.trade(one, venue.exchange.order(one.order_id)) for one in picked]


def get_commission(venue: Venue, given: Parameters) -> Body:
    """Return the rates that the account pays on a symbol.

    Raises:
        ApiError: -1121 unknown symbol.
    """
    market, settings = market_of(venue, given), venue.settings
    nothing = _rates({})
    return {
        "symbol": venue_name(market),
        "standardCommission": _rates({"maker": settings.maker_fee, "taker": settings.taker_fee}),
        "specialCommission": nothing,
        "taxCommission": nothing,
        "discount": discount(venue),
    }


def get_order_counts(venue: Venue, _given: Parameters) -> list[Body]:
    """Return how many unfilled orders count in each interval."""
    return order_counts(venue.orders, venue.now_s())


def _span(given: Parameters) -> tuple[int | None, int | None]:
    start, end = given.whole("startTime"), given.whole("endTime")
    if start is not None and end is not None and end - start > DAY_MS:
        raise ApiError(-1127, "More than 24 hours between startTime and endTime.")
    return start, end


def _within(at: int, start: int | None, end: int | None) -> bool:
    return (start is None or at >= start) and (end is None or at <= end)


def _rates(rates: dict[str, Decimal]) -> dict[str, str]:
    return {name: amount(rates.get(name, ZERO)) for name in ("maker", "taker", "buyer", "seller")}
