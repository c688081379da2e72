"""Every preset comes to the statistics it came to before: a change of any rule shows here.

After a change that is meant, `python -m tests.golden` prints what stands below anew.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from strategies.registry import presets
from tests.golden.presets import CASES, Golden, Statistics, statistics

pytestmark = pytest.mark.shared

EXPECTED: Mapping[str, Statistics] = MappingProxyType(
    {
        "scalping": {
            "trades": "10",
            "win rate %": "30.00",
            "profit factor": "0.24",
            "expectancy %": "-0.51",
            "return %": "-2.55",
            "CAGR %": "-27.81",
            "drawdown %": "2.68",
            "Sharpe": "-6.16",
            "Sortino": "-6.73",
            "exposure %": "1.46",
            "fees": "35.39",
            "funding": "0.00",
            "hold %": "-18.65",
            "exits": "stop_loss 6, take_profit 1, trailing_stop 3",
            "list of trades": "182e7b88112d949e",
        },
        "day": {
            "trades": "80",
            "win rate %": "40.00",
            "profit factor": "0.64",
            "expectancy %": "-0.20",
            "return %": "-3.22",
            "CAGR %": "-23.34",
            "drawdown %": "3.45",
            "Sharpe": "-3.42",
            "Sortino": "-4.50",
            "exposure %": "14.17",
            "fees": "225.64",
            "funding": "0.00",
            "hold %": "-25.13",
            "exits": "signal 36, stop_loss 9, take_profit 3, trailing_stop 32",
            "list of trades": "a753ea2c9e13be1b",
        },
        "mid_term": {
            "trades": "97",
            "win rate %": "50.52",
            "profit factor": "0.61",
            "expectancy %": "-0.51",
            "return %": "-9.53",
            "CAGR %": "-18.31",
            "drawdown %": "11.94",
            "Sharpe": "-2.07",
            "Sortino": "-2.91",
            "exposure %": "29.24",
            "fees": "181534.58",
            "funding": "0.00",
            "hold %": "-9.75",
            "exits": "emergency 2, stop_loss 38, take_profit 6, trailing_stop 51",
            "list of trades": "8b79778a289fe973",
        },
        "swing": {
            "trades": "94",
            "win rate %": "43.62",
            "profit factor": "0.78",
            "expectancy %": "-0.53",
            "return %": "-3.50",
            "CAGR %": "-0.30",
            "drawdown %": "4.83",
            "Sharpe": "-0.32",
            "Sortino": "-0.46",
            "exposure %": "8.59",
            "fees": "98551.00",
            "funding": "0.00",
            "hold %": "1528.89",
            "exits": "emergency 47, take_profit 18, trailing_stop 29",
            "list of trades": "3df6b4d8e00aba4a",
        },
        "reversal": {
            "trades": "127",
            "win rate %": "45.67",
            "profit factor": "0.60",
            "expectancy %": "-0.55",
            "return %": "-14.06",
            "CAGR %": "-26.34",
            "drawdown %": "19.11",
            "Sharpe": "-2.08",
            "Sortino": "-2.30",
            "exposure %": "19.91",
            "fees": "321.84",
            "funding": "0.00",
            "hold %": "-10.11",
            "exits": "emergency 6, signal 10, stop_loss 55, take_profit 14, trailing_stop 42",
            "list of trades": "67bd21139fe46040",
        },
        "trend": {
            "trades": "45",
            "win rate %": "53.33",
            "profit factor": "1.44",
            "expectancy %": "0.80",
            "return %": "7.18",
            "CAGR %": "7.80",
            "drawdown %": "4.76",
            "Sharpe": "0.97",
            "Sortino": "1.64",
            "exposure %": "28.80",
            "fees": "51.46",
            "funding": "0.00",
            "hold %": "-8.62",
            "exits": "emergency 20, stop_loss 1, take_profit 13, trailing_stop 11",
            "list of trades": "101b7b26a8407e21",
        },
        "consensus": {
            "trades": "135",
            "win rate %": "54.07",
            "profit factor": "0.95",
            "expectancy %": "-0.08",
            "return %": "-2.56",
            "CAGR %": "-3.38",
            "drawdown %": "13.66",
            "Sharpe": "-0.25",
            "Sortino": "-0.34",
            "exposure %": "25.27",
            "fees": "258.57",
            "funding": "0.00",
            "hold %": "10.30",
            "exits": "emergency 3, signal 20, stop_loss 55, take_profit 15, trailing_stop 42",
            "list of trades": "6ade4fa7b5a08e38",
        },
    }
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.preset)
def test_a_preset_comes_to_its_statistics(case: Golden, tmp_path: Path):
    assert statistics(case, tmp_path) == EXPECTED[case.preset]


def test_every_preset_has_its_backtest():
    assert {case.preset for case in CASES} == set(EXPECTED) == {each.name for each in presets()}
