"""How often each strategy speaks on real candles: a change of any rule or indicator shows here."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from engine.domain.signal import Action
from strategies.registry import strategy
from tests.strategy.series import SERIES, parameters_of, walked

pytestmark = pytest.mark.shared

# (candles with BUY, candles with SELL) of whole series, with the parameters of `parameters_of`.
GOLDEN: Mapping[tuple[str, str], tuple[int, int]] = MappingProxyType(
    {
        ("bb_breakout", "ada_1h"): (311, 6443),
        ("breakout", "ada_1h"): (136, 0),
        ("combined", "ada_1h"): (763, 733),
        ("dynamic_breakout", "ada_1h"): (385, 0),
        ("pullback", "ada_1h"): (279, 0),
        ("rsi_bollinger", "ada_1h"): (263, 1142),
        ("bb_breakout", "samsung_1d"): (140, 3837),
        ("breakout", "samsung_1d"): (298, 0),
        ("combined", "samsung_1d"): (319, 609),
        ("dynamic_breakout", "samsung_1d"): (248, 0),
        ("pullback", "samsung_1d"): (174, 0),
        ("rsi_bollinger", "samsung_1d"): (103, 843),
    }
)


@pytest.mark.parametrize(("name", "series_name"), GOLDEN)
def test_a_strategy_speaks_as_often_as_it_did(name: str, series_name: str):
    series = SERIES[series_name]
    tested = strategy(parameters_of(name, series.timeframe))
    said = walked(tested, series.candles(), series.day_of)
    buys = sum(flat.action is Action.BUY for flat, _ in said)
    sells = sum(held.action is Action.SELL for _, held in said)
    assert (buys, sells) == GOLDEN[name, series_name]
