"""Parameters say which of their values lie outside their bounds."""

from dataclasses import fields, replace
from math import inf, nan

import pytest

from engine.domain.candle import Timeframe
from strategies.parameters import Parameters, problems

BASE = Parameters(strategy="breakout", timeframe=Timeframe.H1)
NUMBERS = [f.name for f in fields(Parameters) if f.type in (int, float)]


def test_the_defaults_have_no_problem():
    assert problems(BASE) == ()


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [-1.0, 1e9, nan, inf])
def test_every_number_has_bounds_under_the_name_of_its_setting(name: str, value: float):
    assert [fault.key for fault in problems(replace(BASE, **{name: value}))] == [name.upper()]


def test_every_fault_is_told_at_once():
    faults = problems(replace(BASE, k_value=9.0, max_positions=0))
    assert [str(fault) for fault in faults] == [
        "K_VALUE: must lie between 0.05 and 3, not 9",
        "MAX_POSITIONS: must lie between 1 and 100, not 0",
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [("stop_loss_percent", "0 for an ATR stop"), ("trailing_stop_percent", "0 to switch it off")],
)
def test_a_stop_may_be_zero_and_not_nearly_zero(name: str, words: str):
    assert problems(replace(BASE, **{name: 0.0})) == ()
    (fault,) = problems(replace(BASE, **{name: 0.01}))
    assert words in fault.message


@pytest.mark.parametrize(
    ("timeframe", "percent"),
    [
        (Timeframe.M1, 0.1033),
        (Timeframe.M15, 0.4),
        (Timeframe.H1, 0.8),
        (Timeframe.H4, 1.6),
        (Timeframe.D1, 3.919),
    ],
)
def test_the_least_volatility_grows_with_the_root_of_time(timeframe: Timeframe, percent: float):
    assert BASE.min_volatility_percent(timeframe) == pytest.approx(percent, rel=1e-3)
