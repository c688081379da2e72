"""The base of every strategy: a fresh start for each question, and the owner's own in a window."""

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from engine.domain.candle import Candle, Timeframe
from engine.domain.position import Position
from engine.domain.signal import Action, Gate, Signal
from engine.domain.venue import AroundTheClock
from strategies.parameters import Parameters
from strategies.strategy import WindowStrategy, held_back
from tests.strategy.market import START, position, seeded_candles

DAY = AroundTheClock().day
PARAMETERS = Parameters(strategy="rising", timeframe=Timeframe.H1)


class Rising(WindowStrategy):
    """Buy after five closes in a row that each rose; sell what is held after one that fell."""

    name: ClassVar[str] = "rising"
    window: ClassVar[int] = 6

    def decide(self, candles: Sequence[Candle], position: Position | None) -> Signal:
        assert len(candles) == self.window
        closes = [each.close for each in candles]
        if position is not None and closes[-1] < closes[-2]:
            return Signal(Action.SELL, 1.0, "fell")
        rose = all(a < b for a, b in pairwise(closes))
        return Signal(Action.BUY if rose else Action.HOLD, 0.7, "looked at six closes")


def test_a_window_strategy_holds_until_its_window_is_full():
    strategy = Rising(PARAMETERS)
    candles = seeded_candles(6)
    for each in candles[:5]:
        strategy.update(each, DAY(each.opened_at))
        assert strategy.signal(None).reason.startswith("history")
    strategy.update(candles[5], DAY(candles[5].opened_at))
    assert strategy.signal(None).reason == "looked at six closes"
    assert strategy.minimum == 6
    assert strategy.warmup > 300, "the ATR of its stop needs more than the window"


def test_a_window_strategy_sees_the_position_and_the_last_candles_only(held_exits):
    candles = seeded_candles(300)
    held = position(held_exits.take_profit, held_exits)
    strategy = Rising(PARAMETERS)
    said = set()
    for i, each in enumerate(candles):
        strategy.update(each, DAY(each.opened_at))
        window = candles[max(0, i - 5) : i + 1]
        for asked in (None, held):
            signal = strategy.signal(asked)
            assert signal == strategy.generate_signal(window, asked, DAY)
            said.add(signal.action)
    assert said == set(Action)


def test_a_window_strategy_has_an_atr_and_no_level_of_its_own():
    strategy = Rising(PARAMETERS)
    for each in seeded_candles(20):
        strategy.update(each, DAY(each.opened_at))
    assert strategy.atr is not None
    assert strategy.entry_level(START.date(), 100.0) is None
    assert strategy.gates(START.date(), 100.0, 100.0) == (Gate("history", True, "6", "≥ 6"),)


def test_a_question_about_other_candles_changes_nothing():
    strategy = Rising(PARAMETERS)
    candles = seeded_candles(40)
    for each in candles[:20]:
        strategy.update(each, DAY(each.opened_at))
    before = (strategy.signal(None), strategy.atr)
    assert strategy.generate_signal(candles[20:], None, DAY).reason == "looked at six closes"
    assert strategy.generate_signal((), None, DAY).action is Action.HOLD
    assert (strategy.signal(None), strategy.atr) == before
    assert strategy.parameters is PARAMETERS


def test_a_hold_names_the_first_gate_that_did_not_pass():
    gates = (Gate("a", True, "2", "≥ 1"), Gate("b", False, "3", "≥ 4"), Gate("c", False, "5", "6"))
    assert held_back(gates).reason == "b: 3, needs ≥ 4"
    assert held_back(gates[:1]).reason == "nothing to do"
