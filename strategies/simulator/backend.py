"""Which kernels the simulator runs on: compiled loops, or numpy where nothing may be compiled."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from strategies.simulator import columns, indicators
from strategies.simulator import kernels as compiled_kernels
from strategies.simulator.candle_arrays import Bars, Flags, Floats, Integers
from strategies.simulator.compiled import compiles
from strategies.simulator.rules import Packed

_Days = tuple[Integers, Floats]
_Entered = tuple[Integers, Floats]
_Shares = tuple[Floats, Floats]


class Backend(StrEnum):
    """How the loops run; both give the same trades bit by bit."""

    COMPILED = "compiled"
    NUMPY = "numpy"


@dataclass(frozen=True, slots=True)
class Kernels:
    """The loops of one backend; described where they are compiled."""

    breakout_entries: Callable[[Bars, _Days, Floats, Flags, tuple[int, bool]], _Entered]
    atr_column: Callable[[Bars, int], Floats]
    adx_column: Callable[[Bars, int], Floats]
    simulate_trades: Callable[
        [Bars, Flags, _Entered, _Shares, Floats, Packed], tuple[Integers, Floats]
    ]
    breakout_totals: Callable[
        [
            Bars,
            Integers,
            tuple[Floats, Floats, Floats],
            tuple[Flags, Floats],
            tuple[int, bool],
            Packed,
            Floats,
        ],
        None,
    ]
    grid_totals: Callable[[Bars, Flags, _Entered, _Shares, Floats, Packed, Floats], None]


def best_backend() -> Backend:
    """Return compiled loops where they can be had, else numpy."""
    return Backend.COMPILED if compiles() else Backend.NUMPY


def kernels(backend: Backend | None) -> Kernels:
    """Return the loops of a backend, of the best one for None."""
    return _COMPILED if (backend or best_backend()) is Backend.COMPILED else _NUMPY


_COMPILED = Kernels(
    compiled_kernels.breakout_entries,
    indicators.atr_column,
    indicators.adx_column,
    compiled_kernels.simulate_trades,
    compiled_kernels.breakout_totals,
    compiled_kernels.grid_totals,
)
_NUMPY = Kernels(
    columns.breakout_entries,
    columns.atr_column,
    columns.adx_column,
    columns.simulate_trades,
    columns.breakout_totals,
    columns.grid_totals,
)
