"""A search ranks what has enough trades, and ranks it the same way every time."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from engine.domain.candle import Timeframe
from engine.domain.errors import BadConfiguration
from engine.domain.venue import AroundTheClock
from strategies.parameters import Parameters
from strategies.simulator.candle_arrays import CandleArrays, from_candles
from strategies.simulator.grid import (
    DAILY_GRID,
    SWEEP_K,
    Candidate,
    Grid,
    Objective,
    evaluate,
    grid_search,
    grid_table,
    k_sweep,
    place_of,
    ranked,
    totals_at,
)
from strategies.simulator.rules import Costs, Simulation, Stake, exit_rules
from tests.strategy.market import seeded_candles

PARAMETERS = Parameters("breakout", Timeframe.H1, use_volatility=False, use_adx=False)
SIMULATION = Simulation(
    exit_rules(PARAMETERS), Costs(fee=0.0005, slippage=0.0002), Stake(share=0.2)
)


@pytest.fixture(scope="module")
def markets() -> list[CandleArrays]:
    day = AroundTheClock().day
    return [from_candles(seeded_candles(24 * 30, seed=seed), day) for seed in (1, 2, 3)]


def point(found: Candidate) -> tuple[float, float, float]:
    return found.k_value, found.take_profit_percent, found.stop_loss_percent


@pytest.mark.parametrize("objective", Objective)
def test_the_best_score_comes_first(markets: list[CandleArrays], objective: Objective):
    found = grid_search(markets, PARAMETERS, SIMULATION, objective=objective)
    assert len(found) == 200
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert len({point(each) for each in found}) == 200


def test_each_objective_scores_by_its_own_figure(markets: list[CandleArrays]):
    for objective in Objective:
        best = grid_search(markets, PARAMETERS, SIMULATION, objective=objective)[0]
        figures = {
            Objective.WIN_RATE: best.totals.wins / best.totals.trades,
            Objective.RETURN: best.totals.pnl / 30_000.0,
            Objective.PROFIT_FACTOR: best.totals.profit / best.totals.loss,
        }
        assert best.score == figures[objective]


def test_equal_scores_are_ranked_by_what_they_earned(markets: list[CandleArrays]):
    found = grid_search(markets, PARAMETERS, SIMULATION)
    pairs = [(a, b) for a, b in pairwise(found) if a.score == b.score]
    assert pairs
    assert all(a.totals.pnl >= b.totals.pnl for a, b in pairs)


def test_points_with_too_few_trades_are_left_out(markets: list[CandleArrays]):
    everything = grid_search(markets, PARAMETERS, SIMULATION)
    most = max(each.totals.trades for each in everything)
    busiest = grid_search(markets, PARAMETERS, SIMULATION, min_trades=most)
    assert 0 < len(busiest) < len(everything)
    assert all(each.totals.trades == most for each in busiest)
    assert grid_search(markets, PARAMETERS, SIMULATION, min_trades=most + 1) == ()


def test_the_sweep_keeps_the_exits_of_the_parameters(markets: list[CandleArrays]):
    found = k_sweep(markets, PARAMETERS, SIMULATION)
    assert sorted(each.k_value for each in found) == list(SWEEP_K)
    assert {point(each)[1:] for each in found} == {(5.0, 0.0)}


def test_a_point_of_a_search_is_what_its_parameters_come_to(markets: list[CandleArrays]):
    chosen = grid_search(markets, PARAMETERS, SIMULATION, objective=Objective.RETURN)[7]
    adopted = replace(
        PARAMETERS,
        k_value=chosen.k_value,
        take_profit_percent=chosen.take_profit_percent,
        stop_loss_percent=chosen.stop_loss_percent,
    )
    assert evaluate(markets, adopted, SIMULATION) == chosen.totals


def test_a_candidate_stands_where_the_table_holds_its_totals(markets: list[CandleArrays]):
    table = grid_table(markets, PARAMETERS, SIMULATION, DAILY_GRID)
    found = ranked(DAILY_GRID, table, Objective.RETURN, 0, 30_000.0)
    assert len(found) == 200
    assert all(totals_at(table, place_of(DAILY_GRID, each)) == each.totals for each in found)
    assert ranked(DAILY_GRID, np.zeros_like(table), Objective.RETURN, 0, 30_000.0) == ()


def test_no_market_gives_no_candidate():
    assert grid_search([], PARAMETERS, SIMULATION) == ()


@pytest.mark.parametrize("axis", [(), (0.5, 0.4), (0.5, 0.5)])
def test_an_axis_that_does_not_ascend_is_refused(axis: tuple[float, ...]):
    with pytest.raises(BadConfiguration, match="ascending"):
        replace(DAILY_GRID, k_values=axis)


def test_the_daily_grid_spans_the_ranges_of_the_design():
    assert (DAILY_GRID.k_values[0], DAILY_GRID.k_values[-1]) == (0.4, 0.6)
    assert DAILY_GRID.take_profit_percents == tuple(float(each) for each in range(3, 11))
    assert DAILY_GRID.stop_loss_percents == tuple(float(each) for each in range(1, 6))
    assert isinstance(DAILY_GRID, Grid)
