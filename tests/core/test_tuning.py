"""The schedule of tuning, what a search may change, and what is told of it."""

from pathlib import Path

import pytest

from engine.core.tuning_search import Found
from engine.domain.candle import Timeframe
from engine.domain.errors import DiskFailed, VenueDown
from engine.domain.events import CommandAnswered, SettingsChanged
from engine.domain.tuning import (
    ParametersTuned,
    TuningDeclined,
    TuningJob,
    TuningObstacle,
    TuningStored,
)
from engine.domain.venue import VenueMode
from strategies.simulator.grid import DAILY_GRID, SWEEP_K, Objective
from tests.core.tuned_engine import EVIDENCE, better, nothing, order, start

KEYS = "CRYPTO_K_VALUE=0.45\nCRYPTO_STOP_LOSS_PERCENT=2\nCRYPTO_TAKE_PROFIT_PERCENT=4\n"


async def test_at_the_start_the_grid_over_seven_days_is_searched_by_win_rate(tmp_path: Path):
    here = await start(tmp_path)
    await here.after()
    (asked,) = here.asked
    assert asked.grid == DAILY_GRID
    assert asked.objective is Objective.WIN_RATE
    assert asked.min_trades == 5
    assert (asked.stop - asked.start).days == 7
    assert asked.series[0].timeframe is Timeframe.H1
    assert asked.series[0].opened[0] < asked.start.timestamp()


async def test_a_better_point_is_in_force_in_memory_and_in_the_file_with_its_evidence(
    tmp_path: Path,
):
    here = await start(tmp_path, "# mine\nLOOP_SECONDS=5 # slow\n")
    await here.after(better())
    assert here.parameters.k_value == 0.45
    assert here.parameters.take_profit_percent == 4.0
    assert here.parameters.stop_loss_percent == 2.0
    assert here.env == "# mine\nLOOP_SECONDS=5 # slow\n" + KEYS
    (fact,) = here.facts(ParametersTuned)
    assert [(c.key, c.before, c.after) for c in fact.changes] == [
        ("CRYPTO_K_VALUE", 0.5, 0.45),
        ("CRYPTO_TAKE_PROFIT_PERCENT", 6.0, 4.0),
        ("CRYPTO_STOP_LOSS_PERCENT", 0.0, 2.0),
    ]
    assert fact.evidence == EVIDENCE
    assert fact.job is TuningJob.DAILY
    assert len(here.facts(TuningStored)) == 1
    assert here.facts(SettingsChanged) == []


async def test_what_unseen_candles_do_not_confirm_changes_nothing_and_is_recorded(tmp_path: Path):
    here = await start(tmp_path, "LOOP_SECONDS=5\n")
    await here.after(nothing(TuningObstacle.NOT_CONFIRMED))
    assert here.parameters.k_value == 0.5
    assert here.env == "LOOP_SECONDS=5\n"
    (fact,) = here.facts(TuningDeclined)
    assert fact.obstacle is TuningObstacle.NOT_CONFIRMED
    assert fact.changes
    assert fact.evidence == EVIDENCE


async def test_the_grid_comes_daily_and_the_sweep_every_four_hours(tmp_path: Path):
    here = await start(tmp_path)
    for _ in range(49):
        await here.after(hours=0 if not here.asked else 0.5)
    jobs = [fact.job for fact in here.facts(TuningDeclined)]
    assert jobs.count(TuningJob.DAILY) == 2
    assert jobs.count(TuningJob.SWEEP) == 6


async def test_a_sweep_looks_at_k_alone_over_200_candles_and_writes_no_file(tmp_path: Path):
    here = await start(tmp_path, "LOOP_SECONDS=5\n")
    await here.after(nothing())
    await here.after(better(k=0.7, take=6.0, stop=0.0), hours=4)
    sweep = here.asked[-1]
    assert sweep.grid.k_values == SWEEP_K
    assert len(sweep.grid.take_profit_percents) == len(sweep.grid.stop_loss_percents) == 1
    assert sweep.objective is Objective.RETURN
    assert (sweep.stop - sweep.start).total_seconds() == 200 * 3600
    assert here.parameters.k_value == 0.7
    assert here.env == "LOOP_SECONDS=5\n"
    assert here.facts(TuningStored) == []


async def test_a_sweep_of_a_minute_preset_is_made_on_daily_candles(tmp_path: Path):
    here = await start(tmp_path, "CRYPTO_STRATEGY_PRESET=scalping\n")
    await here.after()
    await here.after(hours=4)
    assert here.asked[-1].parameters.timeframe is Timeframe.D1
    assert here.asked[-1].series[0].timeframe is Timeframe.D1


async def test_a_strategy_without_k_has_no_sweep_and_one_k_in_its_grid(tmp_path: Path):
    here = await start(tmp_path, "CRYPTO_STRATEGY_PRESET=reversal\n")
    await here.after()
    assert here.asked[0].grid.k_values == (0.5,)
    await here.after(hours=4)
    assert len(here.asked) == 1
    assert here.facts(TuningDeclined)[-1].obstacle is TuningObstacle.NO_K


async def test_a_key_of_the_owners_is_never_searched_nor_written(tmp_path: Path):
    here = await start(tmp_path, "CRYPTO_K_VALUE=0.61\n")
    await here.after(better(k=0.61))
    assert here.asked[0].grid.k_values == (0.61,)
    assert here.asked[0].grid.take_profit_percents == DAILY_GRID.take_profit_percents
    assert here.parameters.k_value == 0.61
    assert here.env.startswith("CRYPTO_K_VALUE=0.61\n")
    await here.after(hours=4)
    assert here.facts(TuningDeclined)[-1].obstacle is TuningObstacle.BY_HAND


async def test_a_key_that_tuning_wrote_is_searched_again_the_next_day(tmp_path: Path):
    here = await start(tmp_path)
    await here.after(better())
    await here.after(nothing(), hours=4)
    await here.after(better(k=0.55, take=5.0, stop=3.0), nothing(), hours=20)
    assert [task.grid for task in here.asked].count(DAILY_GRID) == 2
    assert "CRYPTO_K_VALUE=0.55\n" in here.env


async def test_the_objective_and_the_least_trades_are_settings(tmp_path: Path):
    here = await start(tmp_path, "TUNING_OBJECTIVE=profit_factor\nTUNING_MIN_TRADES=9\n")
    await here.after()
    assert here.asked[0].objective is Objective.PROFIT_FACTOR
    assert here.asked[0].min_trades == 9


async def test_switched_off_nothing_is_searched_until_it_is_asked_for(tmp_path: Path):
    here = await start(tmp_path, "TUNING_ENABLED=false\n")
    await here.after()
    assert here.asked == []
    assert (await here.commands.optimize(order())).changed
    await here.after(better())
    assert here.facts(ParametersTuned)[0].job is TuningJob.ASKED
    assert here.facts(ParametersTuned)[0].who == "telegram:7"


async def test_optimize_answers_at_once_and_only_one_search_is_asked_for(tmp_path: Path):
    here = await start(tmp_path, "TUNING_ENABLED=false\n")
    plan = await here.commands.optimize(order(dry_run=True))
    assert "200 combinations over 7 days by win_rate" in plan.lines[0].text
    assert not plan.changed
    assert (await here.commands.optimize(order("a"))).changed
    assert not (await here.commands.optimize(order("b"))).changed
    assert here.asked == []
    assert [answer.command for answer in here.facts(CommandAnswered)] == ["optimize"]
    await here.after(nothing())
    assert here.facts(TuningDeclined)[-1].job is TuningJob.ASKED
    assert (await here.commands.optimize(order("c"))).changed


@pytest.mark.parametrize("fault", [VenueDown("gone"), RuntimeError("the process was killed")])
async def test_a_search_that_fails_is_recorded_and_tried_again_after_an_hour(
    tmp_path: Path, fault: Exception
):
    here = await start(tmp_path)
    await here.after(fault)
    (fact,) = here.facts(TuningDeclined)
    assert fact.obstacle is TuningObstacle.FAILED
    assert str(fault) in fact.detail
    await here.after(hours=0.9)
    assert len(here.asked) == 1
    await here.after(better(), hours=0.2)
    assert here.parameters.k_value == 0.45


async def test_a_market_whose_history_is_too_short_is_left_out(tmp_path: Path):
    here = await start(tmp_path)
    here.venue.history[Timeframe.H1] = here.venue.history[Timeframe.H1][-100:]
    await here.after()
    assert here.asked == []
    assert here.facts(TuningDeclined)[0].obstacle is TuningObstacle.NO_CANDLES


async def test_a_disk_that_fails_is_not_swallowed(tmp_path: Path):
    here = await start(tmp_path)
    here.store.full = True
    with pytest.raises(DiskFailed):
        await here.after(better())


async def test_a_preset_switched_during_a_search_overtakes_it(tmp_path: Path):
    here = await start(tmp_path)

    def switched(_task: object) -> Found:
        here.write("CRYPTO_STRATEGY_PRESET=scalping\n")
        here.reload.take(here.reload._file.load())
        return better()

    await here.after(switched)
    assert here.facts(TuningDeclined)[0].obstacle is TuningObstacle.OVERTAKEN
    assert here.facts(ParametersTuned) == []


async def test_a_replayed_engine_searches_before_its_loop_and_not_by_the_hosts_clock(
    tmp_path: Path,
):
    here = await start(tmp_path, mode=VenueMode.REPLAY)
    here.answers.append(better())
    await here.tuning.tick()
    assert here.asked == []
    await here.engine.before_loop()
    assert here.parameters.k_value == 0.45
    assert "CRYPTO_K_VALUE=0.45" in here.env
