"""A live venue from start to stop: compared before anything is decided, left in good order."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest

from engine.core.confirming import Confirming
from engine.core.desk import Desk
from engine.core.engine import Engine
from engine.core.engine_tables import Memory
from engine.core.entries import Entries
from engine.core.panic import Panic
from engine.domain.custody import SymbolPaused, SymbolResumed
from engine.domain.errors import BadConfiguration, Problem, VenueDown
from engine.domain.events import (
    EngineStopped,
    OrderIntended,
    OrderNeverArrived,
    PositionClosed,
    VenueLost,
)
from engine.domain.exits import ExitReason
from engine.domain.intent import OrderIntent
from engine.domain.venue import VenueName
from engine.phrases.causes import Cause
from engine.ports.venue import Balance, OrderReport, PriceMoved, ReportStatus
from tests.core.builders import Floor, floor, hold
from tests.core.fakes import NOON, fill, report, settled

SPOT, UPBIT = VenueName.BINANCE_SPOT, VenueName.UPBIT
D = Decimal


def engine_of(*floors: Floor) -> Engine:
    """An engine on the desks of floors, with the first one's clock, store and operator."""
    first = floors[0]
    desks: dict[VenueName, Desk] = {made.portfolio.venue: made.desk for made in floors}
    memory = Memory(first.bench.operator, {n: d.context.day_loss for n, d in desks.items()})
    return Engine(
        desks, memory, first.bench.recorder, first.bench.store, first.bench.clock, "0.0.0"
    )


def fill_purse(made: Floor, coins: str = "0") -> None:
    made.venue.holdings = {
        "ETH": Balance(D(coins), D(0)),
        made.portfolio.quote: Balance(D(100_000), D(0)),
    }


def entries_closed(made: Floor) -> str:
    gates = {gate.name: gate for gate in Entries(made.context).gates(made.market)}
    return "" if gates["reconciled"].passed else gates["reconciled"].value


async def spot_that_slept() -> Floor:
    """A desk whose stop filled at the venue an hour ago, while no engine ran."""
    made = floor(SPOT)
    hold(made.portfolio, "2", "100")
    await made.desk.protection.arm(made.market)
    profit, stop = made.venue.placed
    made.venue.known[stop.client_id] = report(
        stop, fill("s", "2", "95.7", asset="USDT"), status=ReportStatus.FILLED
    )
    made.venue.known[profit.client_id] = report(profit, status=ReportStatus.EXPIRED)
    fill_purse(made)
    return made


async def test_a_stop_that_filled_while_the_engine_was_off_is_booked_at_its_real_price():
    made = await spot_that_slept()
    engine = engine_of(made)
    await engine.start(made.bench.store.recover())
    (closed,) = made.bench.facts(PositionClosed)
    assert (closed.reason, closed.exit_price) == (ExitReason.STOP_LOSS, D("95.7"))
    assert entries_closed(made) == ""


async def test_key_with_the_wrong_rights_is_no_start():
    made = floor(UPBIT)
    made.venue.trouble["connect"] = BadConfiguration([Problem("BINANCE_API_KEY", "can withdraw")])
    made.desk.roster.instruments = {}
    with pytest.raises(BadConfiguration, match="can withdraw"):
        await engine_of(made).start(made.bench.store.recover())


async def test_key_with_the_wrong_rights_found_later_bars_the_venue_and_names_the_key():
    made = floor()
    made.desk.roster.instruments = {}
    made.desk.universe.forget()
    made.venue.trouble["connect"] = BadConfiguration([Problem("BINANCE_API_KEY", "can withdraw")])
    await made.desk.roster.keep_fresh()
    assert made.desk.roster.state == "auth_failed"
    (lost,) = made.bench.facts(VenueLost)
    assert "can withdraw" in lost.cause


async def test_before_the_venue_was_compared_nothing_is_bought():
    made = floor()
    made.venue.trouble["balances"] = VenueDown("503")
    engine = engine_of(made)
    await engine.start(made.bench.store.recover())
    assert entries_closed(made) == Cause.NOT_COMPARED.say()
    del made.venue.trouble["balances"]
    fill_purse(made)
    made.bench.clock.advance(5)
    await engine.loop()
    assert entries_closed(made) == ""


async def test_an_order_of_unknown_fate_keeps_the_gate_closed_until_it_is_proven():
    made = floor()
    fill_purse(made)
    made.venue.place_script.append(TimeoutError())
    made.strategy.level = 100.0
    made.market.refresh_level()
    await made.desk.entries.consider(made.market)
    engine = engine_of(made)
    await engine.start(made.bench.store.recover())
    assert entries_closed(made) != ""
    made.bench.clock.advance(30)
    await engine.loop()
    assert len(made.bench.facts(OrderNeverArrived)) == 1
    assert entries_closed(made) == ""
    ids = [out.client_id for out in made.venue.placed]
    assert len(ids) == len(set(ids))


async def test_a_venue_that_cannot_be_opened_does_not_keep_the_engine_from_starting():
    down, up = floor(UPBIT), floor(SPOT)
    down.context.instruments = {}
    down.venue.trouble["connect"] = VenueDown("refused")
    fill_purse(up)
    engine = engine_of(down, up)
    await engine.start(down.bench.store.recover())
    assert len(down.bench.facts(VenueLost)) == 1
    assert entries_closed(up) == ""


async def test_a_venue_that_hangs_holds_up_neither_another_nor_the_round(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("engine.core.engine.TURN_S", 0.05)
    hung, well = floor(UPBIT), floor(SPOT)
    fill_purse(well)
    fill_purse(hung)
    engine = engine_of(hung, well)
    await engine.start(hung.bench.store.recover())
    never = asyncio.Event()

    async def hang() -> Sequence[object]:
        await never.wait()
        return []

    hung.venue.tickers = hang  # type: ignore[assignment]
    hung.desk.universe.forget()
    before = well.context.loops
    for _ in range(3):
        await engine.loop()
    assert well.context.loops == before + 3
    assert engine.counters.loops == 3
    never.set()
    await engine.loop()
    await engine.loop()
    assert hung.context.loops >= 2


async def test_prices_reach_the_desk_through_the_lanes():
    made = floor()
    fill_purse(made, "2")
    hold(made.portfolio, "2", "100")
    engine = engine_of(made)
    await engine.start(made.bench.store.recover())
    running = asyncio.create_task(engine.run())
    await settled()
    await made.venue.tell(PriceMoved("ETH/KRW", 90.0, NOON))
    assert made.position() is None
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_f33_a_stop_waits_for_the_answer_under_way_and_then_writes_everything_down():
    made = floor()
    fill_purse(made, "2")
    hold(made.portfolio, "2", "100")
    engine = engine_of(made)
    await engine.start(made.bench.store.recover())
    running = asyncio.create_task(engine.run())
    await settled()
    answer = asyncio.Event()

    async def slow(intents: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        await answer.wait()
        return made.venue.take(intents)

    made.venue.place_script.append(slow)
    await made.venue.tell(PriceMoved("ETH/KRW", 90.0, NOON))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    stopping = asyncio.create_task(engine.stop("told to stop"))
    await settled()
    assert not stopping.done()
    answer.set()
    await stopping
    assert len(made.bench.facts(PositionClosed)) == 1
    assert len(made.bench.facts(EngineStopped)) == 1
    assert made.bench.calls("close") == ["close"]
    assert "upbit_portfolio" in made.bench.store.saved


async def test_f33_a_stop_asks_about_orders_of_unknown_fate_until_they_are_known():
    made = floor()
    fill_purse(made)
    engine = engine_of(made)
    await engine.start(made.bench.store.recover())
    made.venue.place_script.append(TimeoutError())
    made.strategy.level = 100.0
    made.market.refresh_level()
    await made.desk.entries.consider(made.market)
    await engine.stop("told to stop")
    assert len(made.bench.facts(OrderNeverArrived)) == 1
    assert len(made.bench.facts(OrderIntended)) == 1


async def test_f33_a_stop_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.core.engine.SETTLE_S", 0.05)
    made = floor()
    fill_purse(made)
    engine = engine_of(made)
    await engine.start(made.bench.store.recover())
    made.venue.trouble["order"] = VenueDown("503")
    made.venue.place_script.append(TimeoutError())
    made.strategy.level = 100.0
    made.market.refresh_level()
    await made.desk.entries.consider(made.market)
    await engine.stop("told to stop")
    assert len(made.bench.facts(EngineStopped)) == 1
    assert len(list(made.portfolio.pending())) == 1


async def test_a_paused_market_is_confirmed_by_its_coin():
    made = floor()
    paused = SymbolPaused(UPBIT, "ETH/KRW", "the venue holds less", NOON)
    other = SymbolPaused(UPBIT, "XRP/KRW", "three refusals", NOON)
    await made.bench.orders.book([paused, other])
    confirming = Confirming(engine_of(made))
    assert len(confirming.every()) == 2
    assert confirming.named("BTC") == []
    await confirming.confirm(confirming.named("eth"), "owner")
    assert list(made.portfolio.paused) == ["XRP/KRW"]
    (resumed,) = made.bench.facts(SymbolResumed)
    assert (resumed.symbol, resumed.who) == ("ETH/KRW", "owner")


async def test_only_followed_markets_are_streamed_and_what_is_held_is_always_among_them():
    made = floor()
    hold(made.portfolio, "2", "100")
    made.rules(block=frozenset({"ETH"}))
    await made.desk.roster.refresh()
    assert made.desk.universe.symbols == ()
    assert made.venue.followed[-1] == ("ETH/KRW",)


async def test_a_market_that_is_neither_chosen_nor_held_is_loaded_anew_when_it_comes_back():
    made = floor()
    made.rules(block=frozenset({"ETH"}))
    await made.desk.roster.refresh()
    assert made.context.markets == {}
    made.rules(block=frozenset())
    await made.desk.roster.refresh()
    assert made.context.markets["ETH/KRW"] is not made.market


async def test_a_panic_sells_at_one_venue_while_another_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("engine.core.panic.PATIENCE_S", 0.05)
    monkeypatch.setattr("engine.core.panic.ROUND_S", 0.01)
    hung, well = floor(UPBIT), floor(SPOT)
    for made in (hung, well):
        hold(made.portfolio, "2", "100")
        made.context.operator = hung.bench.operator
    never = asyncio.Event()

    async def hang(_: Sequence[OrderIntent]) -> Sequence[OrderReport]:
        await never.wait()
        return []

    hung.venue.place_script.append(hang)
    panic = Panic(engine_of(hung, well))
    assert not await panic.begin("owner")
    assert well.position() is None
    assert hung.position() is not None
    assert len(hung.venue.placed) == 1
    never.set()
    await settled()
