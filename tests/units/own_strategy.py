"""A strategy of an owner's own that trades often, and that can be told to do harm.

`trap` beside this file says which: `loop` blocks the loop as a blocking call would, `writer` ends
the thread that writes the journal. It is taken away as it snaps.
"""

import ctypes
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from engine.domain.candle import Candle, Timeframe
from engine.domain.position import Position
from engine.domain.signal import Action, Signal
from strategies.parameters import Parameters
from strategies.presets import Preset
from strategies.strategy import WindowStrategy

TRAP = Path(__file__).with_name("trap")
HANG_S = 40.0


class Harmful(WindowStrategy):
    """Buy after every minute; the exits sell."""

    name: ClassVar[str] = "harmful"
    window: ClassVar[int] = 2

    @property
    def warmup(self) -> int:
        """Return enough candles for an ATR."""
        return 30

    def decide(self, candles: Sequence[Candle], position: Position | None) -> Signal:
        """Buy what is not held."""
        if TRAP.exists():
            kind = TRAP.read_text()
            TRAP.unlink()
            hang_the_loop() if kind == "loop" else end_the_writer()
        return Signal(Action.BUY, 1.0, "a minute closed")


def hang_the_loop() -> None:
    """Do nothing for longer than anybody may."""
    time.sleep(HANG_S)


def end_the_writer() -> None:
    """End the thread that writes, as a fault in the interpreter might."""
    (ident,) = (t.ident for t in threading.enumerate() if t.name.startswith("storage"))
    assert ident is not None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(SystemExit))


PRESETS = (
    Preset(
        "harmful",
        "시험",
        "for tests",
        Parameters(
            strategy="harmful",
            timeframe=Timeframe.M1,
            take_profit_percent=0.5,
            stop_loss_percent=3.0,
            max_position_size=0.05,
            max_positions=100,
            use_mtf=False,
        ),
    ),
)
