"""The markets a desk follows: connected, chosen by turnover, their history loaded."""

import logging
from collections.abc import Mapping

from engine.core.context import DeskContext
from engine.core.loading import load, restore_high
from engine.core.universe import Universe
from engine.domain.errors import AuthFailed, PasuError
from engine.domain.events import VenueFound, VenueLost
from engine.domain.instrument import Instrument

_log = logging.getLogger(__name__)


class Roster:
    """Keep the markets of one venue chosen and loaded, and say when the venue is lost and found."""

    def __init__(self, context: DeskContext, universe: Universe) -> None:
        """Work on the desk's shared state."""
        self._context = context
        self._universe = universe
        self._lost_at: float | None = None
        self.instruments: Mapping[str, Instrument] = {}
        self.state = "up"

    async def connect(self) -> None:
        """Open the venue and load every market that is chosen or held.

        A venue that cannot be reached is reported lost and tried again by the loop.
        """
        try:
            found = await self._context.venue.connect()
            self.instruments = {instrument.symbol: instrument for instrument in found}
            await self.refresh()
        except PasuError as e:
            await self._lost(e)
        else:
            await self._found()
        for symbol, position in list(self._context.portfolio.positions.items()):
            market = self._context.markets.get(symbol)
            if market is not None:
                await restore_high(self._context, market, position)

    async def keep_fresh(self) -> bool:
        """Choose anew when it is time; return whether the chosen markets changed."""
        if not self._universe.is_due(self._context.clock.now()):
            return False
        try:
            changed = await self.refresh()
        except PasuError as e:
            await self._lost(e)
            return False
        await self._found()
        return changed

    async def refresh(self) -> bool:
        """Choose markets by turnover and load those that are new; return whether any changed.

        Raises:
            VenueDown: the venue did not answer.
        """
        context = self._context
        tickers = await context.venue.tickers()
        now = context.clock.now()
        changed = self._universe.choose(tickers, self.instruments.values(), context.rules, now)
        wanted = {*self._universe.symbols, *context.portfolio.positions}
        for symbol in sorted(wanted - context.markets.keys()):
            if symbol in self.instruments:
                context.markets[symbol] = await load(context, self.instruments[symbol])
        return changed

    async def reload(self) -> None:
        """Load every market again, because the rules of deciding changed."""
        for symbol in sorted(self._context.markets):
            self._context.markets[symbol] = await load(self._context, self.instruments[symbol])

    async def _lost(self, error: PasuError) -> None:
        self.state = "auth_failed" if isinstance(error, AuthFailed) else "down"
        if self._lost_at is None:
            self._lost_at = self._context.clock.monotonic()
            now, name = self._context.clock.now(), self._context.portfolio.venue
            await self._context.orders.book([VenueLost(name, str(error), now)])

    async def _found(self) -> None:
        self.state = "up"
        if self._lost_at is not None:
            down = self._context.clock.monotonic() - self._lost_at
            self._lost_at = None
            now, name = self._context.clock.now(), self._context.portfolio.venue
            await self._context.orders.book([VenueFound(name, down, now)])
