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
_LONG = 65_536
_SECTION = 131_072
_UNSURE = 1e-12
_NO_PRICE = -np.inf

Days = tuple[Integers, Floats]
Entered = tuple[Integers, Floats]
Found = tuple[Integers, Floats, Integers, Floats]
End = tuple[int, float, int]
Pair = tuple[Floats, Floats]
Row = tuple[int, float]


@compiled
def entries_on_close(bars: Bars, days: Days, k_values: Floats, gate: Flags, period: int) -> Entered:
    """Return row and close of the first candle of each day that closes above each level.

    `days` are their first rows, and high less low of the day before each. Results are (K, day);
    rows are -1 where there is none. `k_values` ascend, so that the levels a candle passes are
    always the lowest ones. An empty gate is open.
    """
    close = bars[3]
    index = np.full((len(k_values), len(days[0])), -1, np.int64)
    entered = index, np.zeros(index.shape)
    exact = np.empty(0)
    first = 0
    while first < len(days[0]):
        last, start, stop = _section(days[0], first, len(close))
        section = first, last, start
        certain = False
        if len(close) >= _LONG:
            average = _average_in_parts(close, start, stop, period)
            certain = _first_closes(
                bars, days, k_values, gate, (section, average, _UNSURE), entered
            )
        if not certain:
            exact = _average(close, period) if exact.size == 0 else exact
            average = exact[start:stop]
            _first_closes(bars, days, k_values, gate, (section, average, -1.0), entered)
        first = last
    return entered


@compiled
def entries_on_touch(bars: Bars, days: Days, k_values: Floats, gate: Flags, period: int) -> Entered:
    """Return row and fill of the first candle of each day whose high reaches each level.

    Average and gate are those after the candle before. The fill is max(open, level). Shapes and
    the rest are as for `entries_on_close`.
    """
    open_, high, _, close = bars
    starts, spans = days
    index = np.full((len(k_values), len(starts)), -1, np.int64)
    price = np.zeros(index.shape)
    alpha = 2.0 / (period + 1)
    average = close[0] if len(close) else 0.0
    for day in range(len(starts)):
        stop = starts[day + 1] if day + 1 < len(starts) else len(close)
        targets = open_[starts[day]] + k_values * spans[day]
        passed, target = 0, targets[0]
        for i in range(starts[day], stop):
            now = high[i]
            if now >= target and now >= average and i >= period and (gate.size == 0 or gate[i - 1]):
                while now >= target:
                    index[passed, day] = i
                    price[passed, day] = max(open_[i], target, average)
                    passed += 1
                    target = targets[passed] if passed < len(targets) else np.inf
            average += alpha * (close[i] - average)
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
    if how[1]:
        entered = entries_on_touch(bars, days, axes[0], columns[0], how[0])
    else:
        entered = entries_on_close(bars, days, axes[0], columns[0], how[0])
        if rules[11] > 0:
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
        busy = _left_at(at, reason, rules)
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
    index, price = entered
    stops, takes = np.empty(len(shares[0])), np.empty(len(shares[1]))
    found, end = _nothing_found(len(stops), len(takes)), (NEVER, 0.0, _NOTHING)
    busy = np.full((len(index), len(takes), len(stops)), -1, np.int64)
    equity = np.full(busy.shape, rules[9])
    for e in range(index.shape[1]):
        walked, walked_at = -1, 0.0
        for k in range(len(index)):
            entry, paid = index[k, e], price[k, e]
            if entry < 0 or _all_busy(busy, k, entry):
                continue
            if entry != walked or paid != walked_at:
                _levels(entry, paid, shares, atr, rules, stops, takes)
                end = _walk(bars, sells, (entry, paid), stops, takes, found, rules)
                walked, walked_at = entry, paid
            for t in range(len(takes)):
                for s in range(len(stops)):
                    amount = _amount(equity[k, t, s], rules)
                    if not _is_free(entry, paid, busy[k, t, s], bars[0], rules) or amount <= 0:
                        continue
                    at, left, reason = _exit(s, t, found, end)
                    busy[k, t, s] = _left_at(at, reason, rules)
                    if at != NEVER:
                        pnl = _books(paid, left, amount, rules)[3]
                        equity[k, t, s] += pnl
                        _count(totals, (k, t, s), pnl)


@compiled
def _section(starts: Integers, first: int, count: int) -> tuple[int, int, int]:
    # Whole days whose averages stay near the processor, one day at least.
    last = first + 1
    while last < len(starts):
        stop = starts[last + 1] if last + 1 < len(starts) else count
        if stop - starts[first] > _SECTION:
            break
        last += 1
    return last, starts[first], starts[last] if last < len(starts) else count


@compiled
def _first_closes(
    bars: Bars,
    days: Days,
    k_values: Floats,
    gate: Flags,
    averages: tuple[tuple[int, int, int], Floats, float],
    entered: Entered,
) -> bool:
    open_, _, _, close = bars
    starts, spans = days
    (first, last, offset), average, unsure = averages
    for day in range(first, last):
        stop = starts[day + 1] if day + 1 < len(starts) else len(close)
        targets = open_[starts[day]] + k_values * spans[day]
        passed, target = 0, targets[0]
        for i in range(starts[day], stop):
            now = close[i]
            if not now > target:
                continue
            if abs(now - average[i - offset]) <= now * unsure:
                return False
            if now > average[i - offset] and (gate.size == 0 or gate[i]):
                while passed < len(targets) and now > targets[passed]:
                    entered[0][passed, day] = i
                    entered[1][passed, day] = now
                    passed += 1
                if passed == len(targets):
                    break
                target = targets[passed]
    return True


@compiled
def _average(close: Floats, period: int) -> Floats:
    values = np.empty(len(close))
    alpha = 2.0 / (period + 1)
    value = close[0]
    for i in range(len(close)):
        value += alpha * (close[i] - value)
        values[i] = value
    # Nothing is above an average that is not warm.
    values[: period - 1] = np.inf
    return values


@compiled
def _average_in_parts(close: Floats, start: int, stop: int, period: int) -> Floats:
    # One value waits for the one before; four quarters side by side do not wait for each other.
    # This rounds differently, and serves where a close is clearly above or below.
    values = np.empty(stop - start)
    alpha = 2.0 / (period + 1)
    kept = 1.0 - alpha
    part = len(values) // 4
    rows = (start, start + part, start + 2 * part, start + 3 * part)
    first, second = _settled(close, rows[0], alpha), _settled(close, rows[1], alpha)
    third, fourth = _settled(close, rows[2], alpha), _settled(close, rows[3], alpha)
    for i in range(part):
        first = kept * first + alpha * close[rows[0] + i]
        second = kept * second + alpha * close[rows[1] + i]
        third = kept * third + alpha * close[rows[2] + i]
        fourth = kept * fourth + alpha * close[rows[3] + i]
        values[i] = first
        values[part + i] = second
        values[2 * part + i] = third
        values[3 * part + i] = fourth
    for i in range(4 * part, len(values)):
        fourth = kept * fourth + alpha * close[start + i]
        values[i] = fourth
    values[: max(0, period - 1 - start)] = np.inf
    return values


@compiled
def _settled(close: Floats, row: int, alpha: float) -> float:
    # Begun so long before that where it began is forgotten: 0.96^1,040 < 2^-60.
    begin = max(0, row - int(np.ceil(60.0 * np.log(2.0) / -np.log(1.0 - alpha))))
    value: float = close[begin]
    for i in range(begin, row):
        value += alpha * (close[i] - value)
    return value


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
def _nothing_found(stops: int, takes: int) -> Found:
    return np.empty(stops, np.int64), np.empty(stops), np.empty(takes, np.int64), np.empty(takes)


@compiled
def _amount(equity: float, rules: Packed) -> float:
    return rules[8] * equity if rules[8] > 0 else rules[7]


@compiled
def _left_at(at: int, reason: int, rules: Packed) -> int:
    # In half candles: 2i is during candle i, 2i + 1 at its close.
    return 2 * at + 1 if reason == SIGNAL and rules[11] == 0 else 2 * at


@compiled
def _is_free(entry: int, price: float, busy: int, open_: Floats, rules: Packed) -> bool:
    if rules[10] == 0:
        return 2 * entry + 1 >= busy
    # As in replay, what was left during a candle is bought again at a level above its open.
    return 2 * entry > busy or (2 * entry == busy and price > open_[entry])


@compiled
def _all_busy(busy: Integers, k: int, entry: int) -> bool:
    for t in range(busy.shape[1]):
        for s in range(busy.shape[2]):
            if busy[k, t, s] <= 2 * entry + 1:
                return False
    return True


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
    entered: Row,
    stops: Floats,
    takes: Floats,
    found: Found,
    rules: Packed,
) -> End:
    open_, high, low, close = bars
    entry, price = entered
    # Never negative, and said so: it spares a check of every index.
    first = max(0, entry if rules[10] > 0 else entry + 1)
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
