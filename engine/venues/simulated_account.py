"""The trading half of a simulated venue: the same for replay and for paper."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from engine.domain.errors import VenueDown
from engine.domain.ids import ClientOrderId
from engine.domain.intent import OrderIntent
from engine.ports.clock import Clock
from engine.ports.venue import Balance, OrderReport, Surface, VenuePosition
from engine.venues.simulated import SimulatedExchange


class SimulatedAccount:
    """Sends orders to a simulated exchange with the time of a clock.

    `news` collects reports of orders that a call ended beside its own; whoever tells events passes
    them on with the next one.
    """

    def __init__(self, clock: Clock, exchange: SimulatedExchange | None = None) -> None:
        """Trade on an exchange; without one every call fails until `open_account`."""
        self._clock = clock
        self._opened = exchange
        self.news: list[OrderReport] = []

    @property
    def is_open(self) -> bool:
        """Return whether there is an exchange to trade on."""
        return self._opened is not None

    @property
    def exchange(self) -> SimulatedExchange:
        """Return the exchange behind the account.

        Raises:
            VenueDown: it is not open yet.
        """
        if self._opened is None:
            raise VenueDown("the simulated exchange is not open")
        return self._opened

    def open_account(self, exchange: SimulatedExchange) -> None:
        """Trade on this exchange from here on."""
        self._opened = exchange

    async def close(self) -> None:
        """Let go of the exchange's book."""
        if self._opened is not None:
            self._opened.close()

    async def balances(self) -> Mapping[str, Balance]:
        """Return what the account holds, by asset."""
        return self.exchange.balances()

    async def positions(self) -> Sequence[VenuePosition]:
        """Return open contract positions."""
        return self.exchange.positions()

    async def place(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        """Send one order, or the two legs of an OCO."""
        at = self._clock.now()
        reports = self.exchange.place(intents, at)
        for intent in intents:
            self.news += self.exchange.settle_orphans(intent.symbol, at)
        return reports

    async def cancel(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        """Cancel one order, an OCO as a whole; None if it is unknown."""
        return self.exchange.cancel(client_id, self._clock.now())

    async def order(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        """Return what the exchange knows of an order, None if nothing."""
        return self.exchange.order(client_id)

    async def open_orders(self) -> Sequence[OrderReport]:
        """Return every open order."""
        return self.exchange.open_orders()

    async def sellable(self, symbol: str, quantity: Decimal) -> Decimal:
        """Return the quantity: a simulated book takes every sale, at a price for its size."""
        del symbol
        return quantity

    def follow(self, symbols: Sequence[str]) -> None:
        """Do nothing: every market is told anyway."""

    def surfaces(self) -> Sequence[Surface]:
        """Return no lines: nothing of a simulation can fail."""
        return ()

    async def convert_dust(self, symbol: str, quantity: Decimal) -> tuple[Decimal, str]:
        """Swap a rest too small to sell and return amount and asset received."""
        return self.exchange.convert_dust(symbol, quantity, self._clock.now())
