"""Search a grid on the older candles and judge its best point on the newer: pure, in any process.

The judged part is the last two sevenths of the span: two days of seven. The candle before it is
left out of the search (the purge), and a trade that is open where a part ends counts in neither,
so nothing that the judge looks at has entered the search.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from math import ceil

import numpy as np

from engine.core.tuning_entries import MarketEntries, MarketSeries, market_entries
from engine.domain.tuning import TuningEvidence, TuningFigures, TuningObstacle
from strategies.parameters import Parameters
from strategies.simulator.backend import Backend, kernels
from strategies.simulator.candle_arrays import Floats
from strategies.simulator.grid import (
    ONLY,
    Candidate,
    Grid,
    Objective,
    place_of,
    ranked,
    score,
    single_point,
    totals_at,
)
from strategies.simulator.rules import Fill, Simulation, Stake, exit_rules, pack
from strategies.simulator.simulate import Totals

HELD_OUT = Fraction(2, 7)
PURGED_CANDLES = 1

_PERCENT = 100.0
_CAPITAL = 1.0


@dataclass(frozen=True, slots=True)
class SearchTask:
    """One search: the present parameters, what to try, on which candles of [`start`, `stop`)."""

    parameters: Parameters
    grid: Grid
    objective: Objective
    min_trades: int
    series: tuple[MarketSeries, ...]
    start: datetime
    stop: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to: the best point unless there was none, and what speaks against it."""

    chosen: Candidate | None
    evidence: TuningEvidence | None
    obstacle: TuningObstacle | None


class Ground:
    """Markets on which a grid is tried out: entries are found once, any span can be simulated."""

    def __init__(
        self,
        series: Sequence[MarketSeries],
        parameters: Parameters,
        grid: Grid,
        backend: Backend | None = None,
    ) -> None:
        """Find the entries of every K in every market.

        Raises:
            BadConfiguration: the parameters name a strategy that does not exist.
        """
        self.grid = grid
        self._parameters = parameters
        self._backend = backend
        self._markets = tuple(
            (each, market_entries(each, parameters, grid.k_values, backend)) for each in series
        )

    @property
    def capital(self) -> float:
        """Return what all purses hold together before the first trade."""
        return _CAPITAL * len(self._markets)

    def table(self, start: datetime, stop: datetime, purged: int = 0) -> Floats:
        """Return trades, wins, pnl, profit and loss of every point: (5, K, take profit, stop).

        Entries and exits lie in [start, stop), without the last `purged` candles. Each market has a
        purse of 1 of its own; pnl is net of fees and slippage.
        """
        grid = self.grid
        shares = (
            np.array(grid.stop_loss_percents) / _PERCENT,
            np.array(grid.take_profit_percents) / _PERCENT,
        )
        table = np.zeros((5, len(grid.k_values), shares[1].size, shares[0].size))
        add = kernels(self._backend).grid_totals
        for series, entries in self._markets:
            first, last = (series.row_at(int(at.timestamp())) for at in (start, stop))
            part = entries.between(first, max(first, last - purged))
            rules = pack(self.simulation(series), inside=part.inside)
            add(part.candles.bars, part.sells, part.entered, shares, part.atr, rules, table)
        return table

    def entries(self) -> tuple[tuple[MarketSeries, MarketEntries], ...]:
        """Return every market with its entries."""
        return self._markets

    def simulation(self, series: MarketSeries) -> Simulation:
        """Return what a trade of a market is simulated by, but for the exits of the grid."""
        return Simulation(
            exit_rules(self._parameters),
            series.costs,
            Stake(amount=self._parameters.max_position_size * _CAPITAL, capital=_CAPITAL),
            Fill.NEXT_OPEN,
        )


def search(task: SearchTask) -> Found:
    """Return the best point of the grid, with its figures on the candles it was not fitted on.

    Raises:
        BadConfiguration: the parameters name a strategy that does not exist.
    """
    cut = cut_of(task.start, task.stop)
    tried = Ground(task.series, task.parameters, task.grid)
    capital = tried.capital
    fitted = tried.table(task.start, cut, PURGED_CANDLES)
    candidates = ranked(task.grid, fitted, task.objective, task.min_trades, capital)
    if not candidates:
        return Found(None, None, TuningObstacle.FEW_TRADES)
    chosen = candidates[0]
    # The present K need not be one of the grid: its entries are found by themselves.
    present = Ground(task.series, task.parameters, single_point(task.parameters))
    before = totals_at(present.table(task.start, cut, PURGED_CANDLES), ONLY)
    unseen_before = totals_at(present.table(cut, task.stop), ONLY)
    unseen = totals_at(tried.table(cut, task.stop), place_of(task.grid, chosen))
    evidence = TuningEvidence(
        objective=task.objective.value,
        trials=fitted[0].size,
        markets=len(task.series),
        first=task.start,
        held_out_from=cut,
        last=task.stop,
        fitted_before=figures(before, capital),
        fitted_after=figures(chosen.totals, capital),
        held_out_before=figures(unseen_before, capital),
        held_out_after=figures(unseen, capital),
    )
    obstacle: TuningObstacle | None = TuningObstacle.NOTHING_BETTER
    if chosen.score > score(before, task.objective, capital):
        obstacle = _against(task, unseen_before, unseen, capital)
    return Found(chosen, evidence, obstacle)


def cut_of(start: datetime, stop: datetime) -> datetime:
    """Return the moment from which candles are held out of a search, on a whole second."""
    seconds = (stop - start).total_seconds() * float(1 - HELD_OUT)
    return datetime.fromtimestamp(int(start.timestamp() + seconds), UTC)


def figures(totals: Totals, capital: float) -> TuningFigures:
    """Return totals as they are kept with a decision."""
    return TuningFigures(
        trades=totals.trades,
        wins=totals.wins,
        return_percent=_PERCENT * score(totals, Objective.RETURN, capital),
        profit_factor=totals.profit_factor if totals.loss > 0 else None,
    )


def _against(
    task: SearchTask, present: Totals, best: Totals, capital: float
) -> TuningObstacle | None:
    """Return what the unseen candles say against the best point, None where they confirm it."""
    # As many trades a day as the search itself asked for.
    if best.trades < max(1, ceil(task.min_trades * HELD_OUT)):
        return TuningObstacle.FEW_TRADES
    if score(best, task.objective, capital) <= score(present, task.objective, capital):
        return TuningObstacle.NOT_CONFIRMED
    # A win rate can be had by taking small profits and bearing great losses.
    return TuningObstacle.EARNS_LESS if best.pnl < present.pnl else None
