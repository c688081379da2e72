"""Volatility breakout: buy above the open of the day plus a share of yesterday's range."""

from datetime import date
from math import inf
from typing import ClassVar

from engine.domain.candle import Candle
from engine.domain.position import Position
from engine.domain.signal import Action, Gate, Signal
from engine.phrases.gates import GateName, Word
from strategies.days import Days
from strategies.filters import chosen_filters
from strategies.indicators import Ema
from strategies.parameters import EntryOn, Parameters
from strategies.strategy import ATR_PERIOD, Strategy, held_back
from strategies.text import price_text
from strategies.trend import Adx
from strategies.volatility import Atr

EMA_PERIOD = 50
ADX_PERIOD = 14
_DAY_SECONDS = 86_400
_HALF = 0.5


class Breakout(Strategy):
    """Buy above open + K × yesterday's range and above EMA50; what is held sells by exits alone.

    A day is bought once: on `touch` in the first candle whose high reaches the level while every
    other gate is open, on `close` after the first candle that closes above it. The level of a
    touch comes from candles closed before; the range is that of the last venue day with candles,
    so the first day of the data has no entry.

    Confidence of a BUY is 0.5 at the level and grows to 1 at one ATR above it.
    """

    name: ClassVar[str] = "breakout"

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._k = parameters.k_value
        self._on_touch = parameters.entry_on is EntryOn.TOUCH
        self._ema = Ema(EMA_PERIOD)
        self._atr = Atr(ATR_PERIOD)
        self._adx = Adx(ADX_PERIOD)
        self._filters = chosen_filters(parameters, self._atr, self._ema, self._adx)
        self._days = Days()
        self._seen = 0
        self._close = 0.0
        self._bought_day: date | None = None
        self._buys_now = False
        self._said: Signal | None = None

    @property
    def warmup(self) -> int:
        """Return the candles for settled indicators all through today, and a whole yesterday."""
        day = max(1, _DAY_SECONDS // self._parameters.timeframe.seconds)
        settled = max(Ema.settling(EMA_PERIOD), Atr.settling(ATR_PERIOD), Adx.settling(ADX_PERIOD))
        return max(settled, day) + day + 1

    @property
    def minimum(self) -> int:
        """Return the candles of the EMA, the slowest to warm up."""
        return EMA_PERIOD

    @property
    def atr(self) -> float | None:
        """Return the average true range over 14 candles, None until warm."""
        return self._atr.value

    def update(self, candle: Candle, day: date) -> None:
        """Take in one closed candle and the venue's trading day of its open."""
        _, _, high, low, close, _ = candle
        self._days.update(candle, day)
        if self._on_touch and self._reaches(high, day):
            self._bought_day = day
        self._ema.update(close)
        self._atr.update(high, low, close)
        self._adx.update(high, low, close)
        self._seen += 1
        self._close = close
        self._buys_now = not self._on_touch and self._reaches(close, day)
        if self._buys_now:
            self._bought_day = day
        self._said = None

    @property
    def buys(self) -> bool:
        """Return whether the last closed candle is the first of its day above the level."""
        return self._buys_now

    def signal(self, position: Position | None) -> Signal:
        """Return BUY after the candle that closes above the level of its day, else HOLD.

        What is held is left to its exits: then the gates of an entry are not looked at.
        """
        if position is not None:
            return Signal(Action.HOLD, 0.0, "held: its exits alone sell")
        if self._said is None:
            self._said = self._decision()
        return self._said

    def entry_level(self, day: date, day_open: float) -> float | None:
        """Return the price at or above which a touch buys now, None where any other gate forbids.

        It is the level of K or the EMA50, whichever is higher.
        """
        return self._open_level(day, day_open) if self._on_touch else None

    def quiet_below(self, day: date, day_open: float) -> float | None:
        """Return the level of K, which the EMA50 can only raise; a day is bought once."""
        return inf if day == self._bought_day else self._target(day, day_open)

    def gates(self, day: date, day_open: float, price: float) -> tuple[Gate, ...]:
        """Return every condition of an entry at a price, each with its value and threshold."""
        target, average = self._target(day, day_open), self._ema.value
        shown, past = price_text(price), "≥" if self._on_touch else ">"
        fresh = day != self._bought_day or (self._buys_now and day == self._days.day)
        above_target = target is not None and self._is_past(price, target)
        above_average = average is not None and self._is_past(price, average)
        return (
            self._history(),
            Gate(GateName.BREAKOUT, above_target, shown, f"{past} {price_text(target)}"),
            Gate(GateName.EMA50, above_average, shown, f"{past} {price_text(average)}"),
            Gate(GateName.FIRST_OF_DAY, fresh, Word.YES if fresh else Word.NO, Word.YES),
            *(each.gate(price) for each in self._filters),
        )

    def _decision(self) -> Signal:
        day, day_open = self._days.day, self._days.open
        if day is None:
            return held_back((self._history(),))
        gates = self.gates(day, day_open, self._close)
        target = self._target(day, day_open)
        if not self._buys_now or target is None:
            return held_back(gates)
        reason = f"{Word.CLOSE} {price_text(self._close)} {Word.ABOVE} {price_text(target)}"
        return Signal(Action.BUY, self._confidence(target), reason, gates)

    def _reaches(self, price: float, day: date) -> bool:
        # The cheap comparisons first: most candles stay below, or come after the one of their day.
        if day == self._bought_day:
            return False
        target = self._target(day, self._days.open)
        if target is None or price < target:
            return False
        level = self._open_level(day, self._days.open)
        return level is not None and self._is_past(price, level)

    def _is_past(self, price: float, level: float) -> bool:
        # A touch is the level itself; a candle has to close beyond it.
        return price >= level if self._on_touch else price > level

    def _target(self, day: date, day_open: float) -> float | None:
        yesterday = self._days.range_before(day)
        return None if yesterday is None else day_open + self._k * yesterday

    def _open_level(self, day: date, day_open: float) -> float | None:
        target, average = self._target(day, day_open), self._ema.value
        if target is None or average is None or day == self._bought_day:
            return None
        level = max(target, average)
        for each in self._filters:
            if not each.passes(level):
                return None
        return level

    def _confidence(self, level: float) -> float:
        atr = self._atr.value
        if not atr:
            return _HALF
        return _HALF + _HALF * min(1.0, max(0.0, self._close - level) / atr)

    def _history(self) -> Gate:
        return Gate(GateName.HISTORY, self._seen >= EMA_PERIOD, f"{self._seen}", f"≥ {EMA_PERIOD}")
