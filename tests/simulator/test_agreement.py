"""Compiled loops, numpy and a plain loop over candles give the same trades."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.candle import Timeframe
from strategies.parameters import EntryOn, Parameters
from strategies.simulator.backend import Backend, kernels
from strategies.simulator.candle_arrays import CandleArrays
from strategies.simulator.grid import Grid, evaluate, grid_table
from strategies.simulator.rules import Costs, ExitRules, Simulation, Stake
from strategies.simulator.signal_arrays import Entries, breakout_grid
from strategies.simulator.simulate import Trades, simulate
from tests.simulator.made import market, simulations
from tests.simulator.reference import Trade, played

PERIOD = 5
SIMPLE = Simulation(ExitRules(0.05, 0.0), Costs(0.0), Stake(amount=1.0))
GRID = Grid((0.2, 0.5, 0.9), (1.0, 2.0, 5.0), (0.0, 1.0, 3.0))


def rows(trades: Trades) -> list[tuple[int, int, float, float, str]]:
    columns = (trades.entry_rows, trades.exit_rows, trades.entry_prices, trades.exit_prices)
    lists = [column.tolist() for column in columns]
    return list(zip(*lists, trades.pnl.tolist(), trades.reasons, strict=True))


def plain(trades: list[Trade]) -> list[tuple[int, int, float, float, str]]:
    return [(t.entered, t.left, t.bought, t.sold, t.pnl, t.reason) for t in trades]


@st.composite
def entered(draw: st.DrawFn) -> tuple[CandleArrays, Entries, np.ndarray]:
    candles = draw(market())
    count = len(candles)
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    chosen = np.flatnonzero(chance.random(count) < 0.3).astype(np.int64)
    inside = draw(st.booleans())
    prices = candles.close[chosen]
    if inside:
        part = chance.choice([0.0, 0.5, 1.0], len(chosen))
        low = candles.open[chosen]
        prices = low + part * (candles.high[chosen] - low)
    atr = kernels(Backend.NUMPY).atr_column(candles.bars, PERIOD)
    sells = chance.random(count) < draw(st.sampled_from([0.0, 0.1]))
    return candles, Entries(chosen, prices, inside=inside, atr=atr), sells


@settings(max_examples=300, deadline=None)
@given(entered(), simulations())
def test_every_backend_trades_like_the_plain_loop(case, simulation: Simulation):
    candles, entries, sells = case
    expected = plain(played(candles, entries, simulation, sells.tolist()))
    for backend in Backend:
        found = rows(simulate(candles, entries, simulation, sells=sells, backend=backend))
        assert [row[:2] + row[5:] for row in found] == [row[:2] + row[5:] for row in expected]
        for ours, theirs in zip(found, expected, strict=True):
            assert ours[2:5] == pytest.approx(theirs[2:5], rel=1e-9, abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(entered(), simulations())
def test_both_backends_give_the_same_bits(case, simulation: Simulation):
    candles, entries, sells = case
    compiled, columns = (
        rows(simulate(candles, entries, simulation, sells=sells, backend=backend))
        for backend in Backend
    )
    assert compiled == columns


@settings(max_examples=60, deadline=None)
@given(market(smallest=120, largest=250), st.sampled_from(EntryOn), simulations())
def test_a_point_of_a_grid_is_the_backtest_of_that_point(
    candles: CandleArrays, entry_on: EntryOn, simulation: Simulation
):
    short = _parameters(entry_on)
    tables = [
        grid_table([candles, candles], short, simulation, GRID, backend=each) for each in Backend
    ]
    assert np.array_equal(tables[0], tables[1])
    entries = breakout_grid(candles, short, GRID.k_values, simulation.fill)
    entries = replace(entries, atr=kernels(None).atr_column(candles.bars, 14))
    for k, t, s in np.ndindex(tables[0].shape[1:]):
        exits = replace(
            simulation.exits,
            take_profit=GRID.take_profit_percents[t] / 100.0,
            stop_loss=GRID.stop_loss_percents[s] / 100.0,
        )
        trades = simulate(candles, entries.of(k), replace(simulation, exits=exits))
        assert tables[0][0, k, t, s] == 2 * len(trades)
        assert tables[0][2, k, t, s] == pytest.approx(2 * trades.pnl.sum(), rel=1e-9, abs=1e-6)
        assert tables[0][1, k, t, s] == 2 * trades.totals.wins


@settings(max_examples=60, deadline=None)
@given(market(smallest=60, largest=400), st.sampled_from(EntryOn), st.booleans())
def test_both_backends_find_the_same_entries(
    candles: CandleArrays, entry_on: EntryOn, filtered: bool
):
    parameters = replace(
        _parameters(entry_on), use_volatility=filtered, use_adx=filtered, volatility_percent=0.5
    )
    compiled, columns = (
        breakout_grid(candles, parameters, (0.1, 0.5, 0.7, 1.2), backend=each) for each in Backend
    )
    assert np.array_equal(compiled.rows, columns.rows)
    assert np.array_equal(compiled.prices, columns.prices)
    assert np.array_equal(compiled.atr, columns.atr, equal_nan=True)


@pytest.mark.parametrize("backend", Backend)
@pytest.mark.parametrize("entry_on", EntryOn)
def test_a_market_without_candles_has_no_trades(backend: Backend, entry_on: EntryOn):
    none = np.empty(0)
    candles = CandleArrays(none, none, none, none, np.empty(0, dtype=np.int64))
    totals = evaluate([candles], _parameters(entry_on), SIMPLE, backend=backend)
    assert totals.trades == 0


def _parameters(entry_on: EntryOn) -> Parameters:
    return Parameters(
        "breakout", Timeframe.H1, entry_on=entry_on, use_volatility=False, use_adx=False
    )
