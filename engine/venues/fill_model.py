"""What a trade costs: half the spread and an impact that grows with size, seeded, against us."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from engine.domain.instrument import Instrument
from engine.domain.intent import Purpose, Side
from engine.domain.money import ONE, ZERO, from_float
from engine.domain.venue import VenueName
from engine.venues.rules import PARTICIPATION

_IMPACT = 0.002
_LARGE = 0.01
_WHOLE = (ONE,)
_SLICES = (Decimal("0.5"), Decimal("0.3"), Decimal("0.2"))


@dataclass(frozen=True, slots=True)
class Trade:
    """A quantity at a price."""

    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Liquidity:
    """What a candle has to trade with: its opening second, its volume, and what we took of it."""

    candle: int
    volume: float
    used: Decimal

    def room(self, instrument: Instrument) -> Decimal:
        """Return the whole lots that may still be traded in this candle."""
        share = from_float(self.volume) * PARTICIPATION - self.used
        return instrument.lots(share) if share > 0 else ZERO


@dataclass(frozen=True, slots=True)
class FillModel:
    """Prices of market orders, equal for equal seed, market, candle, side and purpose.

    A draw is a hash of these and never a stream with a state, so a restart changes nothing. A deep
    market takes any quantity at half its spread.
    """

    seed: int
    venue: VenueName
    half_spread: float
    is_deep: bool = False

    def bought_for(
        self, instrument: Instrument, cost: Decimal, price: Decimal, liquidity: Liquidity
    ) -> tuple[Trade, ...]:
        """Return the trades of a market buy that names an amount of quote."""
        wanted = self._traded_at_most(cost / price, instrument, liquidity)
        budget = min(cost, wanted * price)
        parts = _slices(wanted, liquidity.volume)
        prices = self._prices(
            instrument,
            (Side.BUY, Purpose.ENTRY),
            price,
            liquidity,
            [wanted * part for part in parts],
        )
        trades = (
            Trade(instrument.lots(budget * part / at), at)
            for part, at in zip(parts, prices, strict=True)
        )
        return tuple(trade for trade in trades if trade.quantity > 0)

    def traded(
        self,
        instrument: Instrument,
        way: tuple[Side, Purpose],
        quantity: Decimal,
        price: Decimal,
        liquidity: Liquidity,
    ) -> tuple[Trade, ...]:
        """Return the trades of a market order: less than `quantity` when the candle is too thin."""
        wanted = self._traded_at_most(instrument.lots(quantity), instrument, liquidity)
        if wanted <= 0:
            return ()
        parts = _slices(wanted, liquidity.volume)
        sizes = [instrument.lots(wanted * part) for part in parts[:-1]]
        sizes.append(wanted - sum(sizes, ZERO))
        prices = self._prices(instrument, way, price, liquidity, sizes)
        trades = (Trade(size, at) for size, at in zip(sizes, prices, strict=True))
        return tuple(trade for trade in trades if trade.quantity > 0)

    def _traded_at_most(
        self, quantity: Decimal, instrument: Instrument, liquidity: Liquidity
    ) -> Decimal:
        return quantity if self.is_deep else min(quantity, liquidity.room(instrument))

    def _prices(
        self,
        instrument: Instrument,
        way: tuple[Side, Purpose],
        price: Decimal,
        liquidity: Liquidity,
        sizes: Sequence[Decimal],
    ) -> list[Decimal]:
        side, purpose = way
        luck = 0.5 + draw(self.seed, self.venue, instrument.symbol, liquidity.candle, side, purpose)
        prices: list[Decimal] = []
        taken = liquidity.used
        for size in sizes:
            taken += size
            share = float(taken) / liquidity.volume if liquidity.volume else 0.0
            share = 0.0 if self.is_deep else share
            slip = from_float(self.half_spread + _IMPACT * luck * sqrt(share))
            prices.append(
                instrument.ticks.up(price * (ONE + slip))
                if side is Side.BUY
                else instrument.ticks.down(price * (ONE - slip))
            )
        return prices


def draw(*parts: object) -> float:
    """Return a number in [0, 1) that the parts alone decide."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _slices(quantity: Decimal, volume: float) -> tuple[Decimal, ...]:
    return _SLICES if float(quantity) > _LARGE * volume else _WHOLE
