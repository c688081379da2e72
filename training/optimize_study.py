"""A grid, searched on one part of the past, judged on the rest, and doubted in four ways.

Beside what a point earned where it was chosen stands what it earned where it was not; the deflated
Sharpe ratio asks how good the best of so many trials looks by chance; the permutation p-value how
often the same holdings at other times would have earned as much; the neighbours whether a point
stands on a plateau or on a needle.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from engine.core.tuning_entries import MarketEntries, MarketSeries
from engine.core.tuning_search import Ground
from engine.domain.errors import Malformed
from strategies.parameters import Parameters
from strategies.simulator.candle_arrays import Floats
from strategies.simulator.grid import (
    ONLY,
    Candidate,
    Grid,
    Objective,
    Place,
    place_of,
    ranked,
    score,
    single_point,
    totals_at,
)
from strategies.simulator.rules import ExitRules
from strategies.simulator.signal_arrays import Entries
from strategies.simulator.simulate import Totals, Trades, simulate
from training.optimize_data import Material
from training.overfitting import (
    Deflated,
    Neighbourhood,
    deflated_sharpe,
    moments,
    neighbourhood,
    permutation_p_value,
)
from training.walk_forward import Fold, Split, Summary, by_time, summary, walk_forward

Step = Callable[[], None]
_PERCENT = 100.0
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: over which grid, by what, and how the span is cut.

    The tests are the last `folds` × `test`; the search of the table ends `purge` before them. A
    rolling walk trains on `train`.
    """

    parameters: Parameters
    grid: Grid
    objective: Objective
    min_trades: int
    folds: int
    test: timedelta
    train: timedelta
    purge: timedelta
    shown: int = 10


@dataclass(frozen=True, slots=True)
class Result:
    """One point of the grid with everything that speaks for and against it."""

    point: Candidate
    unseen: Totals
    deflated: Deflated
    p_value: float
    around: Neighbourhood


@dataclass(frozen=True, slots=True)
class Walk:
    """How choosing anew before every test would have gone; None for a fold with no choice."""

    name: str
    folds: tuple[Fold[Candidate | None, Totals], ...]
    summary: Summary


@dataclass(frozen=True, slots=True)
class Study:
    """Everything found: tables are (5, K, take profit, stop), the present parameters a point."""

    question: Question
    material: Material
    judged_from: datetime
    searched: Floats
    judged: Floats
    present: tuple[Totals, Totals]
    results: tuple[Result, ...]
    walks: tuple[Walk, ...]


def steps(question: Question) -> int:
    """Return how many steps `study` reports: trials, and folds of both walks."""
    grid = question.grid
    trials = len(grid.k_values) * len(grid.take_profit_percents) * len(grid.stop_loss_percents)
    return trials + 2 * question.folds


def study(question: Question, material: Material, done: Step) -> Study:
    """Search, judge and doubt; `done` is called after every step.

    Raises:
        Malformed: the span is too short for the folds.
    """
    ground = Ground(material.series, question.parameters, question.grid)
    present = Ground(material.series, question.parameters, single_point(question.parameters))
    splits = {name: _splits(question, material, train) for name, train in _walks(question)}
    judged_from = material.stop - question.test * question.folds
    searched_to = judged_from - question.purge
    searched = ground.table(material.start, searched_to)
    judged = ground.table(judged_from, material.stop)
    best = ranked(question.grid, searched, question.objective, question.min_trades, ground.capital)
    doubts = _Doubts(question, ground, (material.start, searched_to), searched, done)
    results = tuple(
        Result(
            point,
            totals_at(judged, place_of(question.grid, point)),
            doubts.deflated(point),
            _timing(ground, question, point, judged_from, material.stop),
            doubts.around(point),
        )
        for point in best[: question.shown]
    )
    return Study(
        question,
        material,
        judged_from,
        searched,
        judged,
        (
            totals_at(present.table(material.start, searched_to), ONLY),
            totals_at(present.table(judged_from, material.stop), ONLY),
        ),
        results,
        tuple(
            _walked(name, question, material, ground, each, done) for name, each in splits.items()
        ),
    )


class _Doubts:
    """What the searched part says against a point: luck of the best, and its neighbours."""

    def __init__(
        self,
        question: Question,
        ground: Ground,
        span: tuple[datetime, datetime],
        table: Floats,
        done: Step,
    ) -> None:
        self._grid = question.grid
        self._returns: dict[Place, Floats] = {}
        shape = table.shape[1:]
        self._sharpes, self._scores = np.zeros(shape), np.full(shape, np.nan)
        for place in np.ndindex(*shape):
            k, take, stop = place
            daily = _daily(ground, self._grid, (k, take, stop), span)
            self._returns[k, take, stop] = daily
            self._sharpes[place] = moments(daily).sharpe
            totals = totals_at(table, (k, take, stop))
            if totals.trades >= question.min_trades:
                self._scores[place] = score(totals, question.objective, ground.capital)
            done()

    def deflated(self, point: Candidate) -> Deflated:
        observed = moments(self._returns[place_of(self._grid, point)])
        return deflated_sharpe(observed, self._sharpes.ravel())

    def around(self, point: Candidate) -> Neighbourhood:
        # An infinite profit factor is the best there is, and cannot be averaged.
        finite = np.where(np.isposinf(self._scores), np.nan, self._scores)
        place = place_of(self._grid, point)
        if np.isnan(finite[place]):
            return Neighbourhood(point.score, point.score, point.score, 0, None)
        return neighbourhood(finite, place)


def trades_of(
    ground: Ground, grid: Grid, place: Place, span: tuple[datetime, datetime]
) -> list[tuple[MarketSeries, Trades]]:
    """Return the trades of one point of the grid in every market, inside a span."""
    k, take, stop = place
    found = []
    for series, entries in ground.entries():
        first, last = (series.row_at(int(at.timestamp())) for at in span)
        part = entries.between(first, last)
        simulation = ground.simulation(series)
        exits: ExitRules = replace(
            simulation.exits,
            take_profit=grid.take_profit_percents[take] / _PERCENT,
            stop_loss=grid.stop_loss_percents[stop] / _PERCENT,
        )
        trades = simulate(
            part.candles,
            _of_k(part, k),
            replace(simulation, exits=exits),
            sells=part.sells,
        )
        found.append((series, trades))
    return found


def _of_k(part: MarketEntries, k: int) -> Entries:
    row = min(k, len(part.rows) - 1)
    there = part.rows[row] >= 0
    return Entries(part.rows[row][there], part.prices[row][there], part.inside, part.atr)


def _daily(ground: Ground, grid: Grid, place: Place, span: tuple[datetime, datetime]) -> Floats:
    """Return what all purses together earned on each day of a span, booked at the exits."""
    first, last = (int(at.timestamp()) // _DAY for at in span)
    earned = np.zeros(max(2, last - first + 1))
    found = trades_of(ground, grid, place, span)
    for series, trades in found:
        days = series.opened[trades.exit_rows] // _DAY - first
        np.add.at(earned, days, trades.pnl / len(found))
    return earned


def _timing(
    ground: Ground, question: Question, point: Candidate, start: datetime, stop: datetime
) -> float:
    """Return the p-value of when it held, on unseen candles: markets one after the other.

    A trade is held over the closes after its entry up to its exit.
    """
    positions, returns = [], []
    place = place_of(question.grid, point)
    for series, trades in trades_of(ground, question.grid, place, (start, stop)):
        first, last = (series.row_at(int(at.timestamp())) for at in (start, stop))
        held = np.zeros(len(series))
        for entry, left in zip(trades.entry_rows, trades.exit_rows, strict=True):
            held[entry + 1 : left + 1] = 1.0
        close = series.columns[3]
        change = np.diff(close, prepend=close[:1]) / np.concatenate((close[:1], close[:-1]))
        positions.append(held[first:last])
        returns.append(change[first:last])
    whole, moved = np.concatenate(positions), np.concatenate(returns)
    return permutation_p_value(whole, moved) if len(whole) > 1 and whole.any() else 1.0


def _walked(
    name: str,
    question: Question,
    material: Material,
    ground: Ground,
    splits: Sequence[Split],
    done: Step,
) -> Walk:
    opened = _opened(material)

    def table(part: range) -> Floats:
        last = max(series.timeframe.delta for series in material.series)
        return ground.table(opened[part.start], opened[part.stop - 1] + last)

    def search(part: range) -> Candidate | None:
        done()
        found = ranked(
            question.grid, table(part), question.objective, question.min_trades, ground.capital
        )
        return found[0] if found else None

    def judge(chosen: Candidate | None, part: range) -> Totals:
        if chosen is None:
            return Totals(0, 0, 0.0, 0.0, 0.0)
        return totals_at(table(part), place_of(question.grid, chosen))

    folds = walk_forward(search, judge, splits)
    return Walk(name, folds, summary(folds, lambda totals: totals.pnl / ground.capital))


def _walks(question: Question) -> tuple[tuple[str, timedelta | None], ...]:
    return ("anchored", None), ("rolling", question.train)


def _splits(question: Question, material: Material, train: timedelta | None) -> tuple[Split, ...]:
    return by_time(
        _opened(material),
        folds=question.folds,
        test=question.test,
        horizon=question.purge,
        train=train,
    )


def _opened(material: Material) -> list[datetime]:
    seconds = np.unique(np.concatenate([series.opened for series in material.series]))
    start, stop = (int(at.timestamp()) for at in (material.start, material.stop))
    inside = seconds[(seconds >= start) & (seconds < stop)].tolist()
    if not inside:
        raise Malformed("no candles lie in the span")
    return [datetime.fromtimestamp(second, UTC) for second in inside]
