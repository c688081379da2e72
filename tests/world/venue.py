"""The wire between one life of the engine and a venue of the world: everything on it may fail."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import Ambiguous, PasuError, Throttled, VenueDown
from engine.domain.ids import ClientOrderId
from engine.domain.instrument import Instrument
from engine.domain.intent import OrderIntent
from engine.domain.money import ZERO
from engine.domain.venue import AroundTheClock, VenueMode, VenueName
from engine.ports.venue import (
    Balance,
    Capabilities,
    ConnectionLost,
    ConnectionRestored,
    EventSink,
    Levels,
    OrderReport,
    Surface,
    SurfaceName,
    SurfaceState,
    Ticker,
    VenueEvent,
    VenuePosition,
    VenueProfile,
)
from tests.exchanges.terms import Event, Kind, OrderChanged, OrderType, Rejected, VenueOrder
from tests.world.life import Life
from tests.world.market import WalkingMarket, sleep_about
from tests.world.orders import BNB, error_of, new_orders, report_of
from tests.world.witness import Witness

Answer = TypeVar("Answer")
TIMEOUT_S = 10.0
LONGEST_LAG_S = 4.0
LATEST_REQUEST_S = 15.0
HIDDEN_FOR_S = 3.0
SLOW = 0.02
LARGEST_DUST = Decimal(10)
DUST_YIELD = Decimal("0.00001")
_CAPABILITIES: Mapping[VenueName, Capabilities] = {
    VenueName.UPBIT: Capabilities(buys_by_cost=True),
    VenueName.BINANCE_SPOT: Capabilities(oco=True, converts_dust=True),
}


class WorldVenue:
    """A `Venue` whose requests, answers and events get lost, late, doubled and out of order.

    A request that has left arrives even if the engine that sent it is killed meanwhile.
    """

    def __init__(self, market: WalkingMarket, life: Life, rng: Random, witness: Witness) -> None:
        self._market = market
        self._life = life
        self._rng = rng
        self._witness = witness
        self._odds = market.odds
        self._events: asyncio.Queue[VenueEvent] = asyncio.Queue()
        self._is_down = False

    @property
    def profile(self) -> VenueProfile:
        return VenueProfile(
            name=self._market.name,
            mode=VenueMode.LIVE,
            quote=self._market.quote,
            capabilities=_CAPABILITIES[self._market.name],
            sessions=AroundTheClock(),
            base_timeframes=dict.fromkeys(self._market.listings, Timeframe.M1),
        )

    async def connect(self) -> Sequence[Instrument]:
        return await self._asked(lambda: self._market.instruments)

    async def instruments(self) -> Sequence[Instrument]:
        return await self._asked(lambda: self._market.instruments)

    def follow(self, symbols: Sequence[str]) -> None:
        del symbols

    def surfaces(self) -> Sequence[Surface]:
        state = SurfaceState.DOWN if self._is_down else SurfaceState.UP
        now = self._market.clock.now()
        return [Surface(name, now, state) for name in SurfaceName]

    async def run(self, sink: EventSink) -> None:
        self._market.heard = self._hear
        self._market.exchange.subscribe(self._changed)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump(sink))
            group.create_task(self._outages())

    async def close(self) -> None:
        self._market.heard = None

    async def candles(self, symbol: str, timeframe: Timeframe, count: int) -> Sequence[Candle]:
        return await self._asked(lambda: self._market.candles(symbol, timeframe, count))

    async def tickers(self) -> Sequence[Ticker]:
        now = self._market.clock.now()
        listings = self._market.listings.items()
        return await self._asked(
            lambda: [Ticker(symbol, each.price, 1e9, now) for symbol, each in listings]
        )

    async def balances(self) -> Mapping[str, Balance]:
        return await self._asked(
            lambda: {
                each.asset: Balance(each.free, each.locked)
                for each in self._market.exchange.balances()
            }
        )

    async def positions(self) -> Sequence[VenuePosition]:
        return ()

    async def place(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        if not self._life.ended:
            self._witness.sees_sent(self._market.name, intents, self._market.clock.now())
        return await self._sent(lambda: self._take(intents))

    async def cancel(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        if not self._life.ended:
            self._witness.sees_cancelled(client_id)
        return await self._sent(lambda: self._cancelled(client_id))

    async def order(self, client_id: ClientOrderId, symbol: str) -> OrderReport | None:
        return await self._asked(lambda: self._found(client_id))

    async def open_orders(self) -> Sequence[OrderReport]:
        return await self._asked(
            lambda: [report_of(order) for order in self._market.exchange.open_orders()]
        )

    async def sellable(self, symbol: str, quantity: Decimal) -> Decimal:
        bids = self._market.exchange.book(symbol).bids
        return await self._asked(lambda: min(quantity, sum((n for _, n in bids), ZERO)))

    async def convert_dust(self, symbol: str, quantity: Decimal) -> tuple[Decimal, str]:
        return await self._sent(lambda: self._converted(symbol, quantity))

    def watch(self, symbol: str, levels: Levels) -> None:
        del symbol, levels

    async def _asked(self, answer: Callable[[], Answer]) -> Answer:
        await self._life.goes_on()
        await asyncio.sleep(self._lag())
        await self._life.goes_on()
        if self._is_down or self._happens(self._odds.query_fails):
            message = "no answer"
            raise VenueDown(message)
        return answer()

    async def _sent(self, action: Callable[[], Answer]) -> Answer:
        await self._life.goes_on()
        if self._is_down:
            message = "connection refused"
            raise Ambiguous(message)
        if self._happens(self._odds.throttled):
            message = "too many requests"
            raise Throttled(message, self._market.clock.now() + timedelta(seconds=2))
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        late = self._happens(self._odds.late_request)
        delay = self._rng.uniform(TIMEOUT_S, LATEST_REQUEST_S) if late else self._lag()
        self._market.deliver(self._deliver(action, answer, delay))
        try:
            return await asyncio.wait_for(answer, TIMEOUT_S)
        except TimeoutError:
            message = "no answer in time"
            raise Ambiguous(message) from None
        finally:
            await self._life.goes_on()

    async def _deliver(
        self, action: Callable[[], Answer], answer: asyncio.Future[Answer], delay: float
    ) -> None:
        await asyncio.sleep(delay)
        if self._happens(self._odds.lost_request):
            return
        error: PasuError | None = None
        try:
            done = action()
        except Rejected as e:
            error = error_of(e)
        if error is None and self._happens(self._odds.error_after):
            error = Ambiguous("internal server error")
        if self._happens(self._odds.lost_reply):
            return
        await asyncio.sleep(self._lag())
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(done)

    def _take(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        try:
            return self._taken(intents)
        except Rejected as e:
            self._witness.sees_refused(self._market.name, intents[0], e.kind)
            raise

    def _taken(self, intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        exchange, new = self._market.exchange, new_orders(intents)
        if self.profile.name is VenueName.UPBIT and self._known(intents[0].client_id) is not None:
            message = "this identifier was used before"
            raise Rejected(Kind.DUPLICATE_CLIENT_ID, message)
        if len(new) > 1:
            made = exchange.place_oco(new, intents[0].group or "")
            return [report_of(exchange.order(each)) for each in made.order_ids]
        if new[0].type is OrderType.MARKET and self._happens(self._odds.partial):
            shares = [Decimal(self._rng.randint(0, 40)) / 100 for _ in range(3)]
            lot = exchange.market(new[0].symbol).lot
            size = intents[0].quantity
            exchange.plan_fills(new[0].client_id, [size * each // lot * lot for each in shares])
        return [report_of(exchange.place(new[0]))]

    def _known(self, client_id: ClientOrderId) -> OrderReport | None:
        with suppress(Rejected):
            return report_of(self._market.exchange.by_client_id(client_id))
        return None

    def _found(self, client_id: ClientOrderId) -> OrderReport | None:
        """Return an order, unless it is so young that the place that is asked has not heard."""
        known = self._known(client_id)
        if known is None or not self._happens(self._odds.stale):
            return known
        order = self._market.exchange.by_client_id(client_id)
        age = (self._market.clock.now() - order.created_at).total_seconds()
        return None if age < HIDDEN_FOR_S else known

    def _cancelled(self, client_id: ClientOrderId) -> OrderReport | None:
        known = self._known(client_id)
        if known is not None:
            with suppress(Rejected):
                self._market.exchange.cancel(int(known.venue_order_id))
        return self._known(client_id)

    def _converted(self, symbol: str, quantity: Decimal) -> tuple[Decimal, str]:
        """Swap all there is of a coin, as Binance does; the adapter leaves the owner's coins be."""
        exchange = self._market.exchange
        base, price = exchange.market(symbol).base, exchange.price(symbol) or Decimal(0)
        free = exchange.balance(base).free
        if not ZERO < free <= quantity or free * price > LARGEST_DUST:
            raise Rejected(Kind.BAD_QUANTITY, base)
        exchange.withdraw(base, free)
        exchange.deposit(BNB, DUST_YIELD)
        self._market.converted[symbol] = self._market.converted.get(symbol, ZERO) + free
        return DUST_YIELD, BNB

    def _changed(self, event: Event) -> None:
        if isinstance(event, OrderChanged) and not self._life.ended:
            self._tell(event.order)

    def _tell(self, order: VenueOrder) -> None:
        if self._happens(self._odds.event_dropped):
            return
        report = report_of(order)
        for _ in range(2 if self._happens(self._odds.event_doubled) else 1):
            late = self._happens(self._odds.slow_event)
            delay = self._rng.uniform(0.5, 5.0) if late else 0.01
            asyncio.get_running_loop().call_later(delay, self._hear, report)

    def _hear(self, event: VenueEvent) -> None:
        if not self._life.ended and not self._is_down:
            self._events.put_nowait(event)

    async def _pump(self, sink: EventSink) -> None:
        while True:
            event = await self._events.get()
            await self._life.goes_on()
            await sink(event)

    async def _outages(self) -> None:
        while True:
            await sleep_about(self._rng, self._odds.outage_every_s)
            for name in SurfaceName:
                lost = ConnectionLost(name, "the line is dead", self._market.clock.now())
                self._events.put_nowait(lost)
            self._is_down = True
            await sleep_about(self._rng, self._odds.outage_lasts_s)
            self._is_down = False
            for name in SurfaceName:
                restored = ConnectionRestored(name, self._market.clock.now())
                self._events.put_nowait(restored)

    def _lag(self) -> float:
        slow = self._happens(SLOW)
        return self._rng.uniform(1, LONGEST_LAG_S) if slow else self._rng.expovariate(1 / 0.05)

    def _happens(self, odds: float) -> bool:
        return self._rng.random() < odds
