"""The life of an order: onto disk, out to the venue, and back as facts.

An order whose answer is lost is asked about by its client id and never sent again. Reports may
come from the answer, the stream or a question, in any order and more than once.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from engine.core.booking import consequences, contradiction, funding_fact, order_facts
from engine.core.portfolio import Portfolio
from engine.core.recorder import Recorder
from engine.domain.errors import (
    Ambiguous,
    AuthFailed,
    Malformed,
    Refused,
    Throttled,
    VenueDown,
)
from engine.domain.events import (
    DifferenceFound,
    Fact,
    OrderFateUnknown,
    OrderFilled,
    OrderIntended,
    OrderNeverArrived,
    OrderRefused,
)
from engine.domain.exits import ExitReason
from engine.domain.ids import ClientOrderId
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.order import Order
from engine.ports.clock import Clock
from engine.ports.venue import FundingReport, OrderReport, Venue

LIQUIDATIONS = ("autoclose-", "adl_autoclose", "settlement_autoclose-")
AUTH_FAILED = "auth_failed"
DUPLICATE = "duplicate_client_id"
EMPTY_ANSWERS = 2
_UNANSWERED = (Refused, Ambiguous, VenueDown, Malformed, AuthFailed, TimeoutError)

_log = logging.getLogger(__name__)


class OrderDesk:
    """Send, ask and cancel orders of one venue, and book what becomes of them."""

    def __init__(
        self,
        venue: Venue,
        portfolio: Portfolio,
        recorder: Recorder,
        clock: Clock,
        slippage_limit: Decimal,
    ) -> None:
        """Work for one venue and its book; `slippage_limit` is in percent."""
        self._venue = venue
        self._portfolio = portfolio
        self._recorder = recorder
        self._clock = clock
        self.slippage_limit = slippage_limit
        self.quiet_until: datetime | None = None
        self._booking = asyncio.Lock()
        self._unanswered: dict[ClientOrderId, int] = {}
        self._sending: set[ClientOrderId] = set()
        self._sent: dict[ClientOrderId, datetime] = {}
        self._contradictions: set[ClientOrderId] = set()
        self._incomplete: set[ClientOrderId] = set()

    @property
    def is_quiet(self) -> bool:
        """Return whether the venue asked for silence, which ends by itself."""
        return self.quiet_until is not None and self._clock.now() < self.quiet_until

    async def submit(self, intents: Sequence[OrderIntent]) -> Sequence[Order]:
        """Send one order, or both legs of an OCO, and return how far they have come.

        An intent that is in the book already was sent before: it is not sent again.

        Raises:
            DiskFailed: the intent is not certain to be on disk; nothing was sent.
        """
        ids = [intent.client_id for intent in intents]
        if self._sending.isdisjoint(ids) and not any(key in self._portfolio.orders for key in ids):
            await self._send(intents)
        return [self._portfolio.orders[key] for key in ids if key in self._portfolio.orders]

    async def _send(self, intents: Sequence[OrderIntent]) -> None:
        ids = {intent.client_id for intent in intents}
        now = self._clock.now()
        self._sending |= ids
        try:
            await self._book([OrderIntended(intent, now) for intent in intents])
            await self._place(intents)
        finally:
            self._sending -= ids
            unsure = [key for key in ids if self._is_uncertain(key)]
            self._sent |= dict.fromkeys(unsure, self._clock.now())

    async def _place(self, intents: Sequence[OrderIntent]) -> None:
        try:
            reports = await self._venue.place(intents)
        except (Refused, AuthFailed) as e:
            await self._declined(intents, e)
        except (Ambiguous, VenueDown, Malformed, TimeoutError) as e:
            await self._book([self._unknown(intent, e) for intent in intents])
        else:
            for report in reports:
                await self.report(report)

    async def _declined(self, intents: Sequence[OrderIntent], error: Refused | AuthFailed) -> None:
        if isinstance(error, Throttled):
            self.quiet_until = error.until
        if isinstance(error, Refused) and error.code == DUPLICATE:
            # The id is taken because an earlier attempt arrived: that order may be alive.
            await self._book([self._unknown(intent, error) for intent in intents])
        else:
            await self._book([self._refused(intent, error) for intent in intents])

    def _is_uncertain(self, client_id: ClientOrderId) -> bool:
        order = self._portfolio.orders.get(client_id)
        return order is not None and order.is_uncertain

    async def report(self, report: OrderReport) -> None:
        """Book what a venue says of an order; old news changes nothing."""
        if report.client_id.startswith(LIQUIDATIONS):
            await self._adopt_liquidation(report)
        async with self._booking:
            facts = order_facts(self._portfolio, report)
            wrong = contradiction(self._portfolio, facts)
            if wrong:
                await self._contradict(report, wrong, facts)
                return
            more = consequences(self._portfolio, facts, self.slippage_limit)
            await self._apply([*facts, *more])
        self._unanswered.pop(report.client_id, None)
        self._note_missing_fills(report)

    async def funding(self, report: FundingReport) -> None:
        """Book a funding settlement once."""
        async with self._booking:
            fact = funding_fact(self._portfolio, report)
            await self._apply([fact] if fact is not None else [])

    async def resolve(self, order: Order) -> bool:
        """Ask the venue about an order, book the answer or its proven absence; return if answered.

        Absence counts after the venue's own delay and two empty answers: before that the request
        may still be under way.
        """
        client_id = order.intent.client_id
        try:
            report = await self._venue.order(client_id, order.intent.symbol)
        except _UNANSWERED as e:
            _log.warning("order.unanswered cid=%s cause=%s", client_id, e)
            return False
        if report is not None:
            await self.report(report)
        else:
            await self._absent(client_id)
        return True

    async def settle(self) -> bool:
        """Ask about every order of unknown fate or with fills missing; return if none is left."""
        for _ in range(EMPTY_ANSWERS):
            for order in self._open_questions():
                await self.resolve(order)
        return not self._open_questions()

    async def refresh(self, symbol: str | None = None) -> bool:
        """Ask about every order that has not ended, of one market or of all, while answers come.

        Returns whether every question was answered.
        """
        for order in list(self._portfolio.pending()):
            if symbol not in (None, order.intent.symbol):
                continue
            if not await self.resolve(order):
                return False
        return True

    @property
    def has_questions(self) -> bool:
        """Return whether there is an order that the venue has to be asked about."""
        return bool(self._open_questions())

    async def cancel(self, order: Order) -> None:
        """Cancel an order and book its last state; a fill that won the race is booked too."""
        client_id = order.intent.client_id
        try:
            report = await self._venue.cancel(client_id, order.intent.symbol)
        except _UNANSWERED as e:
            _log.warning("order.cancel_failed cid=%s cause=%s", client_id, e)
            await self.resolve(order)
            return
        if report is not None:
            await self.report(report)
        else:
            await self.resolve(order)

    async def book(self, facts: Sequence[Fact]) -> None:
        """Record facts of this venue and change its book by them."""
        await self._book(facts)

    async def book_made(self, make: Callable[[], Sequence[Fact]]) -> Sequence[Fact]:
        """Record the facts that are true at the moment of booking, when no other can slip in."""
        async with self._booking:
            facts = make()
            await self._apply(facts)
        return facts

    def _open_questions(self) -> list[Order]:
        uncertain = [order for order in self._portfolio.pending() if order.is_uncertain]
        lacking = [self._portfolio.orders.get(key) for key in sorted(self._incomplete)]
        return [*uncertain, *(order for order in lacking if order is not None)]

    def _note_missing_fills(self, report: OrderReport) -> None:
        """Remember an order of which more was filled than the trades that are booked add up to."""
        order = self._portfolio.orders.get(report.client_id)
        if order is None or order.is_uncertain:
            return
        if report.filled_quantity > order.filled_quantity:
            self._incomplete.add(report.client_id)
        else:
            self._incomplete.discard(report.client_id)

    async def _contradict(self, report: OrderReport, wrong: str, facts: Sequence[Fact]) -> None:
        """Show fills that cannot be true of the book; only that the order exists is booked."""
        if report.client_id in self._contradictions:
            return
        self._contradictions.add(report.client_id)
        venue, now = self._portfolio.venue, self._clock.now()
        subject = f"{report.symbol} {report.client_id}"
        shown = DifferenceFound(venue, subject, "", wrong, resolved=False, at=now)
        await self._apply([*(f for f in facts if not isinstance(f, OrderFilled)), shown])

    async def _absent(self, client_id: ClientOrderId) -> None:
        order = self._portfolio.orders[client_id]
        if not order.is_uncertain or client_id in self._sending:
            return
        self._unanswered[client_id] = self._unanswered.get(client_id, 0) + 1
        sent = self._sent.get(client_id, order.created_at)
        age = (self._clock.now() - sent).total_seconds()
        long_enough = age >= self._venue.profile.capabilities.absence_proven_after_s
        if self._unanswered[client_id] < EMPTY_ANSWERS or not long_enough:
            return
        del self._unanswered[client_id]
        self._sent.pop(client_id, None)
        intent = order.intent
        await self._book(
            [OrderNeverArrived(intent.venue, intent.symbol, client_id, self._clock.now())]
        )

    async def _adopt_liquidation(self, report: OrderReport) -> None:
        """Book a forced sale, which the venue made and we did not, as an order of ours."""
        position = self._portfolio.positions.get(report.symbol)
        if report.client_id in self._portfolio.orders or position is None:
            return
        intent = OrderIntent(
            client_id=report.client_id,
            venue=self._portfolio.venue,
            symbol=report.symbol,
            side=Side.SELL,
            type=OrderType.MARKET,
            purpose=Purpose.EXIT,
            quantity=report.filled_quantity,
            decision_price=report.fills[0].price if report.fills else position.entry_price,
            reason="liquidated by the venue",
            exit_reason=ExitReason.LIQUIDATED,
        )
        await self._book([OrderIntended(intent, report.at)])

    async def _book(self, facts: Sequence[Fact]) -> None:
        async with self._booking:
            await self._apply(facts)

    async def _apply(self, facts: Sequence[Fact]) -> None:
        if not facts:
            return
        await self._recorder.record(facts)
        for fact in facts:
            self._portfolio.apply(fact)

    def _refused(self, intent: OrderIntent, error: Refused | AuthFailed) -> OrderRefused:
        code = error.code if isinstance(error, Refused) else AUTH_FAILED
        message = error.message if isinstance(error, Refused) else str(error)
        return OrderRefused(
            intent.venue, intent.symbol, intent.client_id, code, message, self._clock.now()
        )

    def _unknown(self, intent: OrderIntent, error: Exception) -> OrderFateUnknown:
        cause = str(error) or type(error).__name__
        return OrderFateUnknown(
            intent.venue, intent.symbol, intent.client_id, cause, self._clock.now()
        )
