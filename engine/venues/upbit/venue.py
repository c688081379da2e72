"""Upbit live: the public market with the owner's account."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from engine.domain.errors import Refused
from engine.domain.ids import ClientOrderId
from engine.domain.instrument import Instrument
from engine.domain.intent import OrderIntent
from engine.domain.money import ZERO
from engine.domain.venue import VenueMode, VenueName
from engine.ports.venue import Balance, Capabilities, OrderReport, SurfaceName, VenueProfile
from engine.venues.live.venue import LiveVenue
from engine.venues.upbit.account import UpbitAccount
from engine.venues.upbit.instruments import QUOTE
from engine.venues.upbit.order_feed import UpbitOrderFeed
from engine.venues.upbit.public import UpbitMarket
from engine.venues.upbit.wire import UpbitWire

LINES = (SurfaceName.PRICES, SurfaceName.ORDERS, SurfaceName.REST)
CAPABILITIES = Capabilities(buys_by_cost=True, absence_proven_after_s=20.0)


class UpbitVenue(LiveVenue[UpbitMarket]):
    """A `Venue`: every call means what `engine.ports.venue` says."""

    def __init__(self, wire: UpbitWire) -> None:
        """Trade through a wire that has keys."""
        self._account = UpbitAccount(wire)
        super().__init__(UpbitMarket(wire), UpbitOrderFeed(wire, self._account))

    @property
    def profile(self) -> VenueProfile:
        """Return what is fixed about the venue."""
        return VenueProfile(
            name=VenueName.UPBIT,
            mode=VenueMode.LIVE,
            quote=QUOTE,
            capabilities=CAPABILITIES,
            sessions=self._market.sessions,
            base_timeframes=self._market.base_timeframes,
        )

    async def connect(self) -> Sequence[Instrument]:
        """Learn the account's terms, and return the KRW markets under them."""
        self._market.terms = await self._account.terms()
        return await self._market.connect()

    async def balances(self) -> Mapping[str, Balance]:
        """Return what the account holds, by currency."""
        return await self._account.balances()

    async def place(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        """Send one order; this venue has no orders that cancel each other."""
        if len(intents) != 1:
            raise Refused("unsupported", "Upbit has no OCO")
        return [await self._account.place(intents[0])]

    async def cancel(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        """Cancel one order and return its last state, None if unknown."""
        return await self._account.cancel(client_id)

    async def order(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        """Return what the venue knows of an order, None if it knows none by that id."""
        return await self._account.order(client_id)

    async def open_orders(self) -> Sequence[OrderReport]:
        """Return every order that is still open, ours or not."""
        return await self._account.open_orders()

    async def sellable(self, symbol: str, quantity: Decimal) -> Decimal:
        """Return what the displayed book takes: a market sale beyond it is refused whole."""
        return await self._market.data.sellable(symbol, quantity)

    async def convert_dust(self, symbol: str, quantity: Decimal) -> tuple[Decimal, str]:
        """Return nothing received: Upbit swaps no rests."""
        del symbol, quantity
        return ZERO, QUOTE
