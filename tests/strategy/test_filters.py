"""Filters pass where design §8 says so, and their gates show why."""

from dataclasses import replace

import pytest

from engine.domain.candle import Timeframe
from engine.domain.signal import Gate
from strategies.filters import AdxFilter, TrendFilter, VolatilityFilter, chosen_filters
from strategies.indicators import Ema
from strategies.parameters import Parameters
from strategies.text import percent_text, price_text
from strategies.trend import Adx
from strategies.volatility import Atr

BASE = Parameters(strategy="breakout", timeframe=Timeframe.H4)


def test_a_filter_without_a_warm_indicator_passes_nothing():
    for each in chosen_filters(BASE, Atr(14), Ema(50), Adx(14)):
        gate = each.gate(100.0)
        assert not each.passes(100.0)
        assert not gate.passed
        assert "–" in gate.value + gate.threshold


def test_volatility_holds_the_atr_against_its_share_of_the_close():
    atr = Atr(1)
    for high, low in ((100.0, 100.0), (101.0, 100.0)):
        atr.update(high, low, 100.0)
    assert VolatilityFilter(atr, 1.0).gate(100.0) == Gate("volatility", True, "1.00 %", "≥ 1.00 %")
    assert not VolatilityFilter(atr, 1.01).passes(100.0)


def test_trend_passes_at_the_average_and_not_below():
    ema = Ema(1)
    ema.update(2500.5)
    trend = TrendFilter(ema)
    assert trend.gate(2500.5) == Gate("trend", True, "2,500.5", "≥ 2,500.5")
    assert not trend.passes(2500.4)


def test_adx_passes_when_strong_and_not_falling():
    adx = Adx(2)
    highs = (10.0, 12.0, 13.0, 14.0, 15.0)
    for high in highs:
        adx.update(high, high - 1, high)
    assert AdxFilter(adx, 20.0).gate(1.0) == Gate(
        "adx", True, "100.00 (100.00)", "≥ 20, not falling"
    )
    adx.update(14.9, 10.0, 11.0)
    assert adx.value is not None
    assert 20.0 < adx.value < 100.0
    assert not AdxFilter(adx, 20.0).passes(1.0)


def test_a_first_adx_waits_for_a_second_to_compare_it_with():
    adx = Adx(2)
    for high in (10.0, 12.0, 13.0, 14.0):
        adx.update(high, high - 1, high)
    assert adx.ready
    assert not AdxFilter(adx, 20.0).passes(1.0)


@pytest.mark.parametrize("switch", ["use_volatility", "use_trend", "use_adx"])
def test_a_filter_that_is_switched_off_is_not_there(switch: str):
    filters = chosen_filters(replace(BASE, **{switch: False}), Atr(14), Ema(50), Adx(14))
    names = {each.gate(1.0).name for each in filters}
    assert names == {"volatility", "trend", "adx"} - {switch.removeprefix("use_")}


def test_a_filter_that_the_strategy_does_not_state_stays_out():
    assert [type(each) for each in chosen_filters(BASE, Atr(14))] == [VolatilityFilter]
    stated = chosen_filters(BASE, Atr(14), adx=Adx(14))
    assert [type(each) for each in stated] == [VolatilityFilter, AdxFilter]
    assert chosen_filters(replace(BASE, use_volatility=False), Atr(14)) == ()


def test_the_least_volatility_is_that_of_the_timeframe():
    volatility, *_ = chosen_filters(BASE, Atr(14), Ema(50), Adx(14))
    assert volatility.gate(1.0).threshold == "≥ 1.60 %"


@pytest.mark.parametrize(
    ("price", "text"),
    [
        (153_234_567.0, "153,234,567"),
        (12_345_678_901.0, "12,345,678,900"),
        (66_916.51, "66,916.51"),
        (0.00001234, "0.00001234"),
        (0.0, "0"),
        (None, "–"),
    ],
)
def test_a_price_reads_without_exponent(price: float | None, text: str):
    assert price_text(price) == text


def test_a_percentage_reads_with_two_decimals():
    assert (percent_text(1.236), percent_text(None)) == ("1.24 %", "–")
