"""A venue as the core sees it: market data in, orders out, reports back.

What a live adapter owes the core:

* `run` never ends and never raises for trouble with the network: it reconnects by itself and tells
  `ConnectionLost` and `ConnectionRestored` for each surface. The core says "venue down" and "back"
  once, and after a restored order stream or REST it asks about every order before it decides.
* The sink returns at once: prices are conflated and orders kept in their order behind it.
* `place` raises Ambiguous wherever the order may exist: a timeout, a 5xx, an unreadable answer, and
  a client id that the venue calls a duplicate, because then an earlier attempt did arrive.
* A rate limit is Throttled with the moment it ends, and a stop that would trigger at once is
  TriggerPassed: the core then sells instead.
* This host's clock is compared with the venue's at the start and every hour. More than a second
  apart is told by `ClockOff`, and by `ClockRight` when it is over; beyond five, `place` is Refused.
* `order` and `open_orders` answer with every fill of an order; an event of the stream may carry the
  newest fills alone: where `filled_quantity` is ahead of what is booked, the core asks.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from engine.domain.candle import Candle, Timeframe
from engine.domain.ids import ClientOrderId, TradeId, VenueOrderId
from engine.domain.instrument import Instrument
from engine.domain.intent import OrderIntent, Side
from engine.domain.venue import Sessions, VenueMode, VenueName


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a venue can do beyond market and limit orders.

    `oco`: a take-profit and a stop that cancel each other (Binance spot); `conditional`: trigger
    orders on the mark price that only reduce (USDT-M); `buys_by_cost`: a market buy names an amount
    of quote (Upbit); `converts_dust`: rests can be swapped for BNB; `replaces_protection`: a new
    protective order may lie beside the one it replaces (USDT-M locks nothing), so that a position
    is never without one. `absence_proven_after_s`: how long after sending an order that the venue
    does not know can no longer arrive.
    """

    oco: bool = False
    conditional: bool = False
    buys_by_cost: bool = False
    converts_dust: bool = False
    margin: bool = False
    replaces_protection: bool = False
    absence_proven_after_s: float = 20.0


class ReportStatus(StrEnum):
    """How far an order has come at its venue."""

    OPEN = "open"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Fill:
    """One trade as a venue reports it; `fee_in_quote` is its fee valued in quote."""

    trade_id: TradeId
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    fee_in_quote: Decimal
    maker: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderReport:
    """All a venue knows of one order: every fill so far, so reports may repeat or overtake.

    `filled_quantity` may be ahead of `fills` where a stream tells trades one by one. `client_id` is
    empty for an order that carries none. `quantity` and `price` are what the order asks for: only
    orders that are not ours are shown by them, None where the venue does not say.
    """

    client_id: ClientOrderId
    venue_order_id: VenueOrderId
    symbol: str
    side: Side
    status: ReportStatus
    filled_quantity: Decimal
    fills: tuple[Fill, ...]
    at: datetime
    quantity: Decimal | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FundingReport:
    """A funding settlement: `amount` of quote, negative when paid."""

    settlement_id: TradeId
    symbol: str
    amount: Decimal
    rate: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What the venue holds of one asset."""

    free: Decimal
    locked: Decimal

    @property
    def total(self) -> Decimal:
        """Return free and locked together."""
        return self.free + self.locked


@dataclass(frozen=True, slots=True)
class VenuePosition:
    """A contract position at the venue."""

    symbol: str
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    liquidation_price: Decimal
    leverage: int


@dataclass(frozen=True, slots=True)
class Ticker:
    """Last price and 24 h turnover of a market, in quote; a price of zero means none is known."""

    symbol: str
    last: float
    turnover: float
    at: datetime


@dataclass(frozen=True, slots=True)
class CandleOpened:
    """A new base candle began; its open is also the newest price."""

    symbol: str
    opened_at: datetime
    price: float


@dataclass(frozen=True, slots=True)
class PriceMoved:
    """A trade took place; `mark` is the mark price on venues that have one."""

    symbol: str
    price: float
    at: datetime
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class CandleClosed:
    """A base candle is complete; `mark` is the mark price at its end where a replay knows one."""

    symbol: str
    candle: Candle
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class CandlesPassed:
    """Base candles of a market that was calm are complete, oldest first (a replay alone tells so).

    `mark` is the mark price at the end of the last one, on venues that have one.
    """

    symbol: str
    candles: Sequence[Candle]
    mark: float | None = None


@dataclass(frozen=True, slots=True)
class LoopDue:
    """Everything up to this moment was told: a replay asks for a loop (a live venue never does).

    `slept` are the moments since the last one in which every market of the venue was calm, in
    seconds since 1970.
    """

    at: datetime
    slept: Sequence[int] = ()


class SurfaceName(StrEnum):
    """A line between Pasu and a venue that can fail on its own."""

    PRICES = "prices"
    ORDERS = "orders"
    REST = "rest"


class SurfaceState(StrEnum):
    """How a line to a venue is."""

    UP = "up"
    CONNECTING = "connecting"
    DOWN = "down"
    AUTH_FAILED = "auth_failed"


@dataclass(frozen=True, slots=True)
class Surface:
    """One line to a venue: when it was last heard and how it is now."""

    name: SurfaceName
    heard_at: datetime | None
    state: SurfaceState


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """A line to the venue failed; what was heard over it is stale.

    `until` is the moment before which the venue must not be called (a ban); `auth_failed` says that
    no retry helps and `reason` what the owner has to mend.
    """

    surface: SurfaceName
    reason: str
    at: datetime
    until: datetime | None = None
    auth_failed: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionRestored:
    """A line to the venue carries again; what was missed meanwhile is the core's to ask for."""

    surface: SurfaceName
    at: datetime


@dataclass(frozen=True, slots=True)
class ClockOff:
    """This host's clock is certainly more than a second off the venue's.

    It is `ahead_s` ahead, or behind where that is negative; `bars_orders`: none is taken until it
    is right.
    """

    ahead_s: float
    bars_orders: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ClockRight:
    """This host's clock was off and agrees with the venue's again."""

    at: datetime


LineEvent = ConnectionLost | ConnectionRestored | ClockOff | ClockRight
VenueEvent = (
    CandleOpened
    | PriceMoved
    | CandleClosed
    | CandlesPassed
    | OrderReport
    | FundingReport
    | LoopDue
    | LineEvent
)
EventSink = Callable[[VenueEvent], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Calm:
    """A promise about a market with nothing held, ordered or asked for.

    Before `until` the core does nothing about candles that stay below the price, however many.
    """

    below: float
    until: datetime


@dataclass(frozen=True, slots=True)
class Levels:
    """Prices that would make the core act: at or below the one, at or above the other.

    Candles that one of the promises covers may be told later, many at once: a replay does so.
    """

    below: float | None = None
    above: float | None = None
    calm: tuple[Calm, ...] = ()


@dataclass(frozen=True, slots=True)
class VenueProfile:
    """What is fixed about a venue while the engine runs; `note` is shown on every card."""

    name: VenueName
    mode: VenueMode
    quote: str
    capabilities: Capabilities
    sessions: Sessions
    base_timeframes: Mapping[str, Timeframe] = field(default_factory=dict)
    note: str = ""


class Venue(Protocol):
    """One place to trade.

    Calls that read raise VenueDown or AuthFailed; calls that change something raise Refused,
    Throttled (both: nothing happened), AuthFailed or Ambiguous (ask by client id).
    """

    @property
    def profile(self) -> VenueProfile:
        """Return what is fixed about the venue."""
        ...

    async def connect(self) -> Sequence[Instrument]:
        """Open the venue and return its markets with their rules; may be called again."""
        ...

    async def instruments(self) -> Sequence[Instrument]:
        """Return the markets with their rules and flags as the venue states them now."""
        ...

    def follow(self, symbols: Sequence[str]) -> None:
        """Stream these markets from now on, and no others; what is held is always among them.

        It only notes the wish: the streams follow, and trouble with them is told by `run`.
        """
        ...

    def surfaces(self) -> Sequence[Surface]:
        """Return every line to the venue with its age; empty where nothing can fail (replay)."""
        ...

    async def run(self, sink: EventSink) -> None:
        """Stream prices and order reports into the sink until cancelled."""
        ...

    async def close(self) -> None:
        """Let go of everything that was opened."""
        ...

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        """Return up to the newest `count` closed candles, oldest first."""
        ...

    async def tickers(self) -> Sequence[Ticker]:
        """Return last price and turnover of every market."""
        ...

    async def balances(self) -> Mapping[str, Balance]:
        """Return what the account holds, by asset."""
        ...

    async def positions(self) -> Sequence[VenuePosition]:
        """Return open contract positions; empty where the venue has none."""
        ...

    async def place(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        """Send one order, or the two legs of an OCO, and return what the venue says of each."""
        ...

    async def cancel(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        """Cancel one order (an OCO as a whole) and return its last state, None if unknown."""
        ...

    async def order(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        """Return what the venue knows of an order, None if it knows none by that id."""
        ...

    async def open_orders(self) -> Sequence[OrderReport]:
        """Return every order that is still open, ours or not."""
        ...

    async def sellable(self, symbol: str, quantity: Decimal) -> Decimal:
        """Return how much of a quantity a market sale may take off the displayed book now.

        A venue that does not refuse sales beyond its book returns the quantity as it is.
        """
        ...

    async def convert_dust(self, symbol: str, quantity: Decimal) -> tuple[Decimal, str]:
        """Swap a rest too small to sell and return amount and asset received."""
        ...

    def watch(self, symbol: str, levels: Levels) -> None:
        """Name the prices that matter now: a replay visits them inside a candle."""
        ...
