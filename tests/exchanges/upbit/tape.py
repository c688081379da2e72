"""What Upbit's tickers and public trades tell: the last trades of each market, and its day."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tests.exchanges.candles import EPOCH, Candle, CandleHistory
from tests.exchanges.matching import Exchange
from tests.exchanges.terms import ZERO, Event, PriceMoved, Side

KEPT = 500
DAY = 1440


@dataclass(frozen=True, slots=True)
class PublicTrade:
    """A public trade with the number that Upbit gives it."""

    moved: PriceMoved
    sequential_id: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A market's day (from midnight UTC), its last 24 hours and its year, as of the last trade."""

    last: PublicTrade
    day: Candle
    previous_close: Decimal
    volume_24h: Decimal
    value_24h: Decimal
    year_high: tuple[Decimal, datetime]
    year_low: tuple[Decimal, datetime]
    bought: Decimal
    sold: Decimal


@dataclass(slots=True)
class _Market:
    trades: deque[PublicTrade] = field(default_factory=lambda: deque(maxlen=KEPT))
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    minute: int = -1
    slow: tuple[Decimal, Decimal, list[Candle]] = (ZERO, ZERO, [])


class Tape:
    """Listens to an exchange and sums up each market."""

    def __init__(self, exchange: Exchange, candles: CandleHistory) -> None:
        self._candles = candles
        self._clock = exchange.now
        self._markets: dict[str, _Market] = {}
        exchange.subscribe(self._heard)

    def trades(self, symbol: str) -> list[PublicTrade]:
        """Return the last public trades, the newest first."""
        return list(self._markets.get(symbol, _Market()).trades)[::-1]

    def summary(self, symbol: str) -> Summary | None:
        """Return what a ticker tells; nothing before the first trade."""
        market = self._markets.get(symbol)
        days = self._candles.last(symbol, DAY, 2)
        if market is None or not market.trades or not days:
            return None
        volume, value, year = self._slow(symbol, market)
        high = max([*year, days[-1]], key=lambda candle: candle.high)
        low = min([*year, days[-1]], key=lambda candle: candle.low)
        return Summary(
            last=market.trades[-1],
            day=days[-1],
            previous_close=days[0].close if len(days) > 1 else days[0].open,
            volume_24h=volume,
            value_24h=value,
            year_high=(high.high, high.opened_at),
            year_low=(low.low, low.opened_at),
            bought=market.bought,
            sold=market.sold,
        )

    def _slow(self, symbol: str, market: _Market) -> tuple[Decimal, Decimal, list[Candle]]:
        """Return sums that need many candles, refreshed once a minute."""
        minute = (self._clock() - EPOCH) // timedelta(minutes=1)
        if minute != market.minute:
            hours = self._candles.last(symbol, 60, 24)
            market.minute = minute
            market.slow = (
                sum((hour.volume for hour in hours), ZERO),
                sum((hour.value for hour in hours), ZERO),
                market.slow[2] or self._candles.last(symbol, DAY, 365),
            )
        return market.slow

    def _heard(self, event: Event) -> None:
        if not isinstance(event, PriceMoved):
            return
        market = self._markets.setdefault(event.symbol, _Market())
        ours = int(event.at.timestamp() * 1000) * 10_000
        before = market.trades[-1].sequential_id if market.trades else 0
        market.trades.append(PublicTrade(event, max(ours, before + 1)))
        if event.side is Side.BUY:
            market.bought += event.quantity
        else:
            market.sold += event.quantity
