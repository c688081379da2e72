"""Read an order as it is posted to Upbit, and check it by Upbit's rules."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from tests.exchanges.matching import Exchange
from tests.exchanges.terms import (
    SATOSHI,
    ZERO,
    Kind,
    NewOrder,
    OrderType,
    Rejected,
    Side,
    TimeInForce,
)
from tests.exchanges.upbit.errors import invalid, of_kernel, wrong_order
from tests.exchanges.upbit.listing import MIN_TOTAL, symbol_of

_SIDES: Mapping[str, Side] = {"bid": Side.BUY, "ask": Side.SELL}
_IN_FORCE: Mapping[str, TimeInForce] = MappingProxyType(
    {
        "": TimeInForce.GTC,
        "ioc": TimeInForce.IOC,
        "fok": TimeInForce.FOK,
        "post_only": TimeInForce.POST_ONLY,
    }
)
_SMP = frozenset({"", "cancel_maker", "cancel_taker", "reduce"})
# ord_type and side: whether price and volume must be there.
_NEEDS: Mapping[tuple[str, Side], tuple[bool, bool]] = MappingProxyType(
    {
        ("limit", Side.BUY): (True, True),
        ("limit", Side.SELL): (True, True),
        ("price", Side.BUY): (True, False),
        ("market", Side.SELL): (False, True),
        ("best", Side.BUY): (True, False),
        ("best", Side.SELL): (False, True),
    }
)


def read_order(params: Mapping[str, str], exchange: Exchange) -> NewOrder:
    """Return the order that parameters describe, after every check but that of the balance.

    Raises:
        Refused: Upbit's refusal.
    """
    side = _SIDES.get(params.get("side", ""))
    if side is None:
        raise invalid("side")
    try:
        order = _parsed(params, side, exchange)
        _check_sizes(order, exchange)
    except Rejected as e:
        raise of_kernel(e, side) from e
    return order


def _parsed(params: Mapping[str, str], side: Side, exchange: Exchange) -> NewOrder:
    market = exchange.market(symbol_of(params.get("market", "")))
    kind = params.get("ord_type", "")
    in_force = _in_force(params, kind, side)
    price, volume = _number(params, "price"), _number(params, "volume")
    if _NEEDS.get((kind, side)) != (price is not None, volume is not None):
        raise wrong_order(side)
    if kind == "limit":
        terms = NewOrder(market.symbol, side, OrderType.LIMIT, quantity=volume, price=price)
    else:
        terms = NewOrder(
            market.symbol,
            side,
            OrderType.MARKET,
            quantity=volume,
            cost=price,
            price=_best(exchange, market.symbol, side) if kind == "best" else None,
        )
    return NewOrder(
        terms.symbol,
        side,
        terms.type,
        quantity=terms.quantity,
        cost=terms.cost,
        price=terms.price,
        time_in_force=in_force,
        client_id=params.get("identifier", ""),
        venue_type=kind,
    )


def _in_force(params: Mapping[str, str], kind: str, side: Side) -> TimeInForce:
    if kind not in {"limit", "price", "market", "best"}:
        raise invalid("ord_type")
    word, smp = params.get("time_in_force", ""), params.get("smp_type", "")
    if word not in _IN_FORCE:
        raise invalid("time_in_force")
    if smp not in _SMP or (smp and word == "post_only"):
        raise invalid("smp_type")
    needed = {"best": {"ioc", "fok"}, "limit": set(_IN_FORCE)}.get(kind, {""})
    if word not in needed:
        raise wrong_order(side)
    return _IN_FORCE[word]


def _number(params: Mapping[str, str], name: str) -> Decimal | None:
    text = params.get(name)
    if text is None or text == "None":
        return None
    try:
        number = Decimal(text)
    except InvalidOperation as e:
        raise invalid(name) from e
    if not number.is_finite() or number <= 0:
        raise invalid(name)
    return number


def _best(exchange: Exchange, symbol: str, side: Side) -> Decimal:
    levels = exchange.book(symbol).against(side)
    if not levels:
        raise Rejected(Kind.NO_LIQUIDITY)
    return levels[0][0]


def _check_sizes(order: NewOrder, exchange: Exchange) -> None:
    """Check step, minimum and depth of book, in this order."""
    market = exchange.market(order.symbol)
    if order.quantity is not None and order.quantity % SATOSHI:
        raise Rejected(Kind.BAD_QUANTITY)
    limit = order.price if order.venue_type == "limit" else None
    if limit is not None and limit % market.tick(limit):
        raise Rejected(Kind.BAD_PRICE)
    if _total(order, exchange) < MIN_TOTAL:
        raise Rejected(Kind.TOO_SMALL, f"{MIN_TOTAL:f} {market.quote}")
    if order.venue_type in {"price", "market"} and not _is_deep_enough(order, exchange):
        raise Rejected(Kind.NO_LIQUIDITY)


def _total(order: NewOrder, exchange: Exchange) -> Decimal:
    if order.cost is not None:
        return order.cost
    price = order.price or exchange.price(order.symbol) or ZERO
    return price * (order.quantity or ZERO)


def _is_deep_enough(order: NewOrder, exchange: Exchange) -> bool:
    levels = exchange.book(order.symbol).against(order.side)
    if order.cost is not None:
        return sum((price * size for price, size in levels), ZERO) >= order.cost
    return sum((size for _, size in levels), ZERO) >= (order.quantity or ZERO)
