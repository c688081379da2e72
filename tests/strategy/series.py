"""Every strategy of the registry beside the real series it is held against."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from engine.domain.candle import Candle, Timeframe
from engine.domain.exits import ExitPlan
from engine.domain.signal import Signal
from engine.domain.venue import AroundTheClock, ListedSessions
from strategies.parameters import EntryOn, Parameters
from strategies.registry import catalogue
from strategies.strategy import Strategy
from tests.strategy.market import position, real_candles

DayOf = Callable[[datetime], date]
EVERYTHING = 10**9


@dataclass(frozen=True, slots=True)
class Series:
    """One file of `../shared/data` with the timeframe and the days of its venue."""

    path: str
    timeframe: Timeframe
    day_of: DayOf

    def candles(self, start: int = 0, count: int = EVERYTHING) -> list[Candle]:
        return real_candles(self.path, start, count)


SERIES: Mapping[str, Series] = MappingProxyType(
    {
        "btc_5m": Series("binance_spot/BTC_USDT-5m", Timeframe.M5, AroundTheClock().day),
        "eth_5m": Series("binance_spot/ETH_USDT-5m", Timeframe.M5, AroundTheClock().day),
        "sol_5m": Series("binance_spot/SOL_USDT-5m", Timeframe.M5, AroundTheClock().day),
        "ada_1h": Series("binance_spot/ADA_USDT-1h", Timeframe.H1, AroundTheClock().day),
        "samsung_1d": Series("stock/005930-1d", Timeframe.D1, ListedSessions({}).day),
    }
)
STRATEGIES = tuple(catalogue().strategies)
HELD = position(Decimal(100), ExitPlan(Decimal(106), Decimal(97), Decimal("0.02"), Decimal("0.05")))


def parameters_of(name: str, timeframe: Timeframe = Timeframe.H1) -> Parameters:
    """Return parameters that make a strategy speak through its signal often enough to compare."""
    base = Parameters(
        strategy=name, timeframe=timeframe, entry_on=EntryOn.CLOSE, volatility_percent=0.4
    )
    # Its preset leaves these two off as well.
    return replace(base, use_trend=False, use_adx=False) if name == "pullback" else base


def walked(
    strategy: Strategy, candles: Sequence[Candle], day_of: DayOf
) -> list[tuple[Signal, Signal]]:
    """Feed candles and return what is said after each, without a position and with one."""
    said = []
    for each in candles:
        strategy.update(each, day_of(each.opened_at))
        said.append((strategy.signal(None), strategy.signal(HELD)))
    return said
