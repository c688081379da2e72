"""What the owner's key may do, what the account holds, and its dust.

Source: binance-spot-api-docs, rest-api.md "Account endpoints"; wallet endpoints under /sapi.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from engine.domain.errors import (
    Ambiguous,
    BadConfiguration,
    Malformed,
    Problem,
    Refused,
)
from engine.domain.instrument import Instrument
from engine.domain.money import ZERO
from engine.ports.venue import Balance
from engine.venues.binance_spot.clients import success
from engine.venues.binance_spot.dialect import weight
from engine.venues.binance_spot.figures import text
from engine.venues.binance_spot.instruments import Fees
from engine.venues.binance_spot.wire import Wire
from engine.venues.live.answers import amount, row, rows
from engine.venues.live.budget import FREE

DUST_ASSET = "BNB"


class Purse:
    """The account without its orders."""

    def __init__(self, wire: Wire) -> None:
        """Ask over the wire of the owner's key."""
        self._wire = wire

    async def check_rights(self) -> None:
        """Refuse a key that could move money away, or may not trade.

        Raises:
            BadConfiguration: it has a right too many or too few.
            VenueDown, AuthFailed, Malformed: it could not be found out.
        """
        rest = self._wire.clients.rest
        rights = row(await self._wire.ask(rest.get_account_api_permissions, FREE, signed=True))
        if rights.get("enableWithdrawals") is not False:
            words = "this Binance key can withdraw: make one that may only read and trade spot"
            raise BadConfiguration([Problem("BINANCE_API_KEY", words)])
        if rights.get("enableSpotAndMarginTrading") is not True:
            words = "this Binance key may not trade spot: allow it, or set BINANCE_SPOT_MODE=paper"
            raise BadConfiguration([Problem("BINANCE_API_KEY", words)])

    async def fees(self) -> Fees:
        """Return the account's commissions."""
        rates = row(row(await self._account()).get("commissionRates"))
        return Fees(maker=amount(rates, "maker"), taker=amount(rates, "taker"))

    async def balances(self) -> Mapping[str, Balance]:
        """Return what the account holds, by asset."""
        return {
            text(one, "asset"): Balance(amount(one, "free"), amount(one, "locked"))
            for one in rows(row(await self._account()).get("balances"))
        }

    async def convert_dust(self, instrument: Instrument, quantity: Decimal) -> tuple[Decimal, str]:
        """Swap a rest of a market's base for BNB and return amount and asset received.

        The venue takes all that is free of an asset, so nothing is sent where the owner holds more
        of it than the rest. One asset a call: python-binance writes a list of them in a form that
        the venue refuses.

        Raises:
            Refused, Throttled, AuthFailed, Ambiguous: as the port says of `convert_dust`.
        """
        asset, rest = instrument.base, self._wire.clients.rest
        held = (await self.balances()).get(asset, Balance(ZERO, ZERO))
        if held.free >= quantity + instrument.lot:
            raise Refused("dust", f"the account holds {held.free} {asset} beside the rest")
        answer = await self._wire.caller.act(partial(rest.transfer_dust, asset=asset))
        try:
            return amount(row(success(answer)), "totalTransfered"), DUST_ASSET
        except Malformed as e:
            raise Ambiguous(f"converted, and answered unreadably: {e}") from e

    async def _account(self) -> Any:  # noqa: ANN401 - JSON of any shape
        exchange = self._wire.clients.exchange
        call = partial(exchange.privateGetAccount, {"omitZeroBalances": "true"})
        return await self._wire.ask(call, weight(20), signed=True)
