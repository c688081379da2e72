"""The combined reversal: each vote by itself, their weights, and both majorities."""

from dataclasses import replace
from itertools import product

import pytest

from engine.domain.signal import Action
from strategies.combined import MAJORITY, Combined
from tests.strategy.market import candle, seeded_candles
from tests.strategy.shapes import (
    bought,
    closed_gates,
    closing,
    fed,
    gate,
    plain,
    quiet,
    sold,
    waves,
)

PLAIN = plain("combined")
VOTES = ("rsi", "band", "macd", "ema50", "volume")
WEIGHTS = dict(zip(VOTES, (3, 3, 2, 1, 1), strict=True))
FALL = [100.0 - i for i in range(1, 8)]


def after(closes: list[float], volume: float = 1.0, **changes) -> Combined:
    """Feed closes; the last candle has the volume, all others one."""
    strategy = Combined(replace(PLAIN, **changes))
    fed(strategy, closing(closes, volumes=[*[1.0] * (len(closes) - 1), volume]))
    return strategy


def cast(strategy: Combined) -> set[str]:
    """Return the votes for buying."""
    gates = [gate(strategy, name) for name in VOTES]
    return {each.name for each in gates if each.passed and "not needed" not in each.threshold}


def test_a_quiet_market_casts_no_vote_but_where_it_lies():
    assert cast(after(waves(80))) <= {"ema50", "macd"}
    strategy = after([100.0] * 80)
    assert cast(strategy) == set()
    assert gate(strategy, "votes").value == "0.00"


def test_a_fall_buys_by_rsi_band_and_average():
    strategy = after([*waves(60), *FALL])
    assert cast(strategy) == {"rsi", "band", "ema50"}
    signal = bought(strategy)
    assert signal.action is Action.BUY
    assert signal.confidence == pytest.approx(0.7)
    assert signal.reason == "votes 0.70: rsi, band, ema50"
    assert all(each.passed for each in signal.gates)
    assert gate(strategy, "macd").threshold == "golden, < 3 ago, not needed"


def test_volume_adds_its_vote_from_its_share_of_the_mean_on():
    closes = [*waves(60), *FALL]
    assert bought(after(closes, volume=5.0)).confidence == pytest.approx(0.8)
    # v / ((19 + v) / 20) = 1.2 at v = 22.8 / 18.8
    assert "volume" in cast(after(closes, volume=22.8 / 18.8 + 1e-9))
    assert "volume" not in cast(after(closes, volume=22.8 / 18.8 - 1e-9))
    assert "volume" not in cast(after(closes, volume=0.0))


def test_a_rise_sells_what_is_held_by_the_mirrored_votes():
    strategy = after([*waves(60), *(200.0 - close for close in FALL)], volume=5.0)
    signal = sold(strategy)
    assert signal.action is Action.SELL
    assert signal.reason == "votes 0.80: rsi, band, ema50, volume"
    assert signal.confidence == pytest.approx(0.8)
    assert bought(strategy).action is Action.HOLD
    assert sold(after([*waves(60), *FALL], volume=5.0)).action is Action.HOLD


def test_without_a_majority_the_missing_votes_are_named():
    strategy = after([*waves(60), *FALL, 94.0, 94.5])
    assert "band" not in cast(strategy)
    signal = bought(strategy)
    assert signal.action is Action.HOLD
    assert signal.reason.startswith("votes: 0.")
    assert signal.reason.endswith("needs > 0.5")
    assert set(closed_gates(strategy)) == {"votes"} | (set(VOTES) - cast(strategy))


def test_a_low_that_only_touches_the_band_votes_and_one_above_it_does_not():
    base = [*waves(60), 99.0]
    lower = float(gate(after(base), "band").threshold.split()[1])
    for low, touched in ((lower - 1e-6, True), (lower + 1e-3, False)):
        strategy = Combined(PLAIN)
        fed(strategy, closing(base[:-1]))
        fed(strategy, [candle(99.0, 99.1, low, 99.0, 60)])
        assert ("band" in cast(strategy)) is touched


def test_a_candle_that_touches_both_bands_votes_for_neither():
    strategy = Combined(PLAIN)
    fed(strategy, closing(quiet(60)))
    fed(strategy, [candle(100, 120, 80, 100, 60)])
    assert "band" not in cast(strategy)
    strategy = Combined(PLAIN)
    fed(strategy, closing([*waves(60), *FALL]))
    fed(strategy, [candle(93, 130, 60, 92, 67)])
    assert cast(strategy) == {"rsi", "ema50"}


def test_a_golden_cross_votes_on_three_candles():
    closes = [*waves(60), *(100.0 - 0.5 * i for i in range(1, 30))]
    closes += [closes[-1] + 0.5 * i for i in range(1, 20)]
    strategy = Combined(PLAIN)
    votes = []
    for each in closing(closes):
        fed(strategy, [each])
        votes.append("macd" in cast(strategy))
    turned = votes[89:]
    assert sum(turned) == 3
    first = turned.index(True)
    assert turned[first : first + 3] == [True] * 3
    assert 0 < first < 8


def test_a_dead_cross_takes_the_place_of_a_golden_one():
    seen = set()
    strategy = Combined(PLAIN)
    for each in seeded_candles(1500):
        fed(strategy, [each])
        value = gate(strategy, "macd").value
        if strategy._seen >= 50:
            seen.add(value)
            assert ("macd" in cast(strategy)) == value.startswith("golden")
    assert seen == {"–"} | {f"{c}, {n} ago" for c, n in product(("golden", "dead"), range(3))}


def test_the_mean_is_the_weight_of_the_votes_and_both_sides_never_win():
    means = set()
    for seed in range(4):
        strategy = Combined(PLAIN)
        for each in seeded_candles(1500, seed=seed):
            fed(strategy, [each])
            mean = sum(WEIGHTS[name] for name in cast(strategy)) / 10
            assert gate(strategy, "votes").value == f"{mean:.2f}"
            if strategy._seen >= 50:
                assert strategy.buys == (mean > MAJORITY)
            assert not (strategy.buys and strategy.sells)
            means.add(mean)
    assert {0.5, 0.6, 0.7} < means


def test_it_states_the_volatility_filter_alone():
    every = {"use_volatility": True, "use_trend": True, "use_adx": True}
    closes = [*waves(60), *FALL]
    strategy = after(closes, **every, volatility_percent=0.5)
    names = [each.name for each in bought(strategy).gates]
    assert names == ["history", "votes", *VOTES, "volatility"]
    assert bought(strategy).action is Action.BUY
    assert closed_gates(after(closes, **every, volatility_percent=19.0)) == ["volatility"]


@pytest.mark.parametrize("count", [49, 50])
def test_fifty_candles_are_needed(count: int):
    strategy = after([*waves(count - len(FALL)), *FALL])
    assert (bought(strategy).action is Action.BUY) == (count == 50)
    rising = after([*waves(count - len(FALL)), *(200.0 - close for close in FALL)])
    assert (sold(rising).action is Action.SELL) == (count == 50)
