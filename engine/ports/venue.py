"""A venue as the core sees it: market data in, orders out, reports back."""

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
    of quote (Upbit); `converts_dust`: rests can be swapped for BNB. `absence_proven_after_s`: how
    long after sending an order that the venue does not know can no longer arrive.
    """

    oco: bool = False
    conditional: bool = False
    buys_by_cost: bool = False
    converts_dust: bool = False
    margin: bool = False
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
    """All a venue knows of one order: every fill so far, so reports may repeat or overtake."""

    client_id: ClientOrderId
    venue_order_id: VenueOrderId
    symbol: str
    side: Side
    status: ReportStatus
    filled_quantity: Decimal
    fills: tuple[Fill, ...]
    at: datetime


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
    """A base candle is complete."""

    symbol: str
    candle: Candle


@dataclass(frozen=True, slots=True)
class LoopDue:
    """Everything up to this moment was told: a replay asks for a loop (a live venue never does)."""

    at: datetime


VenueEvent = CandleOpened | PriceMoved | CandleClosed | OrderReport | FundingReport | LoopDue
EventSink = Callable[[VenueEvent], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Levels:
    """Prices that would make the core act: at or below the one, at or above the other."""

    below: float | None = None
    above: float | None = None


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
        """Open the venue and return its markets with their rules."""
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

    async def cancel(self, client_id: ClientOrderId) -> OrderReport | None:
        """Cancel one order (an OCO as a whole) and return its last state, None if unknown."""
        ...

    async def order(self, client_id: ClientOrderId) -> OrderReport | None:
        """Return what the venue knows of an order, None if it knows none by that id."""
        ...

    async def open_orders(self) -> Sequence[OrderReport]:
        """Return every order that is still open, ours or not."""
        ...

    async def convert_dust(self, symbol: str, quantity: Decimal) -> tuple[Decimal, str]:
        """Swap a rest too small to sell and return amount and asset received."""
        ...

    def watch(self, symbol: str, levels: Levels) -> None:
        """Name the prices that matter now: a replay visits them inside a candle."""
        ...
