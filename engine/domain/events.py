"""Every fact of the engine, in the past tense; the journal is a list of these.

Order facts      OrderIntended, OrderAccepted, OrderRefused, OrderFateUnknown, OrderNeverArrived,
                 OrderFilled, OrderClosed
Book facts       CapitalSet, PositionOpened, PositionClosed, ExitsChanged, FundingPaid,
                 DustDropped, SlippageExceeded, LiquidationNeared, DifferenceFound,
                 DayOpened, DailyLossReached
Operation facts  EngineStarted, EngineStopped, OperatorStateChanged, VenueLost, VenueFound,
                 ClockFoundOff, ClockFoundRight, SettingsChanged, SettingsRejected, PresetChanged,
                 PanicProgressed, StrategyDisabled, CommandAnswered
Custody facts    PositionAdjusted, SymbolPaused and more: see custody.py
Tuning facts     ParametersTuned, TuningDeclined, TuningStored, TuningTakenBack: see tuning.py
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from engine.domain.custody import CustodyFact
from engine.domain.exits import ExitPlan, ExitReason
from engine.domain.ids import ClientOrderId, TradeId, VenueOrderId
from engine.domain.intent import OrderIntent, Side
from engine.domain.tuning import TuningFact
from engine.domain.venue import VenueName


class Severity(StrEnum):
    """How loudly a fact is told: not at all, silently, with a sound, or until it is seen."""

    QUIET = "quiet"
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class OperatorState(StrEnum):
    """What the engine may do; SAFE is the engine's own, the others are the owner's."""

    RUNNING = "running"
    PAUSED = "paused"
    REDUCING = "reducing"
    HALTED = "halted"
    PANIC = "panic"
    SAFE = "safe"


class OrderEnd(StrEnum):
    """How an order that a venue had accepted ended."""

    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class OrderIntended:
    """An order was decided and is about to leave."""

    intent: OrderIntent
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderAccepted:
    """A venue took an order."""

    venue: VenueName
    symbol: str
    client_id: ClientOrderId
    venue_order_id: VenueOrderId
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """A venue definitely did not take an order."""

    venue: VenueName
    symbol: str
    client_id: ClientOrderId
    code: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderFateUnknown:
    """An order left and nobody knows whether it arrived."""

    venue: VenueName
    symbol: str
    client_id: ClientOrderId
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderNeverArrived:
    """An order of unknown fate was proven absent at the venue."""

    venue: VenueName
    symbol: str
    client_id: ClientOrderId
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderFilled:
    """One trade of an order; `fee` is in `fee_asset`, `fee_in_quote` its value in quote."""

    venue: VenueName
    symbol: str
    client_id: ClientOrderId
    trade_id: TradeId
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    fee_in_quote: Decimal
    maker: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderClosed:
    """An accepted order ended; its trades add up to `filled_quantity`."""

    venue: VenueName
    symbol: str
    client_id: ClientOrderId
    end: OrderEnd
    filled_quantity: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class CapitalSet:
    """The capital that Pasu may use at a venue was set or changed by `amount` of quote."""

    venue: VenueName
    asset: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class PositionOpened:
    """An entry order ended with something held."""

    venue: VenueName
    symbol: str
    quantity: Decimal
    entry_price: Decimal
    leverage: int
    exits: ExitPlan
    strategy: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PositionClosed:
    """Nothing of a position is left; `pnl` is net of fees and funding, in quote."""

    venue: VenueName
    symbol: str
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    pnl: Decimal
    pnl_percent: Decimal
    fees: Decimal
    funding: Decimal
    reason: ExitReason
    strategy: str
    opened_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ExitsChanged:
    """The exits of an open position were replaced on the owner's word."""

    venue: VenueName
    symbol: str
    exits: ExitPlan
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FundingPaid:
    """A funding settlement moved `amount` of quote: negative was paid, positive received."""

    venue: VenueName
    symbol: str
    settlement_id: TradeId
    amount: Decimal
    rate: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class DustDropped:
    """A rest below the venue's minimum left the position: dropped, or converted for `proceeds`."""

    venue: VenueName
    symbol: str
    quantity: Decimal
    price: Decimal
    proceeds: Decimal
    proceeds_asset: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SlippageExceeded:
    """A fill was worse than its decision price by more than the limit."""

    venue: VenueName
    symbol: str
    client_id: ClientOrderId
    side: Side
    decision_price: Decimal
    fill_price: Decimal
    slippage_percent: Decimal
    cost: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class LiquidationNeared:
    """The mark price came within a step of the liquidation ladder."""

    venue: VenueName
    symbol: str
    step: str
    distance_percent: Decimal
    mark_price: Decimal
    liquidation_price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class DayOpened:
    """The owner's day (KST) began at a venue with an equity, from which its loss is counted."""

    venue: VenueName
    day: date
    equity: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class DailyLossReached:
    """The loss of a day passed its cap: entries stay closed until the day ends."""

    venue: VenueName
    day: date
    loss_percent: Decimal
    cap_percent: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class DifferenceFound:
    """The venue and the ledger disagree, or agree again (`resolved`)."""

    venue: VenueName
    subject: str
    ours: str
    theirs: str
    resolved: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class EngineStarted:
    """An engine took over the state; `recovered` tells what it found, a phrase a line."""

    version: str
    modes: tuple[str, ...]
    recovered: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EngineStopped:
    """An engine ended in good order."""

    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OperatorStateChanged:
    """The owner, or the engine for SAFE, changed what the engine may do."""

    state: OperatorState
    previous: OperatorState
    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class VenueLost:
    """A venue stopped answering; said once.

    `until` is when a ban ends; `auth_failed` says that only the owner can mend it.
    """

    venue: VenueName
    cause: str
    at: datetime
    until: datetime | None = None
    auth_failed: bool = False


@dataclass(frozen=True, slots=True)
class VenueFound:
    """A venue answers again and has for a while; said once.

    `down_s` is from the first loss to the last return, `times` how often it was lost in between.
    """

    venue: VenueName
    down_s: float
    at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class ClockFoundOff:
    """This host's clock is more than a second off a venue's; said again beyond five seconds.

    It is `ahead_s` ahead, or behind where that is negative; `bars_orders`: the venue is sent none
    until it is right.
    """

    venue: VenueName
    ahead_s: float
    bars_orders: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class ClockFoundRight:
    """This host's clock agrees with a venue's again; said once."""

    venue: VenueName
    at: datetime


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """New settings are in force; each change reads "KEY: before → after", or is a phrase."""

    changes: tuple[str, ...]
    touched_positions: tuple[str, ...]
    needs_restart: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class SettingsRejected:
    """A changed settings file was not usable; the old values stay in force."""

    problems: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class PresetChanged:
    """Another preset is in force for crypto or for stocks."""

    market: str
    preset: str
    previous: str
    taken_back: tuple[str, ...]
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PanicProgressed:
    """A panic sale moved on: one receipt per position, then one summary."""

    venue: VenueName | None
    symbol: str
    outcome: str
    quantity: Decimal
    average_price: Decimal
    slippage_percent: Decimal
    seconds: float
    at: datetime


@dataclass(frozen=True, slots=True)
class StrategyDisabled:
    """A strategy raised or returned nonsense and no longer decides."""

    strategy: str
    symbol: str
    cause: str
    at: datetime


OrderFact = (
    OrderIntended
    | OrderAccepted
    | OrderRefused
    | OrderFateUnknown
    | OrderNeverArrived
    | OrderFilled
    | OrderClosed
)

BookFact = (
    CapitalSet
    | PositionOpened
    | PositionClosed
    | ExitsChanged
    | FundingPaid
    | DustDropped
    | SlippageExceeded
    | LiquidationNeared
    | DifferenceFound
    | DayOpened
    | DailyLossReached
)


@dataclass(frozen=True, slots=True)
class CommandAnswered:
    """A command of the owner was answered; its `key` makes it happen only once."""

    key: str
    who: str
    command: str
    outcome: str
    receipt: str
    at: datetime


OperationFact = (
    EngineStarted
    | EngineStopped
    | OperatorStateChanged
    | VenueLost
    | VenueFound
    | ClockFoundOff
    | ClockFoundRight
    | SettingsChanged
    | SettingsRejected
    | PresetChanged
    | PanicProgressed
    | StrategyDisabled
    | CommandAnswered
)

Fact = OrderFact | BookFact | CustodyFact | OperationFact | TuningFact


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact with its place in the journal: numbers grow by one and are never used twice."""

    seq: int
    fact: Fact
