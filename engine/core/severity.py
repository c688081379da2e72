"""How loudly each fact is told to the owner."""

from engine.domain import events
from engine.domain.events import Fact, OperatorState, Severity
from engine.domain.exits import ExitReason

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
)
_WARNING = (
    events.OrderRefused,
    events.OrderFateUnknown,
    events.OrderNeverArrived,
    events.SlippageExceeded,
    events.SettingsRejected,
    events.VenueLost,
    events.DifferenceFound,
    events.DailyLossReached,
    events.StrategyDisabled,
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
        return Severity.WARNING
    if isinstance(fact, events.PositionClosed) and fact.reason in _ALARMING:
        return Severity.CRITICAL
    if isinstance(fact, events.OperatorStateChanged):
        grave = fact.state in (OperatorState.SAFE, OperatorState.PANIC)
        return Severity.CRITICAL if grave else Severity.INFO
    return Severity.INFO
