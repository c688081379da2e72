"""How long each position has been without a live stop, measured and told when it is too long.

Where a venue holds protective orders, they are what counts; elsewhere it is the engine's own stop,
which lives as long as prices come in and orders can be sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.core.context import DeskContext
from engine.domain.custody import PositionProtected, PositionUnprotected
from engine.domain.events import Fact
from engine.domain.venue import VenueMode

ALARM_S = 5.0


@dataclass
class _Bare:
    since: float
    why: str
    told: bool = False


class Vigil:
    """The seconds without protection of one venue's positions."""

    def __init__(self, context: DeskContext) -> None:
        """Start with nothing bare."""
        self._context = context
        self._bare: dict[str, _Bare] = {}
        self._worst: dict[str, float] = {}

    def seconds(self, symbol: str) -> float:
        """Return how long a position has been bare by now, zero where it is protected."""
        bare = self._bare.get(symbol)
        return 0.0 if bare is None else self._context.clock.monotonic() - bare.since

    def worst(self, symbol: str) -> float:
        """Return the longest that a position has been bare since it was opened."""
        return max(self._worst.get(symbol, 0.0), self.seconds(symbol))

    def see(self, symbol: str, why: str) -> None:
        """Note that a position is bare and why, or with an empty reason that it is not.

        A replay steps from candle to candle: its seconds mean nothing.
        """
        if self._context.profile.mode is VenueMode.REPLAY:
            return
        if why and symbol not in self._bare:
            self._bare[symbol] = _Bare(self._context.clock.monotonic(), why)
        elif not why and symbol in self._bare and not self._bare[symbol].told:
            self._worst[symbol] = self.worst(symbol)
            del self._bare[symbol]

    async def tell(self, bare: Mapping[str, str]) -> None:
        """Look at every bare position with its reason; tell what lasts and what is over."""
        venue, now = self._context.portfolio.venue, self._context.clock.now()
        facts: list[Fact] = []
        for symbol in sorted(bare.keys() | self._bare.keys()):
            why = bare.get(symbol, "")
            self.see(symbol, why)
            found = self._bare.get(symbol)
            if found is None:
                continue
            seconds = self.seconds(symbol)
            if not why:
                self._worst[symbol] = self.worst(symbol)
                del self._bare[symbol]
                facts.append(PositionProtected(venue, symbol, seconds, now))
            elif not found.told and seconds > ALARM_S:
                found.told = True
                facts.append(PositionUnprotected(venue, symbol, seconds, why, now))
        for symbol in self._worst.keys() - self._context.portfolio.positions.keys():
            del self._worst[symbol]
        if facts:
            await self._context.orders.book(facts)
