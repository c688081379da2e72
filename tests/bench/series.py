"""Candles of the jobs: the shared ones, or seeded ones of the same shape."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "bench"
FILES = {"a": "bench_500k", "b": "grid_20x10080", "c": "sweep_20x200"}
# Symbols, candles of each, seconds of a candle.
SHAPES = {
    "a": (1, 500_000, 60),
    "b": (20, 10_080, 60),
    "c": (20, 200, 3_600),
    "d": (1, 20_000, 300),
    "e": (20, 5_000, 300),
}
_START = 1_640_995_200
_STEP_A_MINUTE = 0.0009


@dataclass(frozen=True, slots=True)
class Panel:
    """Prices as (symbol, candle); `opened` in seconds since 1970, the same for all symbols."""

    opened: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray


def read(job: str) -> Panel:
    """Return the candles of a job: the shared ones where they are, else seeded ones."""
    if not is_shared(job):
        return seeded(*SHAPES[job])
    with np.load(SHARED / f"{FILES[job]}.npz") as stored:
        prices = (np.atleast_2d(stored[name]) for name in ("open", "high", "low", "close"))
        return Panel(stored["t"] // 1000, *prices)


def is_shared(job: str) -> bool:
    """Return whether the candles of a job lie beside the checkout."""
    return job in FILES and (SHARED / f"{FILES[job]}.npz").exists()


def seeded(symbols: int, count: int, seconds: int, seed: int = 20_240_101) -> Panel:
    """Return random walks that open at the close before."""
    chance = np.random.default_rng(seed)
    size = _STEP_A_MINUTE * (seconds / 60) ** 0.5
    steps = chance.normal(0, size, (symbols, count))
    close = 100.0 * np.exp(np.cumsum(steps, axis=1))
    before = np.concatenate((np.full((symbols, 1), 100.0), close[:, :-1]), axis=1)
    wick = 1 + np.abs(chance.normal(0, size / 2, (symbols, count)))
    high, low = np.maximum(before, close) * wick, np.minimum(before, close) / wick
    opened = _START + seconds * np.arange(count, dtype=np.int64)
    return Panel(opened, before, high, low, close)
