"""The built-in market: seeded prices for a machine that has no recorded ones."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from engine.domain.candle import EPOCH
from engine.domain.venue import AroundTheClock, ListedSessions, Sessions, VenueName
from engine.phrases.notes import Note
from engine.venues.bars import DAY
from engine.venues.builtin_feed import BuiltinFeed, Hours, Quoting
from engine.venues.builtin_listings import COINS, STOCKS
from engine.venues.builtin_path import FIRST_DAY, Climate, Path
from engine.venues.feed import Feed, Source
from engine.venues.krx_calendar import krx_sessions
from engine.venues.rules import listed

BUILTIN_START = datetime(2025, 1, 6, tzinfo=UTC)
KRW_PER_USDT = 1400.0

_MILLION = 1e6
_PERPETUAL_TURNOVER = 4.0


def builtin_sources(venues: Iterable[VenueName], seed: int) -> dict[VenueName, Source]:
    """Return the made markets of the venues: 20 KRW, 20 USDT on spot and futures, 10 stocks.

    The coins have one underlying path each: KRW markets trade it at 1,400 KRW per USDT and a small
    premium, contracts at a small basis with the underlying as mark price.
    """
    wanted = tuple(venues)
    climate = Climate(seed, "crypto")
    coins = {coin.symbol: Path(seed, coin, climate, gap=0.0) for coin in COINS}
    makers: dict[VenueName, Callable[[], Source]] = {
        VenueName.UPBIT: lambda: _krw(seed, coins),
        VenueName.BINANCE_SPOT: lambda: _usdt(VenueName.BINANCE_SPOT, seed, coins),
        VenueName.BINANCE_FUTURES: lambda: _usdt(VenueName.BINANCE_FUTURES, seed, coins),
        VenueName.STOCK: lambda: _stocks(seed),
    }
    return {name: makers[name]() for name in wanted}


def _krw(seed: int, coins: dict[str, Path]) -> Source:
    feeds: dict[str, Feed] = {}
    instruments = []
    for coin in COINS:
        if not coin.krw_turnover:
            continue
        symbol = f"{coin.symbol}/KRW"
        instrument = listed(VenueName.UPBIT, symbol, coin.price * KRW_PER_USDT)
        quoting = Quoting(seed, symbol, KRW_PER_USDT, centre=0.004, spread=0.012)
        turnover = coin.krw_turnover * _MILLION
        feeds[symbol] = BuiltinFeed(
            instrument, coins[coin.symbol], quoting, turnover, _around_the_clock
        )
        instruments.append(instrument)
    return Source(instruments, feeds, AroundTheClock(), _note(seed))


def _usdt(name: VenueName, seed: int, coins: dict[str, Path]) -> Source:
    contracts = name is VenueName.BINANCE_FUTURES
    feeds: dict[str, Feed] = {}
    instruments = []
    for coin in COINS:
        if not coin.turnover:
            continue
        symbol = f"{coin.symbol}/USDT"
        instrument = listed(name, symbol, coin.price)
        quoting = Quoting(seed, symbol, centre=0.0001, spread=0.0012 if contracts else 0.0)
        turnover = coin.turnover * _MILLION * (_PERPETUAL_TURNOVER if contracts else 1.0)
        feeds[symbol] = BuiltinFeed(
            instrument, coins[coin.symbol], quoting, turnover, _around_the_clock
        )
        instruments.append(instrument)
    return Source(instruments, feeds, AroundTheClock(), _note(seed))


def _stocks(seed: int) -> Source:
    sessions = krx_sessions()
    calendar = _Calendar(sessions)
    climate = Climate(seed, "krx")
    feeds: dict[str, Feed] = {}
    instruments = []
    for stock in STOCKS:
        instrument = listed(VenueName.STOCK, stock.symbol, stock.price)
        feeds[stock.symbol] = BuiltinFeed(
            instrument,
            Path(seed, stock, climate, gap=0.35),
            Quoting(seed, stock.symbol),
            stock.turnover * _MILLION,
            calendar.hours,
            last_day=calendar.last_day,
        )
        instruments.append(instrument)
    held: Sessions = sessions
    return Source(instruments, feeds, held, _note(seed))


class _Calendar:
    def __init__(self, sessions: ListedSessions) -> None:
        days = [(day - EPOCH.date()).days for day in sorted(sessions.hours)]
        self._hours: dict[int, Hours] = {}
        for number, (day, (opens, closes)) in enumerate(
            zip(days, (sessions.hours[date] for date in sorted(sessions.hours)), strict=True)
        ):
            first = int((opens - EPOCH).total_seconds()) - day * DAY
            minutes = int((closes - opens).total_seconds()) // 60
            self._hours[day] = Hours(number, first // 60, minutes)
        self.last_day = days[-1]

    def hours(self, day: int) -> Hours | None:
        return self._hours.get(day)


def _around_the_clock(day: int) -> Hours | None:
    return Hours(day - FIRST_DAY, 0, 1440)


def _note(seed: int) -> str:
    return Note.BUILT_IN_MARKET.say(seed=seed)
