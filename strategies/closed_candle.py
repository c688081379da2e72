"""What strategies share that decide on closed candles alone: one candle, one verdict."""

from abc import abstractmethod
from datetime import date
from typing import NamedTuple

from engine.domain.candle import Candle
from engine.domain.position import Position
from engine.domain.signal import Action, Gate, Signal
from engine.phrases.gates import GateName, Word
from strategies.filters import ADX_PERIOD, EMA_PERIOD, Filter, chosen_filters
from strategies.indicators import Ema
from strategies.parameters import Parameters
from strategies.strategy import ATR_PERIOD, Strategy, held_back
from strategies.trend import Adx
from strategies.volatility import Atr

_HALF = 0.5


class Case(NamedTuple):
    """Why to trade, and how sure that is (0 to 1)."""

    confidence: float
    reason: str


def confidence(depth: float) -> float:
    """Return 0.5 for a condition that is only just met, growing to 1 where its depth reaches 1."""
    return _HALF + _HALF * min(1.0, max(0.0, depth))


class ClosedCandleStrategy(Strategy):
    """A rule over closed candles: it buys where every condition of the last one holds.

    BUY is said after each candle on which every gate is open, and SELL to what is held after each
    on which it wants out; a live price changes neither. The engine takes the decision of one candle
    once: what a stop sold during a candle is bought back at its close if that says BUY too. Where
    this does harm, as in a fall that goes on, `cooldown_candles` keeps BUY for a candle before
    which so many have passed with another gate closed.

    Unless a subclass states more filters, it uses volatility alone.
    """

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._atr = Atr(ATR_PERIOD)
        self._filters: tuple[Filter, ...] = chosen_filters(parameters, self._atr)
        self._seen = 0
        self._close = 0.0
        self._cooldown = parameters.cooldown_candles
        self._rested = self._cooldown
        self._to_flat: Signal | None = None
        self._to_held: Signal | None = None

    @property
    def warmup(self) -> int:
        """Return the candles after which its rule has settled, and a cooldown on top."""
        return max(self.minimum, self._settling) + self._cooldown

    @property
    def atr(self) -> float | None:
        """Return the average true range over 14 candles, None until warm."""
        return self._atr.value

    def update(self, candle: Candle, day: date) -> None:
        """Take in one closed candle; which day it belongs to is not looked at."""
        if self._cooldown:
            self._rested = 0 if self._is_open() else self._rested + 1
        self._atr.update(candle.high, candle.low, candle.close)
        self._take(candle)
        self._close = candle.close
        self._seen += 1
        self._to_flat = self._to_held = None

    @property
    def buys(self) -> bool:
        """Return whether every gate of an entry is open: the verdict without its words."""
        return self._rested >= self._cooldown and self._is_open()

    @property
    def sells(self) -> bool:
        """Return whether it wants to be out of what is held."""
        return self._seen >= self.minimum and self._exit() is not None

    def signal(self, position: Position | None) -> Signal:
        """Return BUY or HOLD without a position, SELL or HOLD with one."""
        if position is not None:
            if self._to_held is None:
                self._to_held = self._leaving()
            return self._to_held
        if self._to_flat is None:
            self._to_flat = self._entering()
        return self._to_flat

    def gates(self, day: date, day_open: float, price: float) -> tuple[Gate, ...]:
        """Return every condition of an entry as the last closed candle left it."""
        return self._entry_gates()

    @property
    def _settling(self) -> int:
        return Atr.settling(ATR_PERIOD)

    @abstractmethod
    def _take(self, candle: Candle) -> None:
        """Feed the indicators; `_close` and `_seen` are still those of the candle before."""

    @abstractmethod
    def _entry(self) -> Case | None:
        """Return why to buy where its own conditions hold; the filters come on top."""

    def _exit(self) -> Case | None:
        """Return why to sell what is held, None where its exits alone shall sell."""
        return None

    def _in_atr(self, distance: float) -> float:
        return distance / self._atr.value if self._atr.value else 0.0

    @abstractmethod
    def _conditions(self) -> tuple[Gate, ...]:
        """Return its own conditions as gates; all are open exactly where `_entry` has a case."""

    def _is_open(self) -> bool:
        return (
            self._seen >= self.minimum
            and self._entry() is not None
            and all(each.passes(self._close) for each in self._filters)
        )

    def _entering(self) -> Signal:
        case, gates = self._entry() if self.buys else None, self._entry_gates()
        if case is None:
            return held_back(gates)
        return Signal(Action.BUY, case.confidence, case.reason, gates)

    def _leaving(self) -> Signal:
        case = self._exit() if self.sells else None
        if case is None:
            return Signal(Action.HOLD, 0.0, "held: nothing asks to sell but its exits")
        return Signal(Action.SELL, case.confidence, case.reason)

    def _entry_gates(self) -> tuple[Gate, ...]:
        seen, needed = self._seen, self.minimum
        return (
            Gate(GateName.HISTORY, seen >= needed, f"{seen}", f"≥ {needed}"),
            *self._conditions(),
            *(each.gate(self._close) for each in self._filters),
            *self._cooldown_gate(),
        )

    def _cooldown_gate(self) -> tuple[Gate, ...]:
        if not self._cooldown:
            return ()
        rested = min(self._rested, self._cooldown)
        passed = rested == self._cooldown
        return (
            Gate(GateName.COOLDOWN, passed, f"{rested} {Word.WITHOUT_BUY}", f"≥ {self._cooldown}"),
        )


class TrendFollower(ClosedCandleStrategy):
    """A rule that goes with the market: it states all three filters, over EMA50 and ADX 14."""

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._ema = Ema(EMA_PERIOD)
        self._adx = Adx(ADX_PERIOD)
        self._filters = chosen_filters(parameters, self._atr, self._ema, self._adx)

    @property
    def minimum(self) -> int:
        """Return the candles of the EMA50, the slowest to warm up."""
        return EMA_PERIOD

    @property
    def _settling(self) -> int:
        return max(super()._settling, Ema.settling(EMA_PERIOD), Adx.settling(ADX_PERIOD))

    def _take(self, candle: Candle) -> None:
        self._ema.update(candle.close)
        self._adx.update(candle.high, candle.low, candle.close)
