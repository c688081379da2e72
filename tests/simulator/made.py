"""Candles and simulations for tests: drawn, seeded, or by hand."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from strategies.simulator.candle_arrays import CandleArrays, candle_arrays
from strategies.simulator.rules import Costs, ExitRules, Fill, Simulation, Stake, Trailing
from strategies.simulator.signal_arrays import Entries

BENCH = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "bench"
NO_ATR = np.empty(0)
FREE = Costs(fee=0.0)
STAKE = Stake(amount=1_000.0)


def bench_file(name: str) -> Path:
    """Return a file of the speed job, skipping the test where it is not beside the checkout."""
    path = BENCH / f"{name}.npz"
    if not path.exists() and not os.environ.get("CI"):
        pytest.skip("../shared/data is not beside the checkout")
    return path


def by_hand(*rows: tuple[float, float, float, float], days: Sequence[int] = (0,)) -> CandleArrays:
    """Return candles of (open, high, low, close) rows."""
    open_, high, low, close = np.array(rows, dtype=np.float64).T
    return candle_arrays((open_, high, low, close), np.array(days, dtype=np.int64))


def at_close(candles: CandleArrays, *rows: int) -> Entries:
    chosen = np.array(rows, dtype=np.int64)
    return Entries(chosen, candles.close[chosen], inside=False, atr=NO_ATR)


def touching(prices: dict[int, float], atr: np.ndarray = NO_ATR) -> Entries:
    rows, at = np.array(list(prices), dtype=np.int64), np.array(list(prices.values()))
    return Entries(rows, at, inside=True, atr=atr)


@st.composite
def market(draw: st.DrawFn, smallest: int = 2, largest: int = 60) -> CandleArrays:
    """Draw candles whose moves are whole percents, so that prices meet levels exactly at times."""
    count = draw(st.integers(smallest, largest))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    close = 100.0 * np.cumprod(1 + chance.integers(-3, 4, count) / 100)
    gaps = 1 + chance.choice([0, 0, 0, -0.02, 0.02], count)
    open_ = np.concatenate(([100.0], close[:-1])) * gaps
    high = np.maximum(open_, close) * (1 + chance.integers(0, 3, count) / 100)
    low = np.minimum(open_, close) * (1 - chance.integers(0, 3, count) / 100)
    length = draw(st.integers(1, 12))
    return candle_arrays((open_, high, low, close), np.arange(0, count, length, dtype=np.int64))


@st.composite
def simulations(draw: st.DrawFn) -> Simulation:
    share = draw(st.booleans())
    return Simulation(
        ExitRules(
            take_profit=draw(st.sampled_from([0.01, 0.02, 0.05])),
            stop_loss=draw(st.sampled_from([0.0, 0.01, 0.03])),
            trailing=draw(st.sampled_from([0.0, 0.01, 0.02])),
            trailing_mode=draw(st.sampled_from(Trailing)),
            emergency=draw(st.sampled_from([0.0, 0.03, 0.05])),
            atr_multiplier=draw(st.sampled_from([1.0, 2.0])),
        ),
        Costs(
            fee=draw(st.sampled_from([0.0, 0.0005])),
            slippage=draw(st.sampled_from([0.0, 0.001])),
            sell_tax=draw(st.sampled_from([0.0, 0.0018])),
        ),
        Stake(share=0.5) if share else Stake(amount=2_000.0),
        fill=draw(st.sampled_from(Fill)),
    )
