"""What a search finds, what it may not see, and how the unseen candles judge it."""

import pickle
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from engine.core.tuning_entries import MarketSeries, has_k, market_entries
from engine.core.tuning_search import (
    PURGED_CANDLES,
    Ground,
    SearchTask,
    cut_of,
    search,
)
from engine.domain.candle import Candle, Timeframe
from engine.domain.signal import Action
from engine.domain.tuning import TuningObstacle
from engine.domain.venue import AroundTheClock
from strategies.parameters import Parameters
from strategies.registry import preset, strategy
from strategies.simulator.candle_arrays import from_candles
from strategies.simulator.grid import (
    DAILY_GRID,
    ONLY,
    Grid,
    Objective,
    evaluate,
    grid_table,
    single_point,
    totals_at,
)
from strategies.simulator.rules import Costs
from tests.strategy.market import START, seeded_candles

COSTS = Costs(0.0005, 0.0005)
OPEN = Parameters(
    "breakout", Timeframe.H1, use_volatility=False, use_adx=False, stop_loss_percent=2.0
)
STOP = START + timedelta(hours=600)
WEEK = timedelta(days=7)


def series(candles: list[Candle], name: str = "upbit BTC/KRW") -> MarketSeries:
    day_of = AroundTheClock().day
    return MarketSeries(
        name,
        Timeframe.H1,
        COSTS,
        np.array([int(candle.opened_at.timestamp()) for candle in candles]),
        np.array([day_of(candle.opened_at).toordinal() for candle in candles]),
        np.array([candle[1:] for candle in candles]).T.copy(),
    )


def task(*markets: MarketSeries, **changes: object) -> SearchTask:
    found = SearchTask(OPEN, DAILY_GRID, Objective.WIN_RATE, 5, markets, STOP - WEEK, STOP)
    return replace(found, **changes)


def markets(count: int = 4) -> tuple[MarketSeries, ...]:
    return tuple(series(seeded_candles(600, seed=seed)) for seed in range(count))


def test_over_all_rows_the_table_is_that_of_the_simulator():
    (market,) = markets(1)
    ground = Ground((market,), OPEN, DAILY_GRID)
    ours = ground.table(START, STOP)
    theirs = grid_table([market.candles], OPEN, ground.simulation(market), DAILY_GRID)
    assert np.array_equal(ours, theirs)
    assert ours[0].max() > 5


def test_the_present_point_is_what_evaluate_says_of_the_parameters():
    (market,) = markets(1)
    ground = Ground((market,), OPEN, single_point(OPEN))
    totals = totals_at(ground.table(START, STOP), ONLY)
    assert totals == evaluate([market.candles], OPEN, ground.simulation(market))


def test_two_parts_hold_no_trade_that_the_whole_does_not_and_none_twice():
    (market,) = markets(1)
    ground = Ground((market,), OPEN, single_point(OPEN))
    cut = cut_of(START, STOP)
    whole, first, second = (
        totals_at(ground.table(*span), ONLY).trades
        for span in ((START, STOP), (START, cut), (cut, STOP))
    )
    assert 0 < first + second <= whole + 1  # free of what was held over the cut, one more may fit


def test_what_is_chosen_depends_on_no_candle_of_the_held_out_part():
    seen = markets()
    cut = int(cut_of(STOP - WEEK, STOP).timestamp()) // 3600 * 3600
    other = []
    for market in seen:
        columns = market.columns.copy()
        columns[:, market.opened >= cut - 3600 * (PURGED_CANDLES - 1)] *= 7.0
        other.append(replace(market, columns=columns))
    first, second = search(task(*seen)), search(task(*other))
    assert first.chosen is not None
    assert first.chosen == second.chosen
    assert first.evidence is not None
    assert second.evidence is not None
    assert first.evidence.fitted_before == second.evidence.fitted_before
    assert first.evidence.held_out_before != second.evidence.held_out_before


def test_entries_are_those_of_the_strategy_candle_by_candle():
    parameters = replace(preset("reversal").parameters, cooldown_candles=0, volatility_percent=0.0)
    candles = seeded_candles(400, seed=3)
    found = market_entries(series(candles), parameters, (0.5,))
    made, day_of, bought = strategy(parameters), AroundTheClock().day, []
    for row, candle in enumerate(candles):
        made.update(candle, day_of(candle.opened_at))
        if made.signal(None).action is Action.BUY and row + 1 < len(candles):
            bought.append(row + 1)
    assert len(bought) > 2
    assert found.rows[0].tolist() == bought
    assert found.prices[0].tolist() == [candles[row].open for row in bought]


def test_k_belongs_to_the_breakout_alone():
    assert has_k(preset("mid_term").parameters)
    assert not has_k(preset("swing").parameters)


def test_too_few_trades_choose_nothing():
    found = search(task(*markets(1), min_trades=500))
    assert found.chosen is None
    assert found.obstacle is TuningObstacle.FEW_TRADES


def test_the_best_point_is_not_used_where_the_present_one_is_as_good():
    grid = single_point(OPEN)
    found = search(task(*markets(), grid=grid))
    assert found.obstacle is TuningObstacle.NOTHING_BETTER


def test_what_beats_the_present_point_on_unseen_candles_is_used_and_what_does_not_is_not():
    verdicts = {}
    for seed in range(12):
        group = tuple(series(seeded_candles(600, seed=100 * seed + i)) for i in range(5))
        found = search(task(*group, objective=Objective.RETURN))
        verdicts[found.obstacle] = found
    confirmed, refused = verdicts[None], verdicts[TuningObstacle.NOT_CONFIRMED]
    assert confirmed.evidence is not None
    assert refused.evidence is not None
    unseen = confirmed.evidence.held_out_after
    assert unseen.return_percent > confirmed.evidence.held_out_before.return_percent
    unseen = refused.evidence.held_out_after
    assert unseen.return_percent <= refused.evidence.held_out_before.return_percent


def test_a_higher_win_rate_that_earns_less_is_not_used():
    for seed in range(40):
        group = tuple(series(seeded_candles(600, seed=1000 + 10 * seed + i)) for i in range(4))
        found = search(task(*group))
        if found.obstacle is TuningObstacle.EARNS_LESS:
            break
    assert found.obstacle is TuningObstacle.EARNS_LESS
    assert found.evidence is not None
    before, after = found.evidence.held_out_before, found.evidence.held_out_after
    assert after.win_percent > before.win_percent
    assert after.return_percent < before.return_percent


def test_a_search_travels_to_another_process_and_back():
    asked = task(*markets(2))
    copied = pickle.loads(pickle.dumps(asked))
    assert search(copied) == search(asked)
    assert pickle.loads(pickle.dumps(search(asked))) == search(asked)


@pytest.mark.parametrize("name", ["mid_term", "swing", "reversal", "consensus", "trend", "day"])
def test_every_preset_can_be_searched(name: str):
    parameters = replace(preset(name).parameters, timeframe=Timeframe.H1)
    grid = DAILY_GRID if has_k(parameters) else Grid((0.5,), (3.0, 6.0), (1.0, 3.0))
    found = search(task(*markets(), parameters=parameters, grid=grid, min_trades=1))
    assert found.obstacle in {None, *TuningObstacle}


def test_from_candles_and_series_agree_on_where_days_begin():
    candles = seeded_candles(100)
    ours, theirs = series(candles).candles, from_candles(candles, AroundTheClock().day)
    assert ours.day_starts.tolist() == theirs.day_starts.tolist()
    assert np.array_equal(ours.close, theirs.close)
