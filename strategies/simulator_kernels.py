"""The simulator's loops, compiled: entries of the breakout, the walk from an entry, the books.

Every kernel lives in this file, because the cache of compiled code looks at no other one. What
each does is stated where it is offered (signal_arrays, simulator, grid); simulator_columns has the
same functions for numpy alone, and both give the same trades bit by bit.
"""

import numpy as np

from strategies.candle_arrays import Bars, Flags, Floats, Integers
from strategies.compiled import compiled
from strategies.simulator_rules import Packed

NEVER = 2**62
EMERGENCY, STOP_LOSS, TRAILING_STOP, TAKE_PROFIT, SIGNAL = 0, 1, 2, 3, 4
_NOTHING = -1
_NO_PRICE = -np.inf

Entered = tuple[Integers, Floats]
Found = tuple[Integers, Floats, Integers, Floats]
End = tuple[int, float, int]


@compiled
def entries_on_close(
    bars: Bars, day_starts: Integers, k_values: Floats, gate: Flags, period: int
) -> Entered:
    """Return row and close of the first candle of each day that closes above each level.

    Shapes are (K, day); rows are -1 where there is none. `k_values` ascend, so that the levels a
    candle passes are always the lowest ones. An empty gate is open.
    """
    open_, high, low, close = bars
    index = np.full((len(k_values), len(day_starts)), -1, np.int64)
    price = np.zeros(index.shape)
    alpha = 2.0 / (period + 1)
    average = close[0] if len(close) else 0.0
    span = np.inf
    for day in range(len(day_starts)):
        start = day_starts[day]
        stop = day_starts[day + 1] if day + 1 < len(day_starts) else len(close)
        targets = open_[start] + k_values * span
        passed = 0
        target = targets[0]
        top, bottom = high[start], low[start]
        for i in range(start, stop):
            now = close[i]
            average += alpha * (now - average)
            top = max(top, high[i])
            bottom = min(bottom, low[i])
            if now > target and now > average and i + 1 >= period and (gate.size == 0 or gate[i]):
                while now > target:
                    index[passed, day] = i
                    price[passed, day] = now
                    passed += 1
                    target = targets[passed] if passed < len(targets) else np.inf
        span = top - bottom
    return index, price


@compiled
def entries_on_touch(
    bars: Bars, day_starts: Integers, k_values: Floats, gate: Flags, period: int
) -> Entered:
    """Return row and fill of the first candle of each day whose high reaches each level.

    Average and gate are those after the candle before. The fill is max(open, level). Shapes and
    the rest are as for `entries_on_close`.
    """
    open_, high, low, close = bars
    index = np.full((len(k_values), len(day_starts)), -1, np.int64)
    price = np.zeros(index.shape)
    alpha = 2.0 / (period + 1)
    average = close[0] if len(close) else 0.0
    span = np.inf
    for day in range(len(day_starts)):
        start = day_starts[day]
        stop = day_starts[day + 1] if day + 1 < len(day_starts) else len(close)
        targets = open_[start] + k_values * span
        passed = 0
        target = targets[0]
        top, bottom = high[start], low[start]
        for i in range(start, stop):
            now = high[i]
            if now >= target and now >= average and i >= period and (gate.size == 0 or gate[i - 1]):
                while now >= target:
                    index[passed, day] = i
                    price[passed, day] = max(open_[i], target, average)
                    passed += 1
                    target = targets[passed] if passed < len(targets) else np.inf
            average += alpha * (close[i] - average)
            top = max(top, now)
            bottom = min(bottom, low[i])
        span = top - bottom
    return index, price


@compiled
def atr_column(bars: Bars, period: int) -> Floats:
    """Return the average true range after each candle as `Atr` does, nan until warm."""
    _, high, low, close = bars
    values = np.full(len(close), np.nan)
    value = 0.0
    for i in range(1, len(close)):
        true_range = max(high[i], close[i - 1]) - min(low[i], close[i - 1])
        value += (true_range - value) / min(i, period)
        if i >= period:
            values[i] = value
    return values


@compiled
def adx_column(bars: Bars, period: int) -> Floats:
    """Return the average directional index after each candle as `Adx` does, nan until warm."""
    _, high, low, close = bars
    values = np.full(len(close), np.nan)
    plus = minus = index = 0.0
    for i in range(1, len(close)):
        up, down = high[i] - high[i - 1], low[i - 1] - low[i]
        kept = 1.0 if i < period else 1.0 - 1.0 / period
        plus = plus * kept + (up if up > down and up > 0 else 0.0)
        minus = minus * kept + (down if down > up and down > 0 else 0.0)
        index = _directional(index, plus, minus, i, period)
        if i + 1 >= 2 * period:
            values[i] = index
    return values


@compiled
def simulate_trades(
    bars: Bars,
    sells: Flags,
    entered: Entered,
    shares: tuple[Floats, Floats],
    atr: Floats,
    rules: Packed,
) -> tuple[Integers, Floats]:
    """Return the closed trades of one set of exits, in order.

    The first array has a row (entry row, exit row, reason) a trade, the second (entry price, exit
    price, quantity, pnl). `shares` are those of stop and profit, one each; `atr` may be empty.
    """
    index, price = entered
    rows = np.empty((len(index), 3), np.int64)
    sums = np.empty((len(index), 4))
    stops, takes, found = np.empty(1), np.empty(1), _nothing_found(1, 1)
    count, busy, equity = 0, -1, rules[9]
    for e in range(len(index)):
        entry, paid = index[e], price[e]
        amount = _amount(equity, rules)
        if not _is_free(entry, paid, busy, bars[0], rules) or amount <= 0:
            continue
        _levels(entry, paid, shares, atr, rules, stops, takes)
        end = _walk(bars, sells, (entry, paid), stops, takes, found, rules)
        at, left, reason = _exit(0, 0, found, end)
        if at == NEVER:
            break
        if reason == STOP_LOSS:
            reason = _stop_reason(entry, paid, left, shares[0][0], atr, rules)
        busy = at
        rows[count] = (entry, at, reason)
        sums[count] = _books(paid, left, amount, rules)
        equity += sums[count, 3]
        count += 1
    return rows[:count], sums[:count]


@compiled
def grid_totals(
    bars: Bars,
    sells: Flags,
    entered: Entered,
    shares: tuple[Floats, Floats],
    atr: Floats,
    rules: Packed,
    totals: Floats,
) -> None:
    """Add the totals of every stop and profit to `totals`, each entry walked once.

    `entered` is (K, n); `totals` is (5, K, profit, stop): trades, wins, pnl, what the winners made
    and what the losers lost.
    """
    index, price = entered
    stops, takes = np.empty(len(shares[0])), np.empty(len(shares[1]))
    found = _nothing_found(len(stops), len(takes))
    busy = np.empty((len(takes), len(stops)), np.int64)
    equity = np.empty(busy.shape)
    for k in range(len(index)):
        busy[:] = -1
        equity[:] = rules[9]
        for e in range(index.shape[1]):
            entry, paid = index[k, e], price[k, e]
            if entry < 0 or busy.min() > entry:
                continue
            _levels(entry, paid, shares, atr, rules, stops, takes)
            end = _walk(bars, sells, (entry, paid), stops, takes, found, rules)
            for t in range(len(takes)):
                for s in range(len(stops)):
                    amount = _amount(equity[t, s], rules)
                    if not _is_free(entry, paid, busy[t, s], bars[0], rules) or amount <= 0:
                        continue
                    at, left, _ = _exit(s, t, found, end)
                    busy[t, s] = at
                    if at != NEVER:
                        pnl = _books(paid, left, amount, rules)[3]
                        equity[t, s] += pnl
                        _count(totals, (k, t, s), pnl)


@compiled
def _directional(index: float, plus: float, minus: float, i: int, period: int) -> float:
    if i < period:
        return 0.0
    both = plus + minus
    directional = 100.0 * abs(plus - minus) / both if both > 0 else 0.0
    if i < 2 * period - 1:
        return index + directional
    if i == 2 * period - 1:
        return (index + directional) / period
    return index + (directional - index) / period if both > 0 else index


@compiled
def _nothing_found(stops: int, takes: int) -> Found:
    return (
        np.empty(stops, np.int64),
        np.empty(stops),
        np.empty(takes, np.int64),
        np.empty(takes),
    )


@compiled
def _amount(equity: float, rules: Packed) -> float:
    return rules[8] * equity if rules[8] > 0 else rules[7]


@compiled
def _is_free(entry: int, price: float, busy: int, open_: Floats, rules: Packed) -> bool:
    # What is left inside a candle can be bought again at its close, and, as in replay, at a level
    # inside of it that lay above its open.
    return entry > busy or (entry == busy and (rules[10] == 0 or price > open_[entry]))


@compiled
def _books(
    price: float, left: float, amount: float, rules: Packed
) -> tuple[float, float, float, float]:
    bought, sold = price * (1.0 + rules[2]), left * (1.0 - rules[2])
    quantity = amount / bought
    pnl = quantity * (sold - bought) - quantity * (rules[0] * bought + rules[1] * sold)
    return bought, sold, quantity, pnl


@compiled
def _count(totals: Floats, point: tuple[int, int, int], pnl: float) -> None:
    k, t, s = point
    totals[0, k, t, s] += 1
    totals[2, k, t, s] += pnl
    if pnl > 0:
        totals[1, k, t, s] += 1
        totals[3, k, t, s] += pnl
    else:
        totals[4, k, t, s] -= pnl


@compiled
def _stop_level(entry: int, price: float, share: float, atr: Floats, rules: Packed) -> float:
    if share > 0:
        return price * (1.0 - share)
    # An entry inside a candle knows the range up to the candle before.
    known = entry - 1 if rules[10] > 0 else entry
    if len(atr) == 0 or known < 0 or np.isnan(atr[known]):
        return _NO_PRICE
    return price - atr[known] * rules[6]


@compiled
def _emergency_level(price: float, rules: Packed) -> float:
    return price * (1.0 + rules[2]) * (1.0 - rules[5]) if rules[5] > 0 else _NO_PRICE


@compiled
def _levels(
    entry: int,
    price: float,
    shares: tuple[Floats, Floats],
    atr: Floats,
    rules: Packed,
    stops: Floats,
    takes: Floats,
) -> None:
    emergency = _emergency_level(price, rules)
    for s in range(len(stops)):
        stops[s] = max(emergency, _stop_level(entry, price, shares[0][s], atr, rules))
    for t in range(len(takes)):
        takes[t] = price * (1.0 + shares[1][t])


@compiled
def _stop_reason(
    entry: int, price: float, left: float, share: float, atr: Floats, rules: Packed
) -> int:
    if left <= _emergency_level(price, rules):
        return EMERGENCY
    return STOP_LOSS if left <= _stop_level(entry, price, share, atr, rules) else TRAILING_STOP


@compiled
def _line(top: float, bought: float, rules: Packed) -> float:
    share = rules[3]
    if rules[4] == 0:
        return top * (1.0 - share)
    return max(top * (1.0 - share), bought) if top > bought * (1.0 + share) else _NO_PRICE


@compiled
def _walk(
    bars: Bars,
    sells: Flags,
    entered: tuple[int, float],
    stops: Floats,
    takes: Floats,
    found: Found,
    rules: Packed,
) -> End:
    open_, high, low, close = bars
    entry, price = entered
    first = entry if rules[10] > 0 else entry + 1
    bought = price * (1.0 + rules[2])
    trails, may_sell = rules[3] > 0, len(sells) > 0
    found[0][:] = NEVER
    found[2][:] = NEVER
    top = bought
    line = _line(top, bought, rules) if trails else _NO_PRICE
    next_stop, next_take = stops.max(), takes.min()
    floor = max(next_stop, line)
    for i in range(first, len(close)):
        if low[i] <= floor:
            opened = bought if i == entry else open_[i]
            next_stop = _pass_stops(i, opened, low[i], stops, found)
            if low[i] <= line:
                return i, min(opened, line), STOP_LOSS
            floor = max(next_stop, line)
            if found[0].max() < NEVER:
                break
        if high[i] >= next_take:
            next_take = _pass_takes(i, bought if i == entry else open_[i], high[i], takes, found)
            if found[2].max() < NEVER:
                break
        if may_sell and sells[i]:
            return _sold(i, open_, close, rules)
        if trails and high[i] > top:
            top = high[i]
            line = _line(top, bought, rules)
            floor = max(next_stop, line)
    return NEVER, 0.0, _NOTHING


@compiled
def _sold(i: int, open_: Floats, close: Floats, rules: Packed) -> End:
    if rules[11] == 0:
        return i, close[i], SIGNAL
    return (i + 1, open_[i + 1], SIGNAL) if i + 1 < len(close) else (NEVER, 0.0, _NOTHING)


@compiled
def _pass_stops(i: int, opened: float, low: float, stops: Floats, found: Found) -> float:
    highest = _NO_PRICE
    for s in range(len(stops)):
        if found[0][s] < NEVER:
            continue
        if low <= stops[s]:
            found[0][s] = i
            found[1][s] = min(opened, stops[s])
        else:
            highest = max(highest, stops[s])
    return highest


@compiled
def _pass_takes(i: int, opened: float, high: float, takes: Floats, found: Found) -> float:
    lowest = np.inf
    for t in range(len(takes)):
        if found[2][t] < NEVER:
            continue
        if high >= takes[t]:
            found[2][t] = i
            found[3][t] = max(opened, takes[t])
        else:
            lowest = min(lowest, takes[t])
    return lowest


@compiled
def _exit(s: int, t: int, found: Found, end: End) -> End:
    at, price, reason = found[0][s], found[1][s], STOP_LOSS
    if end[2] == STOP_LOSS and end[0] <= at:
        # In one candle the higher of two stops comes first.
        price = max(price, end[1]) if end[0] == at else end[1]
        at = end[0]
    if found[2][t] < at:
        at, price, reason = found[2][t], found[3][t], TAKE_PROFIT
    if at == NEVER and end[2] == SIGNAL:
        at, price, reason = end
    return at, price, reason
