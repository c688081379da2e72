"""The simulator's loops, compiled: entries of the breakout, the walk from an entry, the books.

Kernels that call each other live in this one file: the cache of compiled code looks at no other.
columns.py has the same functions for numpy alone, and both give the same trades bit by bit.
"""

import numpy as np

from strategies.simulator.candle_arrays import Bars, Flags, Floats, Integers
from strategies.simulator.compiled import compiled
from strategies.simulator.rules import Packed

NEVER = 2**61
EMERGENCY, STOP_LOSS, TRAILING_STOP, TAKE_PROFIT, SIGNAL = 0, 1, 2, 3, 4
_NOTHING = -1
_BLOCK = 64
_NEAR = 128
_UNSURE = 1e-12
_NO_PRICE = -np.inf

Days = tuple[Integers, Floats]
Entered = tuple[Integers, Floats]
End = tuple[int, float, int]
Pair = tuple[Floats, Floats]
Row = tuple[int, float]
Fills = tuple[float, float]


@compiled
def breakout_entries(
    bars: Bars, days: Days, k_values: Floats, gate: Flags, how: tuple[int, bool]
) -> Entered:
    """Return row and fill of the first candle of each day that passes each level.

    `how` is the period of the moving average, and whether a touch enters. A close enters above
    level and average, at that close. A high enters from max(level, average) on, at that or the
    open, whichever is higher; average and gate are then those after the candle before.

    `days` are their first rows, and high less low of the day before each. Results are (K, day);
    rows are -1 where there is none. `k_values` ascend, so that the levels a candle passes are
    always the lowest ones. An empty gate is open.
    """
    open_, high, _, close = bars
    (starts, spans), (period, touch) = days, how
    watched, back = (high, 1) if touch else (close, 0)
    index = np.full((len(k_values), len(starts)), -1, np.int64)
    price = np.zeros(index.shape)
    weights, seen = _weights(period, len(close)), _nothing_seen(close)
    for day in range(len(starts)):
        stop = starts[day + 1] if day + 1 < len(starts) else len(close)
        opened, span = open_[starts[day]], spans[day]
        passed, i = 0, max(starts[day], period - 1 + back)
        while passed < len(k_values):
            level = opened + k_values[passed] * span
            i = _next_event(watched, watched, i, stop, (_NO_PRICE, level))
            if i >= stop:
                break
            if gate.size == 0 or gate[i - back]:
                now = watched[i]
                asked = (max(open_[i], level), now) if touch else (now, now)
                average = _average(close, i - back, asked, weights, seen)
                while _passes(now, max(level, average), touch):
                    index[passed, day] = i
                    price[passed, day] = max(open_[i], level, average) if touch else now
                    passed += 1
                    if passed == len(k_values):
                        break
                    level = opened + k_values[passed] * span
            i += 1
    return index, price


@compiled
def breakout_totals(
    bars: Bars,
    day_starts: Integers,
    axes: tuple[Floats, Floats, Floats],
    columns: tuple[Flags, Floats],
    how: tuple[int, bool],
    rules: Packed,
    totals: Floats,
) -> None:
    """Find the breakout's entries for every K and add up their totals as `grid_totals` does.

    `axes` are K and the shares of stop and profit, `columns` gate and average true range, `how`
    the period of the moving average and whether a touch enters.
    """
    days = day_starts, _spans_before(bars, day_starts)
    entered = breakout_entries(bars, days, axes[0], columns[0], how)
    if not how[1] and rules[11] > 0:
        entered = _at_next_open(bars, entered)
    sells = np.empty(0, np.bool_)
    grid_totals(bars, sells, entered, (axes[1], axes[2]), columns[1], rules, totals)


@compiled
def simulate_trades(
    bars: Bars, sells: Flags, entered: Entered, shares: Pair, atr: Floats, rules: Packed
) -> tuple[Integers, Floats]:
    """Return the closed trades of one set of exits, in order.

    The first array has a row (entry row, exit row, reason) a trade, the second (entry price, exit
    price, quantity, pnl). `shares` are those of stop and profit, one each; `atr` may be empty.
    """
    index, price = entered
    rows = np.empty((len(index), 3), np.int64)
    sums = np.empty((len(index), 4))
    stops, takes = np.empty((3, 1)), np.empty((3, 1))
    count, busy, equity = 0, -1, rules[9]
    for e in range(len(index)):
        entry, paid = index[e], price[e]
        amount = _amount(equity, rules)
        if busy > _latest(entry, paid, bars[0][entry], rules) or amount <= 0:
            continue
        _levels(entry, paid, shares, atr, rules, stops, takes)
        end = _walk(bars, sells, (entry, paid), stops, takes, rules)
        at, left, reason = _exit(0, 0, stops, takes, end, bars[0])
        if at == NEVER:
            break
        if reason == STOP_LOSS:
            reason = _stop_reason(entry, paid, left, shares[0][0], atr, rules)
        busy = _left_at((at, left, reason), entry, bars[0], rules)
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
    shares: Pair,
    atr: Floats,
    rules: Packed,
    totals: Floats,
) -> None:
    """Add the totals of every stop and profit to `totals`, each entry walked once.

    `entered` is (K, n), and neighbouring K that enter together share the walk. `totals` is
    (5, K, profit, stop): trades, wins, pnl, what the winners made and what the losers lost.
    """
    open_, (index, price) = bars[0], entered
    stops, takes = np.empty((3, len(shares[0]))), np.empty((3, len(shares[1])))
    busy = np.full((len(index), takes.shape[1], stops.shape[1]), -1, np.int64)
    equity = np.full(busy.shape, rules[9])
    for e in range(index.shape[1]):
        walked, walked_at, end = -1, 0.0, (NEVER, 0.0, _NOTHING)
        for k in range(len(index)):
            entry, paid = index[k, e], price[k, e]
            if entry < 0:
                continue
            latest = _latest(entry, paid, open_[entry], rules)
            if _all_busy(busy, k, latest):
                continue
            if entry != walked or paid != walked_at:
                _levels(entry, paid, shares, atr, rules, stops, takes)
                end = _walk(bars, sells, (entry, paid), stops, takes, rules)
                walked, walked_at = entry, paid
            for t in range(takes.shape[1]):
                for s in range(stops.shape[1]):
                    amount = _amount(equity[k, t, s], rules)
                    if busy[k, t, s] > latest or amount <= 0:
                        continue
                    at, left, reason = _exit(s, t, stops, takes, end, open_)
                    busy[k, t, s] = _left_at((at, left, reason), entry, open_, rules)
                    if at != NEVER:
                        pnl = _books(paid, left, amount, rules)[3]
                        equity[k, t, s] += pnl
                        _count(totals, (k, t, s), pnl)


@compiled
def _passes(now: float, level: float, touch: bool) -> bool:
    return now >= level if touch else now > level


@compiled
def _next_event(low: Floats, high: Floats, start: int, stop: int, between: Fills) -> int:
    # Counted, not asked one by one: so the processor compares eight prices at once.
    floor, ceiling = between
    i = max(0, start)
    if i < stop and (low[i] <= floor or high[i] >= ceiling):
        return i
    while i + _BLOCK <= stop:
        there = 0
        for j in range(_BLOCK):
            there += low[i + j] <= floor
            there += high[i + j] >= ceiling
        if there > 0:
            break
        i += _BLOCK
    while i < stop and low[i] > floor and high[i] < ceiling:
        i += 1
    return i


@compiled
def _nothing_seen(close: Floats) -> Floats:
    # Row and value of the average last looked at, and the same of the exact one.
    seen = np.zeros(4)
    seen[1] = seen[3] = close[0] if len(close) else 0.0
    return seen


@compiled
def _weights(period: int, count: int) -> Floats:
    # As many, oldest first, as it takes to forget where an average began: 0.96^1,040 < 2^-60.
    alpha = 2.0 / (period + 1)
    needed = 8 * int(np.ceil(60.0 * np.log(2.0) / -np.log(1.0 - alpha) / 8.0))
    weights = np.empty(needed if 1 < needed <= count else 1)
    weight = alpha
    for i in range(len(weights)):
        weights[-1 - i] = weight
        weight *= 1.0 - alpha
    return weights


@compiled
def _average(close: Floats, row: int, asked: Fills, weights: Floats, seen: Floats) -> float:
    # One value waits for the one before, so that a whole column is slow. Few rows are asked about,
    # and most lie clearly outside of the prices asked about: there a weighted sum will do, which
    # rounds differently. Elsewhere the average is what the live one is, bit by bit.
    if row >= len(weights) > 1 and row > seen[0] + _NEAR:
        seen[0], seen[1] = row, _weighted(close, row + 1 - len(weights), weights)
    else:
        _advance(close, row, weights[-1], seen, 0)
    value: float = seen[1]
    if value < asked[0] * (1.0 - _UNSURE) or value > asked[1] * (1.0 + _UNSURE):
        return value
    _advance(close, row, weights[-1], seen, 2)
    exact: float = seen[3]
    return exact


@compiled
def _advance(close: Floats, row: int, alpha: float, seen: Floats, at: int) -> None:
    value = seen[at + 1]
    for i in range(int(seen[at]) + 1, row + 1):
        value += alpha * (close[i] - value)
    seen[at], seen[at + 1] = row, value


@compiled
def _weighted(close: Floats, start: int, weights: Floats) -> float:
    first = second = third = fourth = 0.0
    rows = close[start : start + len(weights)]
    for i in range(0, len(weights), 4):
        first += weights[i] * rows[i]
        second += weights[i + 1] * rows[i + 1]
        third += weights[i + 2] * rows[i + 2]
        fourth += weights[i + 3] * rows[i + 3]
    return first + second + (third + fourth)


@compiled
def _spans_before(bars: Bars, starts: Integers) -> Floats:
    _, high, low, _ = bars
    spans = np.full(len(starts), np.inf)
    for day in range(1, len(starts)):
        top, bottom = high[starts[day - 1]], low[starts[day - 1]]
        for i in range(starts[day - 1], starts[day]):
            top = max(top, high[i])
            bottom = min(bottom, low[i])
        spans[day] = top - bottom
    return spans


@compiled
def _at_next_open(bars: Bars, entered: Entered) -> Entered:
    index, price = entered
    for k in range(len(index)):
        for e in range(index.shape[1]):
            there = index[k, e] >= 0 and index[k, e] + 1 < len(bars[0])
            index[k, e] = index[k, e] + 1 if there else -1
            price[k, e] = bars[0][index[k, e]] if there else 0.0
    return index, price


@compiled
def _amount(equity: float, rules: Packed) -> float:
    return rules[8] * equity if rules[8] > 0 else rules[7]


@compiled
def _left_at(end: End, entry: int, open_: Floats, rules: Packed) -> int:
    # In thirds of a candle: 3i is the open of candle i, 3i + 1 during it, 3i + 2 its close.
    at, left, reason = end
    if reason == SIGNAL and rules[11] == 0:
        return 3 * at + 2
    return 3 * at if at > entry and (at == NEVER or left == open_[at]) else 3 * at + 1


@compiled
def _latest(entry: int, price: float, opened: float, rules: Packed) -> int:
    # The last such moment at which what was held may have been left for this entry. As in replay,
    # what was left during a candle is bought again at a level above its open.
    if rules[10] == 0:
        return 3 * entry + 2
    return 3 * entry + 1 if price > opened else 3 * entry


@compiled
def _all_busy(busy: Integers, k: int, latest: int) -> bool:
    for t in range(busy.shape[1]):
        for s in range(busy.shape[2]):
            if busy[k, t, s] <= latest:
                return False
    return True


@compiled
def _books(
    price: float, left: float, amount: float, rules: Packed
) -> tuple[float, float, float, float]:
    bought, sold = price * (1.0 + rules[2]), left * (1.0 - rules[2])
    quantity = amount / price
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
    level: float = price - atr[known] * rules[6]
    return level


@compiled
def _emergency_level(price: float, rules: Packed) -> float:
    return price * (1.0 + rules[2]) * (1.0 - rules[5]) if rules[5] > 0 else _NO_PRICE


@compiled
def _levels(
    entry: int, price: float, shares: Pair, atr: Floats, rules: Packed, stops: Floats, takes: Floats
) -> None:
    emergency = _emergency_level(price, rules)
    stops[1], takes[1] = NEVER, NEVER
    for s in range(stops.shape[1]):
        stops[0, s] = max(emergency, _stop_level(entry, price, shares[0][s], atr, rules))
    for t in range(takes.shape[1]):
        takes[0, t] = price * (1.0 + shares[1][t])


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
    entered: Row,
    stops: Floats,
    takes: Floats,
    rules: Packed,
) -> End:
    open_, high, low, _ = bars
    entry, price = entered
    # Never negative, and said so: it spares a check of every index.
    first = max(0, entry if rules[10] > 0 else entry + 1)
    bought = price * (1.0 + rules[2])
    trails, may_sell = rules[3] > 0, len(sells) > 0
    top = bought
    line = _line(top, bought, rules) if trails else _NO_PRICE
    next_stop, waiting = _pass_stops(0, 0.0, np.inf, stops)
    next_take = _pass_takes(0, 0.0, 0.0, takes)
    floor = max(next_stop, line)
    looked = (trails, may_sell)
    i = _next_event(low, high, first, len(low), (floor, _ceiling(next_take, top, looked)))
    while i < len(low):
        if low[i] <= floor:
            opened = bought if i == entry else open_[i]
            if opened >= next_take:
                next_take = _pass_takes(i, opened, opened, takes)
            next_stop, waiting = _pass_stops(i, opened, low[i], stops)
            if low[i] <= line:
                return i, min(opened, line), STOP_LOSS
            floor = max(next_stop, line)
            if waiting == 0:
                break
        if high[i] >= next_take:
            next_take = _pass_takes(i, bought if i == entry else open_[i], high[i], takes)
            if next_take == np.inf:
                break
        if trails and high[i] > top:
            top = high[i]
            line = _line(top, bought, rules)
            floor = max(next_stop, line)
        if may_sell and sells[i]:
            return _sold(i, bars, line, stops, takes, rules)
        i = _next_event(low, high, i + 1, len(low), (floor, _ceiling(next_take, top, looked)))
    return NEVER, 0.0, _NOTHING


@compiled
def _ceiling(next_take: float, top: float, looked: tuple[bool, bool]) -> float:
    # The lowest high that anything follows from; with sells to look at that is every high.
    trails, may_sell = looked
    if may_sell:
        return _NO_PRICE
    return min(next_take, top) if trails else next_take


@compiled
def _sold(i: int, bars: Bars, line: float, stops: Floats, takes: Floats, rules: Packed) -> End:
    if rules[11] == 0:
        return i, bars[3][i], SIGNAL
    if i + 1 == len(bars[0]):
        return NEVER, 0.0, _NOTHING
    price = bars[0][i + 1]
    # An exit that this open has passed comes first, for the same price.
    _pass_stops(i + 1, price, price, stops)
    _pass_takes(i + 1, price, price, takes)
    return i + 1, price, STOP_LOSS if price <= line else SIGNAL


@compiled
def _pass_stops(i: int, opened: float, low: float, stops: Floats) -> tuple[float, int]:
    highest, waiting = _NO_PRICE, 0
    for s in range(stops.shape[1]):
        if stops[1, s] < NEVER:
            continue
        if low <= stops[0, s]:
            stops[1, s] = i
            stops[2, s] = min(opened, stops[0, s])
        else:
            highest = max(highest, stops[0, s])
            waiting += 1
    return highest, waiting


@compiled
def _pass_takes(i: int, opened: float, high: float, takes: Floats) -> float:
    lowest = np.inf
    for t in range(takes.shape[1]):
        if takes[1, t] < NEVER:
            continue
        if high >= takes[0, t]:
            takes[1, t] = i
            takes[2, t] = max(opened, takes[0, t])
        else:
            lowest = min(lowest, takes[0, t])
    return lowest


@compiled
def _exit(s: int, t: int, stops: Floats, takes: Floats, end: End, open_: Floats) -> End:
    at, price, reason = int(stops[1, s]), stops[2, s], STOP_LOSS
    if end[2] == STOP_LOSS and end[0] <= at:
        # In one candle the higher of two stops comes first.
        price = max(price, end[1]) if end[0] == at else end[1]
        at = end[0]
    taken = int(takes[1, t])
    # In one candle a stop comes before a target, but for a target that the open has passed.
    if taken < at or (taken == at and at < NEVER and takes[2, t] == open_[at]):
        at, price, reason = taken, takes[2, t], TAKE_PROFIT
    if at == NEVER and end[2] == SIGNAL:
        at, price, reason = end
    return at, price, reason
