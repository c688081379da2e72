"""Trades on candles made by hand: which exit comes first, and at what price."""

from dataclasses import replace

import numpy as np
import pytest

from engine.domain.errors import BadConfiguration, Malformed
from engine.domain.exits import ExitReason
from strategies.simulator.backend import Backend
from strategies.simulator.candle_arrays import CandleArrays, candle_arrays
from strategies.simulator.rules import Costs, ExitRules, Fill, Simulation, Stake, Trailing
from strategies.simulator.signal_arrays import Entries, flagged_entries, touched_entries
from strategies.simulator.simulate import simulate
from tests.simulator.made import FREE, NO_ATR, STAKE, at_close, by_hand, touching

EXITS = ExitRules(take_profit=0.05, stop_loss=0.03)
SIMULATION = Simulation(EXITS, FREE, STAKE)
ENTRY = (100.0, 101.0, 99.0, 100.0)

Told = list[tuple[int, int, float, ExitReason]]


def told(
    candles: CandleArrays,
    entries: Entries,
    simulation: Simulation = SIMULATION,
    sells: np.ndarray | None = None,
) -> Told:
    """Return what both backends say: row in, row out, price out, reason."""
    both = []
    for backend in Backend:
        trades = simulate(candles, entries, simulation, sells=sells, backend=backend)
        columns = (trades.entry_rows, trades.exit_rows, trades.exit_prices)
        lists = [column.tolist() for column in columns]
        both.append(list(zip(*lists, trades.reasons, strict=True)))
    assert both[0] == both[1]
    return both[0]


def with_exits(**changes: object) -> Simulation:
    return replace(SIMULATION, exits=replace(EXITS, **changes))


@pytest.mark.parametrize(
    ("candle", "price", "reason"),
    [
        ((100, 104, 96, 101), 97.0, ExitReason.STOP_LOSS),
        ((100, 106, 99, 101), 105.0, ExitReason.TAKE_PROFIT),
        ((100, 106, 96, 101), 97.0, ExitReason.STOP_LOSS),
        ((95, 106, 94, 101), 95.0, ExitReason.STOP_LOSS),
        ((107, 108, 99, 101), 107.0, ExitReason.TAKE_PROFIT),
        ((100, 105, 97, 101), 97.0, ExitReason.STOP_LOSS),
        ((107, 108, 96, 101), 107.0, ExitReason.TAKE_PROFIT),
    ],
)
def test_a_candle_ends_a_position_at_its_worse_price(candle, price, reason):
    candles = by_hand(ENTRY, candle)
    assert told(candles, at_close(candles, 0)) == [(0, 1, price, reason)]


def test_an_entry_at_a_close_does_not_meet_its_own_candle():
    candles = by_hand((100, 120, 80, 100), (100, 101, 99, 100))
    assert told(candles, at_close(candles, 0)) == []


def test_a_position_open_at_the_end_is_not_counted():
    candles = by_hand(ENTRY, ENTRY, ENTRY)
    assert told(candles, at_close(candles, 0, 1)) == []


def test_an_entry_is_passed_over_while_a_position_is_open():
    candles = by_hand(ENTRY, ENTRY, (100, 106, 99, 105), ENTRY)
    assert told(candles, at_close(candles, 0, 1)) == [(0, 2, 105.0, ExitReason.TAKE_PROFIT)]


def test_what_a_candle_left_is_bought_again_at_its_close():
    candles = by_hand(ENTRY, (100, 106, 99, 100), (100, 100, 90, 95))
    assert told(candles, at_close(candles, 0, 1)) == [
        (0, 1, 105.0, ExitReason.TAKE_PROFIT),
        (1, 2, 97.0, ExitReason.STOP_LOSS),
    ]


def test_a_touch_meets_the_stop_of_its_own_candle_first():
    # Whether 96 came before or after the touch at 101 is not known: the worse is assumed.
    candles = by_hand((98, 120, 96, 110), ENTRY)
    (trade,) = told(candles, touching({0: 101.0}))
    assert trade == (0, 0, 101.0 * 0.97, ExitReason.STOP_LOSS)


def test_a_touch_takes_profit_in_its_own_candle_when_no_stop_is_met():
    candles = by_hand((98, 120, 98, 110), ENTRY)
    (trade,) = told(candles, touching({0: 101.0}))
    assert trade == (0, 0, 101.0 * 1.05, ExitReason.TAKE_PROFIT)


@pytest.mark.parametrize(("level", "trades"), [(101.0, 2), (100.0, 1)])
def test_a_touch_above_the_open_follows_an_exit_in_the_same_candle(level: float, trades: int):
    candles = by_hand((100, 101, 99, 100), (100, 104, 96, 103), (103, 120, 103, 110))
    entries = touching({0: 100.0, 1: level})
    assert len(told(candles, entries)) == trades


def test_a_touched_level_is_bought_at_the_open_beyond_it():
    candles = by_hand((98, 99, 97, 98), (103, 104, 102, 103), (98, 101, 97, 98))
    entries = touched_entries(candles, np.array([np.nan, 101.0, 101.0]), NO_ATR)
    assert entries.rows.tolist() == [1, 2]
    assert entries.prices.tolist() == [103.0, 101.0]


def test_an_armed_trailing_stop_waits_for_its_high_and_never_sells_below_entry():
    held = with_exits(take_profit=0.5, stop_loss=0.1, trailing=0.02)
    not_armed = by_hand(ENTRY, (100, 102, 99, 101), (101, 101, 95, 96))
    assert told(not_armed, at_close(not_armed, 0), held) == []
    armed = by_hand(ENTRY, (100, 102.01, 99, 101), (101, 101, 95, 96))
    expected = [(0, 2, 100.0, ExitReason.TRAILING_STOP)]
    assert told(armed, at_close(armed, 0), held) == expected
    higher = by_hand(ENTRY, (100, 110, 99, 109), (109, 112, 107.8, 108), (109, 110, 105, 106))
    assert told(higher, at_close(higher, 0), held) == [(0, 2, 107.8, ExitReason.TRAILING_STOP)]


def test_a_trailing_stop_from_entry_works_at_once():
    held = with_exits(take_profit=0.5, trailing=0.02, trailing_mode=Trailing.FROM_ENTRY)
    candles = by_hand(ENTRY, (100, 100, 98, 99))
    assert told(candles, at_close(candles, 0), held) == [(0, 1, 98.0, ExitReason.TRAILING_STOP)]


def test_the_high_of_a_candle_moves_the_trailing_stop_of_the_next():
    held = with_exits(take_profit=0.5, trailing=0.02, trailing_mode=Trailing.FROM_ENTRY)
    candles = by_hand(ENTRY, (100, 110, 99, 109), (109, 109, 107, 108))
    assert told(candles, at_close(candles, 0), held) == [(0, 2, 107.8, ExitReason.TRAILING_STOP)]


def test_the_emergency_stop_bounds_a_wider_stop_loss():
    held = with_exits(stop_loss=0.2, emergency=0.05)
    candles = by_hand(ENTRY, (100, 101, 90, 92))
    assert told(candles, at_close(candles, 0), held) == [(0, 1, 95.0, ExitReason.EMERGENCY)]


def test_a_gap_below_the_emergency_stop_is_an_emergency_whatever_the_stop_loss():
    held = with_exits(emergency=0.05)
    candles = by_hand(ENTRY, (90, 91, 89, 90))
    assert told(candles, at_close(candles, 0), held) == [(0, 1, 90.0, ExitReason.EMERGENCY)]


@pytest.mark.parametrize(("inside", "stop"), [(False, 96.0), (True, 98.0)])
def test_an_atr_stop_uses_the_range_known_at_the_entry(inside: bool, stop: float):
    held = with_exits(stop_loss=0.0, atr_multiplier=2.0)
    candles = by_hand(ENTRY, (100, 100, 99.5, 100), (100, 101, 90, 91))
    entries = Entries(np.array([1]), np.array([100.0]), inside, np.array([1.0, 2.0, 9.0]))
    assert told(candles, entries, held) == [(1, 2, stop, ExitReason.STOP_LOSS)]


def test_without_an_atr_only_the_emergency_stop_is_left():
    held = with_exits(stop_loss=0.0, atr_multiplier=2.0, emergency=0.05)
    candles = by_hand(ENTRY, (100, 101, 90, 91))
    entries = Entries(np.array([0]), np.array([100.0]), inside=False, atr=np.array([np.nan, 1]))
    assert told(candles, entries, held) == [(0, 1, 95.0, ExitReason.EMERGENCY)]


def test_a_sell_signal_is_filled_at_its_close_or_at_the_open_after_it():
    candles = by_hand(ENTRY, (100, 102, 99, 101), (102, 103, 101, 102))
    sells = np.array([False, True, False])
    assert told(candles, at_close(candles, 0), SIMULATION, sells) == [
        (0, 1, 101.0, ExitReason.SIGNAL)
    ]
    later = replace(SIMULATION, fill=Fill.NEXT_OPEN)
    assert told(candles, at_close(candles, 0), later, sells) == [(0, 2, 102.0, ExitReason.SIGNAL)]


@pytest.mark.parametrize(
    ("opened", "reason"),
    [
        (96.0, ExitReason.STOP_LOSS),
        (97.0, ExitReason.STOP_LOSS),
        (98.0, ExitReason.TRAILING_STOP),
        (106.0, ExitReason.TAKE_PROFIT),
        (104.0, ExitReason.SIGNAL),
    ],
)
def test_an_exit_that_the_open_has_passed_comes_before_the_sell_that_waits_for_it(
    opened: float, reason: ExitReason
):
    held = with_exits(trailing=0.02, trailing_mode=Trailing.FROM_ENTRY)
    later = replace(held, fill=Fill.NEXT_OPEN)
    candles = by_hand(ENTRY, (100, 104, 99, 103), (opened, opened, opened, opened), ENTRY)
    sells = np.array([False, True, False, False])
    assert told(candles, at_close(candles, 0), later, sells) == [(0, 2, opened, reason)]


@pytest.mark.parametrize(("opened", "trades"), [(96.0, 2), (106.0, 2), (99.0, 1)])
def test_what_is_left_at_an_open_is_bought_again_at_that_open(opened: float, trades: int):
    # The third candle stops out whatever is held; only an exit at the open leaves room at the open.
    candles = by_hand(ENTRY, (opened, 108, 60, 100), (100, 200, 50, 100))
    entries = touching({0: 99.5, 1: opened})
    assert len(told(candles, entries)) == trades


def test_a_sell_signal_of_the_last_candle_finds_no_open():
    candles = by_hand(ENTRY, (100, 102, 99, 101))
    later = replace(SIMULATION, fill=Fill.NEXT_OPEN)
    assert told(candles, at_close(candles, 0), later, np.array([False, True])) == []


def test_a_stop_inside_a_candle_comes_before_a_sell_signal_at_its_close():
    candles = by_hand(ENTRY, (100, 102, 96, 101))
    found = told(candles, at_close(candles, 0), SIMULATION, np.array([False, True]))
    assert found == [(0, 1, 97.0, ExitReason.STOP_LOSS)]


def test_a_flag_enters_at_its_close_or_inside_the_next_candle():
    candles = by_hand(ENTRY, (102, 103, 101, 102))
    now = flagged_entries(candles, np.array([True, True]), NO_ATR)
    assert (now.rows.tolist(), now.prices.tolist(), now.inside) == ([0, 1], [100.0, 102.0], False)
    later = flagged_entries(candles, np.array([True, True]), NO_ATR, Fill.NEXT_OPEN)
    assert (later.rows.tolist(), later.prices.tolist(), later.inside) == ([1], [102.0], True)


def test_costs_are_taken_from_both_fills():
    costs = Costs(fee=0.001, slippage=0.01, sell_tax=0.002)
    candles = by_hand(ENTRY, (100, 106, 99, 101))
    trades = simulate(candles, at_close(candles, 0), replace(SIMULATION, costs=costs))
    bought, sold = 101.0, 105.0 * 0.99
    quantity = 1_000.0 / 100.0
    fees = quantity * (0.001 * bought + 0.003 * sold)
    assert trades.entry_prices.tolist() == [bought]
    assert trades.exit_prices.tolist() == [sold]
    assert trades.pnl[0] == pytest.approx(quantity * (sold - bought) - fees)
    assert trades.totals.pnl == trades.totals.profit == trades.pnl[0]
    assert trades.totals.loss == 0.0


def test_a_share_of_capital_compounds():
    stake = Stake(share=0.5, capital=1_000.0)
    candles = by_hand(ENTRY, (100, 105, 99, 100), (100, 105, 99, 100))
    trades = simulate(candles, at_close(candles, 0, 1), replace(SIMULATION, stake=stake))
    assert trades.pnl.tolist() == pytest.approx([25.0, 1025.0 * 0.5 * 0.05])
    assert trades.totals.win_rate == 1.0
    assert trades.totals.profit_factor == float("inf")


@pytest.mark.parametrize("stake", [Stake(), Stake(amount=1.0, share=0.1), Stake(1.0, capital=0.0)])
def test_a_stake_that_says_nothing_or_two_things_is_refused(stake: Stake):
    candles = by_hand(ENTRY)
    with pytest.raises(BadConfiguration, match="STAKE"):
        simulate(candles, at_close(candles, 0), replace(SIMULATION, stake=stake))


@pytest.mark.parametrize(
    ("lengths", "days"), [((2, 2, 2, 1), [0]), ((2, 2, 2, 2), []), ((2, 2, 2, 2), [1])]
)
def test_columns_that_do_not_fit_are_refused(lengths: tuple[int, ...], days: list[int]):
    open_, high, low, close = (np.ones(length) for length in lengths)
    with pytest.raises(Malformed):
        candle_arrays((open_, high, low, close), np.array(days, dtype=np.int64))
