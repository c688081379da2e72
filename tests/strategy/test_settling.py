"""A window that begins `settling` candles back gives the same value to 1e-9."""

import pytest

from strategies.indicators import Ema, MeanVolume
from strategies.momentum import Macd, Rsi
from strategies.trend import Adx
from strategies.volatility import Atr, Bollinger
from tests.strategy.market import real_candles, seeded_candles

CASES = {
    "ema50": (lambda: Ema(50), Ema.settling(50), (4,)),
    "ema100": (lambda: Ema(100), Ema.settling(100), (4,)),
    "rsi": (lambda: Rsi(14), Rsi.settling(14), (4,)),
    "macd": (Macd, Macd.settling(), (4,)),
    "bollinger": (Bollinger, Bollinger.settling(20), (4,)),
    "volume": (lambda: MeanVolume(20), MeanVolume.settling(20), (5,)),
    "atr": (lambda: Atr(14), Atr.settling(14), (2, 3, 4)),
    "adx": (lambda: Adx(14), Adx.settling(14), (2, 3, 4)),
}


def value_after(make, candles, reads) -> float:
    indicator = make()
    for each in candles:
        indicator.update(*(each[i] for i in reads))
    assert indicator.value is not None
    return indicator.value


def largest_gap(case: str, candles) -> float:
    make, settling, reads = CASES[case]
    worst = 0.0
    for end in range(settling + 200, len(candles), 97):
        whole = value_after(make, candles[:end], reads)
        window = value_after(make, candles[end - settling : end], reads)
        # MACD settles to 1e-9 of the price, ADX of its full scale of 100.
        size = {"macd": candles[end - 1].close, "adx": 100.0}.get(case, abs(whole))
        worst = max(worst, abs(whole - window) / size)
    return worst


@pytest.mark.parametrize("case", CASES)
def test_a_seeded_window_of_settling_candles_gives_the_same_value(case: str):
    assert largest_gap(case, seeded_candles(2000)) <= 1e-9


@pytest.mark.shared
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    "name", ["binance_spot/SOL_USDT-5m", "binance_spot/ADA_USDT-1h", "stock/005930-1d"]
)
def test_a_real_window_of_settling_candles_gives_the_same_value(name: str, case: str):
    assert largest_gap(case, real_candles(name, 0, 3000)) <= 1e-9


def test_half_a_settled_window_still_shows_where_it_began():
    make, settling, reads = CASES["ema50"]
    candles = seeded_candles(2000)
    whole = value_after(make, candles, reads)
    assert abs(value_after(make, candles[-settling // 2 :], reads) / whole - 1) > 1e-9


def test_an_average_without_memory_settles_at_once():
    assert Ema.settling(1) == 1
    assert Rsi.settling(1) == 1
    assert Adx.settling(1) == 3
