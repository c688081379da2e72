"""Grids of K, take profit and stop loss: the breakout's totals over them, and which point is best.

Each entry is walked once for all of its exits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product

import numpy as np

from engine.domain.errors import BadConfiguration, Problem
from strategies.breakout import EMA_PERIOD
from strategies.parameters import EntryOn, Parameters
from strategies.simulator.backend import Backend, kernels
from strategies.simulator.candle_arrays import CandleArrays, Floats
from strategies.simulator.rules import Fill, Simulation, pack
from strategies.simulator.signal_arrays import filter_columns
from strategies.simulator.simulate import Totals

MIN_TRADES = 5
_PERCENT = 100.0


class Objective(StrEnum):
    """What makes one point of a grid better than another."""

    WIN_RATE = "win_rate"
    RETURN = "return"
    PROFIT_FACTOR = "profit_factor"


@dataclass(frozen=True, slots=True)
class Grid:
    """Values to try, each ascending; a stop loss of 0 is the ATR stop.

    Raises:
        BadConfiguration: an axis is empty or does not ascend.
    """

    k_values: tuple[float, ...]
    take_profit_percents: tuple[float, ...]
    stop_loss_percents: tuple[float, ...]

    def __post_init__(self) -> None:
        axes = (self.k_values, self.take_profit_percents, self.stop_loss_percents)
        if any(not axis or list(axis) != sorted(set(axis)) for axis in axes):
            raise BadConfiguration([Problem("GRID", "every axis needs ascending values")])


# Design §7: what the daily job and the four-hourly job look through.
DAILY_GRID = Grid(
    k_values=(0.4, 0.45, 0.5, 0.55, 0.6),
    take_profit_percents=(3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0),
    stop_loss_percents=(1.0, 2.0, 3.0, 4.0, 5.0),
)
SWEEP_K = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8)

# Where a point stands in the table of its grid: K, take profit, stop loss.
Place = tuple[int, int, int]
ONLY: Place = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One point of a grid with what it came to over all markets, and its score."""

    k_value: float
    take_profit_percent: float
    stop_loss_percent: float
    totals: Totals
    score: float


def grid_search(
    markets: Sequence[CandleArrays],
    parameters: Parameters,
    simulation: Simulation,
    grid: Grid = DAILY_GRID,
    *,
    objective: Objective = Objective.WIN_RATE,
    min_trades: int = MIN_TRADES,
    backend: Backend | None = None,
) -> tuple[Candidate, ...]:
    """Return the points of a grid with enough trades, best first.

    Filters and `entry_on` are those of the parameters; trailing, emergency, costs and stake those
    of the simulation, whose take profit and stop loss the grid replaces. Each market has a purse
    of its own.
    """
    table = grid_table(markets, parameters, simulation, grid, backend=backend)
    return ranked(grid, table, objective, min_trades, simulation.stake.capital * len(markets))


def k_sweep(
    markets: Sequence[CandleArrays],
    parameters: Parameters,
    simulation: Simulation,
    k_values: tuple[float, ...] = SWEEP_K,
    *,
    objective: Objective = Objective.RETURN,
    min_trades: int = MIN_TRADES,
    backend: Backend | None = None,
) -> tuple[Candidate, ...]:
    """Return the same for K alone, with the take profit and stop loss of the parameters."""
    return grid_search(
        markets,
        parameters,
        simulation,
        replace(single_point(parameters), k_values=k_values),
        objective=objective,
        min_trades=min_trades,
        backend=backend,
    )


def evaluate(
    markets: Sequence[CandleArrays],
    parameters: Parameters,
    simulation: Simulation,
    *,
    backend: Backend | None = None,
) -> Totals:
    """Return what the parameters themselves come to, to hold against a result of a search."""
    grid = single_point(parameters)
    return totals_at(grid_table(markets, parameters, simulation, grid, backend=backend), ONLY)


def grid_table(
    markets: Sequence[CandleArrays],
    parameters: Parameters,
    simulation: Simulation,
    grid: Grid,
    *,
    backend: Backend | None = None,
) -> Floats:
    """Return trades, wins, pnl, profit and loss of every point: (5, K, take profit, stop loss)."""
    axes = (
        np.array(grid.k_values),
        np.array(grid.stop_loss_percents) / _PERCENT,
        np.array(grid.take_profit_percents) / _PERCENT,
    )
    table = np.zeros((5, *map(len, (axes[0], axes[2], axes[1]))))
    # The ATR is worked out where any stop of the grid needs it.
    asked = replace(parameters, stop_loss_percent=grid.stop_loss_percents[0])
    touch = parameters.entry_on is EntryOn.TOUCH
    rules = pack(simulation, inside=touch or simulation.fill is Fill.NEXT_OPEN)
    add = kernels(backend).breakout_totals
    for market in markets:
        columns = filter_columns(market, asked, backend)
        add(market.bars, market.day_starts, axes, columns, (EMA_PERIOD, touch), rules, table)
    return table


def ranked(
    grid: Grid, table: Floats, objective: Objective, min_trades: int, capital: float
) -> tuple[Candidate, ...]:
    """Return the points of a grid with enough trades, at least one, best first.

    `table` is that of `grid_table`, `capital` what all purses hold together before the first trade.
    Equal scores are ordered by pnl, then by number of trades, then by smaller values.
    """
    least = max(1, min_trades)
    points = product(grid.k_values, grid.take_profit_percents, grid.stop_loss_percents)
    sums = table.reshape(len(table), -1).T.tolist()
    found = [
        _candidate(point, _totals(each), objective, capital)
        for point, each in zip(points, sums, strict=True)
        if each[0] >= least
    ]
    return tuple(sorted(found, key=_rank))


def score(totals: Totals, objective: Objective, capital: float) -> float:
    """Return how good trades were by an objective; RETURN is a share of the capital."""
    if objective is Objective.WIN_RATE:
        return totals.win_rate
    return totals.pnl / capital if objective is Objective.RETURN else totals.profit_factor


def single_point(parameters: Parameters) -> Grid:
    """Return the grid of the parameters alone; its point stands at ONLY."""
    return Grid(
        (parameters.k_value,),
        (parameters.take_profit_percent,),
        (parameters.stop_loss_percent,),
    )


def place_of(grid: Grid, candidate: Candidate) -> Place:
    """Return where a candidate stands in the table of its grid."""
    return (
        grid.k_values.index(candidate.k_value),
        grid.take_profit_percents.index(candidate.take_profit_percent),
        grid.stop_loss_percents.index(candidate.stop_loss_percent),
    )


def totals_at(table: Floats, place: Place) -> Totals:
    """Return what one point of a table came to."""
    return _totals(table[(slice(None), *place)].tolist())


def _candidate(
    point: tuple[float, float, float], totals: Totals, objective: Objective, capital: float
) -> Candidate:
    return Candidate(*point, totals, score(totals, objective, capital))


def _totals(sums: Sequence[float]) -> Totals:
    trades, wins, pnl, profit, loss = sums
    return Totals(int(trades), int(wins), pnl, profit, loss)


def _rank(candidate: Candidate) -> tuple[float, ...]:
    totals = candidate.totals
    values = candidate.k_value, candidate.take_profit_percent, candidate.stop_loss_percent
    return (-candidate.score, -totals.pnl, -totals.trades, *values)
