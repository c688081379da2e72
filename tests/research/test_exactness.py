"""The fast simulator and the exact backtest make the same trades, to the cent."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from engine.domain.candle import Timeframe
from strategies.parameters import EntryOn
from tests.research.exactness import Case, cut, differences, exactly, parameters_of, quickly

pytestmark = pytest.mark.shared

STRATEGIES = (
    "breakout",
    "combined",
    "bb_breakout",
    "pullback",
    "dynamic_breakout",
    "rsi_bollinger",
)
SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
DAYS = {Timeframe.H1: 365, Timeframe.M5: 90}
SLICED_DAYS = {Timeframe.H1: 120, Timeframe.M5: 10}
# One market for each strategy, each market for two.
SLICES = tuple(
    (name, SYMBOLS[place % len(SYMBOLS)], frame)
    for place, name in enumerate(STRATEGIES)
    for frame in SLICED_DAYS
)


def same_trades(case: Case, folder: Path) -> int:
    """Hold both sides against each other and return how many trades there were."""
    file = cut(case, folder / "data")
    fast = quickly(case, file)
    exact = exactly(case, folder / "data", folder / "state")
    assert len(fast) == len(exact)
    assert differences(fast, exact) == []
    cents = [round(sum(trade.pnl for trade in trades), 2) for trades in (fast, exact)]
    assert cents[0] == cents[1]
    return len(fast)


@pytest.mark.parametrize(("name", "symbol", "frame"), SLICES)
def test_a_slice_of_a_market_gives_the_same_trades_both_ways(
    name: str, symbol: str, frame: Timeframe, tmp_path: Path
):
    case = Case(parameters_of(name, frame), symbol, SLICED_DAYS[frame])
    assert same_trades(case, tmp_path) > 0


@pytest.mark.slow
@pytest.mark.parametrize("frame", DAYS)
@pytest.mark.parametrize(("name", "symbol"), tuple(product(STRATEGIES, SYMBOLS)))
def test_a_year_of_hours_and_a_quarter_of_minutes_give_the_same_trades_both_ways(
    name: str, symbol: str, frame: Timeframe, tmp_path: Path
):
    case = Case(parameters_of(name, frame), symbol, DAYS[frame])
    assert same_trades(case, tmp_path) > 0


@pytest.mark.parametrize(
    "changes",
    [
        {"entry_on": EntryOn.CLOSE},
        {"stop_loss_percent": 1.0, "take_profit_percent": 1.5, "trailing_stop_percent": 0.5},
        {"emergency_percent": 1.0, "take_profit_percent": 2.0},
        {"use_volatility": False, "use_adx": False, "k_value": 0.2},
    ],
    ids=["close", "near", "emergency", "unfiltered"],
)
def test_other_exits_and_entries_give_the_same_trades_both_ways(
    changes: dict[str, object], tmp_path: Path
):
    parameters = parameters_of("breakout", Timeframe.H1, **changes)
    assert same_trades(Case(parameters, "SOL/USDT", 120), tmp_path) > 5


def test_a_share_of_equity_compounds_the_same_both_ways(tmp_path: Path):
    parameters = replace(parameters_of("combined", Timeframe.H1), max_position_size=0.5)
    assert same_trades(Case(parameters, "SOL/USDT", 120, share=0.5), tmp_path) > 5
