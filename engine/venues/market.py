"""The state of one simulated market as its prices are told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from engine.domain.candle import Candle
from engine.domain.instrument import Instrument
from engine.domain.money import from_float


@dataclass(slots=True)
class Market:
    """The newest told price of a market and the candle it belongs to.

    `lasts` is how long a candle can be traded against; `inside` says that prices inside of it are
    being told; `yesterday` is the close of the day before, where a day's prices are bounded by it.
    """

    instrument: Instrument
    lasts: timedelta = timedelta(minutes=1)
    candle: Candle | None = None
    price: float = 0.0
    mark: float | None = None
    inside: bool = False
    yesterday: float | None = None

    @property
    def last(self) -> Decimal:
        """Return the newest price, zero before the first."""
        return from_float(self.price) if self.price else Decimal(0)

    @property
    def trigger_price(self) -> Decimal:
        """Return the price that pulls triggers: the mark price where there is one."""
        return from_float(self.mark) if self.mark else self.last

    def tradable(self, at: datetime) -> Candle | None:
        """Return the candle that an order can trade against at a moment."""
        candle = self.candle
        return candle if candle is not None and at <= candle.opened_at + self.lasts else None
