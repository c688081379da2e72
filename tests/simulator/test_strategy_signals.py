"""Signals of strategies that decide on closed candles, as arrays."""

from dataclasses import replace

import numpy as np
import pytest

from engine.domain.candle import Timeframe
from engine.domain.errors import BadConfiguration
from engine.domain.signal import Action
from engine.domain.venue import AroundTheClock
from strategies.closed_candle import ClosedCandleStrategy
from strategies.parameters import Parameters
from strategies.registry import catalogue, strategy
from strategies.simulator.strategy_signals import verdicts
from tests.strategy.market import seeded_candles
from tests.strategy.series import HELD

DAY_OF = AroundTheClock().day
CLOSED = tuple(
    name for name, kind in catalogue().strategies.items() if issubclass(kind, ClosedCandleStrategy)
)


@pytest.mark.parametrize("name", CLOSED)
def test_verdicts_are_what_the_strategy_says_after_each_candle(name: str):
    asked = Parameters(strategy=name, timeframe=Timeframe.H1, use_trend=False, use_adx=False)
    candles = seeded_candles(1_000)
    found = verdicts(candles, asked, DAY_OF)
    live = strategy(asked)
    for i, candle in enumerate(candles):
        live.update(candle, DAY_OF(candle.opened_at))
        assert found.buys[i] == (live.signal(None).action is Action.BUY)
        assert found.sells[i] == (live.signal(HELD).action is Action.SELL)
        assert found.atr[i] == live.atr or (np.isnan(found.atr[i]) and live.atr is None)
    assert found.buys.any()


@pytest.mark.parametrize("name", ["breakout", "no_such_strategy"])
def test_a_strategy_that_does_not_decide_on_closed_candles_alone_is_refused(name: str):
    asked = replace(Parameters("breakout", Timeframe.H1), strategy=name)
    with pytest.raises(BadConfiguration, match="STRATEGY"):
        verdicts([], asked, DAY_OF)
