"""The jobs on vectorbt, in the form that is fastest there.

It takes no entry on the candle of an exit, so it has one trade fewer of 110 on job a. Its index is
without a timezone: with one, half a million moments become objects first and cost seconds.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import vectorbt as vbt

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

_PERCENT = 100.0
_CASH = 1e9


def runner(job: str, panel: Panel, engine: str) -> Callable[[], Outcome]:
    """Return what runs a job once: one call a symbol, on the short sweep one call for all."""
    index = pd.DatetimeIndex(panel.opened.astype("datetime64[s]").astype("datetime64[ns]"))
    if job == "c":
        return lambda: _all_at_once(job, panel, index, engine)
    return lambda: _symbol_by_symbol(job, panel, index, engine)


def _symbol_by_symbol(job: str, panel: Panel, index: pd.DatetimeIndex, engine: str) -> Outcome:
    points = [
        (k, take, stop)
        for k in K_VALUES[job]
        for take in TAKE_PROFIT_PERCENTS[job]
        for stop in STOP_LOSS_PERCENTS[job]
    ]
    takes = np.array([take for _, take, _ in points]) / _PERCENT
    stops = np.array([stop for _, _, stop in points]) / _PERCENT
    copies = len(points) // len(K_VALUES[job])
    flags = _flags(job, panel, index, engine)
    trades, pnl = 0, 0.0
    for i in range(len(panel.close)):
        entries = np.repeat(flags[:, i], copies, axis=1)
        prices = [
            pd.Series(column[i], index=index)
            for column in (panel.close, panel.open, panel.high, panel.low)
        ]
        found = _simulated(prices, pd.DataFrame(entries, index=index), takes, stops, engine)
        trades, pnl = trades + found.trades, pnl + found.pnl
    return Outcome(trades, pnl)


def _all_at_once(job: str, panel: Panel, index: pd.DatetimeIndex, engine: str) -> Outcome:
    entries = _flags(job, panel, index, engine).reshape(len(index), -1)
    prices = [
        pd.DataFrame(np.repeat(column.T, len(K_VALUES[job]), axis=1), index=index)
        for column in (panel.close, panel.open, panel.high, panel.low)
    ]
    take, stop = TAKE_PROFIT_PERCENTS[job][0] / _PERCENT, STOP_LOSS_PERCENTS[job][0] / _PERCENT
    return _simulated(prices, pd.DataFrame(entries, index=index), take, stop, engine)


def _simulated(
    prices: list[pd.Series] | list[pd.DataFrame],
    entries: pd.DataFrame,
    take: np.ndarray | float,
    stop: np.ndarray | float,
    engine: str,
) -> Outcome:
    close, open_, high, low = prices
    portfolio = vbt.Portfolio.from_signals(
        close,
        entries,
        open=open_,
        high=high,
        low=low,
        tp_stop=take,
        sl_stop=stop,
        size=AMOUNT,
        size_type="value",
        fees=FEE,
        init_cash=_CASH,
        freq=close.index[1] - close.index[0],
        engine=engine,
    )
    records = portfolio.trades.closed.records_arr
    return Outcome(len(records), float(records["pnl"].sum()))


def _flags(job: str, panel: Panel, index: pd.DatetimeIndex, engine: str) -> np.ndarray:
    close = pd.DataFrame(panel.close.T, index=index)
    average = vbt.MA.run(close, EMA_PERIOD, ewm=True, engine=engine)
    return first_signals(job, panel, average.ma.to_numpy())
