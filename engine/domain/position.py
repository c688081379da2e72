"""What is held of one market, and what it has earned."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from engine.domain.events import OrderFilled
from engine.domain.exits import ExitPlan
from engine.domain.intent import OrderIntent, Side
from engine.domain.money import ONE, ZERO
from engine.domain.venue import VenueName


@dataclass(frozen=True, slots=True)
class Position:
    """A long position: quantities in base, money in quote.

    `bought` and `sold` add up the trades so far with their values; `fees` and `funding` are what
    they cost (funding: positive was received); `high` is the highest price since entry, for the
    trailing stop. `quantity` is net of fees taken in base.
    """

    venue: VenueName
    symbol: str
    quantity: Decimal
    bought: Decimal
    bought_value: Decimal
    opened_at: datetime
    high: Decimal
    exits: ExitPlan
    strategy: str
    reason: str
    leverage: int = 1
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    sold: Decimal = ZERO
    sold_value: Decimal = ZERO

    @property
    def entry_price(self) -> Decimal:
        """Return the mean price of what was bought."""
        return self.bought_value / self.bought

    @property
    def realized(self) -> Decimal:
        """Return the profit of what was sold, before fees and funding."""
        return self.sold_value - self.sold * self.entry_price

    @property
    def pnl_so_far(self) -> Decimal:
        """Return the realized profit net of all fees and funding."""
        return self.realized - self.fees + self.funding

    @property
    def trailing_stop(self) -> Decimal | None:
        """Return the trailing stop price once the high since entry has armed it (design §8).

        Just armed, high × (1 - share) would lie share² below entry: it never sells below entry.
        """
        share, entry = self.exits.trailing, self.entry_price
        if share is None or self.high <= entry * (ONE + share):
            return None
        return max(self.high * (ONE - share), entry)

    @property
    def emergency_stop(self) -> Decimal:
        """Return the price at which it is sold whatever else is said."""
        return self.entry_price * (ONE - self.exits.emergency)

    def value(self, price: Decimal) -> Decimal:
        """Return what the holding is worth at a price."""
        return self.quantity * price

    def unrealized(self, price: Decimal) -> Decimal:
        """Return the profit of what is still held, before fees."""
        return self.quantity * (price - self.entry_price)

    def liquidation_price(self, maintenance_margin: Decimal) -> Decimal | None:
        """Return the isolated-margin liquidation price, None without leverage.

        The loss eats the margin down to the maintenance requirement:
        entry × (1 - 1/leverage) / (1 - maintenance rate), from Binance's USDT-M formula with one
        position, no added margin and the first maintenance tier.
        """
        if self.leverage <= 1:
            return None
        return self.entry_price * (ONE - ONE / self.leverage) / (ONE - maintenance_margin)

    def seen(self, price: Decimal) -> "Position":
        """Return the position after a price, which may set a new high."""
        return replace(self, high=price) if price > self.high else self


def adjusted(position: Position, quantity: Decimal, price: Decimal) -> Position:
    """Return the position when only a quantity of it is left; the rest went at a price."""
    missing = position.quantity - quantity
    return replace(
        position,
        quantity=quantity,
        sold=position.sold + missing,
        sold_value=position.sold_value + missing * price,
    )


def opened(intent: OrderIntent, fill: OrderFilled, base: str) -> Position:
    """Return the position that the first fill of an entry opens.

    Raises:
        ValueError: the intent carries no exits, so it is not an entry.
    """
    if intent.exits is None:
        message = f"{intent.client_id} opens a position without exits"
        raise ValueError(message)
    empty = Position(
        venue=fill.venue,
        symbol=fill.symbol,
        quantity=ZERO,
        bought=ZERO,
        bought_value=ZERO,
        opened_at=fill.at,
        high=ZERO,
        exits=intent.exits,
        strategy=intent.strategy,
        reason=intent.reason,
        leverage=intent.leverage,
    )
    return filled(empty, fill, base)


def filled(position: Position, fill: OrderFilled, base: str) -> Position:
    """Return the position after a fill of either side; a fee in base shrinks what is held."""
    in_base = fill.fee if fill.fee_asset == base else ZERO
    fees = position.fees + fill.fee_in_quote
    if fill.side is Side.SELL:
        return replace(
            position,
            quantity=position.quantity - fill.quantity - in_base,
            sold=position.sold + fill.quantity,
            sold_value=position.sold_value + fill.quantity * fill.price,
            fees=fees,
        )
    return replace(
        position,
        quantity=position.quantity + fill.quantity - in_base,
        bought=position.bought + fill.quantity,
        bought_value=position.bought_value + fill.price * fill.quantity,
        high=max(position.high, fill.price),
        fees=fees,
    )
