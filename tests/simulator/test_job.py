"""The speed job comes to its stated totals, to the cent, on both backends."""

from dataclasses import replace

import numpy as np
import pytest

from strategies.simulator.backend import Backend
from strategies.simulator.candle_arrays import CandleArrays, candle_arrays, utc_day_starts
from strategies.simulator.grid import DAILY_GRID, SWEEP_K, grid_search, grid_table, k_sweep
from strategies.simulator.rules import Simulation, Trailing
from strategies.simulator.signal_arrays import breakout_entries
from strategies.simulator.simulate import Totals, simulate
from tests.bench.pasu_jobs import PARAMETERS, SIMULATION
from tests.simulator.made import bench_file

pytestmark = pytest.mark.shared


def markets(name: str) -> list[CandleArrays]:
    with np.load(bench_file(name)) as stored:
        starts = utc_day_starts(stored["t"] // 1000)
        columns = [np.atleast_2d(stored[each]) for each in ("open", "high", "low", "close")]
    return [candle_arrays(prices, starts) for prices in zip(*columns, strict=True)]


def single(simulation: Simulation, backend: Backend) -> Totals:
    (candles,) = markets("bench_500k")
    entries = breakout_entries(candles, PARAMETERS, backend=backend)
    return simulate(candles, entries, simulation, backend=backend).totals


@pytest.mark.parametrize("backend", Backend)
def test_one_backtest_over_half_a_million_candles_comes_to_its_total(backend: Backend):
    totals = single(SIMULATION, backend)
    assert (totals.trades, f"{totals.pnl:.2f}") == (110, "-259.98")


@pytest.mark.parametrize("backend", Backend)
def test_a_trailing_stop_from_entry_comes_to_its_total(backend: Backend):
    exits = replace(SIMULATION.exits, trailing=0.02, trailing_mode=Trailing.FROM_ENTRY)
    totals = single(replace(SIMULATION, exits=exits), backend)
    assert totals.trades == 135
    assert totals.pnl == pytest.approx(-405.2087, abs=5e-5)


@pytest.mark.parametrize("backend", Backend)
def test_the_grid_comes_to_its_total_over_all_points_and_symbols(backend: Backend):
    table = grid_table(
        markets("grid_20x10080"), PARAMETERS, SIMULATION, DAILY_GRID, backend=backend
    )
    assert table.shape == (5, 5, 8, 5)
    assert table[0].sum() == 8_668
    assert round(table[2].sum(), 2) == -230_109.56


@pytest.mark.parametrize("backend", Backend)
def test_the_sweep_comes_to_its_total(backend: Backend):
    ranked = k_sweep(markets("sweep_20x200"), PARAMETERS, SIMULATION, backend=backend)
    assert len(ranked) == len(SWEEP_K)
    assert sum(each.totals.trades for each in ranked) == 374
    assert round(sum(each.totals.pnl for each in ranked), 2) == -7_824.46


def test_both_backends_rank_the_grid_the_same():
    found = markets("grid_20x10080")
    ranked = [grid_search(found, PARAMETERS, SIMULATION, backend=each) for each in Backend]
    assert ranked[0] == ranked[1]
    assert len(ranked[0]) == 200
