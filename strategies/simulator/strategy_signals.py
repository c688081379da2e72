"""Signals of strategies that decide on closed candles, asked of the strategies themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from engine.domain.candle import Candle
from engine.domain.errors import BadConfiguration, Problem
from strategies.closed_candle import ClosedCandleStrategy
from strategies.parameters import Parameters
from strategies.registry import strategy
from strategies.simulator.candle_arrays import Flags, Floats


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a strategy says after each candle: whether it buys, whether it sells what is held.

    `atr` is its average true range, nan until warm.
    """

    buys: Flags
    sells: Flags
    atr: Floats


def verdicts(
    candles: Sequence[Candle], parameters: Parameters, day_of: Callable[[datetime], date]
) -> Verdicts:
    """Return what the strategy of the parameters says after each of the candles, oldest first.

    `day_of` gives the venue's trading day of a moment.

    Raises:
        BadConfiguration: there is no such strategy, or it does not decide on closed candles alone.
    """
    asked = strategy(parameters)
    if not isinstance(asked, ClosedCandleStrategy):
        message = f"{parameters.strategy} has levels of its own or looks at the position"
        raise BadConfiguration([Problem("STRATEGY", message)])
    buys = np.zeros(len(candles), dtype=np.bool_)
    sells = np.zeros(len(candles), dtype=np.bool_)
    atr = np.full(len(candles), np.nan)
    for i, candle in enumerate(candles):
        asked.update(candle, day_of(candle.opened_at))
        buys[i], sells[i] = asked.buys, asked.sells
        if asked.atr is not None:
            atr[i] = asked.atr
    return Verdicts(buys, sells, atr)
