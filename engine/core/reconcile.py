"""The venue is the truth: compare it with the book, settle what is unknown, show what differs."""

import logging
from decimal import Decimal

from engine.core.context import DeskContext
from engine.domain.errors import PasuError
from engine.domain.events import DifferenceFound, Fact
from engine.domain.instrument import base_and_quote
from engine.domain.venue import VenueName

_log = logging.getLogger(__name__)


class Reconciler:
    """Compare one venue with its book."""

    def __init__(self, context: DeskContext) -> None:
        """Start without known differences."""
        self._context = context
        self._known: dict[str, tuple[str, str]] = {}

    @property
    def differences(self) -> int:
        """Return how many differences stand."""
        return len(self._known)

    async def settle(self) -> bool:
        """Ask about every order that has not ended; return whether each fate is known."""
        await self._context.orders.refresh()
        return await self._context.orders.settle()

    async def compare(self) -> None:
        """Compare what is held with what the venue says, and record what is new or over."""
        try:
            theirs = await self._theirs()
        except PasuError as e:
            _log.warning("reconcile.unanswered venue=%s cause=%s", self._context.portfolio.venue, e)
            return
        if self._context.busy or any(self._context.portfolio.pending()):
            return
        found = {
            subject: (str(ours), str(held))
            for subject, ours in self._ours().items()
            if (held := theirs.get(subject, Decimal(0))) < ours
        }
        self._context.short = {
            symbol: theirs.get(asset, Decimal(0))
            for symbol in self._context.portfolio.positions
            if (asset := base_and_quote(self._context.portfolio.venue, symbol)[0]) in found
        }
        await self._report(found)

    async def _theirs(self) -> dict[str, Decimal]:
        balances = await self._context.venue.balances()
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

    async def _report(self, found: dict[str, tuple[str, str]]) -> None:
        now, venue = self._context.clock.now(), self._context.portfolio.venue
        facts: list[Fact] = [
            DifferenceFound(venue, subject, ours, held, resolved=False, at=now)
            for subject, (ours, held) in found.items()
            if subject not in self._known
        ]
        facts += [
            DifferenceFound(venue, subject, *self._known[subject], resolved=True, at=now)
            for subject in self._known.keys() - found.keys()
        ]
        self._known = found
        await self._context.orders.book(facts)
