"""The search from the command line: what it prints and writes, and what it may not look at."""

import io
from argparse import ArgumentTypeError
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from pyarrow import csv, parquet

from engine.core.tuning_entries import MarketSeries
from engine.domain.candle import Timeframe
from engine.domain.venue import AroundTheClock
from strategies.parameters import Parameters
from strategies.simulator.grid import DAILY_GRID, Grid, Objective
from strategies.simulator.rules import Costs
from tests.strategy.market import START, seeded_candles
from training.optimize import axis, main
from training.optimize_data import Material
from training.optimize_report import heat_map, text
from training.optimize_study import Question, Study, steps, study

HOURS = 1500
OPEN = Parameters(
    "breakout", Timeframe.H1, use_volatility=False, use_adx=False, stop_loss_percent=2.0
)
SMALL = Grid((0.4, 0.6), (3.0, 6.0), (1.0, 3.0))
BUILTIN = ["--venue", "upbit", "--symbols", "BTC/KRW,ETH/KRW,XRP/KRW", "--k", "0.4,0.6"]
SPAN = ["--start", "2025-01-01", "--end", "2025-03-01", "--take-profit", "3:9:3"]


def material(count: int = 3, **changes: float) -> Material:
    """Seeded markets; `after` multiplies prices from an hour on."""
    found = []
    for seed in range(count):
        candles = seeded_candles(HOURS, seed=seed)
        columns = np.array([candle[1:] for candle in candles]).T.copy()
        columns[:, int(changes.get("hour", HOURS)) :] *= changes.get("after", 1.0)
        found.append(
            MarketSeries(
                f"m{seed}",
                Timeframe.H1,
                Costs(0.0005, 0.0005),
                np.array([int(candle.opened_at.timestamp()) for candle in candles]),
                np.array([AroundTheClock().day(c.opened_at).toordinal() for c in candles]),
                columns,
            )
        )
    stop = START + timedelta(hours=HOURS)
    return Material(tuple(found), START + timedelta(days=10), stop, "seeded")


def question(**changes: object) -> Question:
    asked = Question(
        OPEN,
        SMALL,
        Objective.RETURN,
        5,
        folds=3,
        test=timedelta(days=8),
        train=timedelta(days=20),
        purge=timedelta(days=1),
    )
    return replace(asked, **changes)


def asked(found: Material, **changes: object) -> tuple[Study, int]:
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    return study(question(**changes), found, step), count


def test_every_result_stands_beside_what_it_came_to_unseen_and_its_doubts():
    found, count = asked(material())
    assert count == steps(question()) == 8 + 6
    assert len(found.results) == 8
    scores = [result.point.score for result in found.results]
    assert scores == sorted(scores, reverse=True)
    for result in found.results:
        assert result.deflated.trials == 8
        assert 0 <= result.deflated.probability <= 1
        assert 0 < result.p_value <= 1
        assert result.around.neighbours == 7
        assert result.unseen.trades > 0
    assert {walk.name for walk in found.walks} == {"anchored", "rolling"}
    assert all(len(walk.folds) == 3 for walk in found.walks)


def test_what_is_searched_depends_on_nothing_that_is_judged():
    judged_from = HOURS - 3 * 8 * 24
    first, _ = asked(material())
    second, _ = asked(material(hour=judged_from - 23, after=3.0))
    assert np.array_equal(first.searched, second.searched)
    assert [r.point for r in first.results] == [r.point for r in second.results]
    assert not np.array_equal(first.judged, second.judged)


def test_no_fold_chooses_by_candles_of_its_test():
    last_test = HOURS - 8 * 24
    first, _ = asked(material())
    second, _ = asked(material(hour=last_test, after=0.5))
    for ours, theirs in zip(first.walks, second.walks, strict=True):
        assert [f.chosen for f in ours.folds] == [f.chosen for f in theirs.folds]
        assert ours.folds[-1].out_of_sample != theirs.folds[-1].out_of_sample


def test_no_edge_is_seldom_called_one():
    found, _ = asked(material(6), grid=DAILY_GRID)
    assert found.results[0].deflated.probability < 0.95


def test_a_strategy_without_trades_is_said_to_have_none():
    found, _ = asked(material(1), min_trades=10_000)
    assert found.results == ()
    assert "no combination has 10000 trades" in text(found)
    assert imread(io.BytesIO(heat_map(found))).shape[2] == 4


def test_the_command_prints_a_table_and_writes_every_point(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main([*BUILTIN, *SPAN, "--folds", "2", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "3 markets, 30 combinations, 24 h purged; built-in market" in said
    assert "anchored walk" in said
    assert "rolling walk" in said
    assert "DSR" in said
    table = parquet.read_table(tmp_path / "grid.parquet")
    assert table.num_rows == 30
    assert csv.read_csv(tmp_path / "grid.csv").num_rows == 30
    assert {"k_value", "searched_trades", "unseen_return_percent"} <= set(table.column_names)
    assert imread(tmp_path / "grid.png").shape[1] > 1000


def test_a_preset_without_k_is_searched_over_its_exits_alone(
    capsys: pytest.CaptureFixture[str],
):
    assert main([*BUILTIN, *SPAN, "--preset", "reversal", "--folds", "2"]) == 0
    assert "15 combinations" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "/nowhere"], "there is no folder /nowhere"),
        (["--symbols", "NOPE/USDT"], "there are no candles of NOPE/USDT"),
        (["--preset", "nope"], "there is no 'nope'"),
        ([*SPAN, "--k", "9"], "K_VALUE: must lie between 0.05 and 3"),
        ([*SPAN, "--k", "0.1:3:0.001", "--stop-loss", "1:40:1"], "combinations are too many"),
        (["--start", "2025-03-01", "--end", "2025-02-01"], "span"),
    ],
)
def test_what_cannot_be_searched_is_said_in_a_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told


def test_help_names_every_option(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "--purge-hours" in capsys.readouterr().out


def test_axes_are_ranges_with_both_ends_or_lists():
    assert axis("0.4:0.6:0.05") == (0.4, 0.45, 0.5, 0.55, 0.6)
    assert axis("3,1,2") == (1.0, 2.0, 3.0)
    for wrong in ("a", "1:2", "2:1:1", "0:1:0", "1:2:-1"):
        with pytest.raises(ArgumentTypeError):
            axis(wrong)
