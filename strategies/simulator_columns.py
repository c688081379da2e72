"""The kernels of the simulator with numpy alone, for places where nothing may be compiled.

Same names, arguments and results as in simulator_kernels, the same trades bit by bit: what adds up
from candle to candle is added in the same order, everything else only compares.
"""

from itertools import accumulate

import numpy as np

from strategies.candle_arrays import Bars, Flags, Floats, Integers
from strategies.simulator_kernels import (
    EMERGENCY,
    NEVER,
    SIGNAL,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
)
from strategies.simulator_rules import Packed
from strategies.trend import Adx
from strategies.volatility import Atr

_FIRST_CHUNK = 512
_LAST_CHUNK = 32_768
_GROWTH = 4

Entered = tuple[Integers, Floats]
Walked = tuple[Integers, Floats, Integers]


def entries_on_close(
    bars: Bars, day_starts: Integers, k_values: Floats, gate: Flags, period: int
) -> Entered:
    """Return row and close of the first candle of each day that closes above each level."""
    close = bars[3]
    average = _average(close, period)
    open_gate = close > average
    open_gate[: period - 1] = False
    if len(gate):
        open_gate &= gate
    return _first_of_day(bars, day_starts, k_values, (close, open_gate, close), touch=False)


def entries_on_touch(
    bars: Bars, day_starts: Integers, k_values: Floats, gate: Flags, period: int
) -> Entered:
    """Return row and fill of the first candle of each day whose high reaches each level."""
    open_, high, _, close = bars
    before = np.concatenate((close[:1], _average(close, period)[:-1]))
    open_gate = high >= before
    open_gate[:period] = False
    if len(gate):
        open_gate[1:] &= gate[:-1]
    lowest_fill = np.maximum(open_, before)
    return _first_of_day(bars, day_starts, k_values, (high, open_gate, lowest_fill), touch=True)


def atr_column(bars: Bars, period: int) -> Floats:
    """Return the average true range after each candle as `Atr` does, nan until warm."""
    indicator = Atr(period)
    values = []
    for candle in zip(*(column.tolist() for column in bars[1:]), strict=True):
        indicator.update(*candle)
        values.append(indicator.value)
    return np.array(values, dtype=np.float64)


def adx_column(bars: Bars, period: int) -> Floats:
    """Return the average directional index after each candle as `Adx` does, nan until warm."""
    indicator = Adx(period)
    values = []
    for candle in zip(*(column.tolist() for column in bars[1:]), strict=True):
        indicator.update(*candle)
        values.append(indicator.value)
    return np.array(values, dtype=np.float64)


def simulate_trades(
    bars: Bars,
    sells: Flags,
    entered: Entered,
    shares: tuple[Floats, Floats],
    atr: Floats,
    rules: Packed,
) -> tuple[Integers, Floats]:
    """Return the closed trades of one set of exits, in order."""
    rows, sums = [], []
    busy, equity = -1, rules[9]
    for entry, price in zip(entered[0].tolist(), entered[1].tolist(), strict=True):
        amount = rules[8] * equity if rules[8] > 0 else rules[7]
        inside_again = entry == busy and (rules[10] == 0 or price > bars[0][entry])
        if not (entry > busy or inside_again) or amount <= 0:
            continue
        stops, takes = _levels(entry, price, shares, atr, rules)
        ats, prices, reasons = _walk(bars, sells, (entry, price), (stops, takes), rules)
        at, left, reason = int(ats[0, 0]), float(prices[0, 0]), int(reasons[0, 0])
        if at == NEVER:
            break
        if reason == STOP_LOSS:
            reason = _stop_reason(entry, price, left, shares[0][0], atr, rules)
        busy = at
        bought, sold = price * (1.0 + rules[2]), left * (1.0 - rules[2])
        quantity = amount / bought
        pnl = quantity * (sold - bought) - quantity * (rules[0] * bought + rules[1] * sold)
        equity += pnl
        rows.append((entry, at, reason))
        sums.append((bought, sold, quantity, pnl))
    return (
        np.array(rows, dtype=np.int64).reshape(-1, 3),
        np.array(sums, dtype=np.float64).reshape(-1, 4),
    )


def grid_totals(
    bars: Bars,
    sells: Flags,
    entered: Entered,
    shares: tuple[Floats, Floats],
    atr: Floats,
    rules: Packed,
    totals: Floats,
) -> None:
    """Add the totals of every stop and profit to `totals`, each entry walked once."""
    shape = (len(shares[1]), len(shares[0]))
    for k in range(len(entered[0])):
        busy = np.full(shape, -1, dtype=np.int64)
        equity = np.full(shape, rules[9])
        for entry, price in zip(entered[0][k].tolist(), entered[1][k].tolist(), strict=True):
            if entry < 0 or busy.min() > entry:
                continue
            amount = rules[8] * equity if rules[8] > 0 else np.full(shape, rules[7])
            inside_again = rules[10] == 0 or price > bars[0][entry]
            free = (busy <= entry if inside_again else busy < entry) & (amount > 0)
            levels = _levels(entry, price, shares, atr, rules)
            at, left, _ = _walk(bars, sells, (entry, price), levels, rules)
            busy = np.where(free, at, busy)
            pnl = _pnl(price, left, amount, rules)
            closed = free & (at != NEVER)
            won = closed & (pnl > 0)
            equity += np.where(closed, pnl, 0.0)
            totals[0, k] += closed
            totals[1, k] += won
            totals[2, k] += np.where(closed, pnl, 0.0)
            totals[3, k] += np.where(won, pnl, 0.0)
            totals[4, k] -= np.where(closed & ~won, pnl, 0.0)


def _average(close: Floats, period: int) -> Floats:
    alpha = 2.0 / (period + 1)
    # Element by element in Python: a blocked sum would round differently from the live average.
    values = accumulate(close.tolist(), lambda value, now: value + alpha * (now - value))
    return np.fromiter(values, dtype=np.float64, count=len(close))


def _first_of_day(
    bars: Bars,
    day_starts: Integers,
    k_values: Floats,
    watched: tuple[Floats, Flags, Floats],
    *,
    touch: bool,
) -> Entered:
    prices, open_gate, lowest_fill = watched
    index = np.full((len(k_values), len(day_starts)), -1, dtype=np.int64)
    filled = np.zeros(index.shape)
    if len(day_starts) <= 1:
        return index, filled
    spans = np.maximum.reduceat(bars[1], day_starts) - np.minimum.reduceat(bars[2], day_starts)
    stops = np.append(day_starts[1:], len(prices))
    for day in range(1, len(day_starts)):
        start, stop = day_starts[day], stops[day]
        rows = np.flatnonzero(open_gate[start:stop]) + start
        targets = bars[0][start] + k_values * spans[day - 1]
        reached = np.maximum.accumulate(prices[rows])
        first = np.searchsorted(reached, targets, side="left" if touch else "right")
        passed = int(np.count_nonzero(first < len(rows)))
        at = rows[first[:passed]]
        index[:passed, day] = at
        fills = lowest_fill[at]
        filled[:passed, day] = np.maximum(fills, targets[:passed]) if touch else fills
    return index, filled


def _stop_levels(entry: int, price: float, shares: Floats, atr: Floats, rules: Packed) -> Floats:
    known = entry - 1 if rules[10] > 0 else entry
    ranged = -np.inf
    if len(atr) and known >= 0 and not np.isnan(atr[known]):
        ranged = price - atr[known] * rules[6]
    return np.where(shares > 0, price * (1.0 - shares), ranged)


def _emergency_level(price: float, rules: Packed) -> float:
    return price * (1.0 + rules[2]) * (1.0 - rules[5]) if rules[5] > 0 else -np.inf


def _levels(
    entry: int, price: float, shares: tuple[Floats, Floats], atr: Floats, rules: Packed
) -> tuple[Floats, Floats]:
    stops = _stop_levels(entry, price, shares[0], atr, rules)
    return np.maximum(stops, _emergency_level(price, rules)), price * (1.0 + shares[1])


def _stop_reason(
    entry: int, price: float, left: float, share: float, atr: Floats, rules: Packed
) -> int:
    if left <= _emergency_level(price, rules):
        return EMERGENCY
    own = _stop_levels(entry, price, np.array([share]), atr, rules)[0]
    return STOP_LOSS if left <= own else TRAILING_STOP


def _pnl(price: float, left: Floats, amount: Floats, rules: Packed) -> Floats:
    bought, sold = price * (1.0 + rules[2]), left * (1.0 - rules[2])
    quantity = amount / bought
    pnl: Floats = quantity * (sold - bought) - quantity * (rules[0] * bought + rules[1] * sold)
    return pnl


def _walk(
    bars: Bars,
    sells: Flags,
    entered: tuple[int, float],
    levels: tuple[Floats, Floats],
    rules: Packed,
) -> Walked:
    """Return exit row, price and reason of each (profit, stop), chunk after longer chunk."""
    entry, price = entered
    stops, takes = levels
    bought = price * (1.0 + rules[2])
    top = bought
    at = np.full((len(takes), len(stops)), NEVER, dtype=np.int64)
    left = np.zeros(at.shape)
    reason = np.full(at.shape, -1, dtype=np.int64)
    start = entry if rules[10] > 0 else entry + 1
    size = _FIRST_CHUNK
    while start < len(bars[3]) and at.max() == NEVER:
        part = slice(start, start + size)
        opened, high, low = (column[part] for column in bars[:3])
        if start == entry:
            opened = np.concatenate(([bought], opened[1:]))
        tops = np.maximum.accumulate(np.concatenate(([top], high)))
        lines = _lines(tops[:-1], bought, rules)
        chunk = (opened, high, low, lines)
        found = _in_chunk(chunk, stops, takes)
        sold = np.flatnonzero(sells[part][:1]) if not len(sells) else np.flatnonzero(sells[part])
        ends = _with_sale(found, bars, int(sold[0]) + start if len(sold) else NEVER, start, rules)
        fresh = (at == NEVER) & (ends[0] != NEVER)
        at = np.where(fresh, ends[0], at)
        left = np.where(fresh, ends[1], left)
        reason = np.where(fresh, ends[2], reason)
        top = float(tops[-1])
        start += size
        size = min(size * _GROWTH, _LAST_CHUNK)
    return at, left, reason
