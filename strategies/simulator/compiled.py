"""Compile numeric loops to machine code where that is possible and allowed."""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _numba() -> ModuleType | None:
    # A service that forbids executable memory (MemoryDenyWriteExecute) fails with an OSError.
    try:
        return import_module("numba")
    except (ImportError, OSError):
        return None


NUMBA = _numba()


def compiles() -> bool:
    """Return whether `compiled` makes machine code here.

    Not without numba, not where memory may not be made executable, and not under NUMBA_DISABLE_JIT.
    """
    return NUMBA is not None and not NUMBA.config.DISABLE_JIT


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Return the function as machine code made at its first call, or unchanged without numba.

    The code is kept beside the source file, else in the user's cache folder, or in NUMBA_CACHE_DIR.
    Where none of them can be written it is made anew in every process, which costs seconds once.
    """
    if NUMBA is None:
        return function
    try:
        made: Callable[_P, _R] = NUMBA.njit(cache=True)(function)
    except RuntimeError:
        made = NUMBA.njit(function)
    return made
