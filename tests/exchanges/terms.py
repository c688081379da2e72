"""What the fake exchange speaks of: markets, orders, trades, balances, refusals and events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto

ZERO = Decimal(0)
SATOSHI = Decimal("0.00000001")


class Side(Enum):
    """Which way an order trades."""

    BUY = auto()
    SELL = auto()

    @property
    def other(self) -> "Side":
        """Return the opposite side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(Enum):
    """How an order trades; stops become MARKET or LIMIT at their trigger."""

    MARKET = auto()
    LIMIT = auto()
    STOP_LOSS = auto()
    STOP_LOSS_LIMIT = auto()


class TimeInForce(Enum):
    """How long what does not trade at once stays."""

    GTC = auto()
    IOC = auto()
    FOK = auto()
    POST_ONLY = auto()


class Status(Enum):
    """Where an order is in its life."""

    NEW = auto()
    PARTIALLY_FILLED = auto()
    FILLED = auto()
    CANCELED = auto()
    EXPIRED = auto()

    @property
    def is_open(self) -> bool:
        """Return whether the order may still trade."""
        return self in {Status.NEW, Status.PARTIALLY_FILLED}


class Cause(Enum):
    """Why an order changed."""

    ACCEPTED = auto()
    TRIGGERED = auto()
    TRADED = auto()
    CANCELED = auto()
    EXPIRED = auto()


class Kind(Enum):
    """What a refusal is about; each server has its own words for it."""

    UNKNOWN_MARKET = auto()
    MARKET_HALTED = auto()
    UNKNOWN_ORDER = auto()
    ALREADY_DONE = auto()
    DUPLICATE_CLIENT_ID = auto()
    INSUFFICIENT_FUNDS = auto()
    WOULD_TAKE = auto()
    WOULD_TRIGGER = auto()
    NO_LIQUIDITY = auto()
    BAD_PRICE = auto()
    BAD_QUANTITY = auto()
    TOO_SMALL = auto()
    BAD_REQUEST = auto()


class Rejected(Exception):
    """The exchange refused; nothing was changed. `detail` is for people."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(f"{kind.name} {detail}".strip())
        self.kind = kind
        self.detail = detail


class FeeIn(Enum):
    """Which asset a fee is taken from."""

    QUOTE = auto()
    RECEIVED = auto()
    COIN = auto()


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """How fees are taken: always from quote (Upbit), or from what comes in (Binance), or a coin.

    `coin` is used while its free balance covers the fee, at `discount` times the usual fee valued
    at the last price of `coin`/quote; otherwise the fee comes from what was received.
    """

    kind: FeeIn = FeeIn.QUOTE
    coin: str = ""
    discount: Decimal = Decimal("0.75")


def fixed_tick(tick: Decimal) -> Callable[[Decimal], Decimal]:
    """Return a tick rule that is the same at every price."""
    return lambda _price: tick


CENTS = fixed_tick(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class Market:
    """One market. Fees are shares of the traded money; `lot` floors what a given cost buys.

    `tick` returns the price step at a price; it shapes the default book. Steps and minimums of
    orders are checked by the servers, each by its venue's rules and words.
    """

    symbol: str
    base: str
    quote: str
    taker_fee: Decimal
    maker_fee: Decimal
    fees: FeePolicy = FeePolicy()
    lot: Decimal = SATOSHI
    tick: Callable[[Decimal], Decimal] = CENTS
    fee_step: Decimal = SATOSHI


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as it arrives: `quantity` of base, or `cost` in quote for a market order.

    `price` is the limit; on a MARKET order it is a bound that the walk through the book respects.
    `trigger` is for stops. `venue_type` is the venue's own word for the type, kept for echoing.
    """

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    cost: Decimal | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    client_id: str = ""
    venue_type: str = ""


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade of ours. `cost` is price times quantity in quote; `fee` is in `fee_asset`."""

    id: int
    order_id: int
    client_id: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    cost: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """An order as the exchange has it: a snapshot that later changes do not touch.

    `filled` is in base, `funds` the money traded in quote; `locked` what it holds of `lock_asset`
    (of an OCO group the amount is shared, and shown on each leg); `list_id` names the OCO group.
    """

    id: int
    new: NewOrder
    status: Status
    created_at: datetime
    updated_at: datetime
    lock_asset: str
    locked: Decimal = ZERO
    filled: Decimal = ZERO
    funds: Decimal = ZERO
    triggered: bool = False
    list_id: int | None = None
    trades: tuple[Trade, ...] = ()

    @property
    def remaining(self) -> Decimal:
        """Return the base still to trade; 0 for an order by cost."""
        return (self.new.quantity or self.filled) - self.filled

    @property
    def is_stop_waiting(self) -> bool:
        """Return whether the order still waits for its trigger."""
        return self.new.trigger is not None and not self.triggered


@dataclass(frozen=True, slots=True)
class OrderList:
    """An OCO group with its legs in the order they were placed."""

    id: int
    client_id: str
    symbol: str
    order_ids: tuple[int, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What the account has of an asset."""

    asset: str
    free: Decimal
    locked: Decimal


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """An order changed; `trade` is there when the cause is TRADED."""

    order: VenueOrder
    cause: Cause
    trade: Trade | None
    at: datetime


@dataclass(frozen=True, slots=True)
class TradeHappened:
    """An order of ours traded."""

    trade: Trade


@dataclass(frozen=True, slots=True)
class BalanceChanged:
    """Balances changed: the new values of those that did."""

    balances: tuple[Balance, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PriceMoved:
    """Somebody traded: `side` is that of the taker."""

    symbol: str
    price: Decimal
    quantity: Decimal
    side: Side
    at: datetime


@dataclass(frozen=True, slots=True)
class BookChanged:
    """A test showed another book; a moved price changes the book too, and tells so by itself."""

    symbol: str
    at: datetime


Event = OrderChanged | TradeHappened | BalanceChanged | PriceMoved | BookChanged
