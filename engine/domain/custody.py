"""Facts about what a venue holds for Pasu and how safely: adjusted, paused, flagged, unprotected.

Custody facts    PositionAdjusted, SymbolPaused, SymbolResumed, MarketFlagged,
                 PositionUnprotected, PositionProtected
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.domain.venue import VenueName


@dataclass(frozen=True, slots=True)
class PositionAdjusted:
    """The venue holds less of a position than the book said: the venue is believed.

    What is missing left the book at `price`, the price of the moment: the profit up to then counts
    as made, the proceeds are the owner's. `value` is what equity lost by it, in quote.
    """

    venue: VenueName
    symbol: str
    before: Decimal
    after: Decimal
    price: Decimal
    value: Decimal
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SymbolPaused:
    """Nothing new is opened on a market until the owner says so; exits go on."""

    venue: VenueName
    symbol: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SymbolResumed:
    """The owner confirmed a paused market."""

    venue: VenueName
    symbol: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MarketFlagged:
    """A venue warned of a held market, halted or unlisted it; an empty flag: it no longer does."""

    venue: VenueName
    symbol: str
    flag: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PositionUnprotected:
    """A position has been without a live stop for longer than it may."""

    venue: VenueName
    symbol: str
    seconds: float
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PositionProtected:
    """A position that was told unprotected has a live stop again, or is gone, after `seconds`."""

    venue: VenueName
    symbol: str
    seconds: float
    at: datetime


CustodyFact = (
    PositionAdjusted
    | SymbolPaused
    | SymbolResumed
    | MarketFlagged
    | PositionUnprotected
    | PositionProtected
)
