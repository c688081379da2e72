"""A clock, a store and a venue that do what a test tells them and remember the order of calls."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from inspect import isawaitable

from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import DiskFailed
from engine.domain.events import Fact, PositionClosed, Recorded
from engine.domain.ids import ClientOrderId, TradeId, VenueOrderId
from engine.domain.instrument import Instrument, base_and_quote
from engine.domain.intent import OrderIntent, OrderType
from engine.domain.money import ZERO
from engine.domain.venue import VenueName
from engine.ports.store import Recovered, Snapshot, Tables
from engine.ports.venue import (
    Balance,
    EventSink,
    Fill,
    Levels,
    OrderReport,
    ReportStatus,
    Surface,
    Ticker,
    VenueEvent,
    VenuePosition,
    VenueProfile,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

Reports = Sequence[OrderReport]
PlaceAnswer = Exception | Reports | Callable[[Sequence[OrderIntent]], Reports | Awaitable[Reports]]
OneAnswer = Exception | OrderReport | Callable[[], Awaitable[OrderReport | None]] | None


class ManualClock:
    """A clock that moves when it is told to."""

    def __init__(self, at: datetime = NOON) -> None:
        self._at = at
        self._passed = 0.0

    def now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self._at += timedelta(seconds=seconds)
        self._passed += seconds

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone."""
        self._at += timedelta(seconds=seconds)


class MemoryStore:
    """A store that keeps facts in a list; `full` makes it fail, `gate` makes it wait."""

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.facts: list[Recorded] = []
        self.saved: dict[str, Snapshot] = {}
        self.archived: list[PositionClosed] = []
        self.full = False
        self.gate: asyncio.Event | None = None

    def recover(self) -> Recovered:
        return Recovered(dict(self.saved), list(self.facts), len(self.facts), ())

    async def append(self, facts: Sequence[Fact]) -> Sequence[Recorded]:
        if self.full:
            raise DiskFailed("no space left on device")
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        first = len(self.facts) + 1
        recorded = [Recorded(first + i, fact) for i, fact in enumerate(facts)]
        self.facts.extend(recorded)
        self.log.extend(f"disk {type(fact).__name__}" for fact in facts)
        return recorded

    async def save(self, name: str, snapshot: Snapshot) -> None:
        self.saved[name] = snapshot

    async def archive(self, closed: Sequence[PositionClosed]) -> None:
        self.archived.extend(closed)

    async def closed_between(self, start: datetime, end: datetime) -> Sequence[PositionClosed]:
        return [closed for closed in self.archived if start <= closed.at < end]

    async def write_status(self, tables: Tables) -> None:
        self.log.append("status")

    def tail(self, after: int, most: int) -> Sequence[Recorded]:
        return [recorded for recorded in self.facts if recorded.seq > after][:most]

    def kinds(self) -> list[str]:
        return [type(recorded.fact).__name__ for recorded in self.facts]

    def of(self, kind: type[Fact]) -> list[Fact]:
        return [recorded.fact for recorded in self.facts if isinstance(recorded.fact, kind)]


class MemoryEquityLog:
    """Equity points in a list."""

    def __init__(self) -> None:
        self.points: list[tuple[datetime, Decimal]] = []

    def note(self, venue: VenueName, points: Sequence[tuple[datetime, Decimal]]) -> None:
        self.points += points

    def since(self, venue: VenueName, start: datetime) -> Sequence[tuple[datetime, Decimal]]:
        return [point for point in self.points if point[0] >= start]


class ScriptedVenue:
    """A venue that answers from its scripts first, and honestly when they are used up.

    Honest: a market order fills whole at the price of its market, any other rests until cancelled;
    orders that share a group end together; `order` answers what was taken. `trouble` names calls
    that fail with an error until it is taken away, `foreign` are open orders of somebody else.
    """

    def __init__(
        self, profile: VenueProfile, clock: ManualClock, log: list[str], *listed: Instrument
    ) -> None:
        self.profile = profile
        self.log = log
        self.listed: Sequence[Instrument] = listed
        self.prices: dict[str, Decimal] = {}
        self.place_script: deque[PlaceAnswer] = deque()
        self.order_script: deque[OneAnswer] = deque()
        self.cancel_script: deque[OneAnswer] = deque()
        self.placed: list[OrderIntent] = []
        self.known: dict[ClientOrderId, OrderReport] = {}
        self.watched: dict[str, Levels] = {}
        self.history: dict[Timeframe, Sequence[Candle]] = {}
        self.holdings: dict[str, Balance] = {}
        self.contracts: list[VenuePosition] = []
        self.converted: list[tuple[str, Decimal]] = []
        self.fee = Decimal(0)
        self.followed: list[tuple[str, ...]] = []
        self.lines: list[Surface] = []
        self.book_depth: dict[str, Decimal] = {}
        self.foreign: list[OrderReport] = []
        self.trouble: dict[str, Exception] = {}
        self.sink: EventSink | None = None
        self._clock = clock

    async def connect(self) -> Sequence[Instrument]:
        self._fail("connect")
        return self.listed

    async def instruments(self) -> Sequence[Instrument]:
        self._fail("instruments")
        return self.listed

    def follow(self, symbols: Sequence[str]) -> None:
        self.followed.append(tuple(symbols))

    def surfaces(self) -> Sequence[Surface]:
        return self.lines

    async def run(self, sink: EventSink) -> None:
        self.sink = sink
        await asyncio.Event().wait()

    async def tell(self, *events: VenueEvent) -> None:
        """Stream events to whoever listens, and let everything that follows from them happen."""
        assert self.sink is not None
        for event in events:
            await self.sink(event)
        await settled()

    async def close(self) -> None:
        self.log.append("close")

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        self._fail("candles")
        return self.history.get(timeframe, ())[-count:]

    async def tickers(self) -> Sequence[Ticker]:
        self._fail("tickers")
        return [
            Ticker(each.symbol, float(self.prices.get(each.symbol, 100)), 1e9, self._clock.now())
            for each in self.listed
        ]

    async def balances(self) -> Mapping[str, Balance]:
        self._fail("balances")
        return self.holdings

    async def positions(self) -> Sequence[VenuePosition]:
        self._fail("positions")
        return self.contracts

    async def place(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        self._fail("place")
        self.placed.extend(intents)
        self.log.extend(f"place {intent.client_id}" for intent in intents)
        await asyncio.sleep(0)
        if not self.place_script:
            return self.take(intents)
        answer = self.place_script.popleft()
        if isinstance(answer, Exception):
            raise answer
        if not callable(answer):
            return answer
        told = answer(intents)
        return await told if isawaitable(told) else told

    async def cancel(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        self.log.append(f"cancel {client_id}")
        await asyncio.sleep(0)
        if self.cancel_script:
            return await _answered(self.cancel_script.popleft())
        self.end(client_id, ReportStatus.CANCELLED)
        return self.known.get(client_id)

    async def order(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        self._fail("order")
        self.log.append(f"order {client_id}")
        await asyncio.sleep(0)
        if self.order_script:
            return await _answered(self.order_script.popleft())
        return self.known.get(client_id)

    async def open_orders(self) -> Sequence[OrderReport]:
        self._fail("open_orders")
        ours = [each for each in self.known.values() if each.status is ReportStatus.OPEN]
        return [*ours, *self.foreign]

    async def sellable(self, symbol: str, quantity: Decimal) -> Decimal:
        self._fail("sellable")
        return min(quantity, self.book_depth.get(symbol, quantity))

    async def convert_dust(self, symbol: str, quantity: Decimal) -> tuple[Decimal, str]:
        self.converted.append((symbol, quantity))
        return Decimal("0.001"), "BNB"

    def watch(self, symbol: str, levels: Levels) -> None:
        self.watched[symbol] = levels

    def take(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        """Take orders as the honest venue does, whatever is answered afterwards."""
        for intent in intents:
            fills = self._fills(intent) if intent.type is OrderType.MARKET else ()
            self.known[intent.client_id] = report(intent, *fills, status=_status(fills))
        return [self.known[intent.client_id] for intent in intents]

    def end(self, client_id: ClientOrderId, status: ReportStatus) -> None:
        """End an open order, and those that share its group."""
        ended = [intent for intent in self.placed if intent.client_id == client_id]
        groups = {intent.group for intent in ended if intent.group is not None}
        ended += [intent for intent in self.placed if intent.group in groups]
        for intent in ended:
            known = self.known.get(intent.client_id)
            if known is not None and known.status is ReportStatus.OPEN:
                self.known[intent.client_id] = replace(known, status=status)

    def _fail(self, call: str) -> None:
        if call in self.trouble:
            self.log.append(f"failed {call}")
            raise self.trouble[call]

    def _fills(self, intent: OrderIntent) -> tuple[Fill, ...]:
        price = self.prices.get(intent.symbol, intent.decision_price)
        name = f"{intent.client_id}-1"
        quote = base_and_quote(intent.venue, intent.symbol)[1]
        cost = intent.quantity * price * self.fee
        at = self._clock.now()
        return (Fill(TradeId(name), intent.quantity, price, cost, quote, cost, False, at),)


async def settled() -> None:
    """Let every task go on until all of them wait for something from outside."""
    for _ in range(60):
        await asyncio.sleep(0)


def report(
    intent: OrderIntent,
    *fills: Fill,
    status: ReportStatus = ReportStatus.OPEN,
    filled: Decimal | None = None,
) -> OrderReport:
    """Say of an order what a venue says of it."""
    total = sum((fill.quantity for fill in fills), ZERO)
    return OrderReport(
        client_id=intent.client_id,
        venue_order_id=VenueOrderId(f"v-{intent.client_id}"),
        symbol=intent.symbol,
        side=intent.side,
        status=status,
        filled_quantity=total if filled is None else filled,
        fills=fills,
        at=NOON,
    )


def fill(trade_id: str, quantity: str, price: str, fee: str = "0", asset: str = "KRW") -> Fill:
    """One trade, its fee in quote unless the asset says otherwise."""
    paid = Decimal(fee)
    return Fill(
        TradeId(trade_id), Decimal(quantity), Decimal(price), paid, asset, paid, False, NOON
    )


def _status(fills: Sequence[Fill]) -> ReportStatus:
    return ReportStatus.FILLED if fills else ReportStatus.OPEN


async def _answered(answer: OneAnswer) -> OrderReport | None:
    if isinstance(answer, Exception):
        raise answer
    return await answer() if callable(answer) else answer
