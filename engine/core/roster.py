"""The markets a desk follows: connected, chosen by turnover, their history loaded."""

import logging
from collections.abc import Iterable, Mapping
from decimal import Decimal

from engine.core.context import DeskContext
from engine.core.loading import load, restore_high
from engine.core.market import Market
from engine.core.universe import Universe
from engine.domain.custody import MarketFlagged
from engine.domain.errors import AuthFailed, BadConfiguration, PasuError
from engine.domain.events import Fact
from engine.domain.instrument import Instrument
from engine.domain.money import from_float
from engine.domain.venue import VenueMode
from engine.phrases.causes import Cause
from engine.ports.venue import Ticker

UNLISTED = Cause.UNLISTED.say()

_log = logging.getLogger(__name__)


class Roster:
    """Keep the markets of one venue chosen, streamed and loaded."""

    def __init__(self, context: DeskContext, universe: Universe) -> None:
        """Work on the desk's shared state."""
        self._context = context
        self._universe = universe
        self._told_flags: dict[str, str] = {}
        self._tickers: dict[str, Ticker] = {}
        self.last_prices: dict[str, Decimal] = {}

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """Return every market of the venue with its rules, empty until it was reached."""
        return self._context.instruments

    @instruments.setter
    def instruments(self, instruments: Mapping[str, Instrument]) -> None:
        self._context.instruments = instruments

    @property
    def state(self) -> str:
        """Return up, down or auth_failed."""
        return self._context.link.state

    async def connect(self) -> bool:
        """Open the venue and load every market that is chosen or held; return whether it answered.

        A venue that cannot be reached is reported lost and tried again by the loop.

        Raises:
            BadConfiguration: the venue answered, and the owner has to mend something first.
        """
        try:
            self._list(await self._context.venue.connect())
            await self.refresh()
        except BadConfiguration:
            raise
        except PasuError as e:
            self._universe.forget()
            await self._context.link.failed(e)
        else:
            await self._context.link.answered()
        for symbol, position in list(self._context.portfolio.positions.items()):
            market = self._context.markets.get(symbol)
            if market is not None:
                await restore_high(self._context, market, position)
        return bool(self.instruments) and self.state == "up"

    async def keep_fresh(self) -> bool:
        """Choose anew when it is time; return whether the chosen markets changed."""
        context = self._context
        due = self._universe.is_due(context.clock.now())
        if not (due or context.rules_stale) or not context.link.may_ask:
            return False
        try:
            if not self.instruments:
                return await self.connect()
            self._list(await context.venue.instruments())
            await self._tell_flags()
            context.rules_stale = False
            changed = await self.refresh() if due else False
        except BadConfiguration as e:
            # Found only now, with positions to look after: nothing helps here but the owner.
            await context.link.failed(AuthFailed(str(e)))
            return False
        except PasuError as e:
            self._universe.forget()
            await context.link.failed(e)
            return False
        await context.link.answered()
        return changed

    async def refresh(self) -> bool:
        """Choose markets by turnover and load those that are new; return whether any changed.

        Raises:
            VenueDown: the venue did not answer.
        """
        context = self._context
        tickers = await context.venue.tickers()
        self._tickers = {t.symbol: t for t in tickers if t.last > 0}
        self.last_prices = {s: from_float(t.last) for s, t in self._tickers.items()}
        now = context.clock.now()
        changed = self._universe.choose(tickers, self.instruments.values(), context.rules, now)
        wanted = {*self._universe.symbols, *context.portfolio.positions}
        context.venue.follow(sorted(wanted & self.instruments.keys()))
        if context.profile.mode is not VenueMode.REPLAY:
            # What is not streamed any more grows stale: it is loaded anew when it is chosen again.
            for symbol in context.markets.keys() - wanted:
                del context.markets[symbol]
        for symbol in sorted(wanted - context.markets.keys()):
            if symbol in self.instruments:
                await self.load(symbol)
        return changed

    async def load(self, symbol: str) -> None:
        """Load one market from the venue's history.

        Raises:
            VenueDown: the history could not be had.
        """
        market = await load(self._context, self.instruments[symbol])
        if market.last_at is not None:
            self._context.closed_until[symbol] = market.last_at
        if self._context.profile.mode is not VenueMode.REPLAY:
            self._bring_up(market, self._context.markets.get(symbol))
        self._context.markets[symbol] = market

    async def reload(self) -> None:
        """Load every market again, because the rules of deciding changed or candles were missed."""
        for symbol in sorted(self._context.markets):
            if symbol in self.instruments:
                await self.load(symbol)

    def _bring_up(self, market: Market, before: Market | None) -> None:
        """Set the newest price there is: a history ends with a minute that may precede an entry.

        A stop is no stop because the price was below it before the position was opened.
        """
        known = []
        if before is not None and before.last is not None and before.last_at is not None:
            known.append((before.last_at, before.last, before.mark))
        ticker = self._tickers.get(market.instrument.symbol)
        if ticker is not None:
            known.append((ticker.at, ticker.last, None))
        for at, price, mark in known:
            if market.last_at is None or at > market.last_at:
                market.move(price, mark, at)

    def _list(self, found: Iterable[Instrument]) -> None:
        self.instruments = {instrument.symbol: instrument for instrument in found}
        for symbol, market in self._context.markets.items():
            market.instrument = self.instruments.get(symbol, market.instrument)

    async def _tell_flags(self) -> None:
        """Tell what the venue says of the markets that are held; each warning is told once."""
        context, now = self._context, self._context.clock.now()
        held = context.portfolio.positions
        flags = {symbol: self._flag(symbol) for symbol in sorted({*held, *self._told_flags})}
        facts: list[Fact] = [
            MarketFlagged(context.portfolio.venue, symbol, flag, now)
            for symbol, flag in flags.items()
            if flag != self._told_flags.get(symbol, "")
        ]
        self._told_flags = {s: flag for s, flag in flags.items() if flag and s in held}
        await context.orders.book(facts)

    def _flag(self, symbol: str) -> str:
        instrument = self.instruments.get(symbol)
        return UNLISTED if instrument is None else instrument.flagged
