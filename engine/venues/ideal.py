"""A venue without grain and without depth, for research: what the fast simulator assumes."""

from dataclasses import dataclass, replace
from decimal import Decimal

from engine.domain.instrument import Instrument
from engine.domain.money import ONE, ZERO, TickTable
from engine.ports.venue import Capabilities
from engine.venues.rules import VenueRules

GRAIN = Decimal("1e-12")
# Thirteen digits of any price: fewer than the fifteen that a float keeps, because a level is
# watched as a float and has to be met exactly when it is told.
TICKS = TickTable(
    (
        *((ONE.scaleb(power), ONE.scaleb(power - 12)) for power in range(12, -12, -1)),
        (ZERO, ONE.scaleb(-24)),
    )
)


@dataclass(frozen=True, slots=True)
class Ideal:
    """Costs of an ideal venue as shares of a fill: fee a side, slippage, and tax of a sale.

    Prices have 13 digits, lots and money go by 1e-12, nothing is too small, any quantity trades at
    once whatever the candle's volume, fees are paid in quote, orders name their quantity, and none
    rests at the venue: take profit and stops are the engine's own market orders. Only where a
    candle had no volume at all nothing trades.
    """

    fee: Decimal
    slippage: Decimal = ZERO
    sell_tax: Decimal = ZERO


def ideal_rules(rules: VenueRules, ideal: Ideal) -> VenueRules:
    """Return the rules of a venue without its grain, its depth and the orders it could hold."""
    return replace(
        rules,
        capabilities=Capabilities(absence_proven_after_s=0.0),
        half_spread=float(ideal.slippage),
        money_step=GRAIN,
        fee_in_base=False,
        is_deep=True,
    )


def ideal_instrument(instrument: Instrument, ideal: Ideal) -> Instrument:
    """Return a market without steps and minimums that costs what the ideal venue takes."""
    return replace(
        instrument,
        ticks=TICKS,
        lot=GRAIN,
        min_quantity=GRAIN,
        min_notional=ZERO,
        maker_fee=ideal.fee,
        taker_fee=ideal.fee,
        sell_tax=ideal.sell_tax,
    )
