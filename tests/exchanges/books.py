"""The public order book of a market: given level by level, or deep around the last price."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tests.exchanges.terms import Market, Side

LEVELS = 30
DEEP = Decimal(1_000_000)

Level = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Book:
    """Levels of (price, quantity), the best first on both sides."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]

    def against(self, side: Side) -> tuple[Level, ...]:
        """Return the levels that an order of a side trades with."""
        return self.asks if side is Side.BUY else self.bids

    def taken(self, side: Side, quantities: Iterable[Decimal]) -> "Book":
        """Return the book after an order of a side took these from its first levels."""
        rest = list(self.against(side))
        for at, quantity in enumerate(quantities):
            price, there = rest[at]
            rest[at] = (price, there - quantity)
        left = tuple(level for level in rest if level[1] > 0)
        return Book(self.bids, left) if side is Side.BUY else Book(left, self.asks)


def deep_book(market: Market, price: Decimal) -> Book:
    """Return a book in which anything trades at its first level.

    Asks start at the price and bids one tick below it, so that a market buy pays the last price
    and a market sale one tick less.
    """
    return Book(
        bids=tuple(_ladder(market, price, -1))[1 : LEVELS + 1],
        asks=tuple(_ladder(market, price, 1))[:LEVELS],
    )


def _ladder(market: Market, price: Decimal, direction: int) -> Iterable[Level]:
    at = price
    for _ in range(LEVELS + 1):
        if at <= 0:
            return
        yield at, DEEP
        # The step below a band's edge is that of the band below.
        probe = at if direction > 0 else at - market.tick(at) / 1000
        at += direction * market.tick(probe)
