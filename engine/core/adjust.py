"""Where a venue holds less than the book says, the venue is believed: the facts that follow."""

from datetime import datetime
from decimal import Decimal

from engine.core.booking import closed
from engine.domain.custody import PositionAdjusted, SymbolPaused
from engine.domain.events import Fact
from engine.domain.exits import ExitReason
from engine.domain.instrument import Instrument
from engine.domain.position import Position, adjusted
from engine.phrases.causes import Cause


def adjustment(
    position: Position, held: Decimal, price: Decimal, instrument: Instrument | None, at: datetime
) -> tuple[Fact, ...]:
    """Return the facts that bring a position down to what is held, and pause its market.

    What went is valued at the present price. A rest smaller than a lot (a fee, a rounding) could
    not be sold anyway: it is adjusted without a pause.
    """
    missing = position.quantity - held
    is_contract = instrument is not None and instrument.is_contract
    worth = missing * (price - position.entry_price if is_contract else price)
    key = (position.venue, position.symbol)
    why = Cause.HOLDS_LESS.say()
    facts: list[Fact] = [
        PositionAdjusted(*key, position.quantity, held, price, worth, why, at),
    ]
    if not held:
        facts.append(closed(adjusted(position, held, price), ExitReason.MANUAL, price, at))
    if instrument is None or missing >= instrument.lot:
        paused = Cause.HOLDS_ONLY.say(held=held, booked=position.quantity)
        facts.append(SymbolPaused(*key, paused, at))
    return tuple(facts)
