"""Overfitting checks against published examples, hand-made cases and simulated luck."""

from math import sqrt

import numpy as np
import pytest

from engine.domain.errors import Malformed
from training.overfitting import (
    Moments,
    deflated_sharpe,
    expected_best_sharpe,
    moments,
    neighbourhood,
    permutation_p_value,
    probabilistic_sharpe,
)


def chance(seed=7):
    return np.random.default_rng(seed)


def test_moments_are_those_worked_out_by_hand():
    # Mean 1; deviations -2, -1, 0, 3: squares sum to 14, cubes to 18, fourth powers to 98.
    found = moments(np.array([-1.0, 0.0, 1.0, 4.0]))
    assert found.sharpe == pytest.approx(1 / sqrt(14 / 3))
    assert found.skewness == pytest.approx((18 / 4) / (14 / 4) ** 1.5)
    assert found.kurtosis == pytest.approx((98 / 4) / (14 / 4) ** 2)


@pytest.mark.parametrize("value", [0.0, 0.001, -0.1, 1 / 3])
def test_returns_that_never_vary_have_no_ratio(value):
    found = moments(np.full(50, value))
    assert (found.sharpe, probabilistic_sharpe(found)) == (0.0, 0.5)


def test_probabilistic_sharpe_is_the_published_example():
    # Bailey and López de Prado 2012: 24 monthly returns, ratio 0.458; skewness -2.448, kurtosis
    # 10.164 bring the confidence of 98.2 % under normal returns down to 91.3 %.
    normal = Moments(24, 0.458, 0.0, 3.0)
    skewed = Moments(24, 0.458, -2.448, 10.164)
    assert probabilistic_sharpe(normal) == pytest.approx(0.982, abs=5e-4)
    assert probabilistic_sharpe(skewed) == pytest.approx(0.913, abs=5e-4)


def test_deflated_sharpe_is_the_published_example():
    # Bailey and López de Prado 2014: annual ratio 2.5 on 1,250 days, 100 trials whose annual
    # ratios have variance 1/2, skewness -3, kurtosis 10: benchmark 0.1132, probability 0.9004.
    benchmark = expected_best_sharpe(0.5 / 250, 100)
    assert benchmark == pytest.approx(0.1132, abs=5e-5)
    chosen = Moments(1250, 2.5 / sqrt(250), -3.0, 10.0)
    assert probabilistic_sharpe(chosen, benchmark) == pytest.approx(0.9004, abs=5e-4)
    # 46 trials would have left it at 95 %, 88 trials of normal returns too.
    assert probabilistic_sharpe(chosen, expected_best_sharpe(0.002, 46)) == pytest.approx(
        0.9505, abs=5e-4
    )
    normal = Moments(1250, 2.5 / sqrt(250), 0.0, 3.0)
    assert probabilistic_sharpe(normal, expected_best_sharpe(0.002, 88)) == pytest.approx(
        0.9505, abs=5e-4
    )


def test_one_trial_is_not_deflated():
    chosen = moments(chance().normal(0.02, 0.1, 500))
    found = deflated_sharpe(chosen, np.array([chosen.sharpe]))
    assert (found.benchmark, found.trials) == (0.0, 1)
    assert found.probability == probabilistic_sharpe(chosen)


def test_the_best_of_worthless_trials_is_believed_once_deflated_less_than_before():
    draw = chance()
    plain = deflated = 0
    for _ in range(60):
        trials = draw.normal(0, 0.01, size=(50, 250))
        ratios = np.array([moments(row).sharpe for row in trials])
        best = moments(trials[int(ratios.argmax())])
        plain += probabilistic_sharpe(best) > 0.95
        deflated += deflated_sharpe(best, ratios).probability > 0.95
    assert plain >= 50
    assert deflated <= 3


def test_the_expected_best_is_the_mean_of_simulated_bests():
    bests = chance().normal(0, 0.1, size=(20_000, 100)).max(axis=1)
    # The formula is the limit for many trials: two percent off at a hundred.
    assert expected_best_sharpe(0.01, 100) == pytest.approx(bests.mean(), rel=0.02)


def test_a_permutation_counts_the_shifts_that_earn_as_much_by_hand():
    # Sums of the four shifts: 3 unshifted, then 4, 1, 0: two of four are at least 3.
    positions, returns = np.array([1.0, 0.0, 0.0, 0.0]), np.array([3.0, 4.0, 1.0, 0.0])
    assert permutation_p_value(positions, returns) == 0.5


def test_a_permutation_agrees_with_every_shift_done_one_by_one():
    draw = chance()
    for size in (2, 3, 50, 257):
        positions = draw.integers(-1, 2, size).astype(float)
        returns = draw.normal(0, 1, size)
        earned = [float(np.roll(positions, shift) @ returns) for shift in range(size)]
        expected = sum(value >= earned[0] - 1e-9 for value in earned) / size
        assert permutation_p_value(positions, returns) == expected


def test_positions_that_never_change_have_no_timing():
    assert permutation_p_value(np.ones(300), chance().normal(0.01, 0.1, 300)) == 1.0


def test_foresight_is_told_from_luck_by_permutation():
    returns = chance().normal(0, 1, 400)
    assert permutation_p_value((returns > 0).astype(float), returns) == 1 / 400


def test_p_values_of_slow_positions_without_edge_are_spread_evenly():
    draw = chance()
    found = []
    for _ in range(400):
        slow = np.repeat(draw.integers(0, 2, 25), 20).astype(float)
        found.append(permutation_p_value(slow, draw.normal(0, 1, 500)))
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(found) == pytest.approx(0.5, abs=0.05)


def test_a_plateau_is_flat_and_a_lone_peak_is_not():
    plateau = np.array([[0.0, 5.0, 5.0, 5.0], [0.0, 5.0, 5.0, 5.0], [0.0, 5.0, 5.0, 5.0]])
    peak = np.array([[1.0, 1.0, 1.0, 0.0], [1.0, 9.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
    assert neighbourhood(plateau, (1, 2)).flatness == 1.0
    found = neighbourhood(peak, (1, 1))
    assert (found.chosen, found.mean, found.worst, found.neighbours) == (9.0, 1.0, 1.0, 8)
    assert found.flatness == pytest.approx(1 / 9)


def test_a_corner_has_fewer_neighbours_and_unscored_points_are_none():
    grid = np.array([[4.0, 2.0, 0.0], [np.nan, 3.0, 0.0]])
    found = neighbourhood(grid, (0, 0))
    assert (found.mean, found.worst, found.neighbours) == (2.5, 2.0, 2)
    assert found.flatness == pytest.approx(2.5 / 4)


def test_losses_have_a_flatness_too():
    assert neighbourhood(np.array([-9.0, -4.0, -1.0, -2.0]), (2,)).flatness == pytest.approx(6 / 8)


def test_a_point_without_neighbours_has_no_flatness():
    assert neighbourhood(np.array([[7.0]]), (0, 0)).flatness is None
    assert neighbourhood(np.array([3.0, 3.0, 3.0]), (1,)).flatness is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: moments(np.array([1.0])),
        lambda: moments(np.array([1.0, np.nan])),
        lambda: expected_best_sharpe(0.1, 0),
        lambda: expected_best_sharpe(-0.1, 5),
        lambda: deflated_sharpe(Moments(9, 0.1, 0, 3), np.array([])),
        lambda: deflated_sharpe(Moments(9, 0.1, 0, 3), np.array([0.1, np.inf])),
        lambda: permutation_p_value(np.ones(3), np.ones(4)),
        lambda: permutation_p_value(np.array([1.0, np.nan]), np.ones(2)),
        lambda: neighbourhood(np.ones((2, 2)), (2, 0)),
        lambda: neighbourhood(np.ones((2, 2)), (0,)),
        lambda: neighbourhood(np.ones((2, 2)), (-1, 0)),
        lambda: neighbourhood(np.array([np.nan, 1.0]), (0,)),
    ],
)
def test_what_makes_no_sense_is_refused(make):
    with pytest.raises(Malformed):
        make()
