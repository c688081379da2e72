"""Order intents as the parameters of Binance's requests: exact texts, our own ids everywhere.

Source: binance-spot-api-docs, rest-api.md "New order" and "New Order list - OCO".
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType

from engine.domain.errors import Refused
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.venues.binance_spot.figures import written

_TYPES: Mapping[OrderType, str] = MappingProxyType(
    {
        OrderType.MARKET: "MARKET",
        OrderType.LIMIT: "LIMIT",
        OrderType.STOP_MARKET: "STOP_LOSS",
        OrderType.TAKE_PROFIT: "TAKE_PROFIT",
    }
)
_LEGS = 2


def order_request(intent: OrderIntent, venue_symbol: str) -> dict[str, str]:
    """Return the parameters of POST /api/v3/order.

    Raises:
        Refused: the intent lacks the price or the trigger of its type.
    """
    asked = {
        "symbol": venue_symbol,
        "side": intent.side.value.upper(),
        "type": _TYPES[intent.type],
        "newClientOrderId": intent.client_id,
        "newOrderRespType": "FULL",
    }
    if intent.type is OrderType.MARKET and intent.cost is not None:
        return asked | {"quoteOrderQty": written(intent.cost)}
    asked["quantity"] = written(intent.quantity)
    if intent.type is OrderType.LIMIT:
        return asked | {"timeInForce": "GTC", "price": written(_need(intent.price, "price"))}
    if intent.type is not OrderType.MARKET:
        asked["stopPrice"] = written(_need(intent.trigger, "trigger"))
    return asked


def oco_request(intents: Sequence[OrderIntent], venue_symbol: str) -> dict[str, str]:
    """Return the parameters of POST /api/v3/orderList/oco for a sale.

    The take-profit lies above the market as a LIMIT_MAKER, the stop below it as a STOP_LOSS.

    Raises:
        Refused: the intents are not the two legs of a sale.
    """
    profit = next((one for one in intents if one.type is OrderType.LIMIT), None)
    stop = next((one for one in intents if one.type is OrderType.STOP_MARKET), None)
    fits = profit is not None and stop is not None and len(intents) == _LEGS
    if not fits or profit is None or stop is None or profit.group is None:
        raise Refused("oco", "an OCO is a limit order and a stop of one group")
    if {profit.side, stop.side} != {Side.SELL} or profit.quantity != stop.quantity:
        raise Refused("oco", "an OCO sells one quantity with both legs")
    return {
        "symbol": venue_symbol,
        "side": "SELL",
        "quantity": written(profit.quantity),
        "listClientOrderId": profit.group,
        "aboveType": "LIMIT_MAKER",
        "aboveClientOrderId": profit.client_id,
        "abovePrice": written(_need(profit.price, "price")),
        "belowType": "STOP_LOSS",
        "belowClientOrderId": stop.client_id,
        "belowStopPrice": written(_need(stop.trigger, "trigger")),
        "newOrderRespType": "FULL",
    }


def is_vital(intents: Sequence[OrderIntent]) -> bool:
    """Return whether orders may use the reserve of the rate budget: all but entries."""
    return all(intent.purpose is not Purpose.ENTRY for intent in intents)


def _need(value: Decimal | None, name: str) -> Decimal:
    if value is None:
        raise Refused("order", f"the order has no {name}")
    return value
