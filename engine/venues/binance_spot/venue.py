"""Binance spot as the core trades it: public prices and the owner's account as one venue."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from engine.domain.ids import ClientOrderId
from engine.domain.instrument import Instrument
from engine.domain.intent import OrderIntent
from engine.domain.venue import VenueMode, VenueName
from engine.ports.venue import Balance, Capabilities, OrderReport, SurfaceName, VenueProfile
from engine.venues.binance_spot.account import SpotAccount
from engine.venues.binance_spot.instruments import QUOTE
from engine.venues.binance_spot.market import SpotMarket
from engine.venues.binance_spot.order_feed import OrderFeed
from engine.venues.binance_spot.purse import Purse
from engine.venues.binance_spot.wire import Access, Wire
from engine.venues.live.venue import LiveVenue

ABSENCE_PROVEN_AFTER_S = 20.0
"""5 s of recvWindow, 10 s that the venue gives itself, and the error of the clocks."""


class SpotVenue(LiveVenue[SpotMarket]):
    """A `Venue` that trades for real."""

    def __init__(self, access: Access) -> None:
        """Prepare; `connect` opens it."""
        self._wire = Wire(access, (SurfaceName.PRICES, SurfaceName.ORDERS, SurfaceName.REST))
        market = SpotMarket(self._wire)
        self._purse = Purse(self._wire)
        self._account = SpotAccount(self._wire, market)
        super().__init__(market, OrderFeed(self._wire, self._account))

    @property
    def profile(self) -> VenueProfile:
        """Return what is fixed about the venue."""
        return VenueProfile(
            name=VenueName.BINANCE_SPOT,
            mode=VenueMode.LIVE,
            quote=QUOTE,
            capabilities=Capabilities(
                oco=True, converts_dust=True, absence_proven_after_s=ABSENCE_PROVEN_AFTER_S
            ),
            sessions=self._market.sessions,
            base_timeframes=self._market.base_timeframes,
            note="live",
        )

    async def connect(self) -> Sequence[Instrument]:
        """Read the clock, check the key, and return the markets with the account's fees.

        Raises:
            BadConfiguration: the key can withdraw, or may not trade.
            VenueDown, AuthFailed, Malformed: the venue does not answer as it should.
        """
        await self._wire.resync()
        await self._purse.check_rights()
        self._market.fees = await self._purse.fees()
        return await self._market.instruments()

    async def balances(self) -> Mapping[str, Balance]:
        """Return what the account holds, by asset."""
        return await self._purse.balances()

    async def place(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        """Send one order, or the two legs of an OCO, and return what the venue says of each."""
        return await self._account.place(intents)

    async def cancel(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        """Cancel one order (an OCO as a whole) and return its last state, None if unknown."""
        return await self._account.cancel(client_id, symbol)

    async def order(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        """Return what the venue knows of an order, None if it knows none by that id."""
        return await self._account.order(client_id, symbol)

    async def open_orders(self) -> Sequence[OrderReport]:
        """Return every order that is still open, ours or not."""
        return await self._account.open_orders()

    async def sellable(self, symbol: str, quantity: Decimal) -> Decimal:
        """Return the quantity, cut to the most that one market order may be (MARKET_LOT_SIZE)."""
        listing = self._market.find(symbol)
        if listing is None or listing.market_max is None:
            return quantity
        return min(quantity, listing.instrument.lots(listing.market_max))

    async def convert_dust(self, symbol: str, quantity: Decimal) -> tuple[Decimal, str]:
        """Swap a rest too small to sell for BNB and return amount and asset received."""
        return await self._purse.convert_dust(self._market.listing(symbol).instrument, quantity)
