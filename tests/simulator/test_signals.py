"""Entries as arrays are those of the live strategy, candle by candle."""

from dataclasses import replace

import numpy as np
import pytest

from engine.domain.candle import Candle, Timeframe
from engine.domain.signal import Action
from engine.domain.venue import AroundTheClock
from strategies.breakout import Breakout
from strategies.parameters import EntryOn, Parameters
from strategies.simulator.backend import Backend, kernels
from strategies.simulator.candle_arrays import (
    CandleArrays,
    candle_arrays,
    from_candles,
    utc_day_starts,
)
from strategies.simulator.rules import Fill, exit_rules
from strategies.simulator.signal_arrays import breakout_entries, breakout_grid
from strategies.trend import Adx
from strategies.volatility import Atr
from tests.strategy.market import seeded_candles

DAY_OF = AroundTheClock().day
PLAIN = Parameters(
    "breakout", Timeframe.H1, k_value=0.4, use_volatility=False, use_trend=False, use_adx=False
)
FILTERED = Parameters("breakout", Timeframe.H1, k_value=0.3, volatility_percent=1.1)


@pytest.fixture(scope="module")
def walk() -> list[Candle]:
    return seeded_candles(3_000)


def lived(candles: list[Candle], parameters: Parameters) -> list[tuple[int, float]]:
    """Return row and price of every entry that the live strategy asks for."""
    strategy = Breakout(parameters)
    asked, today, day_open = [], None, 0.0
    for i, candle in enumerate(candles):
        day = DAY_OF(candle.opened_at)
        if day != today:
            today, day_open = day, candle.open
        level = strategy.entry_level(day, day_open)
        if level is not None and candle.high >= level:
            asked.append((i, max(candle.open, level)))
        strategy.update(candle, day)
        if strategy.signal(None).action is Action.BUY:
            asked.append((i, candle.close))
    return asked


@pytest.mark.parametrize("backend", Backend)
@pytest.mark.parametrize("entry_on", EntryOn)
@pytest.mark.parametrize("parameters", [PLAIN, FILTERED], ids=["plain", "filtered"])
def test_breakout_enters_where_the_live_strategy_does(
    walk: list[Candle], parameters: Parameters, entry_on: EntryOn, backend: Backend
):
    asked = replace(parameters, entry_on=entry_on)
    found = breakout_entries(from_candles(walk, DAY_OF), asked, backend=backend)
    expected = lived(walk, asked)
    assert len(expected) > 10
    assert list(zip(found.rows.tolist(), found.prices.tolist(), strict=True)) == expected
    assert found.inside is (entry_on is EntryOn.TOUCH)


def test_an_entry_on_close_can_be_filled_at_the_next_open(walk: list[Candle]):
    candles, asked = from_candles(walk, DAY_OF), replace(PLAIN, entry_on=EntryOn.CLOSE)
    now = breakout_entries(candles, asked)
    later = breakout_entries(candles, asked, fill=Fill.NEXT_OPEN)
    assert later.inside
    assert later.rows.tolist() == [row + 1 for row in now.rows.tolist()]
    assert later.prices.tolist() == candles.open[later.rows].tolist()


@pytest.mark.parametrize("backend", Backend)
def test_columns_are_the_live_indicators_bit_by_bit(walk: list[Candle], backend: Backend):
    candles, atr, adx = from_candles(walk, DAY_OF), Atr(14), Adx(14)
    ranges, indices = [], []
    for _, _, high, low, close, _ in walk:
        atr.update(high, low, close)
        adx.update(high, low, close)
        ranges.append(np.nan if atr.value is None else atr.value)
        indices.append(np.nan if adx.value is None else adx.value)
    run = kernels(backend)
    assert np.array_equal(run.atr_column(candles.bars, 14), ranges, equal_nan=True)
    assert np.array_equal(run.adx_column(candles.bars, 14), indices, equal_nan=True)


def test_days_begin_at_midnight_utc_and_empty_ones_do_not_count():
    hours = np.array([22, 23, 24, 25, 100, 120], dtype=np.int64)
    assert utc_day_starts(hours * 3600).tolist() == [0, 2, 4, 5]
    assert utc_day_starts(np.empty(0, dtype=np.int64)).tolist() == []


def test_candles_become_columns_with_the_days_of_their_venue(walk: list[Candle]):
    candles = from_candles(walk[:50], DAY_OF)
    assert candles.day_starts.tolist() == [0, 24, 48]
    assert candles.close.tolist() == [candle.close for candle in walk[:50]]
    assert len(from_candles([], DAY_OF)) == 0


def test_a_part_of_the_candles_begins_a_day_of_its_own(walk: list[Candle]):
    part = from_candles(walk, DAY_OF).rows(20, 60)
    assert isinstance(part, CandleArrays)
    assert len(part) == 40
    assert part.day_starts.tolist() == [0, 4, 28]
    assert from_candles(walk, DAY_OF).rows(24, 30).day_starts.tolist() == [0]


def test_exits_of_a_preset_become_shares():
    rules = exit_rules(replace(PLAIN, stop_loss_percent=3.0, trailing_stop_percent=2.0))
    assert (rules.take_profit, rules.stop_loss, rules.trailing) == (0.05, 0.03, 0.02)
    assert (rules.emergency, rules.atr_multiplier) == (0.05, 2.5)


def long_walk() -> CandleArrays:
    chance = np.random.default_rng(3)
    close = 100.0 * np.exp(np.cumsum(chance.normal(0, 0.002, 70_000)))
    open_ = np.concatenate(([100.0], close[:-1]))
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    return candle_arrays((open_, high, low, close), np.arange(0, 70_000, 288))


def standing_still() -> CandleArrays:
    """Return closes that stay at 100 after 90: an average from the start never quite gets there.

    It stops a few roundings below 100, so that every close is above it. One that is begun later is
    100 itself.
    """
    close = np.full(70_000, 100.0)
    close[:288] = 90.0
    open_ = close.copy()
    open_[::288] -= 1.0
    return candle_arrays((open_, close, open_, close), np.arange(0, 70_000, 288))


def test_an_average_can_stop_short_of_closes_that_stand_still():
    entries = breakout_entries(standing_still(), replace(PLAIN, entry_on=EntryOn.CLOSE))
    assert len(entries.rows) == len(standing_still().day_starts) - 1


@pytest.mark.parametrize("candles", [long_walk(), standing_still()], ids=["walk", "still"])
def test_long_series_enter_where_short_ones_do(candles: CandleArrays):
    asked = replace(PLAIN, entry_on=EntryOn.CLOSE)
    compiled, columns = (
        breakout_grid(candles, asked, (0.1, 0.3, 0.6), backend=backend) for backend in Backend
    )
    assert np.array_equal(compiled.rows, columns.rows)
    assert np.array_equal(compiled.prices, columns.prices)
