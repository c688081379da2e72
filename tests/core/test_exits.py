"""Why and in which order what is held is sold."""

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.core.operator import ENGINE
from engine.domain.errors import Refused
from engine.domain.events import OperatorState, PositionClosed
from engine.domain.exits import ExitPlan, ExitReason
from engine.domain.intent import OrderType, Purpose, Side
from engine.domain.signal import Action, Signal
from engine.domain.venue import ListedSessions, VenueName
from engine.ports.venue import Balance, ReportStatus
from tests.core.builders import Floor, floor, hold
from tests.core.fakes import fill, report
from tests.domain.builders import EXITS, entry, intended

SELL = Signal(Action.SELL, 0.9, "back inside the band")


def held(price: float, plan: ExitPlan = EXITS, venue: VenueName = VenueName.UPBIT) -> Floor:
    made = floor(venue)
    hold(made.portfolio, "2", "100", exits=plan)
    made.price(price)
    return made


async def managed(made: Floor) -> list[ExitReason]:
    await made.desk.exits.manage(made.market)
    return [closed.reason for closed in made.bench.facts(PositionClosed)]


TRAILED = replace(EXITS, take_profit=None, trailing=Decimal("0.02"))
# A stop above the emergency stop, a target below the price and so on: several reasons at once.
BOTH = replace(EXITS, stop_loss=Decimal(120), take_profit=Decimal(105))


@pytest.mark.parametrize(
    ("price", "plan", "reason"),
    [
        (94.0, EXITS, ExitReason.EMERGENCY),
        (95.0, EXITS, ExitReason.EMERGENCY),
        (94.0, replace(EXITS, take_profit=Decimal(90)), ExitReason.EMERGENCY),
        (94.0, replace(EXITS, stop_loss=None), ExitReason.EMERGENCY),
        (110.0, EXITS, ExitReason.TAKE_PROFIT),
        (111.0, BOTH, ExitReason.TAKE_PROFIT),
        (96.0, EXITS, ExitReason.STOP_LOSS),
        (104.0, BOTH, ExitReason.STOP_LOSS),
        (100.0, EXITS, None),
        (109.99, EXITS, None),
        (96.01, EXITS, None),
    ],
)
async def test_a_price_sells_for_the_first_reason_of_the_design(
    price: float, plan: ExitPlan, reason: ExitReason | None
):
    made = held(price, plan)
    assert await managed(made) == ([] if reason is None else [reason])


async def test_the_trailing_stop_sells_after_a_high():
    made = held(100.0, TRAILED)
    made.portfolio.see(made.market.instrument.symbol, Decimal(120))
    made.price(117.6)
    assert await managed(made) == [ExitReason.TRAILING_STOP]


async def test_the_strategys_word_comes_last():
    made = held(110.0)
    made.strategy.answer = SELL
    assert await managed(made) == [ExitReason.TAKE_PROFIT]
    calm = held(100.0)
    calm.strategy.answer = SELL
    assert await managed(calm) == [ExitReason.SIGNAL]


async def test_a_sale_is_a_market_order_for_whole_lots_of_all():
    made = held(94.0)
    await made.desk.exits.manage(made.market)
    (out,) = made.venue.placed
    assert (out.side, out.type, out.purpose) == (Side.SELL, OrderType.MARKET, Purpose.EXIT)
    assert (out.quantity, out.decision_price) == (Decimal(2), Decimal(94))
    assert out.exit_reason is ExitReason.EMERGENCY
    assert not out.reduce_only


async def test_a_contract_is_sold_reduce_only():
    made = held(94.0, venue=VenueName.BINANCE_FUTURES)
    await made.desk.seller.sell(made.market, ExitReason.MANUAL)
    assert made.venue.placed[-1].reduce_only


@pytest.mark.parametrize(
    ("state", "sells"),
    [
        (OperatorState.RUNNING, True),
        (OperatorState.PAUSED, True),
        (OperatorState.REDUCING, True),
        (OperatorState.HALTED, False),
        (OperatorState.SAFE, False),
    ],
)
async def test_the_operator_state_says_whether_the_engine_sells(state: OperatorState, sells: bool):
    made = held(94.0)
    await made.bench.operator.become(state, ENGINE, "because")
    assert bool(await managed(made)) is sells
    await made.desk.exits.on_price(made.market)
    assert bool(made.venue.placed) is sells


async def test_a_panic_sells_whatever_the_price():
    made = held(100.0)
    await made.bench.operator.become(OperatorState.PANIC, "42", "panic")
    assert await managed(made) == [ExitReason.PANIC]
    assert made.venue.placed[0].purpose is Purpose.PANIC


async def test_while_a_sale_is_of_unknown_fate_no_other_is_sent():
    made = held(94.0)
    made.venue.place_script.append(TimeoutError())
    for _ in range(5):
        await made.desk.exits.manage(made.market)
        await made.desk.exits.on_price(made.market)
    assert len(made.venue.placed) == 1
    skipped = made.context.decisions.newest(made.market.instrument.symbol)
    assert skipped is not None
    assert skipped.reason.startswith("order_in_flight")


async def test_what_a_sale_left_is_sold_by_another_order():
    made = held(94.0)
    made.venue.place_script.append(
        lambda intents: [report(intents[0], fill("x", "0.5", "94"), status=ReportStatus.EXPIRED)]
    )
    await made.desk.exits.manage(made.market)
    await made.desk.exits.manage(made.market)
    first, second = made.venue.placed
    assert second.quantity == Decimal("1.5")
    assert first.client_id != second.client_id
    (closed,) = made.bench.facts(PositionClosed)
    assert closed.quantity == 2


async def test_a_refused_sale_is_tried_again_by_a_new_order():
    made = held(94.0)
    made.venue.place_script.append(Refused("busy", "try later"))
    await made.desk.exits.manage(made.market)
    assert made.position() is not None
    assert await managed(made) == [ExitReason.EMERGENCY]
    assert made.venue.placed[0].client_id != made.venue.placed[1].client_id


async def test_outside_the_session_a_sale_waits_and_says_so():
    made = floor(VenueName.STOCK, sessions=ListedSessions({}))
    hold(made.portfolio, "2", "100")
    made.price(94.0)
    await made.desk.exits.manage(made.market)
    assert made.venue.placed == []
    skipped = made.context.decisions.newest("005930")
    assert skipped is not None
    assert skipped.reason.startswith("session")


async def test_a_market_that_is_busy_is_left_alone():
    made = held(94.0)
    made.context.busy.add(made.market.instrument.symbol)
    assert await managed(made) == []
    assert made.venue.placed == []
    await made.desk.seller.sell(made.market, ExitReason.MANUAL)
    assert made.venue.placed == []


@pytest.mark.parametrize("price", [0.0, -1.0])
async def test_f23_a_price_that_is_none_sells_nothing(price: float):
    made = held(100.0)
    made.market.last = price
    assert await managed(made) == []


async def test_an_entry_that_still_rests_does_not_hold_back_the_emergency_stop():
    made = held(94.0)
    resting = entry("pasu-resting", quantity="1")
    made.portfolio.apply(intended(resting))
    await made.bench.orders.report(report(resting))
    assert await managed(made) == [ExitReason.EMERGENCY]


async def test_f18_a_sale_that_is_refused_is_not_sent_with_every_tick():
    made = held(94.0)
    for _ in range(20):
        made.venue.place_script.append(Refused("under_min_total", "too small"))
    for _ in range(20):
        await made.desk.exits.on_price(made.market)
    assert len(made.venue.placed) <= 3


async def test_f19_no_more_is_sold_than_the_venue_holds():
    made = held(100.0)
    made.venue.holdings = {
        "ETH": Balance(Decimal("1.5"), Decimal(0)),
        "KRW": Balance(Decimal(10_000), Decimal(0)),
    }
    await made.desk.reconciler.compare()
    made.price(94.0)
    await made.desk.exits.manage(made.market)
    assert all(out.quantity <= Decimal("1.5") for out in made.venue.placed)
