"""Whole-column indicators, written from their definitions and used as oracles only.

`ta` builds its EMA, RSI, MACD and Bollinger bands from the same pandas calls; ATR and ADX follow
the text of Wilder's method with TA-Lib's start, as plain loops.
"""

import numpy as np
import pandas as pd

Column = np.ndarray


def ema(close: Column, n: int) -> Column:
    return pd.Series(close).ewm(span=n, min_periods=n, adjust=False).mean().to_numpy()


def rsi(close: Column, n: int) -> Column:
    change = pd.Series(close).diff(1)
    up = change.where(change > 0, 0.0).ewm(alpha=1 / n, min_periods=n, adjust=False).mean()
    down = (-change.where(change < 0, 0.0)).ewm(alpha=1 / n, min_periods=n, adjust=False).mean()
    return np.where(down == 0, 100.0, 100 - 100 / (1 + up / down.where(down != 0, 1.0)))


def macd(close: Column, fast: int, slow: int, signal: int) -> tuple[Column, Column]:
    line = ema(close, fast) - ema(close, slow)
    smooth = pd.Series(line).ewm(span=signal, min_periods=signal, adjust=False).mean()
    return line, smooth.to_numpy()


def bollinger(close: Column, n: int, width: float) -> tuple[Column, Column, Column]:
    windows = np.lib.stride_tricks.sliding_window_view(close, n)
    gap = np.full(n - 1, np.nan)
    middle = np.concatenate((gap, windows.mean(axis=1)))
    deviation = np.concatenate((gap, windows.std(axis=1, ddof=0)))
    return middle - width * deviation, middle, middle + width * deviation


def mean_volume(volume: Column, n: int) -> Column:
    return pd.Series(volume).rolling(n).mean().to_numpy()


def true_range(high: Column, low: Column, close: Column) -> Column:
    last = close[:-1]
    spans = (high[1:] - low[1:], np.abs(high[1:] - last), np.abs(low[1:] - last))
    return np.concatenate(([np.nan], np.maximum.reduce(spans)))


def atr(high: Column, low: Column, close: Column, n: int) -> Column:
    ranges = true_range(high, low, close)
    values = np.full(len(close), np.nan)
    values[n] = ranges[1 : n + 1].mean()
    for i in range(n + 1, len(close)):
        values[i] = (values[i - 1] * (n - 1) + ranges[i]) / n
    return values


def adx(high: Column, low: Column, close: Column, n: int) -> Column:
    up, down = np.diff(high, prepend=np.nan), -np.diff(low, prepend=np.nan)
    plus = np.where((up > down) & (up > 0), up, 0.0)
    minus = np.where((down > up) & (down > 0), down, 0.0)
    ranges = true_range(high, low, close)
    sums = [column[1:n].sum() for column in (plus, minus, ranges)]
    directional = np.full(len(close), np.nan)
    for i in range(n, len(close)):
        sums = [s - s / n + c[i] for s, c in zip(sums, (plus, minus, ranges), strict=True)]
        plus_di, minus_di = 100 * sums[0] / sums[2], 100 * sums[1] / sums[2]
        directional[i] = 100 * abs(plus_di - minus_di) / (plus_di + minus_di)
    values = np.full(len(close), np.nan)
    values[2 * n - 1] = directional[n : 2 * n].mean()
    for i in range(2 * n, len(close)):
        values[i] = (values[i - 1] * (n - 1) + directional[i]) / n
    return values
