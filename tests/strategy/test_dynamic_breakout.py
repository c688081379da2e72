"""Trending breakout on candles made by hand: average, band and strength each have a say."""

from dataclasses import replace

import pytest

from engine.domain.signal import Action
from strategies.dynamic_breakout import DynamicBreakout
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

PLAIN = plain("dynamic_breakout")
SPURT = [100.5, 101.0, 101.6, 102.4, 103.4, 104.6, 106.2, 108.6]


def after(closes: list[float], **changes) -> DynamicBreakout:
    strategy = DynamicBreakout(replace(PLAIN, **changes))
    fed(strategy, closing(closes))
    return strategy


def test_a_directed_close_above_average_and_band_buys():
    strategy = after([*waves(60), *SPURT])
    signal = bought(strategy)
    assert signal.action is Action.BUY
    assert signal.reason.startswith("close 108.6 above band 10")
    assert "ADX" in signal.reason
    names = [each.name for each in signal.gates]
    assert names == ["history", "ema50", "upper_band", "strength"]


def test_a_close_inside_the_bands_waits():
    assert closed_gates(after([*waves(60), *SPURT, 106.0])) == ["upper_band"]


def test_a_close_below_the_average_waits():
    # The long fall weighs on EMA50 still when the bands of twenty candles have forgotten it.
    strategy = after([200.0 - i for i in range(80)] + quiet(22, 120.0, 0.2) + [121.5])
    assert closed_gates(strategy) == ["ema50"]


def test_a_weak_trend_waits_and_one_at_the_minimum_is_weak():
    strategy = after([*waves(60), *SPURT], adx_minimum=99.0)
    assert closed_gates(strategy) == ["strength"]
    strength = float(gate(strategy, "strength").value)
    assert 20.0 < strength < 99.0
    exact = after([*waves(60), *SPURT])._adx.value
    assert closed_gates(after([*waves(60), *SPURT], adx_minimum=exact)) == ["strength"]


def test_confidence_grows_with_the_strength_above_its_minimum():
    strength = after([*waves(60), *SPURT])._adx.value
    assert strength is not None
    for below, confidence in ((0.0001, 0.5), (10.0, 0.75), (20.0, 1.0), (25.0, 1.0)):
        signal = bought(after([*waves(60), *SPURT], adx_minimum=strength - below))
        assert signal.confidence == pytest.approx(confidence, abs=1e-4)


def test_it_says_buy_again_on_each_candle_above_the_band_and_after_a_fall_not():
    strategy = after([*waves(60), *SPURT, 111.0])
    assert bought(strategy).action is Action.BUY
    assert bought(after([*waves(60), *SPURT, 98.0])).action is Action.HOLD


def test_its_exits_alone_sell():
    for last in (111.0, 50.0):
        signal = sold(after([*waves(60), *SPURT, last]))
        assert signal.action is Action.HOLD
        assert signal.reason.startswith("held")


def test_all_three_filters_are_stated():
    strategy = after([*waves(60), *SPURT], use_volatility=True, use_trend=True, use_adx=True)
    names = [each.name for each in bought(strategy).gates]
    assert names[-3:] == ["volatility", "trend", "adx"]


def test_before_any_candle_every_gate_is_closed():
    strategy = DynamicBreakout(PLAIN)
    assert closed_gates(strategy) == ["history", "ema50", "upper_band", "strength"]
    assert not strategy.buys
    assert bought(strategy).reason == "history: 0, needs ≥ 50"
