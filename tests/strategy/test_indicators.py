"""Each indicator equals its whole column, says nothing before it is warm, and only peeks."""

from collections.abc import Callable
from math import isnan

import numpy as np
import pytest

from strategies.indicators import Ema, MeanVolume
from strategies.momentum import Macd, Rsi
from strategies.trend import Adx
from strategies.volatility import Atr, Bollinger
from tests.strategy import reference
from tests.strategy.market import columns, real_candles, seeded_candles

COUNT = 600
CASES = {
    "ema": (lambda: Ema(50), "c", lambda *c: reference.ema(c[2], 50)),
    "rsi": (lambda: Rsi(14), "c", lambda *c: reference.rsi(c[2], 14)),
    "macd": (Macd, "c", lambda *c: reference.macd(c[2], 12, 26, 9)[0]),
    "bollinger": (Bollinger, "c", lambda *c: reference.bollinger(c[2], 20, 2)[1]),
    "volume": (lambda: MeanVolume(20), "v", lambda *c: reference.mean_volume(c[3], 20)),
    "atr": (lambda: Atr(14), "hlc", lambda *c: reference.atr(*c[:3], 14)),
    "adx": (lambda: Adx(14), "hlc", lambda *c: reference.adx(*c[:3], 14)),
}


def rows(candles, reads: str) -> list[tuple[float, ...]]:
    fields = {"h": 2, "l": 3, "c": 4, "v": 5}
    return [tuple(each[fields[letter]] for letter in reads) for each in candles]


def walked(make: Callable, inputs: list[tuple[float, ...]]) -> np.ndarray:
    indicator = make()
    values = []
    for each in inputs:
        indicator.update(*each)
        values.append(np.nan if indicator.value is None else indicator.value)
    return np.array(values)


@pytest.mark.parametrize("case", CASES)
def test_a_series_gives_the_whole_column_to_a_billionth(case: str):
    make, reads, column = CASES[case]
    candles = seeded_candles(COUNT)
    expected = column(*columns(candles))
    np.testing.assert_allclose(walked(make, rows(candles, reads)), expected, rtol=1e-9)
    assert 0 < np.isnan(expected).sum() < COUNT / 2


@pytest.mark.shared
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["binance_spot/BTC_USDT-5m", "stock/005930-1d"])
def test_real_candles_give_the_whole_column_to_a_billionth(name: str, case: str):
    make, reads, column = CASES[case]
    candles = real_candles(name, 1000, 3000)
    expected = column(*columns(candles))
    np.testing.assert_allclose(walked(make, rows(candles, reads)), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_a_forming_candle_is_peeked_at_and_not_kept(case: str):
    make, reads, _ = CASES[case]
    inputs = rows(seeded_candles(120), reads)
    expected = walked(make, inputs)
    indicator = make()
    for each, value in zip(inputs, expected, strict=True):
        before = indicator.value
        peeked = indicator.peek(*each)
        assert indicator.value == before
        assert peeked == value or (isnan(peeked) and isnan(value))
        indicator.update(*each)
        assert indicator.value == (None if isnan(value) else value)


@pytest.mark.parametrize(("case", "needed"), [
    ("ema", 50), ("rsi", 14), ("bollinger", 20), ("volume", 20), ("atr", 15), ("adx", 28),
])  # fmt: skip
def test_an_indicator_is_ready_after_exactly_its_candles(case: str, needed: int):
    make, reads, _ = CASES[case]
    indicator = make()
    inputs = rows(seeded_candles(needed), reads)
    for each in inputs[:-1]:
        indicator.update(*each)
        assert not indicator.ready
        assert indicator.value is None
    indicator.update(*inputs[-1])
    assert indicator.ready
    assert indicator.value is not None


def test_macd_lines_equal_their_columns_and_wait_for_the_signal():
    candles = seeded_candles(COUNT)
    line, signal = reference.macd(columns(candles)[2], 12, 26, 9)
    macd = Macd()
    for i, each in enumerate(candles):
        peeked = macd.peek_lines(each.close)
        macd.update(each.close)
        assert macd.ready == (i >= 33)
        if macd.lines is None:
            assert i < 33
            continue
        assert peeked == macd.lines
        expected = (line[i], signal[i], line[i] - signal[i])
        np.testing.assert_allclose(macd.lines, expected, rtol=1e-9, atol=1e-11)


def test_bollinger_bands_equal_their_columns():
    candles = seeded_candles(COUNT)
    lower, middle, upper = reference.bollinger(columns(candles)[2], 20, 2)
    bollinger = Bollinger(20, 2)
    for i, each in enumerate(candles):
        peeked = bollinger.peek_bands(each.close)
        bollinger.update(each.close)
        if bollinger.bands is None:
            assert i < 19
            assert isnan(peeked.upper)
            continue
        assert peeked == bollinger.bands
        np.testing.assert_allclose(bollinger.bands, (lower[i], middle[i], upper[i]), rtol=1e-9)


def test_small_vectors_give_what_a_hand_finds():
    ema = Ema(3)
    for close in (10.0, 12.0, 11.0):  # alpha 1/2: 10, 11, 11
        ema.update(close)
    assert ema.value == 11.0
    assert ema.peek(13.0) == 12.0

    atr = Atr(2)
    for high, low, close in ((10.0, 8.0, 9.0), (12.0, 9.0, 11.0), (11.0, 7.0, 8.0)):
        atr.update(high, low, close)  # true ranges 3 and 4
    assert atr.value == 3.5
    assert atr.percent == 43.75
    atr.update(13.0, 8.0, 12.0)  # range 5: (3.5 + 5) / 2
    assert atr.value == 4.25

    rsi = Rsi(2)
    for close in (10.0, 12.0, 11.0):  # up 0, 1, 0.5; down 0, 0, 0.5
        rsi.update(close)
    assert rsi.value == 50.0

    adx = Adx(2)
    for high, low in ((10.0, 9.0), (12.0, 10.0), (13.0, 11.0), (12.5, 8.0)):
        adx.update(high, low, low)
    # plus 2, then 2, then 1; minus 0, 0, 3: indices 100 and 50, their mean is the first.
    assert adx.value == 75.0
    assert adx.previous is None


def test_a_market_that_only_rises_has_an_rsi_of_100():
    rsi = Rsi(3)
    for close in (1.0, 2.0, 3.0, 4.0):
        rsi.update(close)
    assert rsi.value == 100.0


def test_a_market_that_does_not_move_has_no_range_and_no_direction():
    atr, adx, bollinger = Atr(3), Adx(3), Bollinger(3)
    for _ in range(20):
        atr.update(5.0, 5.0, 5.0)
        adx.update(5.0, 5.0, 5.0)
        bollinger.update(5.0)
    assert atr.value == 0.0
    assert adx.value == 0.0
    assert bollinger.bands == (5.0, 5.0, 5.0)


def test_adx_keeps_its_previous_value_for_the_falling_test():
    adx = Adx(14)
    last = None
    for each in seeded_candles(100):
        adx.update(each.high, each.low, each.close)
        assert adx.previous == last
        last = adx.value
    assert last is not None
