"""How likely a good backtest is luck: the best of many trials looks good on no edge at all.

Returns are per period and not annualised; a Sharpe ratio here is mean ÷ standard deviation of
those. Kurtosis is the raw one: 3 for the normal distribution.
"""

from dataclasses import dataclass
from itertools import product
from math import e, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from engine.domain.errors import Malformed

Floats = NDArray[np.float64]

EULER_GAMMA = 0.5772156649015329
_NORMAL = NormalDist()
_MIN_RETURNS = 2
# Shifted sums come out of a Fourier transform: equal ones differ in the last digits.
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Moments:
    """What the Sharpe ratio of some returns is to be judged by."""

    count: int
    sharpe: float
    skewness: float
    kurtosis: float


@dataclass(frozen=True, slots=True)
class Deflated:
    """A Sharpe ratio against the best that so many worthless trials would have shown.

    `probability` is that the true ratio exceeds `benchmark`, in 0 … 1: ask for 0.95.
    """

    sharpe: float
    benchmark: float
    trials: int
    probability: float


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A chosen grid point among its neighbours.

    `flatness` is 1 on a plateau and near 0 on a peak whose neighbours are the grid's worst; None
    where there is nothing to compare with.
    """

    chosen: float
    mean: float
    worst: float
    neighbours: int
    flatness: float | None


def moments(returns: Floats) -> Moments:
    """Return count, Sharpe ratio, skewness and kurtosis; returns that never vary have ratio 0.

    Raises:
        Malformed: fewer than two returns, or one that is not finite.
    """
    if returns.size < _MIN_RETURNS or not np.isfinite(returns).all():
        raise Malformed("a Sharpe ratio needs two or more finite returns")
    centred = returns - returns.mean()
    variance = float((centred**2).mean())
    # A series of one value repeated: what is left of the variance is rounding.
    if variance <= float(np.abs(returns).max()) ** 2 * 1e-24:
        return Moments(returns.size, 0.0, 0.0, 3.0)
    deviation = sqrt(variance * returns.size / (returns.size - 1))
    return Moments(
        count=returns.size,
        sharpe=float(returns.mean()) / deviation,
        skewness=float((centred**3).mean()) / variance**1.5,
        kurtosis=float((centred**4).mean()) / variance**2,
    )


def probabilistic_sharpe(observed: Moments, benchmark: float = 0.0) -> float:
    """Return the probability that the true Sharpe ratio exceeds the benchmark.

    Bailey and López de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2), 2012:
    Φ((SR − SR*) √(n − 1) ÷ √(1 − skewness × SR + (kurtosis − 1) ÷ 4 × SR²)).
    """
    ratio = observed.sharpe
    spread = 1 - observed.skewness * ratio + (observed.kurtosis - 1) / 4 * ratio**2
    # Kurtosis ≥ 1 + skewness² keeps it positive, but for rounding and moments made up by hand.
    spread = max(spread, 1e-12)
    return _NORMAL.cdf((ratio - benchmark) * sqrt(observed.count - 1) / sqrt(spread))


def expected_best_sharpe(variance: float, trials: int) -> float:
    """Return the best Sharpe ratio to expect of so many trials whose true ratio is zero.

    `variance` is that of the ratios across the trials. Bailey and López de Prado, "The Deflated
    Sharpe Ratio", Journal of Portfolio Management 40(5), 2014: √V × ((1 − γ) Φ⁻¹(1 − 1 ÷ N) +
    γ Φ⁻¹(1 − 1 ÷ (N e))), with γ the Euler-Mascheroni constant.

    Raises:
        Malformed: no trial, or a variance below zero.
    """
    if trials < 1 or variance < 0:
        raise Malformed("trials are one or more and their variance is not negative")
    if trials == 1:
        return 0.0
    highest = _NORMAL.inv_cdf(1 - 1 / trials)
    higher = _NORMAL.inv_cdf(1 - 1 / (trials * e))
    return sqrt(variance) * ((1 - EULER_GAMMA) * highest + EULER_GAMMA * higher)


def deflated_sharpe(observed: Moments, trials: Floats) -> Deflated:
    """Return the Sharpe ratio of the chosen trial, deflated by all that were tried.

    `trials` holds the ratio of each of them, per period as well, the chosen one among them. Trials
    that resemble one another count as many: the result is then on the strict side.

    Raises:
        Malformed: no trial, or a ratio that is not finite.
    """
    if trials.size < 1 or not np.isfinite(trials).all():
        raise Malformed("every trial has a finite Sharpe ratio")
    variance = float(trials.var(ddof=1)) if trials.size > 1 else 0.0
    benchmark = expected_best_sharpe(variance, trials.size)
    probability = probabilistic_sharpe(observed, benchmark)
    return Deflated(observed.sharpe, benchmark, trials.size, probability)


def permutation_p_value(positions: Floats, returns: Floats) -> float:
    """Return how often the same positions, shifted in time, would have earned as much.

    `positions[i]` was held over `returns[i]`. Every circular shift is tried, by Fourier transform:
    each keeps the exposure, the turnover and the holding times, and loses the timing. The unshifted
    one is counted too, so the result lies in 1 ÷ n … 1 and needs no randomness.

    Raises:
        Malformed: lengths differ, or there is nothing to shift.
    """
    if positions.shape != returns.shape or positions.size < _MIN_RETURNS:
        raise Malformed("positions and returns are of one length, two or more")
    if not (np.isfinite(positions).all() and np.isfinite(returns).all()):
        raise Malformed("positions and returns are finite")
    size = positions.size
    spectrum = np.conj(np.fft.rfft(positions)) * np.fft.rfft(returns)
    earned = np.fft.irfft(spectrum, size)
    scale = float(np.abs(positions).max() * np.abs(returns).sum())
    as_good = earned >= earned[0] - _TIE * scale
    return int(as_good.sum()) / size


def neighbourhood(scores: NDArray[np.float64], chosen: tuple[int, ...]) -> Neighbourhood:
    """Return the chosen point of a grid of scores among those one step away, diagonals included.

    Higher scores are better; NaN marks a point that was not scored. Flatness is the neighbours'
    mean, measured from the worst of the grid to the chosen point.

    Raises:
        Malformed: the point lies outside the grid or was not scored.
    """
    if len(chosen) != scores.ndim or any(
        not 0 <= at < size for at, size in zip(chosen, scores.shape, strict=True)
    ):
        raise Malformed(f"{chosen} is no point of a grid of {scores.shape}")
    best = float(scores[chosen])
    if np.isnan(best):
        raise Malformed(f"the point {chosen} was not scored")
    steps = (range(max(0, at - 1), at + 2) for at in chosen)
    near = [
        float(scores[point])
        for point in product(*steps)
        if point != chosen and all(at < size for at, size in zip(point, scores.shape, strict=True))
    ]
    scored = [score for score in near if not np.isnan(score)]
    if not scored:
        return Neighbourhood(best, best, best, 0, None)
    mean, floor = sum(scored) / len(scored), float(np.nanmin(scores))
    flatness = min(1.0, max(0.0, (mean - floor) / (best - floor))) if best > floor else None
    return Neighbourhood(best, mean, min(scored), len(scored), flatness)
