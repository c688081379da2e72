"""The liquidation ladder: warn, reduce, close, each step once."""

from decimal import Decimal

import pytest

from engine.domain.errors import Refused
from engine.domain.events import LiquidationNeared, PositionClosed
from engine.domain.exits import ExitPlan, ExitReason
from engine.domain.venue import VenueName
from tests.core.builders import Floor, floor, hold

# Far exits, so that the ladder alone decides. At 2 × the liquidation price is 50.2008.
FAR = ExitPlan(None, None, None, Decimal("0.5"))
LIQUIDATION = 100 * 0.5 / 0.996


def levered(leverage: int = 2) -> Floor:
    made = floor(VenueName.BINANCE_FUTURES)
    hold(made.portfolio, "8", "100", leverage=leverage, exits=FAR)
    return made


def at_distance(percent: float) -> float:
    return LIQUIDATION / (1 - percent / 100)


async def seen(made: Floor, *percents: float) -> None:
    for percent in percents:
        mark = at_distance(percent)
        # The last price stays high: the mark alone counts.
        made.price(100.0, mark)
        await made.desk.exits.manage(made.market)


def steps(made: Floor) -> list[str]:
    return [fact.step for fact in made.bench.facts(LiquidationNeared)]


def sales(made: Floor) -> list[Decimal]:
    return [out.quantity for out in made.venue.placed if out.purpose.value == "exit"]


async def test_outside_the_ladder_nothing_is_told():
    made = levered()
    await seen(made, 45, 35, 30.5)
    assert steps(made) == []


async def test_a_warning_is_told_once_and_sells_nothing():
    made = levered()
    await seen(made, 29, 28, 27, 29)
    assert steps(made) == ["warn"]
    assert sales(made) == []


async def test_a_reduction_sells_half_once():
    made = levered()
    await seen(made, 29, 24, 23, 22)
    assert steps(made) == ["warn", "reduce"]
    assert sales(made) == [4]


async def test_below_the_last_step_everything_is_sold():
    made = levered()
    await seen(made, 29, 24, 19)
    assert steps(made) == ["warn", "reduce", "close"]
    assert sales(made) == [4, 4]
    (closed,) = made.bench.facts(PositionClosed)
    assert closed.reason is ExitReason.LIQUIDATION_RISK


async def test_a_fall_through_every_step_at_once_sells_all_at_once():
    made = levered()
    await seen(made, 15)
    assert steps(made) == ["close"]
    assert sales(made) == [8]


async def test_a_close_that_was_refused_is_tried_again_and_told_once():
    made = levered()
    await seen(made, 29)
    made.venue.place_script.append(Refused("-1021", "timestamp"))
    await seen(made, 15)
    assert made.position() is not None
    await seen(made, 15)
    assert made.position() is None
    assert steps(made) == ["warn", "close"]


async def test_after_the_distance_has_grown_again_a_warning_is_news():
    made = levered()
    await seen(made, 29, 40, 29)
    assert steps(made) == ["warn", "warn"]


async def test_the_fact_names_the_prices_and_the_distance():
    made = levered()
    await seen(made, 28)
    (near,) = made.bench.facts(LiquidationNeared)
    assert float(near.liquidation_price) == pytest.approx(LIQUIDATION)
    assert float(near.distance_percent) == pytest.approx(28)
    assert float(near.mark_price) == pytest.approx(at_distance(28))


async def test_without_leverage_and_on_spot_there_is_no_ladder():
    plain = levered(leverage=1)
    await seen(plain, 5)
    assert steps(plain) == []
    spot = floor(VenueName.BINANCE_SPOT)
    hold(spot.portfolio, "8", "100", exits=FAR)
    await seen(spot, 5)
    assert steps(spot) == []


async def test_a_mark_that_swings_around_a_step_reduces_once():
    made = levered()
    await seen(made, 24.9, 25.1, 24.9, 25.1, 24.9)
    assert sales(made) == [4]


async def test_a_restart_does_not_reduce_again():
    made = levered()
    await seen(made, 24)
    again = floor(VenueName.BINANCE_FUTURES)
    again.portfolio.positions.update(made.portfolio.positions)
    again.portfolio.ledger = made.portfolio.ledger
    await seen(again, 24)
    assert sales(again) == []


async def test_a_reduction_that_was_refused_is_tried_again():
    made = levered()
    await seen(made, 29)
    made.venue.place_script.append(Refused("-1021", "timestamp"))
    await seen(made, 24, 24)
    position = made.position()
    assert position is not None
    assert position.quantity == 4


async def test_the_emergency_stop_comes_before_the_ladder():
    made = floor(VenueName.BINANCE_FUTURES)
    plan = ExitPlan(None, None, None, Decimal("0.05"))
    hold(made.portfolio, "8", "100", leverage=2, exits=plan)
    made.price(66.0, 66.0)
    await made.desk.exits.manage(made.market)
    assert sales(made) == [8]
    (closed,) = made.bench.facts(PositionClosed)
    assert closed.reason is ExitReason.EMERGENCY
