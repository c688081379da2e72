"""What one closed candle costs the running engine: indicators and the breakout's decision."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from time import perf_counter

import numpy as np

from engine.domain.candle import Candle, Timeframe
from engine.domain.venue import AroundTheClock
from strategies.breakout import Breakout
from strategies.indicators import Ema
from strategies.momentum import Macd, Rsi
from strategies.parameters import Parameters
from strategies.trend import Adx
from strategies.volatility import Atr, Bollinger
from tests.strategy.market import seeded_candles

WINDOW = 200
LOOP_SECONDS = 3.0
_CANDLES = 20_000
_ROUNDS = 5
_MICRO = 1e6


class Indicators:
    """The seven indicators of the speed job, fed one closed candle at a time."""

    def __init__(self) -> None:
        self.rsi, self.macd, self.bollinger = Rsi(14), Macd(), Bollinger(20, 2.0)
        self.fast, self.slow, self.adx, self.atr = Ema(50), Ema(100), Adx(14), Atr(14)

    def update(self, candle: Candle) -> None:
        """Take in a candle."""
        _, _, high, low, close, _ = candle
        self.rsi.update(close)
        self.fast.update(close)
        self.slow.update(close)
        self.macd.update(close)
        self.bollinger.update(close)
        self.adx.update(high, low, close)
        self.atr.update(high, low, close)

    def read(self) -> tuple[object, ...]:
        """Return every value."""
        return (
            self.rsi.value,
            self.fast.value,
            self.slow.value,
            self.macd.lines,
            self.bollinger.bands,
            self.adx.value,
            self.atr.value,
        )


def rows() -> list[tuple[str, float]]:
    """Return what is measured with its microseconds."""
    candles = seeded_candles(_CANDLES, Timeframe.M5)
    found = [
        ("Breakout.update, one closed candle", _breakout(candles)),
        ("seven indicators, one closed candle, updated and read", _incremental(candles)),
        ("seven indicators anew over 200 candles", _whole(candles)),
    ]
    if find_spec("ta"):
        found.append(("seven indicators by ta over 200 candles", _by_ta(candles)))
    return found


def _breakout(candles: list[Candle]) -> float:
    day_of = AroundTheClock().day
    days = [day_of(candle.opened_at) for candle in candles]
    pairs = list(zip(candles, days, strict=True))

    def run() -> None:
        strategy = Breakout(Parameters("breakout", Timeframe.M5))
        for candle, day in pairs:
            strategy.update(candle, day)

    return _microseconds(run, len(candles))


def _incremental(candles: list[Candle]) -> float:
    def run() -> None:
        indicators = Indicators()
        for candle in candles:
            indicators.update(candle)
            indicators.read()

    return _microseconds(run, len(candles))


def _whole(candles: list[Candle]) -> float:
    def run() -> None:
        indicators = Indicators()
        for candle in candles[-WINDOW:]:
            indicators.update(candle)
        indicators.read()

    return _microseconds(run, 1)


def _by_ta(candles: list[Candle]) -> float:
    # By name, because ta is a peer and need not be installed.
    pandas, ta = import_module("pandas"), import_module("ta")
    table = np.array([candle[1:] for candle in candles[-WINDOW:]])
    frame = pandas.DataFrame(table, columns=["open", "high", "low", "close", "volume"])
    high, low, close = frame["high"], frame["low"], frame["close"]

    def run() -> None:
        ta.momentum.RSIIndicator(close, 14).rsi()
        ta.trend.EMAIndicator(close, 50).ema_indicator()
        ta.trend.EMAIndicator(close, 100).ema_indicator()
        macd = ta.trend.MACD(close)
        macd.macd(), macd.macd_signal(), macd.macd_diff()
        bands = ta.volatility.BollingerBands(close)
        bands.bollinger_hband(), bands.bollinger_mavg(), bands.bollinger_lband()
        ta.trend.ADXIndicator(high, low, close).adx()
        ta.volatility.AverageTrueRange(high, low, close).average_true_range()

    return _microseconds(run, 1)


def _microseconds(run: Callable[[], None], steps: int) -> float:
    run()
    took = []
    for _ in range(_ROUNDS):
        began = perf_counter()
        run()
        took.append(perf_counter() - began)
    return median(took) / steps * _MICRO
