"""When a position is left: the plan it is opened with, and what a price does to it."""

from decimal import Decimal
from enum import StrEnum

from engine.domain.exits import ExitPlan, ExitReason
from engine.domain.instrument import Instrument
from engine.domain.money import ONE, PERCENT, ZERO, from_float
from engine.domain.position import Position
from strategies.parameters import Parameters

WARN_DISTANCE = Decimal("0.30")
REDUCE_DISTANCE = Decimal("0.25")
CLOSE_DISTANCE = Decimal("0.20")


class LiquidationStep(StrEnum):
    """What a shrinking distance to the liquidation price asks for."""

    WARN = "warn"
    REDUCE = "reduce"
    CLOSE = "close"


def plan_exits(
    instrument: Instrument, entry_price: Decimal, atr: float | None, parameters: Parameters
) -> ExitPlan:
    """Return the exits of a position entered at a price, on ticks that are never nearer to it.

    A `stop_loss_percent` of 0 puts the stop at entry − ATR × multiplier; as long as no ATR is
    known that leaves the emergency stop alone. The stop is at least one tick, and one below entry.
    """
    profit = entry_price * (ONE + _share(parameters.take_profit_percent))
    trailing = _share(parameters.trailing_stop_percent)
    return ExitPlan(
        take_profit=instrument.ticks.up(profit),
        stop_loss=_stop(instrument, entry_price, atr, parameters),
        trailing=trailing or None,
        emergency=_share(parameters.emergency_percent),
    )


def exit_reason(position: Position, price: Decimal) -> ExitReason | None:
    """Return why a price sells the position, None where it does not; the order is design §7's.

    A price that is not positive says nothing: a stream without a price tells zero.
    """
    plan, trailing = position.exits, position.trailing_stop
    if price <= 0:
        return None
    if price <= position.emergency_stop:
        return ExitReason.EMERGENCY
    if plan.take_profit is not None and price >= plan.take_profit:
        return ExitReason.TAKE_PROFIT
    if plan.stop_loss is not None and price <= plan.stop_loss:
        return ExitReason.STOP_LOSS
    if trailing is not None and price <= trailing:
        return ExitReason.TRAILING_STOP
    return None


def levels(position: Position) -> tuple[Decimal | None, Decimal | None]:
    """Return the highest price at or below which it is sold, and the lowest at or above which.

    A new high can raise the first one: ask again after `Position.seen`.
    """
    stops = (position.emergency_stop, position.exits.stop_loss, position.trailing_stop)
    return max(stop for stop in stops if stop is not None), position.exits.take_profit


def liquidation_step(mark: Decimal, liquidation_price: Decimal | None) -> LiquidationStep | None:
    """Return what the distance (mark − liquidation) / mark asks for, None where it is safe.

    Warn at 30 %, reduce at 25 %, close below 20 % (design §9). None without a liquidation price and
    without a mark price.
    """
    if liquidation_price is None or mark <= 0:
        return None
    distance = (mark - liquidation_price) / mark
    if distance < CLOSE_DISTANCE:
        return LiquidationStep.CLOSE
    if distance <= REDUCE_DISTANCE:
        return LiquidationStep.REDUCE
    return LiquidationStep.WARN if distance <= WARN_DISTANCE else None


def _share(percent: float) -> Decimal:
    return from_float(percent) / PERCENT


def _stop(
    instrument: Instrument, entry: Decimal, atr: float | None, parameters: Parameters
) -> Decimal | None:
    if parameters.stop_loss_percent:
        wanted = entry * (ONE - _share(parameters.stop_loss_percent))
    elif atr is not None:
        wanted = entry - from_float(atr) * from_float(parameters.atr_multiplier)
    else:
        return None
    ticks = instrument.ticks
    highest = entry - ticks.tick_at(entry)
    # Where the lowest price there can be is the entry itself, a stop would sell at once.
    stop = max(ticks.down(max(min(wanted, highest), ZERO)), ticks.bands[-1][1])
    return stop if stop < entry else None
