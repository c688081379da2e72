"""The jobs on backtesting.py.

It holds whole units only, so prices are given in millionths and the pnl is off by about 1e-4. Of
the grid a slice is run, because the whole of it takes minutes; its time is scaled up by the share.
"""

from collections.abc import Callable
from itertools import product

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy

from tests.bench.job import (
    AMOUNT,
    EMA_PERIOD,
    FEE,
    K_VALUES,
    STOP_LOSS_PERCENTS,
    TAKE_PROFIT_PERCENTS,
    Outcome,
)
from tests.bench.peer_signals import first_signals
from tests.bench.series import Panel

_MILLIONTH = 1e-6
_PERCENT = 100.0
_CASH = 1e9
# Every K and stop loss, with one of 8 take profits, on 2 of 20 symbols: an eightieth of the grid.
_SLICED_SYMBOLS = 2
_SLICED_TAKE_PROFITS = (5.0,)


class _Flagged(Strategy):
    flags = np.empty(0, dtype=np.bool_)
    take_profit = stop_loss = 0.0

    def init(self) -> None:
        pass

    def next(self) -> None:
        at = len(self.data) - 1
        if self.flags[at] and not self.position:
            price = self.data.Close[-1]
            self.buy(
                size=int(AMOUNT / price),
                sl=price * (1 - self.stop_loss),
                tp=price * (1 + self.take_profit),
            )


def runner(job: str, panel: Panel, _variant: str) -> Callable[[], Outcome]:
    """Return what runs a job once, or its slice."""
    return lambda: _run(job, panel)


def _run(job: str, panel: Panel) -> Outcome:
    symbols = _SLICED_SYMBOLS if job == "b" else len(panel.close)
    takes = _SLICED_TAKE_PROFITS if job == "b" else TAKE_PROFIT_PERCENTS[job]
    points = list(product(range(len(K_VALUES[job])), takes, STOP_LOSS_PERCENTS[job]))
    averages = (
        pd.DataFrame(panel.close.T).ewm(span=EMA_PERIOD, adjust=False).mean().to_numpy(copy=True)
    )
    averages[: EMA_PERIOD - 1] = np.nan
    flags = first_signals(job, panel, averages)
    trades, pnl = 0, 0.0
    for i in range(symbols):
        frame = _frame(panel, i)
        for k, take, stop in points:
            test = Backtest(frame, _Flagged, cash=_CASH, commission=FEE, trade_on_close=True)
            stats = test.run(
                flags=flags[:, i, k], take_profit=take / _PERCENT, stop_loss=stop / _PERCENT
            )
            trades, pnl = trades + len(stats["_trades"]), pnl + stats["_trades"]["PnL"].sum()
    whole = len(K_VALUES[job]) * len(TAKE_PROFIT_PERCENTS[job]) * len(STOP_LOSS_PERCENTS[job])
    return Outcome(trades, pnl, symbols * len(points) / (whole * len(panel.close)))


def _frame(panel: Panel, i: int) -> pd.DataFrame:
    names = ("Open", "High", "Low", "Close")
    columns = (panel.open[i], panel.high[i], panel.low[i], panel.close[i])
    return pd.DataFrame(
        {name: column * _MILLIONTH for name, column in zip(names, columns, strict=True)},
        index=pd.DatetimeIndex(panel.opened.astype("datetime64[s]").astype("datetime64[ns]")),
    )
