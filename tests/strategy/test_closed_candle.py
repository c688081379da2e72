"""What every strategy on closed candles keeps to, whatever its rule."""

from dataclasses import replace

import pytest

from engine.domain.signal import Action
from strategies.closed_candle import ClosedCandleStrategy, TrendFollower, confidence
from strategies.registry import catalogue, strategy
from tests.strategy.market import START, seeded_candles
from tests.strategy.series import parameters_of
from tests.strategy.shapes import bought, fed, plain, sold

KINDS = {
    name: kind
    for name, kind in catalogue().strategies.items()
    if issubclass(kind, ClosedCandleStrategy)
}


def test_the_five_of_the_design_are_there_with_the_filters_they_state():
    followers = {name for name, kind in KINDS.items() if issubclass(kind, TrendFollower)}
    assert {"bb_breakout", "pullback", "dynamic_breakout"} <= followers
    assert {"combined", "rsi_bollinger"} <= set(KINDS) - followers


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_buy_is_said_where_every_gate_is_open_and_only_there(name: str, seed: int):
    parameters = replace(parameters_of(name), use_trend=False)
    tested = KINDS[name](parameters)
    heard = set()
    for each in seeded_candles(1200, seed=seed):
        fed(tested, [each])
        gates = tested.gates(START.date(), 1.0, 1.0)
        flat, held = bought(tested), sold(tested)
        assert tested.buys == (flat.action is Action.BUY) == all(gate.passed for gate in gates)
        assert tested.sells == (held.action is Action.SELL)
        assert flat.gates == gates
        assert not (tested.buys and tested.sells)
        for signal in (flat, held):
            spoke = signal.action is not Action.HOLD
            assert (0.5 <= signal.confidence <= 1.0) if spoke else signal.confidence == 0.0
            assert signal.reason
        heard |= {flat.action, held.action}
    assert Action.BUY in heard


@pytest.mark.parametrize("name", KINDS)
def test_a_decision_stays_the_same_object_until_the_next_candle(name: str):
    tested = fed(strategy(plain(name)), seeded_candles(300))
    first, held = bought(tested), sold(tested)
    assert bought(tested) is first
    assert sold(tested) is held
    fed(tested, seeded_candles(301)[300:])
    assert bought(tested) is not first


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("cooldown", [1, 5, 24])
def test_a_cooldown_keeps_buy_for_the_first_candle_after_a_rest(name: str, cooldown: int):
    parameters = parameters_of(name)
    candles = seeded_candles(2500)
    tireless = KINDS[name](parameters)
    wanted = [fed(tireless, [each]).buys for each in candles]
    tested = KINDS[name](replace(parameters, cooldown_candles=cooldown))
    found = []
    for each in candles:
        fed(tested, [each])
        found.append(tested.buys)
        gates = tested.gates(START.date(), 1.0, 1.0)
        assert gates[-1].name == "cooldown"
        assert tested.buys == all(gate.passed for gate in gates)
    rested = [not any(wanted[max(0, i - cooldown) : i]) for i in range(len(candles))]
    assert found == [a and b for a, b in zip(wanted, rested, strict=True)]
    assert 0 < sum(found) <= sum(wanted)


@pytest.mark.parametrize("name", KINDS)
def test_a_window_of_warmup_candles_knows_of_the_cooldown(name: str):
    parameters = replace(parameters_of(name), cooldown_candles=24)
    whole = KINDS[name](parameters)
    candles = seeded_candles(2500, seed=3)
    assert whole.warmup == KINDS[name](parameters_of(name)).warmup + 24
    spoke = 0
    for i, each in enumerate(candles):
        fed(whole, [each])
        if i >= whole.warmup and (whole.buys or i % 50 == 0):
            window = fed(KINDS[name](parameters), candles[i + 1 - whole.warmup : i + 1])
            assert bought(window).action is bought(whole).action
            spoke += whole.buys
    assert spoke


@pytest.mark.parametrize("name", KINDS)
def test_a_live_price_moves_no_gate_and_there_is_no_level_to_touch(name: str):
    tested = fed(strategy(plain(name)), seeded_candles(300))
    low, high = (tested.gates(START.date(), price, price) for price in (1.0, 1e6))
    assert low == high
    assert tested.entry_level(START.date(), 1.0) is None


@pytest.mark.parametrize("name", KINDS)
def test_a_market_that_never_moves_is_not_bought(name: str):
    still = [each._replace(open=5.0, high=5.0, low=5.0, close=5.0) for each in seeded_candles(300)]
    tested = fed(strategy(plain(name)), still)
    assert bought(tested).action is Action.HOLD
    assert tested.atr == 0.0


@pytest.mark.parametrize(
    ("depth", "sure"), [(-1.0, 0.5), (0.0, 0.5), (0.5, 0.75), (1.0, 1.0), (9.0, 1.0)]
)
def test_confidence_grows_from_a_half_to_one(depth: float, sure: float):
    assert confidence(depth) == sure
