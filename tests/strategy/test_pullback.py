"""Pullback on candles made by hand: a long rise, a setback, and the candle on which it turns."""

import pytest

from engine.domain.signal import Action
from strategies.pullback import Pullback
from tests.strategy.shapes import bought, closed_gates, closing, fed, gate, plain, sold

PLAIN = plain("pullback")
RISE = [100.0 + 0.5 * i for i in range(150)]
SETBACK = [RISE[-1] - 1.5 * i for i in range(1, 7)]


def after(*last: float, setback: list[float] = SETBACK) -> Pullback:
    strategy = Pullback(PLAIN)
    fed(strategy, closing([*RISE, *setback, *last]))
    return strategy


def test_the_candle_that_turns_a_setback_buys():
    strategy = after(SETBACK[-1] + 0.3)
    signal = bought(strategy)
    assert signal.action is Action.BUY
    assert signal.reason.startswith("RSI turned up from ")
    assert " above EMA100 1" in signal.reason
    assert [each.name for each in signal.gates] == ["history", "ema100", "rsi", "turn"]


def test_a_setback_that_goes_on_waits():
    strategy = after(SETBACK[-1] - 0.3)
    assert closed_gates(strategy) == ["turn"]
    assert gate(strategy, "turn").value.startswith("fell to ")


def test_a_recovery_buys_on_its_first_candle_alone():
    strategy = after(SETBACK[-1] + 0.3, SETBACK[-1] + 0.6)
    assert closed_gates(strategy) == ["turn"]
    assert gate(strategy, "turn").value.startswith("rose to ")
    again = after(SETBACK[-1] + 0.3, SETBACK[-1] - 0.2, SETBACK[-1])
    assert bought(again).action is Action.BUY, "a further setback that turns is a new one"


def test_an_unchanged_close_is_no_turn_and_no_rise():
    flat = SETBACK[-1]
    assert closed_gates(after(flat)) == ["turn"]
    assert bought(after(flat, flat + 0.3)).action is Action.BUY
    assert bought(after(flat + 0.3, flat + 0.3)).action is Action.HOLD
    assert bought(after(flat + 0.3, flat + 0.3, flat + 0.6)).action is Action.BUY


def test_a_shallow_setback_waits():
    shallow = [RISE[-1] - 1.0]
    assert closed_gates(after(RISE[-1], setback=shallow)) == ["rsi"]


def test_a_setback_below_the_long_average_waits():
    deep = [RISE[-1] - 6.0 * i for i in range(1, 9)]
    strategy = after(deep[-1] + 0.3, setback=deep)
    assert closed_gates(strategy) == ["ema100"]


def test_confidence_grows_with_the_depth_of_the_setback():
    shallow = bought(after(SETBACK[4] + 0.1, setback=SETBACK[:5]))
    deep = bought(after(SETBACK[-1] + 0.3))
    assert shallow.action is deep.action is Action.BUY
    assert 0.5 < shallow.confidence < deep.confidence <= 1.0


@pytest.mark.parametrize("count", [99, 100])
def test_a_hundred_candles_are_needed(count: int):
    strategy = Pullback(PLAIN)
    closes = [*RISE[: count - 7], *(RISE[count - 8] - 1.5 * i for i in range(1, 7))]
    fed(strategy, closing([*closes, closes[-1] + 0.3]))
    assert (bought(strategy).action is Action.BUY) == (count == 100)
    assert ("history" in closed_gates(strategy)) == (count == 99)


def test_its_exits_alone_sell():
    assert sold(after(50.0)).action is Action.HOLD
    assert sold(after(SETBACK[-1] + 0.3)).action is Action.HOLD


def test_the_rsi_rises_exactly_where_the_close_does():
    strategy = Pullback(PLAIN)
    last = None
    for each in closing([*RISE, *SETBACK, 160.0, 161.0, 161.0, 158.0]):
        before = strategy._rsi.value
        fed(strategy, [each])
        after_it = strategy._rsi.value
        if last is not None and before is not None and before < 100.0:
            assert (after_it > before + 1e-9) == (each.close > last)
        last = each.close
