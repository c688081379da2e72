"""Breakout on real candles: no look-ahead, no trace of where a window began, and known totals."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random

import numpy as np
import pytest

from engine.domain.candle import Candle, Timeframe
from engine.domain.signal import Action, Signal
from engine.domain.venue import AroundTheClock, ListedSessions
from strategies.breakout import Breakout
from strategies.parameters import EntryOn, Parameters
from tests.strategy import reference
from tests.strategy.market import SHARED, columns, real_candles

pytestmark = pytest.mark.shared

SERIES = {
    "btc_5m": ("binance_spot/BTC_USDT-5m", Timeframe.M5, AroundTheClock().day),
    "ada_1h": ("binance_spot/ADA_USDT-1h", Timeframe.H1, AroundTheClock().day),
    "samsung_1d": ("stock/005930-1d", Timeframe.D1, ListedSessions({}).day),
}
# Low enough for each series to leave them open now and then, high enough to close them often.
PARAMETERS = Parameters(strategy="breakout", timeframe=Timeframe.H1, volatility_percent=0.4)

Said = tuple[Signal, float | None]


def said(strategy: Breakout, day: date, day_open: float) -> Said:
    return strategy.signal(None), strategy.entry_level(day, day_open)


def opens(candles: list[Candle], day_of) -> list[tuple[date, float]]:
    """Return day and open of the day of each candle."""
    first: dict[date, float] = {}
    return [
        (day, first.setdefault(day, each.open))
        for each, day in ((each, day_of(each.opened_at)) for each in candles)
    ]


@pytest.mark.parametrize("entry_on", EntryOn)
@pytest.mark.parametrize("name", SERIES)
def test_what_is_said_at_a_candle_needs_no_later_one(name: str, entry_on: EntryOn):
    path, timeframe, day_of = SERIES[name]
    candles = real_candles(path, 2000, 3000)
    parameters = replace(PARAMETERS, timeframe=timeframe, entry_on=entry_on)
    days = opens(candles, day_of)
    whole = Breakout(parameters)
    heard = []
    for each, (day, day_open) in zip(candles, days, strict=True):
        whole.update(each, day)
        heard.append(said(whole, day, day_open))
    speaking = {action for signal, _ in heard for action in [signal.action]}
    assert speaking == ({Action.HOLD, Action.BUY} if entry_on is EntryOn.CLOSE else {Action.HOLD})
    for i in Random(11).sample(range(len(candles)), 200):
        prefix = Breakout(parameters)
        for each, (day, _) in zip(candles[: i + 1], days, strict=False):
            prefix.update(each, day)
        assert said(prefix, *days[i]) == heard[i]
    for i in Random(12).sample(range(len(candles)), 20):
        assert whole.generate_signal(candles[: i + 1], None, day_of) == heard[i][0]


@pytest.mark.parametrize("entry_on", EntryOn)
@pytest.mark.parametrize("name", SERIES)
def test_a_window_of_warmup_candles_says_the_same_as_all_of_them(name: str, entry_on: EntryOn):
    path, timeframe, day_of = SERIES[name]
    parameters = replace(PARAMETERS, timeframe=timeframe, entry_on=entry_on)
    warmup = Breakout(parameters).warmup
    candles = real_candles(path, 1000, warmup + 2000)
    days = opens(candles, day_of)
    whole = Breakout(parameters)
    picked = set(Random(13).sample(range(warmup + 100, len(candles)), 100))
    levels = 0
    for i, (each, (day, day_open)) in enumerate(zip(candles, days, strict=True)):
        whole.update(each, day)
        if i not in picked:
            continue
        window = Breakout(parameters)
        for j in range(i + 1 - warmup, i + 1):
            window.update(candles[j], days[j][0])
        level, expected = window.entry_level(day, day_open), whole.entry_level(day, day_open)
        assert level == (None if expected is None else pytest.approx(expected, rel=1e-9))
        assert window.signal(None).action is whole.signal(None).action
        assert window.atr == pytest.approx(whole.atr, rel=1e-9)
        levels += level is not None
    assert entry_on is EntryOn.CLOSE or levels > 5


def reference_levels(candles, days, parameters: Parameters) -> Iterator[float | None]:
    """Yield the level for each forming candle from whole columns of the candles before it."""
    high, low, close, _ = columns(candles)
    ema, atr = reference.ema(close, 50), reference.atr(high, low, close, 14)
    adx = reference.adx(high, low, close, 14)
    quiet = 100 * atr / close < parameters.min_volatility_percent(parameters.timeframe)
    order = list(dict.fromkeys(day for day, _ in days))
    of_day = {day: np.array([each == day for each, _ in days]) for day in order}
    spans = {day: high[held].max() - low[held].min() for day, held in of_day.items()}
    touched = None
    for i, (day, day_open) in enumerate(days):
        number = order.index(day)
        closed = i < 50 or number == 0 or touched == day or quiet[i - 1]
        if closed or adx[i - 1] < parameters.adx_minimum or adx[i - 1] < adx[i - 2]:
            yield None
            continue
        level = max(day_open + parameters.k_value * spans[order[number - 1]], ema[i - 1])
        yield level
        if high[i] >= level:
            touched = day


def test_every_level_equals_one_worked_out_from_whole_columns():
    candles = real_candles("binance_spot/ADA_USDT-1h", 0, 4000)
    days = opens(candles, AroundTheClock().day)
    strategy = Breakout(PARAMETERS)
    found = []
    for each, (day, day_open) in zip(candles, days, strict=True):
        found.append(strategy.entry_level(day, day_open))
        strategy.update(each, day)
    expected = list(reference_levels(candles, days, PARAMETERS))
    assert [each is None for each in found] == [each is None for each in expected]
    pairs = [(a, b) for a, b in zip(found, expected, strict=True) if b is not None]
    np.testing.assert_allclose(*zip(*pairs, strict=True), rtol=1e-9)
    assert len(pairs) > 500


def total_of(rows: list[tuple[float, ...]], k: float, take: float, stop: float):
    """Return trades and profit of the stated job: 2,000 a trade, 0.05 % a side, stop first."""
    job = Parameters(
        strategy="breakout",
        timeframe=Timeframe.M1,
        k_value=k,
        entry_on=EntryOn.CLOSE,
        use_volatility=False,
        use_trend=False,
        use_adx=False,
    )
    strategy = Breakout(job)
    entry, trades, profit = 0.0, 0, 0.0
    day, day_open = date.min, 0.0
    for ms, open_, high, low, close in rows:
        opened_at = datetime.fromtimestamp(ms / 1000, UTC)
        if opened_at.date() != day:
            day, day_open = opened_at.date(), open_
        strategy.update(Candle(opened_at, open_, high, low, close, 1.0), day)
        if entry:
            below, above = entry * (1 - stop), entry * (1 + take)
            sold = min(open_, below) if low <= below else max(open_, above) if high >= above else 0
            if sold:
                trades += 1
                profit += 2000 / entry * (sold - entry - 0.0005 * (sold + entry))
                entry = 0.0
        if close > day_open and not entry and strategy.signal(None).action is Action.BUY:
            entry = close
    return trades, profit


def bench_rows(name: str) -> list[list[tuple[float, ...]]]:
    path = SHARED / "bench" / f"{name}.npz"
    if not path.exists() and not os.environ.get("CI"):
        pytest.skip("../shared/data is not beside the checkout")
    data = np.load(path)
    fields = [np.atleast_2d(data[key]).tolist() for key in ("open", "high", "low", "close")]
    times = data["t"].tolist()
    return [list(zip(times, *symbol, strict=True)) for symbol in zip(*fields, strict=True)]


def test_the_k_sweep_makes_the_trades_and_the_profit_that_five_peers_make():
    """374 trades and −7,824.46: backtesting.py, freqtrade, backtrader and the kernels agree."""
    totals = [
        total_of(rows, k / 100, 0.05, 0.03)
        for rows in bench_rows("sweep_20x200")
        for k in range(30, 85, 5)
    ]
    assert sum(trades for trades, _ in totals) == 374
    assert sum(profit for _, profit in totals) == pytest.approx(-7824.46, abs=0.005)


def test_half_a_million_minutes_make_the_trades_and_the_profit_that_five_peers_make():
    """110 trades and −259.98."""
    (rows,) = bench_rows("bench_500k")
    trades, profit = total_of(rows, 0.5, 0.05, 0.03)
    assert trades == 110
    assert profit == pytest.approx(-259.98, abs=0.005)
