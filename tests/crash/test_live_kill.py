"""kill -9 while an engine trades live: after the next start the book is what the venue says."""

import os
import random
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine.cli_socket import EngineClient
from tests.exchanges.remote import RemoteVenue, own_process
from tests.whole.live_books import assert_books_equal
from tests.whole.live_clock import PushedClock
from tests.whole.live_house import KILLED, SPOT, UPBIT, LiveHouse, Nursery, checkout
from tests.whole.live_tide import Coin, Tide

KRW = 100_000_000
START, ENTRY, TARGET = "10000", "10400", "11000"
KILLS = int(os.environ.get("PASU_LIVE_KILLS", "500"))
TERMS = {UPBIT: ("KRW", "10000", "10", KRW), SPOT: ("USDT", "10", "0.0001", 100_000)}
ROUNDS = 14
SOLD, BOUGHT = ("HUNG", "PART", "REST"), ("LATE", "SOME", "WAIT")
INTENT, FILL = '"OrderIntended".*"{side}"', '"OrderFilled".*"{side}"'
STEPS = {
    "before the intent": f"before:{INTENT}",
    "in the middle of writing the intent": f"half:{INTENT}",
    "after the intent": f"after:{INTENT}",
    "before the fill is written": f"before:{FILL}",
    "in the middle of writing the fill": f"half:{FILL}",
    "after the fill and before a snapshot": f"after:{FILL}",
    **{f"at call {n} of the save": f"save{n}:{FILL}" for n in range(1, 12)},
}
SHORT = (
    "before the intent",
    "after the intent",
    "after the fill and before a snapshot",
    "at call 9 of the save",
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def nursery(own: Path) -> Iterator[Nursery]:
    made = Nursery(own)
    yield made
    made.close()


def coins(*names: str, price: str = START) -> list[str]:
    return ["BTC:100000000:90", *(f"{name}:{price}:90" for name in names)]


def kill_at(house: LiveHouse, venue: RemoteVenue, coin: str, step: str) -> None:
    """Let one life die at a step of a buy, and the next one at the same step of the sale."""
    symbol = f"{coin}/KRW"
    house.values["SYMBOLS_ALLOW"] = coin
    house.start(step.replace("{side}", "buy"))
    venue.tell("price", symbol=symbol, price=ENTRY)
    assert house.ended() == KILLED
    house.start(step.replace("{side}", "sell"), until=lambda: holds(house, symbol))
    assert_books_equal(house, UPBIT, KRW)
    venue.tell("price", symbol=symbol, price=TARGET)
    assert house.ended() == KILLED
    house.start(until=lambda: holds(house))
    assert_books_equal(house, UPBIT, KRW)
    house.kill()


def holds(house: LiveHouse, *symbols: str) -> bool:
    """Return whether just these are held, once what may never have arrived had its time."""
    if not house.is_settled():
        if house.clock is not None:
            house.pass_by(5)
        return False
    return set(symbols) == house.held().keys()


def run_steps(folder: Path, own: Path, nursery: Nursery, steps: dict[str, str]) -> None:
    names = [f"K{number}" for number in range(len(steps))]
    with own_process("upbit", coins(*names), [f"KRW:{KRW}"]) as venue:
        house = LiveHouse(folder, own, {UPBIT: venue}, nursery)
        house.clock = PushedClock(folder / "clock")
        try:
            for name, (moment, step) in zip(names, steps.items(), strict=True):
                print(f"killed {moment}")
                kill_at(house, venue, name, step)
        finally:
            house.close()


def test_f32_kill_at_a_step_of_buy_and_sale_loses_and_doubles_nothing(tmp_path, own, nursery):
    run_steps(tmp_path, own, nursery, {name: STEPS[name] for name in SHORT})


@pytest.mark.slow
def test_f32_kill_at_every_step_of_buy_and_sale_loses_and_doubles_nothing(tmp_path, own, nursery):
    run_steps(tmp_path, own, nursery, STEPS)


def test_f32_kill_with_orders_in_flight_is_settled_by_the_next_start(tmp_path, own):
    with own_process("upbit", coins(*SOLD, *BOUGHT), [f"KRW:{KRW}"]) as venue:
        house = LiveHouse(tmp_path, own, {UPBIT: venue})
        try:
            house.start()
            for name in SOLD:
                venue.tell("price", symbol=f"{name}/KRW", price=ENTRY)
            house.until(lambda: len(house.held()) == len(SOLD))
            put_in_flight(house, venue)
            house.kill()
            let_all_trade(venue, SOLD + BOUGHT)
            house.start(until=lambda: holds(house, *(f"{name}/KRW" for name in BOUGHT)))
            assert_books_equal(house, UPBIT, KRW)
            assert house.stop() == 0
        finally:
            house.close()


def put_in_flight(house: LiveHouse, venue: RemoteVenue) -> None:
    """Hold one order after its acceptance, one between its fills, one unfilled: sales and buys."""
    for name in ("HUNG", "LATE"):
        venue.tell("fault", fault="HangAfter", path="/v1/orders", params={"market": f"KRW-{name}"})
    for name, most in (("PART", "5"), ("SOME", "5"), ("REST", "0"), ("WAIT", "0")):
        venue.tell("fill_only", symbol=f"{name}/KRW", quantity=most)
    for name in SOLD:
        venue.tell("price", symbol=f"{name}/KRW", price=TARGET)
    for name in BOUGHT:
        venue.tell("price", symbol=f"{name}/KRW", price=ENTRY)
    house.until(lambda: len(venue.ask("orders")) == 2 * len(SOLD) + len(BOUGHT))
    partly = {f"{name}/KRW" for name in ("PART", "SOME")}
    house.until(lambda: partly <= filled_partly(house))


def filled_partly(house: LiveHouse) -> set[str]:
    """Return the markets of orders that have traded and have not ended."""
    orders = house.get("orders")
    return {o["symbol"] for o in orders if Decimal(o["filled_quantity"]) and o["status"] == "open"}


def let_all_trade(venue: RemoteVenue, names: tuple[str, ...]) -> None:
    """Let every order end while no engine runs."""
    venue.tell("clear")
    for name in names:
        venue.tell("fill_only", symbol=f"{name}/KRW", quantity=None)
        price = TARGET if name in SOLD else ENTRY
        venue.tell("price", symbol=f"{name}/KRW", price=price)


@pytest.mark.slow
def test_f27_clock_set_back_between_two_lives_repeats_no_decision(tmp_path, own, nursery):
    names = ("K0", "K1", "K2")
    with own_process("upbit", coins(*names), [f"KRW:{KRW}"]) as venue:
        house = LiveHouse(tmp_path, own, {UPBIT: venue}, nursery)
        house.clock = PushedClock(tmp_path / "clock")
        house.values |= {"CRYPTO_STRATEGY_PRESET": "eager", "SYMBOLS_ALLOW": ",".join(names)}
        try:
            house.start()
            for number in range(1, ROUNDS + 1):
                buy_and_sell(house, venue, names, number)
                if number < ROUNDS:
                    house.pass_by(60)
                tell_all(venue, names, START)
            house.kill()
            # The book remembers the last sixty orders: these decisions are older than that.
            house.clock.push(-60 * (ROUNDS - 1))
            house.start()
            house.until(lambda: house.get("status")["loops"] > 5)
            assert len(house.facts("PositionOpened")) == ROUNDS * len(names)
            assert_books_equal(house, UPBIT, KRW)
        finally:
            house.close()


def buy_and_sell(house: LiveHouse, venue: RemoteVenue, names: tuple[str, ...], number: int) -> None:
    """Let each market be bought after its minute for the nth time, and sold at its target."""
    house.until(lambda: len(house.facts("PositionOpened")) == number * len(names))
    tell_all(venue, names, TARGET)
    house.until(lambda: len(house.facts("PositionClosed")) == number * len(names))


def tell_all(venue: RemoteVenue, names: tuple[str, ...], price: str) -> None:
    """Let every market trade at a price."""
    for name in names:
        venue.tell("price", symbol=f"{name}/KRW", price=price)


@pytest.mark.parametrize(("name", "kills"), [(UPBIT, 6), (SPOT, 4)])
def test_f32_random_kills_lose_and_double_nothing(tmp_path, own, nursery, name, kills):
    random_kills(tmp_path, own, nursery, name, kills)


@pytest.mark.slow
@pytest.mark.parametrize("name", [UPBIT, SPOT])
def test_f32_five_hundred_random_kills_lose_and_double_nothing(tmp_path, own, nursery, name):
    random_kills(tmp_path, own, nursery, name, KILLS)


def random_kills(folder: Path, own: Path, nursery: Nursery, name: str, kills: int) -> None:
    """Kill at random moments of lives that buy and sell all the time; nothing may be amiss."""
    dice, bases = random.Random(kills), ("K0", "K1", "K2")
    quote, start, tick, deposit = TERMS[name]
    markets = [*(f"{base}:{start}:90" for base in bases), "BTC:60000000:90", "BNB:600:90"]
    with own_process(name, markets, [f"{quote}:{deposit}"]) as venue:
        house = LiveHouse(folder, own, {name: venue}, nursery)
        house.clock = PushedClock(folder / "clock")
        house.values |= {"CRYPTO_STRATEGY_PRESET": "minute", "SYMBOLS_ALLOW": ",".join(bases)}
        house.values |= {"MAX_DAILY_LOSS_PERCENT": "90"}
        moving = [Coin(venue, f"{base}/{quote}", Decimal(start), Decimal(tick)) for base in bases]
        try:
            with Tide(moving, house.clock, seconds=15, rest_s=0.05, seed=kills):
                for _ in range(kills):
                    house.begin()
                    house.until(lambda: house.get("status") is not None)
                    time.sleep(dice.uniform(0.0, 1.0))
                    house.kill()
            house.start(until=lambda: is_known(house))
            EngineClient(folder / "s", "owner", 20).post("panic", {}, "the end")
            house.until(lambda: is_known(house) and not house.held() and not house.get("orders"))
            assert_books_equal(house, name, deposit)
            trades = len(house.facts("OrderFilled"))
            assert trades > kills
            print(f"{kills} kills, {trades} trades, {len(house.facts('PositionClosed'))} closed")
            assert house.stop() == 0
        finally:
            house.close()


def is_known(house: LiveHouse) -> bool:
    """Return whether every order's fate is known, once what may not have arrived had its time."""
    if not house.is_settled():
        house.pass_by(5)
        return False
    return True
