"""Bollinger breakout on candles made by hand: each condition alone keeps it out."""

from dataclasses import replace

import pytest

from engine.domain.signal import Action, Gate
from strategies.bb_breakout import BollingerBreakout
from strategies.closed_candle import ClosedCandleStrategy
from tests.strategy.shapes import bought, closed_gates, closing, fed, gate, plain, quiet, sold

PLAIN = plain("bb_breakout")


def after(last: list[float], volume: float = 2.0) -> ClosedCandleStrategy:
    """Feed sixty quiet closes, then the last ones, which all have that volume."""
    closes = [*quiet(60), *last]
    volumes = [*[1.0] * 60, *[volume] * len(last)]
    strategy = BollingerBreakout(PLAIN)
    fed(strategy, closing(closes, volumes=volumes))
    return strategy


def test_a_heavy_close_above_a_widening_band_buys():
    signal = bought(after([103.0]))
    assert signal.action is Action.BUY
    assert signal.reason.startswith("close 103 above band 101.")
    assert [each.name for each in signal.gates] == ["history", "upper_band", "volume", "widening"]
    assert all(each.passed for each in signal.gates)


def test_a_close_below_the_band_waits():
    strategy = after([100.6])
    assert closed_gates(strategy) == ["upper_band"]
    assert bought(strategy).reason.startswith("upper_band: 100.6, needs > 101.0")


def test_a_light_candle_waits_and_one_at_the_least_volume_does_not():
    strategy = after([103.0], volume=1.1)
    assert closed_gates(strategy) == ["volume"]
    assert gate(strategy, "volume") == Gate("volume", False, "1.09 ×", "≥ 1.2 ×")
    # v / ((19 + v) / 20) = 1.2 at v = 22.8 / 18.8
    assert bought(after([103.0], volume=22.8 / 18.8 + 1e-9)).action is Action.BUY
    assert bought(after([103.0], volume=22.8 / 18.8 - 1e-9)).action is Action.HOLD


def test_bands_that_narrow_wait():
    # The outlier leaves the window as the last close comes in, so that the bands close.
    closes = [*quiet(60), 110.0, *quiet(19), 102.0]
    strategy = BollingerBreakout(PLAIN)
    fed(strategy, closing(closes, volumes=[*[1.0] * 80, 3.0]))
    assert closed_gates(strategy) == ["widening"]
    width = gate(strategy, "widening")
    assert float(width.value.split()[0]) < float(width.threshold.split()[1])


def test_a_market_without_volume_is_never_heavy():
    strategy = BollingerBreakout(PLAIN)
    fed(strategy, closing([*quiet(60), 103.0], volumes=[0.0] * 61))
    assert closed_gates(strategy) == ["volume"]


def test_a_walk_up_the_band_says_buy_on_each_of_its_candles():
    strategy = after([103.0])
    for close, volume in ((105.0, 3.0), (107.5, 4.0)):
        fed(strategy, closing([strategy_close(strategy), close], volumes=[9.0, volume])[1:])
        assert bought(strategy).action is Action.BUY


def strategy_close(strategy: ClosedCandleStrategy) -> float:
    return float(gate(strategy, "upper_band").value)


def test_a_close_below_the_middle_sells_and_one_above_it_holds():
    fallen = sold(after([103.0, 99.9]))
    assert fallen.action is Action.SELL
    assert fallen.reason.startswith("close 99.9 below middle 100.")
    assert 0.5 < fallen.confidence < 1.0
    kept = sold(after([103.0, 100.5]))
    assert (kept.action, kept.confidence) == (Action.HOLD, 0.0)
    assert sold(after([103.0, 80.0])).confidence == 1.0


def test_what_sells_is_said_to_a_holder_only():
    strategy = after([103.0, 99.9])
    assert bought(strategy).action is Action.HOLD
    assert sold(after([103.0])).action is Action.HOLD


def test_confidence_grows_with_height_and_volume():
    low, high = bought(after([101.3], 1.3)), bought(after([109.0], 50.0))
    heavy = bought(after([101.3], 50.0))
    assert low.confidence == pytest.approx(0.5, abs=0.1)
    assert low.confidence < heavy.confidence < high.confidence
    assert heavy.confidence == pytest.approx(0.75, abs=0.1)


def test_before_fifty_candles_it_holds_and_does_not_sell():
    strategy = BollingerBreakout(PLAIN)
    fed(strategy, closing([*quiet(47), 103.0], volumes=[*[1.0] * 47, 5.0]))
    assert closed_gates(strategy) == ["history"]
    assert not strategy.buys
    fed(strategy, closing([90.0]))
    assert sold(strategy).action is Action.HOLD
    fed(strategy, closing([90.0]))
    assert sold(strategy).action is Action.SELL


def test_all_three_filters_are_stated_and_can_be_switched_off():
    strict = replace(PLAIN, use_volatility=True, volatility_percent=19.0, use_trend=True)
    strategy = BollingerBreakout(replace(strict, use_adx=True))
    fed(strategy, closing([*quiet(60), 103.0], volumes=[*[1.0] * 60, 5.0]))
    names = [each.name for each in bought(strategy).gates]
    assert names[-3:] == ["volatility", "trend", "adx"]
    assert closed_gates(strategy) == ["volatility"]
    assert bought(strategy).action is Action.HOLD
    assert (
        bought(strategy).reason
        == f"volatility: {gate(strategy, 'volatility').value}, needs ≥ 19.00 %"
    )
