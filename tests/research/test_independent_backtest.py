"""`breakout` in backtesting.py, which shares no line with us: the same trades, to the cent.

The rules, written anew with pandas and its broker:

* The first 5m candle of a UTC day that closes above day open + K × (high − low of the day before)
  and above the EMA50 of the closes is bought at the next open, if nothing is held.
* From that open on: stop 1 % below it, target 2 % above, the stop before the target inside a
  candle; both at the open where that lies beyond. The emergency stop lies further away.
* After each candle the stop rises to 0.7 % below the highest high since entry, once that high is
  0.7 % above the entry, and never below the entry.
* 2,000 USDT a trade, fee 0.05 % a side, no slippage. A trade that is open at the end is left out.

backtesting.py holds whole units only, so prices are given in billionths. Stop and target follow
the price of the fill, which its orders cannot say: they are handed the next open.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from backtesting import Backtest, Strategy
from pyarrow import feather

from engine.domain.candle import Timeframe
from engine.domain.exits import ExitReason
from strategies.parameters import EntryOn
from strategies.registry import strategy
from tests.research.exactness import STAKE, START, Case, Told, cut, exactly, parameters_of, quickly

pytestmark = [
    pytest.mark.shared,
    pytest.mark.filterwarnings("ignore:Some trades remain open"),
    # Its statistics use names that pandas is about to drop.
    pytest.mark.filterwarnings("ignore:DatetimeIndex.dayofweek is deprecated"),
]

K, TAKE, STOP, TRAIL, FEE = 0.5, 0.02, 0.01, 0.007, 0.0005
BILLIONTH = 1e-9
CASE = Case(
    parameters_of(
        "breakout",
        Timeframe.M5,
        k_value=K,
        entry_on=EntryOn.CLOSE,
        take_profit_percent=100 * TAKE,
        stop_loss_percent=100 * STOP,
        trailing_stop_percent=100 * TRAIL,
        use_volatility=False,
        use_adx=False,
    ),
    "BTC/USDT",
    days=180,
    fee=FEE,
    slippage=0.0,
)


class Breakout(Strategy):
    flags = np.empty(0, dtype=np.bool_)
    next_opens = np.empty(0)

    def init(self) -> None:
        pass

    def next(self) -> None:
        row = len(self.data) - 1
        for trade in self.trades:
            high = self.data.High[trade.entry_bar :].max()
            if high > trade.entry_price * (1 + TRAIL):
                line = max(high * (1 - TRAIL), trade.entry_price)
                trade.sl = max(trade.sl, line)
        if self.flags[row] and not self.position:
            price = self.next_opens[row]
            size = round(STAKE / price)
            self.buy(size=size, sl=price * (1 - STOP), tp=price * (1 + TAKE))


def frame_of(file: Path) -> pd.DataFrame:
    frame = feather.read_table(file).to_pandas()
    frame.index = pd.DatetimeIndex(pd.to_datetime(frame.pop("timestamp"), unit="ms"))
    return frame.rename(columns=str.capitalize)


def first_closes(frame: pd.DataFrame) -> pd.Series:
    """Return the first candle of each day that closes above its level and the average."""
    days = frame.index.floor("D")
    daily = frame.groupby(days).agg({"Open": "first", "High": "max", "Low": "min"})
    levels = daily["Open"] + K * (daily["High"] - daily["Low"]).shift()
    average = frame["Close"].ewm(span=50, adjust=False).mean()
    above = (frame["Close"] > levels.reindex(days).to_numpy()) & (frame["Close"] > average)
    return above & (above.groupby(days).cumsum() == 1)


def by_backtesting(file: Path) -> list[tuple[pd.Timestamp, pd.Timestamp, float, float, float]]:
    frame = frame_of(file)
    flags = first_closes(frame)
    # What was decided before the start is not ours to buy, but for the decision at the start.
    flags.iloc[: strategy(CASE.parameters).warmup - 1] = False
    prices = frame.drop(columns="Volume") * BILLIONTH
    opens = np.append(prices["Open"].to_numpy()[1:], np.nan)
    test = Backtest(prices, Breakout, cash=1e9, commission=FEE)
    trades = test.run(flags=flags.to_numpy(), next_opens=opens)["_trades"]
    columns = ["EntryTime", "ExitTime", "EntryPrice", "ExitPrice", "PnL"]
    return [tuple(row) for row in trades[columns].itertuples(index=False)]


def same(ours: Sequence[Told], theirs: Sequence[tuple[object, ...]]) -> None:
    assert len(ours) == len(theirs)
    for trade, (entered, left, bought, sold, pnl) in zip(ours, theirs, strict=True):
        moments = [pd.Timestamp(at).tz_localize(None) for at in (trade.entered, trade.left)]
        assert moments == [entered, left]
        prices = (bought / BILLIONTH, sold / BILLIONTH)
        assert (trade.bought, trade.sold) == pytest.approx(prices, rel=1e-9)
        assert trade.pnl == pytest.approx(pnl, abs=0.005)


def test_a_backtest_that_nobody_here_wrote_makes_the_same_trades(tmp_path: Path):
    file = cut(CASE, tmp_path / "data")
    theirs = by_backtesting(file)
    exact = exactly(CASE, tmp_path / "data", tmp_path / "state")
    assert len(exact) > 50
    assert {trade.reason for trade in exact} == {
        ExitReason.STOP_LOSS,
        ExitReason.TAKE_PROFIT,
        ExitReason.TRAILING_STOP,
    }
    assert all(trade.entered >= START for trade in exact)
    same(exact, theirs)
    same(quickly(CASE, file), theirs)
    total = sum(trade.pnl for trade in exact)
    assert round(total, 2) == round(sum(trade[-1] for trade in theirs), 2)
