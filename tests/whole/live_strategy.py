"""Strategies of an owner's own that trade often: a file that is put beside those of Pasu.

`Touch` buys each market once a day, 2 % above the open of the day. `Minute` buys after every
minute and sells after a minute that fell, `Eager` buys after every minute.
"""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from engine.domain.candle import Candle, Timeframe
from engine.domain.position import Position
from engine.domain.signal import Action, Signal
from strategies.parameters import Parameters
from strategies.presets import Preset
from strategies.strategy import WindowStrategy

RISE = 1.02
WARM = 30


class Quick(WindowStrategy):
    """What both have in common: they are warm after half an hour."""

    window: ClassVar[int] = 2

    @property
    def warmup(self) -> int:
        """Return enough candles for an ATR that is good enough here."""
        return WARM


class Touch(Quick):
    """Buy 2 % above the open of the day; the exits sell."""

    name: ClassVar[str] = "touch"

    def entry_level(self, day: date, day_open: float) -> float | None:
        """Return the level of the day."""
        return day_open * RISE if self.atr is not None else None

    def decide(self, candles: Sequence[Candle], position: Position | None) -> Signal:
        """Leave everything to level and exits."""
        return Signal(Action.HOLD, 0.0, "waits for the level")


class Minute(Quick):
    """Buy after every minute, sell after one that fell."""

    name: ClassVar[str] = "minute"

    def decide(self, candles: Sequence[Candle], position: Position | None) -> Signal:
        """Buy what is not held, sell what fell."""
        before, last = candles
        if position is None:
            return Signal(Action.BUY, 1.0, "a minute closed")
        if last.close < before.close:
            return Signal(Action.SELL, 1.0, "it fell")
        return Signal(Action.HOLD, 0.0, "it did not fall")


class Eager(Quick):
    """Buy after every minute; the exits sell."""

    name: ClassVar[str] = "eager"

    def decide(self, candles: Sequence[Candle], position: Position | None) -> Signal:
        """Buy what is not held."""
        return Signal(Action.BUY, 1.0, "a minute closed")


def _preset(name: str, take_profit: float, stop_loss: float) -> Preset:
    parameters = Parameters(
        strategy=name,
        timeframe=Timeframe.M1,
        take_profit_percent=take_profit,
        stop_loss_percent=stop_loss,
        max_position_size=0.05,
        max_positions=100,
        use_mtf=False,
    )
    return Preset(name, "시험", "for tests", parameters)


PRESETS = (_preset("touch", 3.0, 3.0), _preset("minute", 0.5, 0.5), _preset("eager", 0.5, 3.0))
