"""Decimal amounts, tick tables and the one way to round to a step."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from engine.domain.errors import Malformed

ZERO = Decimal(0)
ONE = Decimal(1)
PERCENT = Decimal(100)


def to_step(value: Decimal, step: Decimal, rounding: str = ROUND_FLOOR) -> Decimal:
    """Return the multiple of step nearest to value in the given direction.

    Raises:
        Malformed: the step is not positive.
    """
    if step <= 0:
        message = f"a step must be positive, not {step}"
        raise Malformed(message)
    return (value / step).to_integral_value(rounding) * step


def from_float(value: float) -> Decimal:
    """Return the shortest decimal that reads back as the same float."""
    return Decimal(repr(value))


@dataclass(frozen=True, slots=True)
class TickTable:
    """Price steps by price band, highest band first: ((from_price, tick), ...)."""

    bands: tuple[tuple[Decimal, Decimal], ...]

    def tick_at(self, price: Decimal) -> Decimal:
        """Return the tick size of the band that holds the price."""
        for start, tick in self.bands:
            if price >= start:
                return tick
        return self.bands[-1][1]

    def down(self, price: Decimal) -> Decimal:
        """Return the highest valid price not above the given one."""
        return to_step(price, self.tick_at(price), ROUND_FLOOR)

    def up(self, price: Decimal) -> Decimal:
        """Return the lowest valid price not below the given one."""
        return to_step(price, self.tick_at(price), ROUND_CEILING)

    def near(self, price: Decimal) -> Decimal:
        """Return the valid price nearest to the given one."""
        return to_step(price, self.tick_at(price), ROUND_HALF_EVEN)


def single_tick(tick: Decimal) -> TickTable:
    """Return the table of a market with one tick size at every price."""
    return TickTable(((ZERO, tick),))
