"""What Pasu asks a venue to do: an order, decided but not yet sent."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from engine.domain.exits import ExitPlan, ExitReason
from engine.domain.ids import ClientOrderId
from engine.domain.venue import VenueName


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    """How an order trades: at once, at a price, or when a trigger price is touched."""

    MARKET = "market"
    LIMIT = "limit"
    STOP_MARKET = "stop_market"
    TAKE_PROFIT = "take_profit"


class Purpose(StrEnum):
    """What an order is for; decides its place in the rate budget and what its fills mean."""

    ENTRY = "entry"
    EXIT = "exit"
    PROTECT = "protect"
    PANIC = "panic"


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """One order as it was decided, written to disk before it leaves.

    `cost` is set where the venue takes a market buy by amount of quote (Upbit); `quantity` is then
    what the decision price makes of it. `price` belongs to limit orders, `trigger` to stop and
    take-profit orders. `decision_price` is the price the decision saw, for slippage. Orders that
    share a `group` cancel each other (OCO). `exits` and `leverage` describe the position that an
    entry opens, `exit_reason` why an exit sells. `decision` names the candle or day that an entry
    was decided on: one decision makes at most one entry.
    """

    client_id: ClientOrderId
    venue: VenueName
    symbol: str
    side: Side
    type: OrderType
    purpose: Purpose
    quantity: Decimal
    decision_price: Decimal
    reason: str
    strategy: str = ""
    decision: str = ""
    cost: Decimal | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None
    group: str | None = None
    reduce_only: bool = False
    leverage: int = 1
    exits: ExitPlan | None = None
    exit_reason: ExitReason | None = None
