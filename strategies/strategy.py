"""What a strategy is: closed candles in, one decision out."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import ClassVar

from engine.domain.candle import Candle
from engine.domain.position import Position
from engine.domain.signal import Action, Gate, Signal
from engine.phrases.gates import GateName, Word
from strategies.parameters import Parameters
from strategies.volatility import Atr

ATR_PERIOD = 14


class Strategy(ABC):
    """A decision rule for one market, fed with the closed candles of its timeframe in order.

    It keeps no memory but what these candles put there: feeding them again into a new instance
    gives the same state, and no candle can change what was said before it.
    """

    name: ClassVar[str]

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    @property
    def parameters(self) -> Parameters:
        """Return what it was made with."""
        return self._parameters

    @property
    @abstractmethod
    def warmup(self) -> int:
        """Return the closed candles after which it no longer matters where the window began."""

    @property
    @abstractmethod
    def minimum(self) -> int:
        """Return the closed candles before it may ask for anything but HOLD."""

    @property
    @abstractmethod
    def atr(self) -> float | None:
        """Return the average true range after the last closed candle, None until warm."""

    @abstractmethod
    def update(self, candle: Candle, day: date) -> None:
        """Take in one closed candle and the venue's trading day of its open."""

    @abstractmethod
    def signal(self, position: Position | None) -> Signal:
        """Return the decision after the last closed candle."""

    @property
    def buys(self) -> bool:
        """Return whether `signal` says BUY to a market that is not held.

        It is asked after every candle: a strategy that knows without the words of a signal says so
        here.
        """
        return self.signal(None).action is Action.BUY

    def entry_level(self, day: date, day_open: float) -> float | None:
        """Return the price at or above which it buys at once on a day that opened there.

        None where it has no such level, or where anything but the price forbids an entry.
        """
        del day, day_open
        return None

    def quiet_below(self, day: date, day_open: float) -> float | None:
        """Return a price below which nothing can make it buy on that day, None if it knows none.

        It holds for every candle of the day that stays below, whatever else they bring: a replay
        then tells them many at once.
        """
        del day, day_open
        return None

    @abstractmethod
    def gates(self, day: date, day_open: float, price: float) -> tuple[Gate, ...]:
        """Return every condition of an entry at a price, each with its value and threshold."""

    def generate_signal(
        self,
        candles: Sequence[Candle],
        position: Position | None,
        day_of: Callable[[datetime], date],
    ) -> Signal:
        """Return the decision after closed candles, oldest first, from a fresh start.

        Nothing this instance was fed before enters, and nothing of it changes.
        """
        fresh = type(self)(self._parameters)
        for candle in candles:
            fresh.update(candle, day_of(candle.opened_at))
        return fresh.signal(position)


def held_back(gates: tuple[Gate, ...]) -> Signal:
    """Return a HOLD whose reason is the first gate that did not pass."""
    for gate in gates:
        if not gate.passed:
            reason = f"{gate.name}: {gate.value}, {Word.NEEDS} {gate.threshold}"
            return Signal(Action.HOLD, 0.0, reason, gates)
    return Signal(Action.HOLD, 0.0, "nothing to do", gates)


class WindowStrategy(Strategy):
    """A strategy of the owner's own: `decide` over the last `window` closed candles is all."""

    window: ClassVar[int] = 200

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._candles: deque[Candle] = deque(maxlen=self.window)
        self._atr = Atr(ATR_PERIOD)

    @abstractmethod
    def decide(self, candles: Sequence[Candle], position: Position | None) -> Signal:
        """Return the decision after exactly `window` closed candles, oldest first."""

    @property
    def warmup(self) -> int:
        """Return the window, or what the ATR of its stop needs where that is more."""
        return max(self.window, Atr.settling(ATR_PERIOD))

    @property
    def minimum(self) -> int:
        """Return the window: `decide` always sees a full one."""
        return self.window

    @property
    def atr(self) -> float | None:
        """Return the average true range over 14 candles, None until warm."""
        return self._atr.value

    def update(self, candle: Candle, day: date) -> None:
        """Take in one closed candle; which day it belongs to is not looked at."""
        self._candles.append(candle)
        self._atr.update(candle.high, candle.low, candle.close)

    def signal(self, position: Position | None) -> Signal:
        """Return what `decide` says, HOLD until the window is full."""
        if len(self._candles) < self.window:
            return held_back((self._history(),))
        return self.decide(tuple(self._candles), position)

    def gates(self, day: date, day_open: float, price: float) -> tuple[Gate, ...]:
        """Return whether the window is full; `decide` names its own gates in its signals."""
        return (self._history(),)

    def _history(self) -> Gate:
        seen = len(self._candles)
        return Gate(GateName.HISTORY, seen >= self.window, f"{seen}", f"≥ {self.window}")
