"""The jobs, as values: what is traded, on which grid, and what it must come to."""

from dataclasses import dataclass

K_VALUES = {
    "a": (0.5,),
    "b": (0.4, 0.45, 0.5, 0.55, 0.6),
    "c": (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8),
    "d": (0.5,),
    "e": (0.5,),
}
TAKE_PROFIT_PERCENTS = {
    "a": (5.0,),
    "b": (3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0),
    "c": (5.0,),
    "d": (5.0,),
    "e": (5.0,),
}
STOP_LOSS_PERCENTS = {
    "a": (3.0,),
    "b": (1.0, 2.0, 3.0, 4.0, 5.0),
    "c": (3.0,),
    "d": (3.0,),
    "e": (3.0,),
}
FEE = 0.0005
AMOUNT = 2_000.0
EMA_PERIOD = 50
# Trades and pnl that every program with the same rules reaches on the shared candles.
STATED = {"a": (110, "-259.98"), "b": (8_668, "-230109.56"), "c": (374, "-7824.46")}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of a job came to; `share` is the part of the whole job that was run."""

    trades: int
    pnl: float
    share: float = 1.0
