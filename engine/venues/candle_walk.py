"""The way of the price through one candle: resting orders first, then the prices that matter."""

from collections.abc import Mapping
from datetime import datetime

from engine.domain.candle import Candle
from engine.domain.money import from_float
from engine.ports.venue import EventSink, Levels, OrderReport, PriceMoved
from engine.venues.matching import opening_second
from engine.venues.simulated import SimulatedExchange
from engine.venues.timeline import Row

_MOST_PRICES = 8


class CandleWalk:
    """Tells what a closing candle did, the worse order of prices first.

    The lower watched price comes before the higher one. What the core does on the way (an entry, a
    moved stop) counts within the same candle: levels are read anew after every event. Whether a
    price was told already is also read from the exchange's orders, so that a candle told again
    after a restart leads to the same orders.
    """

    def __init__(
        self,
        exchange: SimulatedExchange,
        levels: Mapping[str, Levels],
        tell: EventSink,
        row: Row,
        at: datetime,
    ) -> None:
        """Take one candle; `levels` is the live table of what is watched."""
        self._exchange = exchange
        self._levels = levels
        self._tell = tell
        self._symbol, self._candle, self._mark = row
        self._trigger = self._mark or self._candle
        self._market = exchange.markets[self._symbol]
        self._at = at
        self._told: set[float] = set()
        self._key = opening_second(self._candle)

    async def tell(self, *, retelling: bool) -> None:
        """Match resting orders, visit the watched prices, and end at the close."""
        market = self._market
        market.inside = True
        self._stand(self._candle.open)
        await self._match(retelling=retelling)
        for _ in range(_MOST_PRICES):
            price = self._next_price()
            if price is None:
                break
            self._told.add(price)
            self._stand(price)
            await self._tell(PriceMoved(self._symbol, price, self._at, market.mark))
            await self._match()
        market.inside = False
        self._stand(self._candle.close)
        if self._mark is not None:
            market.mark = self._mark.close
        if self._close_matters():
            await self._tell(PriceMoved(self._symbol, self._candle.close, self._at, market.mark))

    async def _match(self, *, retelling: bool = False) -> None:
        if not retelling and not self._exchange.is_busy(self._symbol):
            return
        reports = self._exchange.match(self._symbol, self._trigger, self._at, retelling=retelling)
        for report in reports:
            self._stand_at_fill(report)
            await self._tell(report)

    def _next_price(self) -> float | None:
        levels = self._levels.get(self._symbol)
        if levels is None:
            return None
        candle = self._candle
        inside = self._exchange.orders_inside(self._symbol, self._key)
        # After an entry inside the candle the price may fall back through anything below it.
        reached = max([candle.open, *map(float, inside)])
        below, above = levels.below, levels.above
        if below is not None and candle.low <= below < reached and self._is_new(below):
            return below
        if above is not None and candle.open < above <= candle.high and self._is_new(above):
            return above
        return None

    def _is_new(self, price: float) -> bool:
        if price in self._told:
            return False
        inside = self._exchange.orders_inside(self._symbol, self._key)
        return from_float(price) not in inside

    def _close_matters(self) -> bool:
        levels = self._levels.get(self._symbol)
        if levels is None:
            return False
        if self._mark is not None:
            return True
        close = self._candle.close
        below, above = levels.below, levels.above
        return (below is not None and close <= below and self._is_new(below)) or (
            above is not None and close >= above and self._is_new(above)
        )

    def _stand(self, price: float) -> None:
        self._market.price = price
        if self._mark is not None:
            self._market.mark = _moved(price, self._candle, self._mark)

    def _stand_at_fill(self, report: OrderReport) -> None:
        if report.fills and report.fills[-1].at == self._at:
            self._stand(float(report.fills[-1].price))


def _moved(price: float, candle: Candle, mark: Candle) -> float:
    return min(max(price * mark.open / candle.open, mark.low), mark.high)
