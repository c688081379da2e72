"""A venue lost and found: said once, left alone where told, compared before it is traded."""

from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.entries import Entries
from engine.core.link import LONGEST_SETTLE_S, SETTLE_S
from engine.core.severity import severity
from engine.domain.custody import PositionUnprotected
from engine.domain.errors import AuthFailed, Throttled, VenueDown
from engine.domain.events import (
    ClockFoundOff,
    ClockFoundRight,
    OrderAccepted,
    OrderIntended,
    PositionClosed,
    Severity,
    VenueFound,
    VenueLost,
)
from engine.domain.exits import ExitReason
from engine.domain.venue import VenueName
from engine.phrases.book import english
from engine.ports.venue import (
    Balance,
    ClockOff,
    ClockRight,
    ConnectionLost,
    ConnectionRestored,
    ReportStatus,
    Surface,
    SurfaceName,
    SurfaceState,
)
from tests.core.builders import Floor, floor, hold
from tests.core.fakes import NOON, fill, report

ORDERS, REST, PRICES = SurfaceName.ORDERS, SurfaceName.REST, SurfaceName.PRICES


def lost(line: SurfaceName = ORDERS, **more: object) -> ConnectionLost:
    return ConnectionLost(line, "reset by peer", NOON, **more)  # type: ignore[arg-type]


def balances(made: Floor) -> None:
    made.venue.holdings = {
        "ETH": Balance(Decimal(50), Decimal(0)),
        made.portfolio.quote: Balance(Decimal(10_000), Decimal(0)),
    }


async def let_pass(made: Floor, seconds: float) -> None:
    """Let time pass, and the desk loop at its end."""
    made.bench.clock.advance(seconds)
    await made.desk.loop()


def closed_gates(made: Floor) -> list[str]:
    return [gate.name for gate in Entries(made.context).gates(made.market) if not gate.passed]


async def test_a_venue_is_said_to_be_lost_once_and_back_once_however_many_lines_fail():
    made = floor()
    for line in (PRICES, ORDERS, REST, ORDERS):
        await made.desk.handle(lost(line))
    assert made.desk.roster.state == "down"
    made.bench.clock.advance(90)
    balances(made)
    for line in (REST, PRICES, ORDERS):
        await made.desk.handle(ConnectionRestored(line, NOON))
    assert made.desk.roster.state == "up"
    await let_pass(made, SETTLE_S - 1)
    assert made.bench.facts(VenueFound) == []
    await let_pass(made, 60)
    (gone,) = made.bench.facts(VenueLost)
    (back,) = made.bench.facts(VenueFound)
    assert (gone.cause, back.down_s, back.times) == ("reset by peer", 90.0, 1)


async def test_a_line_that_flaps_is_told_lost_once_and_back_once_with_how_often_it_was_lost():
    made = floor()
    balances(made)
    for _ in range(20):
        await made.desk.handle(lost())
        assert {"venue", "reconciled"} <= set(closed_gates(made))
        await let_pass(made, 3)
        await made.desk.handle(ConnectionRestored(ORDERS, NOON))
        assert closed_gates(made) == []
        await let_pass(made, 4)
    assert (len(made.bench.facts(VenueLost)), made.bench.facts(VenueFound)) == (1, [])
    await let_pass(made, SETTLE_S)
    (back,) = made.bench.facts(VenueFound)
    assert (back.times, back.down_s) == (20, 20 * 3 + 19 * 4)
    assert len(made.bench.facts(VenueLost)) == 1


async def test_a_venue_that_is_lost_again_and_again_is_told_less_and_less_often():
    made = floor()
    balances(made)
    for _ in range(90):
        await made.desk.handle(lost())
        await made.desk.handle(ConnectionRestored(ORDERS, NOON))
        await let_pass(made, 40)
    told = len(made.bench.facts(VenueLost))
    assert told == 2
    await let_pass(made, 2 * SETTLE_S)
    await let_pass(made, LONGEST_SETTLE_S)
    await made.desk.handle(lost())
    await made.desk.handle(ConnectionRestored(ORDERS, NOON))
    await let_pass(made, SETTLE_S)
    found = made.bench.facts(VenueFound)
    assert (len(made.bench.facts(VenueLost)), len(found)) == (told + 1, told + 1)
    assert sum(one.times for one in found) == 91


async def test_f07_a_refused_key_is_told_at_once_in_the_middle_of_a_flap():
    made = floor()
    await made.desk.handle(lost())
    await made.desk.handle(ConnectionRestored(ORDERS, NOON))
    await made.desk.handle(lost(auth_failed=True))
    assert [gone.auth_failed for gone in made.bench.facts(VenueLost)] == [False, True]


async def test_f14_a_lost_order_stream_closes_entries_until_orders_and_balances_were_asked():
    made = floor()
    await made.desk.handle(lost())
    assert {"venue", "reconciled"} <= set(closed_gates(made))
    made.venue.trouble["balances"] = VenueDown("503")
    await made.desk.handle(ConnectionRestored(ORDERS, NOON))
    assert "reconciled" in closed_gates(made)
    del made.venue.trouble["balances"]
    balances(made)
    made.bench.clock.advance(5)
    await made.desk.loop()
    assert closed_gates(made) == []


async def test_f14_what_filled_while_the_stream_was_cut_is_booked_before_the_gate_opens():
    made = floor(VenueName.BINANCE_SPOT)
    hold(made.portfolio, "2", "100")
    await made.desk.protection.arm(made.market)
    stop = made.venue.placed[1]
    await made.desk.handle(lost())
    made.venue.known[stop.client_id] = report(
        stop, fill("s", "2", "95.9", asset="USDT"), status=ReportStatus.FILLED
    )
    balances(made)
    await made.desk.handle(ConnectionRestored(ORDERS, NOON))
    (closed,) = made.bench.facts(PositionClosed)
    assert closed.reason is ExitReason.STOP_LOSS
    assert made.context.link.unreconciled == ""


async def test_f14_exits_go_on_while_the_order_stream_is_cut():
    made = floor()
    hold(made.portfolio, "2", "100")
    await made.desk.handle(lost())
    made.price(90.0)
    await made.desk.exits.on_price(made.market)
    assert made.position() is None


async def test_a_doubt_that_comes_while_the_venue_is_asked_is_not_forgotten():
    made = floor()
    balances(made)
    made.context.link.doubt("orders lost")
    asked = made.venue.balances

    async def cut_meanwhile() -> object:
        await made.desk.handle(lost())
        return await asked()

    made.venue.balances = cut_meanwhile  # type: ignore[assignment]
    assert await made.desk.reconciler.catch_up()
    assert "reconciled" in closed_gates(made)


async def test_f07_a_key_that_is_refused_is_never_tried_again_and_said_loudly():
    made = floor()
    hold(made.portfolio, "2", "100")
    made.venue.trouble["tickers"] = AuthFailed("-2015: allow 1.2.3.4 for this key")
    made.desk.universe.forget()
    for _ in range(10):
        await made.desk.loop()
        made.bench.clock.advance(60)
    (gone,) = made.bench.facts(VenueLost)
    assert gone.auth_failed
    assert "1.2.3.4" in gone.cause
    assert severity(gone) is Severity.CRITICAL
    assert made.bench.calls("failed") == ["failed tickers"]
    made.price(90.0)
    await made.desk.exits.on_price(made.market)
    assert made.venue.placed == []


async def test_f07_a_key_that_is_refused_on_an_order_stops_the_venue():
    made = floor()
    hold(made.portfolio, "2", "100")
    made.price(90.0)
    made.venue.place_script.append(AuthFailed("401"))
    for _ in range(3):
        await made.desk.exits.on_price(made.market)
    assert made.desk.roster.state == "auth_failed"
    assert len(made.venue.placed) == 1


async def test_f05_a_ban_is_sat_out_without_a_single_call():
    made = floor()
    hold(made.portfolio, "2", "100")
    until = NOON + timedelta(minutes=3)
    await made.desk.handle(lost(REST, until=until))
    made.price(90.0)
    made.desk.universe.forget()
    made.bench.log.clear()
    for _ in range(5):
        await made.desk.loop()
        made.bench.clock.advance(30)
    assert [line for line in made.bench.log if not line.startswith("disk")] == []
    made.bench.clock.advance(60)
    balances(made)
    await made.desk.loop()
    assert made.position() is None
    assert made.desk.roster.state == "up"


async def test_f10_a_venue_without_an_answer_is_asked_less_and_less_often():
    made = floor()
    made.venue.trouble["tickers"] = VenueDown("refused")
    made.desk.universe.forget()
    for _ in range(200):
        await made.desk.loop()
        made.bench.clock.advance(3)
    assert 12 <= len(made.bench.calls("failed tickers")) <= 17
    assert len(made.bench.facts(VenueLost)) == 1


async def test_f10_a_venue_that_could_not_be_opened_is_opened_by_the_loop():
    made = floor()
    made.context.instruments = {}
    made.desk.universe.forget()
    made.venue.trouble["connect"] = VenueDown("refused")
    assert not await made.desk.roster.connect()
    del made.venue.trouble["connect"]
    made.bench.clock.advance(5)
    await made.desk.loop()
    assert list(made.desk.roster.instruments) == [made.market.instrument.symbol]
    assert made.desk.roster.state == "up"


async def test_f04_a_rate_limit_on_a_question_is_no_lost_venue():
    made = floor()
    made.venue.trouble["tickers"] = Throttled("slow down", NOON + timedelta(seconds=10))
    made.desk.universe.forget()
    await made.desk.loop()
    await made.desk.loop()
    assert made.bench.facts(VenueLost) == []
    assert made.bench.calls("failed") == ["failed tickers"]


async def test_f27_a_jump_of_the_wall_clock_closes_entries_until_everything_was_compared():
    made = floor()
    await made.desk.loop()
    made.bench.clock.jump(3600)
    made.venue.trouble["balances"] = VenueDown("503")
    await made.desk.loop()
    assert "reconciled" in closed_gates(made)
    assert "jumped by 3600 s" in english(made.context.link.unreconciled)
    del made.venue.trouble["balances"]
    balances(made)
    made.bench.clock.advance(5)
    await made.desk.loop()
    assert closed_gates(made) == []


async def test_f27_a_clock_that_runs_evenly_is_no_news():
    made = floor()
    for _ in range(5):
        await made.desk.loop()
        made.bench.clock.advance(3)
    assert made.context.link.unreconciled == ""


async def test_f16_a_clock_that_is_off_is_told_and_closes_nothing():
    made = floor()
    await made.desk.handle(ClockOff(-1.6, False, NOON))
    (off,) = made.bench.facts(ClockFoundOff)
    assert (off.ahead_s, off.bars_orders) == (-1.6, False)
    assert severity(off) is Severity.WARNING
    assert closed_gates(made) == []
    await made.desk.handle(ClockRight(NOON))
    assert len(made.bench.facts(ClockFoundRight)) == 1
    assert made.bench.facts(VenueLost) + made.bench.facts(VenueFound) == []


async def test_f16_a_clock_far_off_holds_every_order_back_until_it_is_right():
    made = floor()
    hold(made.portfolio, "2", "100")
    await made.desk.handle(ClockOff(6.2, True, NOON))
    assert "venue" in closed_gates(made)
    assert "+6.2 s off" in english(made.context.link.troubles["clock"])
    made.price(90.0)
    await made.desk.exits.on_price(made.market)
    assert made.venue.placed == []
    await made.desk.handle(ClockRight(NOON))
    assert "venue" not in closed_gates(made)
    await made.desk.exits.on_price(made.market)
    assert made.position() is None
    assert made.bench.facts(VenueLost) + made.bench.facts(VenueFound) == []


async def test_f16_a_line_that_comes_back_is_told_while_the_clock_is_off():
    made = floor()
    balances(made)
    await made.desk.handle(lost())
    await made.desk.handle(ClockOff(6.2, True, NOON))
    await made.desk.handle(ConnectionRestored(ORDERS, NOON))
    await let_pass(made, SETTLE_S)
    assert len(made.bench.facts(VenueFound)) == 1
    assert made.desk.roster.state == "down"


@pytest.mark.parametrize("state", [SurfaceState.DOWN, SurfaceState.CONNECTING, SurfaceState.UP])
async def test_a_position_that_only_the_engine_guards_is_bare_without_prices(state: SurfaceState):
    made = floor()
    hold(made.portfolio, "2", "100")
    made.venue.lines = [Surface(PRICES, NOON, state)]
    made.bench.clock.advance(31)
    await made.desk.loop()
    made.bench.clock.advance(6)
    await made.desk.loop()
    (bare,) = made.bench.facts(PositionUnprotected)
    assert bare.seconds == 6.0
    assert "price" in bare.why


async def test_f06_an_ambiguous_exit_is_asked_about_and_not_sent_again_until_it_is_proven():
    made = floor()
    hold(made.portfolio, "2", "100")
    made.price(90.0)
    made.venue.place_script.append(VenueDown("connection reset"))
    for _ in range(5):
        await made.desk.loop()
        made.bench.clock.advance(3)
    assert len(made.venue.placed) == 1
    assert len(made.bench.facts(OrderIntended)) == 1
    made.bench.clock.advance(30)
    await made.desk.loop()
    await made.desk.loop()
    assert len(made.venue.placed) == 2
    assert made.venue.placed[0].client_id != made.venue.placed[1].client_id
    assert made.position() is None
    assert len(made.bench.facts(OrderAccepted)) == 1
