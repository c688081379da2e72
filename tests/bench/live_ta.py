"""The seven indicators of the speed job by `ta`, which works out whole columns each time."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import ta

from engine.domain.candle import Candle


def frame(candles: Sequence[Candle]) -> pd.DataFrame:
    """Return candles as the frame that `ta` reads."""
    table = np.array([candle[1:] for candle in candles])
    return pd.DataFrame(table, columns=["open", "high", "low", "close", "volume"])


def seven(candles: pd.DataFrame) -> tuple[float, ...]:
    """Return the last value of every line."""
    high, low, close = candles["high"], candles["low"], candles["close"]
    macd = ta.trend.MACD(close)
    bands = ta.volatility.BollingerBands(close)
    lines = (
        ta.momentum.RSIIndicator(close, 14).rsi(),
        ta.trend.EMAIndicator(close, 50).ema_indicator(),
        ta.trend.EMAIndicator(close, 100).ema_indicator(),
        macd.macd(),
        macd.macd_signal(),
        macd.macd_diff(),
        bands.bollinger_hband(),
        bands.bollinger_mavg(),
        bands.bollinger_lband(),
        ta.trend.ADXIndicator(high, low, close).adx(),
        ta.volatility.AverageTrueRange(high, low, close).average_true_range(),
    )
    return tuple(float(line.iloc[-1]) for line in lines)
