"""How loudly each fact is told to the owner."""

from engine.domain import events
from engine.domain.custody import (
    MarketFlagged,
    PositionAdjusted,
    PositionUnprotected,
    SymbolPaused,
)
from engine.domain.events import Fact, OperatorState, Severity
from engine.domain.exits import ExitReason
from engine.domain.tuning import (
    TakenBackFor,
    TuningDeclined,
    TuningJob,
    TuningStored,
    TuningTakenBack,
)

_QUIET = (
    events.OrderIntended,
    events.OrderAccepted,
    events.OrderClosed,
    events.CapitalSet,
    events.ExitsChanged,
    events.FundingPaid,
    events.DayOpened,
    events.DustDropped,
    events.CommandAnswered,
    events.OrderFilled,
    TuningStored,
)
_WARNING = (
    events.OrderRefused,
    events.OrderFateUnknown,
    events.OrderNeverArrived,
    events.SlippageExceeded,
    events.SettingsRejected,
    events.VenueLost,
    events.ClockFoundOff,
    events.DifferenceFound,
    events.DailyLossReached,
    events.StrategyDisabled,
    PositionAdjusted,
    SymbolPaused,
    MarketFlagged,
    PositionUnprotected,
)
_CRITICAL = (events.LiquidationNeared, events.PanicProgressed)
_ALARMING = frozenset({ExitReason.LIQUIDATED, ExitReason.LIQUIDATION_RISK, ExitReason.EMERGENCY})


def severity(fact: Fact) -> Severity:
    """Return quiet for what is only kept, info for silent messages, more for what must be heard."""
    if isinstance(fact, _QUIET):
        return Severity.QUIET
    if isinstance(fact, _CRITICAL):
        return Severity.CRITICAL
    if isinstance(fact, _WARNING):
        only_the_owner = isinstance(fact, events.VenueLost) and fact.auth_failed
        return Severity.CRITICAL if only_the_owner else Severity.WARNING
    if isinstance(fact, TuningDeclined):
        # Who asks is answered; what the schedule did not find is nobody's news.
        return Severity.INFO if fact.job is TuningJob.ASKED else Severity.QUIET
    if isinstance(fact, TuningTakenBack):
        # A switch and a change by hand are told by their own facts.
        return Severity.INFO if fact.cause is TakenBackFor.UNDO else Severity.QUIET
    if isinstance(fact, events.PositionClosed) and fact.reason in _ALARMING:
        return Severity.CRITICAL
    if isinstance(fact, events.OperatorStateChanged):
        grave = fact.state in (OperatorState.SAFE, OperatorState.PANIC)
        return Severity.CRITICAL if grave else Severity.INFO
    return Severity.INFO
