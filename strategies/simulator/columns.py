"""The kernels of the simulator with numpy alone, for places where nothing may be compiled.

Same names, arguments and results as in kernels.py, the same trades bit by bit: what adds up
from candle to candle is added in the same order, everything else only compares.
"""

from itertools import accumulate

import numpy as np

from strategies.simulator.candle_arrays import Bars, Flags, Floats, Integers
from strategies.simulator.kernels import (
    EMERGENCY,
    NEVER,
    SIGNAL,
    STOP_LOSS,
    TAKE_PROFIT,
    TRAILING_STOP,
)
from strategies.simulator.rules import Packed
from strategies.trend import Adx
from strategies.volatility import Atr

_FIRST_CHUNK = 512
_LAST_CHUNK = 32_768
_GROWTH = 4

Entered = tuple[Integers, Floats]
Walked = tuple[Integers, Floats, Integers]  # row, price and reason, each (profit, stop)


def breakout_entries(
    bars: Bars, days: Entered, k_values: Floats, gate: Flags, how: tuple[int, bool]
) -> Entered:
    """Return row and fill of the first candle of each day that passes each level."""
    open_, high, _, close = bars
    period, touch = how
    average = _average(close, period)
    if not touch:
        may_enter = (close > average) & gate if len(gate) else close > average
        return _first_of_day(bars, days, k_values, (close, may_enter, close), touch=False)
    before = np.concatenate((np.full(min(1, len(close)), np.inf), average[:-1]))
    may_enter = high >= before
    if len(gate):
        may_enter[1:] &= gate[:-1]
    lowest_fill = np.maximum(open_, before)
    return _first_of_day(bars, days, k_values, (high, may_enter, lowest_fill), touch=True)


def breakout_totals(
    bars: Bars,
    day_starts: Integers,
    axes: tuple[Floats, Floats, Floats],
    columns: tuple[Flags, Floats],
    how: tuple[int, bool],
    rules: Packed,
    totals: Floats,
) -> None:
    """Find the breakout's entries for every K and add up their totals as `grid_totals` does."""
    days = day_starts, spans_before(bars, day_starts)
    entered = breakout_entries(bars, days, axes[0], columns[0], how)
    if not how[1] and rules[11] > 0:
        entered = at_next_open(bars, entered[0])
    sells = np.empty(0, dtype=np.bool_)
    grid_totals(bars, sells, entered, (axes[1], axes[2]), columns[1], rules, totals)


def spans_before(bars: Bars, day_starts: Integers) -> Floats:
    """Return high less low of the day before each; infinite before the first, out of reach."""
    if not len(day_starts):
        return np.empty(0)
    spans = np.maximum.reduceat(bars[1], day_starts) - np.minimum.reduceat(bars[2], day_starts)
    return np.concatenate(([np.inf], spans[:-1]))


def at_next_open(bars: Bars, rows: Integers) -> Entered:
    """Return the row after each and its open; -1 and 0 where there is none."""
    there = (rows >= 0) & (rows + 1 < len(bars[0]))
    following = np.where(there, rows + 1, -1)
    opens = bars[0][following] if len(bars[0]) else np.zeros(rows.shape)
    return following, np.where(there, opens, 0.0)


def atr_column(bars: Bars, period: int) -> Floats:
    """Return the average true range after each candle as `Atr` does, nan until warm."""
    return _column(bars, Atr(period))


def adx_column(bars: Bars, period: int) -> Floats:
    """Return the average directional index after each candle as `Adx` does, nan until warm."""
    return _column(bars, Adx(period))


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
        if busy > _latest(entry, price, bars[0], rules) or amount <= 0:
            continue
        stops, takes = _levels(entry, price, shares, atr, rules)
        ats, prices, reasons = _walk(bars, sells, (entry, price), (stops, takes), rules)
        at, left, reason = int(ats[0, 0]), float(prices[0, 0]), int(reasons[0, 0])
        if at == NEVER:
            break
        if reason == STOP_LOSS:
            reason = _stop_reason(entry, price, left, shares[0][0], atr, rules)
        busy = int(_left_at((ats, prices, reasons), entry, bars[0], rules)[0, 0])
        bought, sold = price * (1.0 + rules[2]), left * (1.0 - rules[2])
        quantity = amount / price
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
    index, price = entered
    shape = (len(index), len(shares[1]), len(shares[0]))
    busy, equity = np.full(shape, -1, dtype=np.int64), np.full(shape, rules[9])
    for e in range(index.shape[1]):
        walked, ends = (-1, 0.0), None
        idle = busy.min(axis=(1, 2)) <= 3 * index[:, e] + 2
        for k in np.flatnonzero((index[:, e] >= 0) & idle):
            entry, paid = int(index[k, e]), float(price[k, e])
            if ends is None or (entry, paid) != walked:
                levels = _levels(entry, paid, shares, atr, rules)
                ends = _walk(bars, sells, (entry, paid), levels, rules)
                walked = (entry, paid)
            amount = rules[8] * equity[k] if rules[8] > 0 else np.full(shape[1:], rules[7])
            free = (busy[k] <= _latest(entry, paid, bars[0], rules)) & (amount > 0)
            busy[k] = np.where(free, _left_at(ends, entry, bars[0], rules), busy[k])
            pnl = _pnl(paid, ends[1], amount, rules)
            closed = free & (ends[0] != NEVER)
            equity[k] += np.where(closed, pnl, 0.0)
            _count(totals[:, k], closed, pnl)


def _column(bars: Bars, indicator: Atr | Adx) -> Floats:
    values = []
    for candle in zip(*(column.tolist() for column in bars[1:]), strict=True):
        indicator.update(*candle)
        values.append(indicator.value)
    return np.array(values, dtype=np.float64)


def _count(totals: Floats, closed: Flags, pnl: Floats) -> None:
    won = closed & (pnl > 0)
    totals[0] += closed
    totals[1] += won
    totals[2] += np.where(closed, pnl, 0.0)
    totals[3] += np.where(won, pnl, 0.0)
    totals[4] -= np.where(closed & ~won, pnl, 0.0)


def _latest(entry: int, price: float, open_: Floats, rules: Packed) -> int:
    # The last moment, in thirds of a candle, at which what was held may have been left for this
    # entry: 3i is the open of candle i, 3i + 1 during it, 3i + 2 its close.
    if rules[10] == 0:
        return 3 * entry + 2
    return 3 * entry + int(price > open_[entry])


def _left_at(ends: Walked, entry: int, open_: Floats, rules: Packed) -> Integers:
    at, left, reason = ends
    opens = open_[np.minimum(at, len(open_) - 1)]
    moment = np.where((at > entry) & ((at == NEVER) | (left == opens)), 0, 1)
    at_close = (reason == SIGNAL) & (rules[11] == 0)
    moments: Integers = 3 * at + np.where(at_close, 2, moment)
    return moments


def _average(close: Floats, period: int) -> Floats:
    alpha = 2.0 / (period + 1)
    # Element by element in Python: a blocked sum would round differently from the live average.
    values = accumulate(close.tolist(), lambda value, now: value + alpha * (now - value))
    column = np.fromiter(values, dtype=np.float64, count=len(close))
    # Nothing is above an average that is not warm.
    column[: period - 1] = np.inf
    return column


def _first_of_day(
    bars: Bars,
    days: Entered,
    k_values: Floats,
    watched: tuple[Floats, Flags, Floats],
    *,
    touch: bool,
) -> Entered:
    prices, may_enter, lowest_fill = watched
    day_starts, spans = days
    index = np.full((len(k_values), len(day_starts)), -1, dtype=np.int64)
    filled = np.zeros(index.shape)
    stops = np.append(day_starts[1:], len(prices))
    for day in range(1, len(day_starts)):
        start, stop = day_starts[day], stops[day]
        rows = np.flatnonzero(may_enter[start:stop]) + start
        targets = bars[0][start] + k_values * spans[day]
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
    quantity = amount / price
    pnl: Floats = quantity * (sold - bought) - quantity * (rules[0] * bought + rules[1] * sold)
    return pnl


def _walk(
    bars: Bars,
    sells: Flags,
    entered: tuple[int, float],
    levels: tuple[Floats, Floats],
    rules: Packed,
) -> Walked:
    entry, price = entered
    stops, takes = levels
    top = bought = price * (1.0 + rules[2])
    at = np.full((len(takes), len(stops)), NEVER, dtype=np.int64)
    left, reason = np.zeros(at.shape), np.full(at.shape, -1, dtype=np.int64)
    start = entry if rules[10] > 0 else entry + 1
    size = _FIRST_CHUNK
    while start < len(bars[3]) and at.max() == NEVER:
        opened, high, low = (column[start : start + size] for column in bars[:3])
        if start == entry:
            # Prices of the entry's own candle are met from the entry on, not from its open.
            opened = np.concatenate(([bought], opened[1:]))
        tops = np.maximum.accumulate(np.concatenate(([top], high)))
        lines = _lines(tops[:-1], bought, rules)
        found = _ends_in_chunk((opened, high, low, lines), stops, takes)
        sold = np.flatnonzero(sells[start : start + size])[:1]
        last = int(sold[0]) if len(sold) else len(low) - 1
        fresh = (at == NEVER) & (found[0] <= last)
        at = np.where(fresh, found[0] + start, at)
        left = np.where(fresh, found[1], left)
        reason = np.where(fresh, found[2], reason)
        if len(sold):
            row, paid = _sale(start + last, bars, rules)
            still = at == NEVER
            line = _lines(tops[last + 1 : last + 2], bought, rules)
            why = _why_sold(row, paid, levels, line, rules)
            return (
                np.where(still, row, at),
                np.where(still, paid, left),
                np.where(still, why, reason),
            )
        top = float(tops[-1])
        start += size
        size = min(size * _GROWTH, _LAST_CHUNK)
    return at, left, reason


def _ends_in_chunk(
    chunk: tuple[Floats, Floats, Floats, Floats | None], stops: Floats, takes: Floats
) -> Walked:
    opened, high, low, lines = chunk
    past = len(low)
    stop_at = np.searchsorted(-np.minimum.accumulate(low), -stops)
    take_at = np.searchsorted(np.maximum.accumulate(high), takes)[:, np.newaxis]
    # One row more than there are, for what is not reached.
    opens = np.append(opened, np.nan)
    stopped = np.minimum(opens[stop_at], stops)
    taken = np.maximum(opens[take_at], takes[:, np.newaxis])
    if lines is not None and (low <= lines).any():
        trail_at = int(np.argmax(low <= lines))
        trailed = min(opened[trail_at], lines[trail_at])
        # In one candle the higher of two stops comes first.
        both = np.where(stop_at == trail_at, np.maximum(stopped, trailed), trailed)
        stopped = np.where(stop_at < trail_at, stopped, both)
        stop_at = np.minimum(stop_at, trail_at)
    # In one candle a stop comes before a target, but for a target that the open has passed.
    opened_past = opens[np.minimum(take_at, past)] >= takes[:, np.newaxis]
    is_take = (take_at < stop_at) | ((take_at == stop_at) & opened_past)
    at = np.where(is_take, take_at, stop_at)
    price = np.where(is_take, taken, stopped)
    reason = np.where(is_take, TAKE_PROFIT, STOP_LOSS)
    return np.where(at < past, at, NEVER), price, reason


def _lines(tops: Floats, bought: float, rules: Packed) -> Floats | None:
    share = rules[3]
    if share <= 0:
        return None
    lines: Floats = tops * (1.0 - share)
    if rules[4] == 0:
        return lines
    return np.where(tops > bought * (1.0 + share), np.maximum(lines, bought), -np.inf)


def _sale(row: int, bars: Bars, rules: Packed) -> tuple[int, float]:
    if rules[11] == 0:
        return row, float(bars[3][row])
    return (row + 1, float(bars[0][row + 1])) if row + 1 < len(bars[0]) else (NEVER, 0.0)


def _why_sold(
    row: int, paid: float, levels: tuple[Floats, Floats], line: Floats | None, rules: Packed
) -> Integers:
    stops, takes = levels
    why = np.full((len(takes), len(stops)), SIGNAL, dtype=np.int64)
    if rules[11] == 0 or row == NEVER:
        return why
    # An exit that this open has passed comes first, for the same price.
    floor = stops if line is None else np.maximum(stops, line)
    why[paid >= takes] = TAKE_PROFIT
    why[:, paid <= floor] = STOP_LOSS
    return why
