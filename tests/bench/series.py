"""Candles of the three jobs: the shared ones, or seeded ones of the same shape."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "bench"
FILES = {"a": "bench_500k", "b": "grid_20x10080", "c": "sweep_20x200"}
SHAPES = {"a": (1, 500_000, 60), "b": (20, 10_080, 60), "c": (20, 200, 3_600)}
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


def read(folder: Path, job: str) -> Panel:
    """Read the candles of a job from a folder."""
    with np.load(folder / f"{FILES[job]}.npz") as stored:
        prices = (np.atleast_2d(stored[name]) for name in ("open", "high", "low", "close"))
        return Panel(stored["t"] // 1000, *prices)


def write_seeded(folder: Path) -> None:
    """Write seeded candles of the same shapes for every job."""
    for job, (symbols, count, seconds) in SHAPES.items():
        made = seeded(symbols, count, seconds)
        columns = {name: getattr(made, name) for name in ("open", "high", "low", "close")}
        np.savez(folder / f"{FILES[job]}.npz", t=made.opened * 1000, **columns)


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
