"""Builders of what the simulated venues take: candles, intents, exchanges, feeds, a wall clock."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import numpy as np

from engine.domain.candle import Candle, Timeframe
from engine.domain.ids import ClientOrderId
from engine.domain.intent import OrderIntent, OrderType, Purpose, Side
from engine.domain.venue import AroundTheClock, Sessions, VenueName
from engine.ports.venue import OrderReport
from engine.venues.array_feed import ArrayFeed
from engine.venues.bars import Bars
from engine.venues.feed import Feed, Source
from engine.venues.rules import listed, venue_rules
from engine.venues.simulated import SimulatedExchange

START = datetime(2025, 1, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
_NUMBERS = count(1)
DEPOSITS = {
    VenueName.UPBIT: ("KRW", Decimal(100_000_000)),
    VenueName.BINANCE_SPOT: ("USDT", Decimal(100_000)),
    VenueName.BINANCE_FUTURES: ("USDT", Decimal(100_000)),
    VenueName.STOCK: ("KRW", Decimal(100_000_000)),
}
SYMBOLS = {
    VenueName.UPBIT: ("BTC/KRW", 100_000_000.0),
    VenueName.BINANCE_SPOT: ("BTC/USDT", 100_000.0),
    VenueName.BINANCE_FUTURES: ("BTC/USDT", 100_000.0),
    VenueName.STOCK: ("005930", 70_000.0),
}


def candle(at, open_, high, low, close, volume=1000.0):
    return Candle(at, float(open_), float(high), float(low), float(close), float(volume))


def d(text):
    return Decimal(str(text))


def order(
    venue,
    side=Side.BUY,
    type_=OrderType.MARKET,
    quantity="1",
    *,
    symbol=None,
    client_id=None,
    purpose=None,
    **more,
):
    money = {
        key: d(more.pop(key)) for key in ("cost", "price", "trigger") if more.get(key) is not None
    }
    return OrderIntent(
        client_id=ClientOrderId(client_id or f"pasu-test-{next(_NUMBERS)}"),
        venue=venue,
        symbol=symbol or SYMBOLS[venue][0],
        side=side,
        type=type_,
        purpose=purpose or (Purpose.ENTRY if side is Side.BUY else Purpose.EXIT),
        quantity=d(quantity),
        decision_price=d(SYMBOLS[venue][1]),
        reason="test",
        **money,
        **more,
    )


@dataclass
class Desk:
    """An exchange with one market, moved from candle to candle by hand."""

    venue: VenueName
    book: Path | None = None
    seed: int = 1
    sessions: Sessions = field(default_factory=AroundTheClock)
    at: datetime = START
    deposit: bool = True

    def __post_init__(self):
        symbol, price = SYMBOLS[self.venue]
        self.symbol = symbol
        self.exchange = SimulatedExchange(
            venue_rules(self.venue),
            [listed(self.venue, symbol, price)],
            self.sessions,
            seed=self.seed,
            book=self.book,
        )
        self.market = self.exchange.markets[symbol]
        if self.deposit:
            self.exchange.deposit(*DEPOSITS[self.venue])

    def opens(self, one, mark=None):
        self.at = one.opened_at
        self.market.candle = one
        self.market.price = one.open
        self.market.mark = None if mark is None else mark.open

    def closes(self, one, mark=None, *, retelling=False) -> list[OrderReport]:
        self.at = one.opened_at + MINUTE
        self.market.candle = one
        self.market.price = one.open
        reports = self.exchange.match(self.symbol, mark or one, self.at, retelling=retelling)
        self.market.price = one.close
        self.market.mark = None if mark is None else mark.close
        return list(reports)

    def place(self, *intents):
        return self.exchange.place(intents, self.at)

    def total(self, asset):
        held = self.exchange.balances().get(asset)
        return held.total if held is not None else Decimal(0)


def bars(candles):
    columns = list(zip(*candles, strict=True))
    seconds = np.array([int(at.timestamp()) for at in columns[0]], dtype=np.int64)
    return Bars(seconds, *(np.array(column, dtype=np.float64) for column in columns[1:]))


def source(
    venue, candles_by_symbol, *, timeframe=Timeframe.M1, sessions=None, marks=None, funding=()
):
    feeds: dict[str, Feed] = {
        symbol: ArrayFeed(
            timeframe,
            {timeframe: bars(candles)},
            None if marks is None else (timeframe, bars(marks)),
            funding,
            by_session=venue is VenueName.STOCK,
        )
        for symbol, candles in candles_by_symbol.items()
    }
    instruments = [
        listed(venue, symbol, float(candles[0].close))
        for symbol, candles in candles_by_symbol.items()
    ]
    return Source(instruments, feeds, sessions or AroundTheClock(), "hand-made")


class ManualWall:
    """A wall clock that moves only when somebody sleeps."""

    def __init__(self):
        self.seconds = 0.0
        self.slept = []

    def now(self):
        return START + timedelta(seconds=self.seconds)

    def monotonic(self):
        return self.seconds

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)
