"""Requests for new orders: what each type must and may carry, read into the kernel's words.

Source: binance-spot-api-docs, rest-api.md "New order" and "New Order list - OCO".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from tests.exchanges.binance_spot.errors import (
    ApiError,
    bad_symbol,
    invalid_data,
    missing,
    missing_both,
    not_required,
    rejected,
)
from tests.exchanges.binance_spot.parameters import Parameters
from tests.exchanges.binance_spot.rules import DEFAULT_STP, STP_MODES, SymbolRules
from tests.exchanges.terms import NewOrder, OrderType, Side, TimeInForce

NAMES = ("timeInForce", "quantity", "quoteOrderQty", "price", "stopPrice")
NEEDED: Mapping[str, tuple[str, ...]] = {
    "LIMIT": ("timeInForce", "quantity", "price"),
    "LIMIT_MAKER": ("quantity", "price"),
    "MARKET": (),
    "STOP_LOSS": ("quantity", "stopPrice"),
    "STOP_LOSS_LIMIT": ("timeInForce", "quantity", "price", "stopPrice"),
}
KINDS: Mapping[str, OrderType] = {
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.STOP_LOSS,
    "STOP_LOSS_LIMIT": OrderType.STOP_LOSS_LIMIT,
}
# Known to Binance, and not allowed on any symbol here.
UNSUPPORTED: Mapping[str, str] = {
    "TAKE_PROFIT": "Take profit orders are not supported for this symbol.",
    "TAKE_PROFIT_LIMIT": "Take profit limit orders are not supported for this symbol.",
}
RESPONSES = ("ACK", "RESULT", "FULL")
LEG_NAMES = ("Type", "ClientOrderId", "Price", "StopPrice", "TimeInForce")


@dataclass(frozen=True, slots=True)
class OrderForm:
    """A well-formed order, and what the kernel need not know of it."""

    order: NewOrder
    response: str
    stp: str


@dataclass(frozen=True, slots=True)
class ListForm:
    """A well-formed OCO: the leg above the market first."""

    above: NewOrder
    below: NewOrder
    client_id: str
    response: str
    stp: str


def read_order(given: Parameters, symbols: Mapping[str, SymbolRules]) -> OrderForm:
    """Read one order.

    Raises:
        ApiError: -11xx, a parameter is missing, too much or unreadable; -2010, the symbol does not
            take such orders.
    """
    symbol, side = _symbol(given, symbols), _side(given)
    kind = given.need("type")
    quantity, cost = given.number("quantity"), given.number("quoteOrderQty")
    _check_names(given, kind)
    if kind == "MARKET" and quantity is None and cost is None:
        raise missing_both("quantity", "quoteOrderQty")
    if kind == "MARKET" and quantity is not None and cost is not None:
        raise not_required("quoteOrderQty")
    order = NewOrder(
        symbol=symbols[symbol].market,
        side=side,
        type=KINDS[kind],
        quantity=quantity,
        cost=cost,
        price=given.number("price"),
        trigger=given.number("stopPrice"),
        time_in_force=_time_in_force(given, kind),
        client_id=given.client_id("newClientOrderId"),
        venue_type=kind,
    )
    default = "FULL" if kind in {"LIMIT", "MARKET"} else "ACK"
    return OrderForm(order, _response(given, default), _stp(given))


def read_oco(given: Parameters, symbols: Mapping[str, SymbolRules]) -> ListForm:
    """Read an OCO of a limit that waits for a profit and a stop that waits for a loss.

    Raises:
        ApiError: -11xx, the types do not go together or a parameter is missing, too much or
            unreadable.
    """
    symbol, side = _symbol(given, symbols), _side(given)
    given.need("quantity")
    above, below = given.need("aboveType"), given.need("belowType")
    _check_legs(above, below, side)
    base = [("symbol", symbol), ("side", side.name), ("quantity", given.need("quantity"))]
    legs = [read_order(_leg(given, prefix, base), symbols).order for prefix in ("above", "below")]
    return ListForm(
        legs[0],
        legs[1],
        given.client_id("listClientOrderId"),
        _response(given, "RESULT"),
        _stp(given),
    )


def without_price(order: NewOrder) -> bool:
    """Return whether an order takes the market's price when its time comes."""
    return order.type in {OrderType.MARKET, OrderType.STOP_LOSS}


def prices(order: NewOrder) -> tuple[Decimal, ...]:
    """Return limit and stop price, where there are such."""
    return tuple(price for price in (order.price, order.trigger) if price is not None)


def with_client_id(order: NewOrder, client_id: str) -> NewOrder:
    """Return the order under the id that the venue gives to one without."""
    return order if order.client_id else replace(order, client_id=client_id)


def _check_names(given: Parameters, kind: str) -> None:
    if kind not in NEEDED and kind not in UNSUPPORTED:
        raise ApiError(-1116, "Invalid orderType.")
    if kind in UNSUPPORTED:
        raise rejected(UNSUPPORTED[kind])
    for name in NEEDED[kind]:
        if name not in given:
            raise missing(name)
    allowed = NEEDED[kind] if kind != "MARKET" else ("quantity", "quoteOrderQty")
    for name in NAMES:
        if name in given and name not in allowed:
            raise not_required(name)
    if "trailingDelta" in given:
        raise rejected("Trailing stop orders are not supported for this symbol.")
    if "icebergQty" in given:
        raise rejected("Iceberg orders are not supported for this symbol.")


def _check_legs(above: str, below: str, side: Side) -> None:
    for kind in (above, below):
        if kind not in NEEDED or kind in {"LIMIT", "MARKET"}:
            raise ApiError(-1158, "Order type not supported in OCO.")
    if above == below == "LIMIT_MAKER":
        raise ApiError(-1168, "At least one OCO order must be contingent.")
    if side is Side.SELL:
        if below == "LIMIT_MAKER":
            raise ApiError(-1166, "A limit order in a sell OCO must be above.")
        if above.startswith("STOP_LOSS"):
            raise ApiError(-1197, "A stop loss order in a sell OCO must be below.")
    else:
        if above == "LIMIT_MAKER":
            raise ApiError(-1165, "A limit order in a buy OCO must be below.")
        if below.startswith("STOP_LOSS"):
            raise ApiError(-1196, "A stop loss order in a buy OCO must be above.")


def _leg(given: Parameters, prefix: str, base: list[tuple[str, str]]) -> Parameters:
    named = {f"{prefix}{name}": name[0].lower() + name[1:] for name in LEG_NAMES}
    named[f"{prefix}ClientOrderId"] = "newClientOrderId"
    return Parameters((*base, *given.renamed(named.items()).pairs))


def _symbol(given: Parameters, symbols: Mapping[str, SymbolRules]) -> str:
    symbol = given.need("symbol")
    if symbol not in symbols:
        raise bad_symbol()
    return symbol


def _side(given: Parameters) -> Side:
    try:
        return Side[given.need("side")]
    except KeyError:
        raise ApiError(-1117, "Invalid side.") from None


def _time_in_force(given: Parameters, kind: str) -> TimeInForce:
    if kind == "LIMIT_MAKER":
        return TimeInForce.POST_ONLY
    name = given.text("timeInForce", "GTC")
    if name not in {"GTC", "IOC", "FOK"}:
        raise ApiError(-1115, "Invalid timeInForce.")
    return TimeInForce[name]


def _response(given: Parameters, default: str) -> str:
    name = given.text("newOrderRespType", default)
    if name not in RESPONSES:
        raise invalid_data("newOrderRespType")
    return name


def _stp(given: Parameters) -> str:
    mode = given.text("selfTradePreventionMode", DEFAULT_STP)
    if mode not in STP_MODES:
        raise invalid_data("selfTradePreventionMode")
    return mode
