"""Everything that the checks of one venue look at when the history is over."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.core.portfolio import Portfolio
from engine.core.recovery import venue_of
from engine.domain.events import Fact, OrderIntended
from engine.domain.ids import is_ours
from engine.domain.intent import OrderIntent
from engine.domain.money import ZERO
from tests.exchanges.terms import Trade, VenueOrder
from tests.world.disk import Disk
from tests.world.market import WalkingMarket
from tests.world.owner import Owner
from tests.world.witness import Witness


@dataclass(frozen=True, slots=True)
class Case:
    """One venue, its owner and the book that should agree with both."""

    market: WalkingMarket
    owner: Owner
    portfolio: Portfolio
    disk: Disk
    witness: Witness
    panicked: bool

    def facts(self, *kinds: type[Fact]) -> Iterator[Any]:
        """Return the facts of some kinds that belong to this venue, oldest first."""
        every = (each.fact for each in self.disk.facts)
        return (f for f in every if isinstance(f, kinds) and venue_of(f) is self.market.name)

    def intents(self) -> Mapping[str, OrderIntent]:
        """Return every decision on an order here, by client id."""
        return {f.intent.client_id: f.intent for f in self.facts(OrderIntended)}

    def orders(self) -> tuple[VenueOrder, ...]:
        """Return every order of ours that the venue knows, oldest first."""
        known = self.market.exchange.orders()
        return tuple(each for each in known if is_ours(each.new.client_id))

    def trades(self) -> Mapping[str, Trade]:
        """Return every trade of ours at the venue by its id."""
        return {str(trade.id): trade for order in self.orders() for trade in order.trades}

    def balance(self, asset: str) -> Decimal:
        """Return what the account has of an asset, locked or not."""
        balance = self.market.exchange.balance(asset)
        return balance.free + balance.locked

    def free(self, asset: str) -> Decimal:
        """Return what no order has locked."""
        return self.market.exchange.balance(asset).free

    def booked(self, symbol: str) -> Decimal:
        """Return what the book holds of a market."""
        position = self.portfolio.positions.get(symbol)
        return ZERO if position is None else position.quantity
