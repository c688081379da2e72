"""What can be asked, by REST path and by WebSocket method: security, weight and who answers.

Weights: binance-spot-api-docs, rest-api.md; those that cost nothing when they succeed by its
CHANGELOG of 2026-03-27. Weights of /sapi: Binance's wallet documentation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType

from tests.exchanges.binance_spot import account, desk, dust, lists
from tests.exchanges.binance_spot.market_data import MarketData
from tests.exchanges.binance_spot.parameters import Parameters
from tests.exchanges.binance_spot.venue import Venue

Answer = Callable[[Parameters], object]
Weight = Callable[[Parameters], int]


class Security(Enum):
    """What a request must prove."""

    NONE = auto()
    USER_DATA = auto()
    TRADE = auto()


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked. `counts_orders`: the answer shows the unfilled orders."""

    answer: Answer
    weight: Weight
    security: Security = Security.NONE
    free_on_success: bool = False
    counts_orders: bool = False


def rest_operations(venue: Venue, data: MarketData) -> Mapping[tuple[str, str], Operation]:
    """Return the operations by HTTP method and path."""
    return MappingProxyType(
        {("GET", f"/api/v3/{path}"): operation for path, operation in _public(data).items()}
        | {
            (method, f"/api/v3/{path}"): operation
            for (method, path), operation in _private(venue).items()
        }
        | {
            ("POST", "/sapi/v1/asset/dust"): _user(venue, dust.convert_dust, 10, trade=True),
            ("POST", "/sapi/v1/asset/dust-btc"): _user(venue, dust.get_dust, 1),
        }
    )


def socket_operations(venue: Venue, data: MarketData) -> Mapping[str, Operation]:
    """Return the operations by method of the WebSocket API."""
    public, private = _public(data), _private(venue)
    names = {
        "order.place": ("POST", "order"),
        "order.test": ("POST", "order/test"),
        "order.status": ("GET", "order"),
        "order.cancel": ("DELETE", "order"),
        "order.cancelReplace": ("POST", "order/cancelReplace"),
        "openOrders.status": ("GET", "openOrders"),
        "openOrders.cancelAll": ("DELETE", "openOrders"),
        "allOrders": ("GET", "allOrders"),
        "orderList.place.oco": ("POST", "orderList/oco"),
        "orderList.status": ("GET", "orderList"),
        "orderList.cancel": ("DELETE", "orderList"),
        "openOrderLists.status": ("GET", "openOrderList"),
        "account.status": ("GET", "account"),
        "account.commission": ("GET", "account/commission"),
        "account.rateLimits.orders": ("GET", "rateLimit/order"),
        "myTrades": ("GET", "myTrades"),
    }
    public_names = {
        "ping": "ping",
        "time": "time",
        "exchangeInfo": "exchangeInfo",
        "depth": "depth",
        "klines": "klines",
        "ticker.24hr": "ticker/24hr",
        "ticker.price": "ticker/price",
        "ticker.book": "ticker/bookTicker",
        "trades.recent": "trades",
        "trades.aggregate": "aggTrades",
    }
    return MappingProxyType(
        {name: private[where] for name, where in names.items()}
        | {name: public[path] for name, path in public_names.items()}
    )


def _public(data: MarketData) -> dict[str, Operation]:
    return {
        "ping": Operation(data.ping, _always(1)),
        "time": Operation(data.time, _always(1)),
        "exchangeInfo": Operation(data.exchange_info, _always(20)),
        "klines": Operation(data.klines, _always(2)),
        "depth": Operation(data.depth, _depth_weight),
        "trades": Operation(data.trades, _always(25)),
        "aggTrades": Operation(data.agg_trades, _always(4)),
        "ticker/24hr": Operation(data.ticker_day, _day_weight),
        "ticker/price": Operation(data.ticker_price, _by_symbol(2, 4)),
        "ticker/bookTicker": Operation(data.ticker_book, _by_symbol(2, 4)),
    }


def _private(venue: Venue) -> dict[tuple[str, str], Operation]:
    return {
        ("POST", "order"): _order(venue, desk.place),
        ("POST", "order/test"): _user(venue, desk.test, _test_weight, trade=True),
        ("POST", "order/cancelReplace"): _order(venue, desk.cancel_replace),
        ("DELETE", "order"): _cancel(venue, desk.cancel),
        ("DELETE", "openOrders"): _cancel(venue, desk.cancel_all),
        ("POST", "orderList/oco"): _order(venue, lists.place_oco),
        ("DELETE", "orderList"): _cancel(venue, lists.cancel_list),
        ("GET", "order"): _user(venue, account.get_order, 4),
        ("GET", "openOrders"): _user(venue, account.get_open_orders, _by_symbol(6, 80)),
        ("GET", "allOrders"): _user(venue, account.get_all_orders, 20),
        ("GET", "orderList"): _user(venue, lists.get_list, 4),
        ("GET", "openOrderList"): _user(venue, lists.get_open_lists, 6),
        ("GET", "allOrderList"): _user(venue, lists.get_all_lists, 20),
        ("GET", "account"): _user(venue, account.get_account, 20),
        ("GET", "account/commission"): _user(venue, account.get_commission, 20),
        ("GET", "myTrades"): _user(venue, account.get_trades, _trades_weight),
        ("GET", "rateLimit/order"): _user(venue, account.get_order_counts, 40),
    }


def _user(
    venue: Venue,
    answer: Callable[[Venue, Parameters], object],
    weight: Weight | int,
    *,
    trade: bool = False,
) -> Operation:
    security = Security.TRADE if trade else Security.USER_DATA
    cost = _always(weight) if isinstance(weight, int) else weight
    return Operation(lambda given: answer(venue, given), cost, security)


def _order(venue: Venue, answer: Callable[[Venue, Parameters], object]) -> Operation:
    return Operation(
        lambda given: answer(venue, given),
        _always(1),
        Security.TRADE,
        free_on_success=True,
        counts_orders=True,
    )


def _cancel(venue: Venue, answer: Callable[[Venue, Parameters], object]) -> Operation:
    return Operation(
        lambda given: answer(venue, given), _always(1), Security.TRADE, free_on_success=True
    )


def _always(weight: int) -> Weight:
    return lambda _given: weight


def _by_symbol(one: int, every: int) -> Weight:
    return lambda given: one if "symbol" in given else every


def _day_weight(given: Parameters) -> int:
    few, many = 20, 100
    asked = given.text("symbols").count(",") + 1 if "symbols" in given else 0
    if "symbol" in given or 0 < asked <= few:
        return 2
    return 40 if 0 < asked <= many else 80


def _depth_weight(given: Parameters) -> int:
    most = given.limit(100, 5000)
    return next(
        cost for limit, cost in ((100, 5), (500, 25), (1000, 50), (5000, 250)) if most <= limit
    )


def _trades_weight(given: Parameters) -> int:
    return 5 if "orderId" in given else 20


def _test_weight(given: Parameters) -> int:
    return 20 if given.text("computeCommissionRates") == "true" else 1
