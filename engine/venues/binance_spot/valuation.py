"""What a fee is worth in quote: BNB and others by their own market's last price."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from engine.domain.errors import PasuError
from engine.domain.money import ZERO, from_float
from engine.ports.clock import Clock
from engine.venues.binance_spot.instruments import QUOTE
from engine.venues.live.candles import Quote

FRESH = timedelta(seconds=60)

_log = logging.getLogger(__name__)

Quotes = Callable[[Sequence[str]], Awaitable[Mapping[str, Quote]]]


class Valuation:
    """Values fees; prices are kept for a minute, and longer where no newer one is to be had."""

    def __init__(self, quotes: Quotes, clock: Clock) -> None:
        """Ask for prices with `quotes`."""
        self._quotes = quotes
        self._clock = clock
        self._known: dict[str, tuple[datetime, Decimal]] = {}

    async def value(self, asset: str, symbol: str, fee: Decimal, price: Decimal) -> Decimal:
        """Return a fee in quote; `price` is that of the trade in `symbol`.

        An asset without a market in USDT counts as nothing. Raises VenueDown, Malformed where no
        price of it was ever had.
        """
        base, _, quote = symbol.partition("/")
        if not fee or asset == quote:
            return fee
        if asset == base:
            return fee * price
        return fee * await self._price(asset)

    async def _price(self, asset: str) -> Decimal:
        now, known = self._clock.now(), self._known.get(asset)
        if known is not None and now - known[0] < FRESH:
            return known[1]
        symbol = f"{asset}/{QUOTE}"
        try:
            quote = (await self._quotes([symbol])).get(symbol)
        except PasuError:
            if known is None:
                raise
            return known[1]
        if quote is None:
            _log.warning("fee.unpriced asset=%s", asset)
            return ZERO if known is None else known[1]
        price = from_float(quote.price)
        self._known[asset] = (now, price)
        return price
