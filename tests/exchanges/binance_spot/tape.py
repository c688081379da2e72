"""Everybody's trades as they were heard from the kernel, and how often each book changed."""

from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import Any

from tests.exchanges.binance_spot.amounts import amount, milliseconds
from tests.exchanges.terms import Event, PriceMoved, Side, TradeHappened

KEPT = 5000


@dataclass(frozen=True, slots=True)
class Print:
    """One trade of anybody, each of them its own aggregate."""

    id: int
    event: PriceMoved

    @property
    def stamp(self) -> int:
        """Return when it was, in milliseconds."""
        return milliseconds(self.event.at)

    @property
    def is_sale(self) -> bool:
        """Return whether the buyer was the maker."""
        return self.event.side is Side.SELL

    def public(self) -> dict[str, Any]:
        """Return a row of GET /api/v3/trades."""
        return {
            "id": self.id,
            "price": amount(self.event.price),
            "qty": amount(self.event.quantity),
            "quoteQty": amount(self.event.price * self.event.quantity),
            "time": self.stamp,
            "isBuyerMaker": self.is_sale,
            "isBestMatch": True,
        }

    def aggregate(self) -> dict[str, Any]:
        """Return a row of GET /api/v3/aggTrades."""
        return {
            "a": self.id,
            "p": amount(self.event.price),
            "q": amount(self.event.quantity),
            "f": self.id,
            "l": self.id,
            "T": self.stamp,
            "m": self.is_sale,
            "M": True,
        }


class Tape:
    """The newest trades of each symbol."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._prints: dict[str, deque[Print]] = {}
        self._updates: dict[str, int] = {}

    def heard(self, event: Event) -> Print | None:
        """Keep a public trade and return it; trades of ours only change the book."""
        if isinstance(event, TradeHappened):
            symbol = event.trade.symbol
            self._updates[symbol] = self._updates.get(symbol, 0) + 1
        if not isinstance(event, PriceMoved):
            return None
        self._updates[event.symbol] = self._updates.get(event.symbol, 0) + 1
        made = Print(next(self._ids), event)
        self._prints.setdefault(event.symbol, deque(maxlen=KEPT)).append(made)
        return made

    def trades(self, symbol: str) -> list[Print]:
        """Return the kept trades of a symbol, the oldest first."""
        return list(self._prints.get(symbol, ()))

    def update_id(self, symbol: str) -> int:
        """Return the number of the book's last change."""
        return self._updates.get(symbol, 0)
