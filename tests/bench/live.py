"""What one loop costs per symbol in the running engine, beside `ta` over the whole window.

`python -m tests.bench.live` prints microseconds of processor time by what is done, as JSON. Ours
has 200 candles behind it and takes one step; `ta` works them all out anew, as a loop on it must.
"""

import json
from collections.abc import Callable
from statistics import median

from engine.domain.candle import Candle, Timeframe
from engine.domain.venue import AroundTheClock
from strategies.breakout import Breakout
from strategies.combined import Combined
from strategies.indicators import Ema
from strategies.momentum import Macd, Rsi
from strategies.parameters import Parameters
from strategies.strategy import Strategy
from strategies.trend import Adx
from strategies.volatility import Atr, Bollinger
from tests.bench import live_ta
from tests.bench.one_job import timed
from tests.strategy.market import seeded_candles

WINDOW = 200
LOOP_SECONDS = 3.0
OURS = "pasu, seven indicators and all of `combined`"
THEIRS = "ta, seven indicators, DataFrame from a list"
_STEPS = 5_000
_ROUNDS = 7
_MICRO = 1e6


class Indicators:
    """The seven indicators of the speed job, fed one closed candle at a time."""

    def __init__(self) -> None:
        self.rsi, self.macd, self.bollinger = Rsi(14), Macd(), Bollinger(20, 2.0)
        self.fast, self.slow, self.adx, self.atr = Ema(50), Ema(100), Adx(14), Atr(14)

    def update(self, candle: Candle) -> None:
        """Take in a closed candle."""
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

    def peek(self, candle: Candle) -> tuple[object, ...]:
        """Return every value as if a forming candle closed as it stands."""
        _, _, high, low, close, _ = candle
        return (
            self.rsi.peek(close),
            self.fast.peek(close),
            self.slow.peek(close),
            self.macd.peek_lines(close),
            self.bollinger.peek_bands(close),
            self.adx.peek(high, low, close),
            self.atr.peek(high, low, close),
        )


def rows() -> dict[str, float]:
    """Return microseconds a symbol by what is done in a loop."""
    candles = seeded_candles(WINDOW + _STEPS, Timeframe.M5)
    window = candles[-WINDOW:]
    ready = live_ta.frame(window)
    stepped, combined = _stepped(candles), _decided(Combined, candles)
    return {
        "pasu, seven indicators, a closed candle": stepped,
        "pasu, seven indicators, a forming candle": _peeked(candles),
        "pasu, `breakout`: indicators, signal, level": _decided(Breakout, candles),
        "pasu, `combined`: indicators, signal": combined,
        OURS: stepped + combined,
        "ta, seven indicators, DataFrame ready": _microseconds(lambda: live_ta.seven(ready), 1),
        THEIRS: _microseconds(lambda: live_ta.seven(live_ta.frame(window)), 1),
    }


def _stepped(candles: list[Candle]) -> float:
    indicators = _warm(candles)

    def run() -> None:
        for candle in candles[WINDOW:]:
            indicators.update(candle)
            indicators.read()

    return _microseconds(run, _STEPS)


def _peeked(candles: list[Candle]) -> float:
    indicators = _warm(candles)

    def run() -> None:
        for candle in candles[WINDOW:]:
            indicators.peek(candle)

    return _microseconds(run, _STEPS)


def _warm(candles: list[Candle]) -> Indicators:
    indicators = Indicators()
    for candle in candles[:WINDOW]:
        indicators.update(candle)
    return indicators


def _decided(made: type[Strategy], candles: list[Candle]) -> float:
    day_of = AroundTheClock().day
    days = [(candle, day_of(candle.opened_at)) for candle in candles]

    def run() -> None:
        # Each round from the first candle on: a strategy takes no candle twice.
        strategy = made(Parameters(made.name, Timeframe.M5))
        for candle, day in days:
            strategy.update(candle, day)
            strategy.signal(None)
            strategy.entry_level(day, candle.open)

    return _microseconds(run, len(days))


def _microseconds(run: Callable[[], object], steps: int) -> float:
    run()
    return median(timed(run)[0] for _ in range(_ROUNDS)) / steps * _MICRO


if __name__ == "__main__":
    print(json.dumps(rows()))
