"""On long series the compiled loops look at few averages, and still decide bit by bit the same."""

import numpy as np
import pytest

from strategies.parameters import EntryOn
from strategies.simulator.backend import Backend, kernels
from strategies.simulator.candle_arrays import CandleArrays, candle_arrays
from strategies.simulator.columns import spans_before

COUNT, DAY, PERIOD = 12_000, 480, 50
K_VALUES = np.array([0.0, 0.02, 0.1, 0.3, 0.9])


def walk(chance: np.random.Generator) -> CandleArrays:
    close = 100.0 * np.exp(np.cumsum(chance.normal(0, 0.002, COUNT)))
    return candles(close, chance)


def still(chance: np.random.Generator) -> CandleArrays:
    """Return candles that move for a day and then stand, so that the average creeps up to them."""
    close = 100.0 * np.exp(np.cumsum(chance.normal(0, 0.002, COUNT)))
    for start in range(DAY, COUNT, 2 * DAY):
        close[start + 60 : start + 2 * DAY] = close[start + 59] * 1.0001
    return candles(close, chance)


def candles(close: np.ndarray, chance: np.random.Generator) -> CandleArrays:
    open_ = np.concatenate(([100.0], close[:-1]))
    wick = np.where(open_ == close, 0.0, np.abs(chance.normal(0, 0.001, len(close))))
    high, low = np.maximum(open_, close) * (1 + wick), np.minimum(open_, close) * (1 - wick)
    return candle_arrays((open_, high, low, close), np.arange(0, len(close), DAY, dtype=np.int64))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("passing", [1.0, 0.5, 0.01])
@pytest.mark.parametrize("entry_on", EntryOn)
@pytest.mark.parametrize("made", [walk, still])
def test_both_backends_enter_at_the_same_rows_and_prices(made, entry_on, passing, seed: int):
    chance = np.random.default_rng(seed)
    market = made(chance)
    gate = np.empty(0, dtype=np.bool_) if passing == 1 else chance.random(COUNT) < passing
    days = market.day_starts, spans_before(market.bars, market.day_starts)
    found = [
        kernels(each).breakout_entries(
            market.bars, days, K_VALUES, gate, (PERIOD, entry_on is EntryOn.TOUCH)
        )
        for each in Backend
    ]
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])
    assert np.count_nonzero(found[0][0] >= 0) > 10


def test_a_price_that_stands_is_not_above_its_own_average():
    # After so many equal closes the average is the close but for its last bit.
    close = np.concatenate((np.full(100, 99.0), np.full(COUNT - 100, 100.0)))
    market = candles(close, np.random.default_rng(0))
    days = market.day_starts, np.full(len(market.day_starts), -1.0)
    average = close[0]
    above = []
    for now in close:
        average += 2 / (PERIOD + 1) * (now - average)
        above.append(now > average)
    gate = np.empty(0, dtype=np.bool_)
    for backend in Backend:
        rows, _ = kernels(backend).breakout_entries(
            market.bars, days, np.array([0.5]), gate, (PERIOD, False)
        )
        entered = [int(row) for row in rows[0] if row >= 0]
        assert all(above[row] for row in entered)
        expected = [
            next((i for i in range(s, min(s + DAY, COUNT)) if above[i] and i >= PERIOD - 1), -1)
            for s in market.day_starts[1:]
        ]
        assert rows[0][1:].tolist() == expected
