"""The venue is the truth: compare it with the book, settle what is unknown, show what differs."""

import logging
from collections.abc import Mapping
from decimal import Decimal
from functools import partial

from engine.core.adjust import adjustment
from engine.core.context import DeskContext
from engine.domain.errors import PasuError
from engine.domain.events import DifferenceFound, Fact
from engine.domain.instrument import base_and_quote
from engine.domain.intent import Purpose
from engine.domain.money import ZERO
from engine.domain.venue import VenueName
from engine.phrases.causes import Cause
from engine.ports.venue import Balance

_log = logging.getLogger(__name__)

Differences = dict[str, tuple[str, str]]


class Reconciler:
    """Compare one venue with its book."""

    def __init__(self, context: DeskContext) -> None:
        """Start without known differences."""
        self._context = context
        self._known: Differences = {}

    @property
    def differences(self) -> int:
        """Return how many differences stand."""
        return len(self._known)

    async def settle(self) -> bool:
        """Ask about every order that has not ended; return whether each fate is known."""
        answered = await self._context.orders.refresh()
        return await self._context.orders.settle() and answered

    async def catch_up(self) -> bool:
        """Ask about every order, then compare what is held; return whether the book is known right.

        Entries are open again from then on.
        """
        doubts = self._context.link.doubts
        if not await self._context.orders.refresh():
            return False
        known = await self._context.orders.settle()
        answered = await self.compare()
        if known and answered:
            self._context.link.trust(doubts)
        return known and answered

    async def compare(self) -> bool:
        """Compare what is held with what the venue says, and record what is new or over.

        The orders of what is missing are asked about first: a sale whose report is late is booked
        as the sale it was and is no difference. A position is brought down to what the venue holds
        once two comparisons in a row have found the same. Returns whether the venue answered.
        """
        before, moving = self._ours(), self._moving()
        try:
            balances = await self._context.venue.balances()
            theirs = await self._held(balances)
            strange = self._context.externals.list_orders(await self._context.venue.open_orders())
        except (PasuError, TimeoutError) as e:
            _log.warning("reconcile.unanswered venue=%s cause=%s", self._context.portfolio.venue, e)
            if isinstance(e, PasuError):
                await self._context.link.failed(e)
            return False
        await self._context.link.answered()
        self._context.externals.list_holdings(theirs, self._context.instruments)
        moving |= self._moving()
        ours = self._ours()
        steady = {s for s, held in ours.items() if s not in moving and before.get(s) == held}
        found = {
            subject: (str(ours[subject]), str(held))
            for subject in sorted(steady)
            if (held := theirs.get(subject, ZERO)) < ours[subject]
        }
        found = await self._unexplained(found)
        found |= {s: self._known[s] for s in ours.keys() - steady if s in self._known}
        found |= {
            f"{report.symbol} {report.client_id}": ("", Cause.STRANGE_ORDER.say())
            for report in strange
        }
        self._note_shortage(found, balances, moving)
        twice = [s for s in steady if s in found and self._known.get(s) == found[s]]
        await self._report(found)
        await self._act_on(found, twice, theirs)
        return True

    async def _unexplained(self, found: Differences) -> Differences:
        """Ask about the orders of what is missing and return what they do not explain."""
        portfolio = self._context.portfolio
        for symbol in sorted(portfolio.positions):
            if base_and_quote(portfolio.venue, symbol)[0] in found:
                await self._context.orders.refresh(symbol)
        ours = self._ours()
        return {s: told for s, told in found.items() if str(ours.get(s)) == told[0]}

    def _note_shortage(
        self, found: Differences, balances: Mapping[str, Balance], moving: set[str]
    ) -> None:
        context, portfolio = self._context, self._context.portfolio
        context.short = {
            symbol: Decimal(found[asset][1])
            for symbol in portfolio.positions
            if (asset := base_and_quote(portfolio.venue, symbol)[0]) in found
        }
        if not moving and portfolio.venue is not VenueName.BINANCE_FUTURES:
            free = balances[portfolio.quote].free if portfolio.quote in balances else ZERO
            context.shortfall = max(ZERO, portfolio.cash - free)

    async def _act_on(
        self, found: Differences, twice: list[str], theirs: Mapping[str, Decimal]
    ) -> None:
        """Believe a venue that said twice that it holds less."""
        context, portfolio = self._context, self._context.portfolio
        for symbol in sorted(portfolio.positions):
            subject = base_and_quote(portfolio.venue, symbol)[0]
            if subject in found and subject in twice and symbol not in context.busy:
                held = theirs.get(subject, ZERO)
                await context.adjust(partial(self._adjustment, symbol, found[subject][0], held))

    def _adjustment(self, symbol: str, booked: str, held: Decimal) -> tuple[Fact, ...]:
        context = self._context
        position = context.portfolio.positions.get(symbol)
        if position is None or str(position.quantity) != booked:
            return ()
        market = context.markets.get(symbol)
        price = (market.price if market is not None else None) or position.entry_price
        instrument = market.instrument if market is not None else None
        return adjustment(position, held, price, instrument, context.clock.now())

    async def _held(self, balances: Mapping[str, Balance]) -> dict[str, Decimal]:
        held = {asset: balance.total for asset, balance in balances.items()}
        for position in await self._context.venue.positions():
            held[f"{position.symbol}:contract"] = position.quantity
        return held

    def _ours(self) -> dict[str, Decimal]:
        portfolio = self._context.portfolio
        ours = {
            base_and_quote(portfolio.venue, symbol)[0]: position.quantity
            for symbol, position in portfolio.positions.items()
        }
        if portfolio.venue is not VenueName.BINANCE_FUTURES:
            ours[portfolio.quote] = portfolio.cash
        return ours

    def _moving(self) -> set[str]:
        """Return the assets that an order may be changing right now."""
        portfolio = self._context.portfolio
        symbols = set(self._context.busy)
        for order in portfolio.pending():
            if order.is_uncertain or order.intent.purpose is not Purpose.PROTECT:
                symbols.add(order.intent.symbol)
        return {asset for s in symbols for asset in base_and_quote(portfolio.venue, s)}

    async def _report(self, found: Differences) -> None:
        now, venue = self._context.clock.now(), self._context.portfolio.venue
        facts: list[Fact] = [
            DifferenceFound(venue, subject, ours, held, resolved=False, at=now)
            for subject, (ours, held) in found.items()
            if subject not in self._known
        ]
        facts += [
            DifferenceFound(venue, subject, *self._known[subject], resolved=True, at=now)
            for subject in sorted(self._known.keys() - found.keys())
        ]
        self._known = found
        await self._context.orders.book(facts)
