"""Oversold reversal on candles made by hand: both bounds to buy, either one to sell."""

from dataclasses import replace

import pytest

from engine.domain.signal import Action
from strategies.rsi_bollinger import RsiBollinger
from tests.strategy.shapes import bought, closed_gates, closing, fed, gate, plain, quiet, sold

PLAIN = plain("rsi_bollinger")


def after(*last: float, base: list[float] | None = None, **changes) -> RsiBollinger:
    strategy = RsiBollinger(replace(PLAIN, **changes))
    fed(strategy, closing([*(quiet(60) if base is None else base), *last]))
    return strategy


def test_a_plunge_below_the_band_buys():
    strategy = after(90.0)
    signal = bought(strategy)
    assert signal.action is Action.BUY
    assert signal.reason.startswith("RSI 2")
    assert ", close 90 below 95." in signal.reason
    assert [each.name for each in signal.gates] == ["history", "rsi", "lower_band"]


def test_a_slow_fall_inside_the_bands_waits():
    strategy = after(*(100.0 - 0.2 * i for i in range(30)))
    assert closed_gates(strategy) == ["lower_band"]
    assert float(gate(strategy, "rsi").value) < 30.0


def test_a_small_slip_out_of_narrow_bands_waits():
    strategy = after(99.6, base=quiet(60, swing=0.1))
    assert closed_gates(strategy) == ["rsi"]
    assert float(gate(strategy, "rsi").value) > 30.0


def test_a_fall_that_goes_on_says_buy_on_each_candle_that_closes_as_low():
    assert bought(after(90.0, 85.0)).action is Action.BUY
    assert bought(after(90.0, 97.5)).action is Action.HOLD


def test_a_high_rsi_sells_inside_the_bands():
    signal = sold(after(*(100.0 + 0.2 * i for i in range(30))))
    assert signal.action is Action.SELL
    assert signal.reason.startswith("RSI ")
    assert signal.reason.endswith("above 70")


def test_a_close_above_the_band_sells_with_a_moderate_rsi():
    signal = sold(after(100.4, base=quiet(60, swing=0.1)))
    assert signal.action is Action.SELL
    assert signal.reason.startswith("close 100.4 above band 100.")


def test_nothing_extreme_holds_and_a_plunge_is_held_through():
    assert sold(after()).action is Action.HOLD
    assert sold(after(90.0)).action is Action.HOLD
    assert bought(after(106.0)).action is Action.HOLD


def test_confidence_grows_with_how_extreme_it_is():
    slight, deep = bought(after(91.0)), bought(after(60.0))
    assert slight.action is deep.action is Action.BUY
    assert 0.5 <= slight.confidence < deep.confidence == 1.0
    mild, wild = sold(after(101.2)), sold(after(140.0))
    assert mild.action is wild.action is Action.SELL
    assert 0.5 <= mild.confidence < wild.confidence == 1.0


def test_it_states_the_volatility_filter_alone():
    every = {"use_volatility": True, "use_trend": True, "use_adx": True}
    strategy = after(90.0, **every, volatility_percent=0.5)
    assert [each.name for each in bought(strategy).gates][3:] == ["volatility"]
    assert bought(strategy).action is Action.BUY
    assert closed_gates(after(90.0, **every, volatility_percent=19.0)) == ["volatility"]


@pytest.mark.parametrize("count", [19, 20])
def test_twenty_candles_are_needed(count: int):
    strategy = after(90.0, base=quiet(count - 1))
    assert (bought(strategy).action is Action.BUY) == (count == 20)
    rising = after(106.0, base=quiet(count - 1))
    assert (sold(rising).action is Action.SELL) == (count == 20)
