"""Everything that can be set about a strategy, with its bounds."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import NamedTuple

from engine.domain.candle import Timeframe
from engine.domain.errors import Problem
from engine.phrases.faults import Fault


class EntryOn(StrEnum):
    """Whether a level is bought when the price touches it, or when a candle closes above it."""

    TOUCH = "touch"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Parameters:
    """One strategy, ready to trade; `_percent` fields are in percent (2.5 is 2.5 %).

    `stop_loss_percent` 0 means a stop at entry − ATR × `atr_multiplier`, `trailing_stop_percent` 0
    none. `max_position_size` is a share of equity (0.2 is 20 %). `volatility_percent` is the least
    ATR in percent of the price on 1h candles. `use_mtf` asks for a price above the 1h EMA50 before
    an altcoin is bought; it is judged where entries are looked for, not by the strategy. The other
    `use_` fields switch off filters that a strategy states; one it does not state stays out.
    `cooldown_candles` is for strategies that decide on closed candles: so many without a BUY must
    lie before one that counts, 0 takes every one.
    """

    strategy: str
    timeframe: Timeframe
    k_value: float = 0.5
    take_profit_percent: float = 5.0
    stop_loss_percent: float = 0.0
    trailing_stop_percent: float = 0.0
    atr_multiplier: float = 2.5
    max_position_size: float = 0.2
    max_positions: int = 5
    emergency_percent: float = 5.0
    risk_percent: float = 1.0
    entry_on: EntryOn = EntryOn.TOUCH
    volatility_percent: float = 0.8
    use_volatility: bool = True
    use_trend: bool = True
    use_adx: bool = True
    use_mtf: bool = True
    adx_minimum: float = 20.0
    cooldown_candles: int = 0

    def min_volatility_percent(self, timeframe: Timeframe) -> float:
        """Return the least ATR in percent of the price on candles of a timeframe.

        Ranges grow with the square root of time, as those of a random walk do: 0.8 % on 1h is
        0.1 % on 1m.
        """
        return self.volatility_percent * sqrt(timeframe.seconds / Timeframe.H1.seconds)


class _Bound(NamedTuple):
    field: str
    low: float
    high: float
    may_be_off: bool = False


_BOUNDS = (
    _Bound("k_value", 0.05, 3.0),
    _Bound("take_profit_percent", 0.1, 100.0),
    _Bound("stop_loss_percent", 0.1, 50.0, may_be_off=True),
    _Bound("trailing_stop_percent", 0.1, 50.0, may_be_off=True),
    _Bound("atr_multiplier", 0.5, 10.0),
    _Bound("max_position_size", 0.01, 1.0),
    _Bound("max_positions", 1, 100),
    _Bound("emergency_percent", 1.0, 50.0),
    _Bound("risk_percent", 0.05, 10.0),
    _Bound("volatility_percent", 0.0, 20.0),
    _Bound("adx_minimum", 0.0, 100.0),
    _Bound("cooldown_candles", 0, 1000),
)


def problems(parameters: Parameters) -> tuple[Problem, ...]:
    """Return every value that lies outside its bounds, keyed like the settings (K_VALUE)."""
    return tuple(_out_of_bounds(parameters))


def _out_of_bounds(parameters: Parameters) -> Iterator[Problem]:
    for bound in _BOUNDS:
        value: float = getattr(parameters, bound.field)
        if bound.low <= value <= bound.high or (bound.may_be_off and value == 0):
            continue
        fault = Fault.OUT_OF_BOUNDS_OR_OFF if bound.may_be_off else Fault.OUT_OF_BOUNDS
        if bound.field == "stop_loss_percent":
            fault = Fault.OUT_OF_BOUNDS_OR_ATR
        what = fault.say(low=f"{bound.low:g}", high=f"{bound.high:g}", given=f"{value:g}")
        yield Problem(bound.field.upper(), what)
