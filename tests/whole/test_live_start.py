"""Starting and stopping an engine that trades live, whatever the exchanges do meanwhile."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.exchanges.remote import own_process
from tests.whole.live_books import assert_books_equal
from tests.whole.live_house import SPOT, UPBIT, LiveHouse, checkout

KRW, USDT = 100_000_000, 100_000
LOCKED = 75
TOUCHED = {UPBIT: ("U0/KRW", "10400"), SPOT: ("S0/USDT", "10.4")}
ORDERS = {UPBIT: "/v1/orders", SPOT: "/api/v3/order"}
PRIVATE = {"/v1/accounts", "/v1/orders/open", "/api/v3/account", "/api/v3/openOrders"}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkout(tmp_path_factory.mktemp("own"))


@pytest.fixture
def house(tmp_path: Path, own: Path) -> Iterator[LiveHouse]:
    with (
        own_process("upbit", ["BTC:100000000:90", "U0:10000:90"], [f"KRW:{KRW}"]) as upbit,
        own_process("binance_spot", ["BTC:60000:90", "S0:10:90"], [f"USDT:{USDT}"]) as spot,
    ):
        made = LiveHouse(tmp_path, own, {UPBIT: upbit, SPOT: spot})
        made.values["SYMBOLS_BLOCK"] = "BTC"
        yield made
        made.close()


def touch(house: LiveHouse, name: str) -> None:
    """Let the price of an exchange's coin touch its level."""
    symbol, price = TOUCHED[name]
    house.venues[name].tell("price", symbol=symbol, price=price)


def buy(house: LiveHouse, name: str) -> None:
    """Let an exchange's coin be bought."""
    touch(house, name)
    house.until(lambda: TOUCHED[name][0] in house.held())


def lost(house: LiveHouse, name: str) -> list[dict[str, Any]]:
    """Return what was told of an exchange that was lost."""
    return [fact for fact in house.facts("VenueLost") if fact["venue"] == name]


def found(house: LiveHouse, name: str) -> list[dict[str, Any]]:
    """Return what was told of an exchange that is back."""
    return [fact for fact in house.facts("VenueFound") if fact["venue"] == name]


def came_back(house: LiveHouse, name: str) -> bool:
    """Return whether an exchange was told to be back; its prices go on, or its stream is silent."""
    touch(house, name)
    return bool(found(house, name))


def test_f31_second_engine_exits_75_and_the_first_trades_on(house: LiveHouse):
    house.start()
    second = LiveHouse(house.folder, house.own, house.venues)
    second.begin()
    assert second.ended() == LOCKED
    for name in (UPBIT, SPOT):
        buy(house, name)
    assert_books_equal(house, UPBIT, KRW)
    assert_books_equal(house, SPOT, USDT)
    assert house.stop() == 0


def test_f33_sigterm_while_orders_are_under_way_waits_for_them_and_books_them(house: LiveHouse):
    house.start()
    for name, path in ORDERS.items():
        slow = {"after_s": 1.5}
        house.venues[name].tell("fault", fault="Latency", method="POST", path=path, args=slow)
        touch(house, name)
    house.until(lambda: all(venue.ask("trades") for venue in house.venues.values()))
    assert house.stop() == 0
    assert {fact["venue"] for fact in house.facts("PositionOpened")} == {UPBIT, SPOT}
    assert house.facts()[-1]["kind"] == "EngineStopped"
    house.start()
    assert house.held().keys() == {symbol for symbol, _ in TOUCHED.values()}
    assert_books_equal(house, UPBIT, KRW)
    assert_books_equal(house, SPOT, USDT)


def test_f32_restart_within_the_minute_of_an_entry_sells_nothing_by_an_older_price(
    house: LiveHouse,
):
    house.start()
    for name in (UPBIT, SPOT):
        buy(house, name)
    house.kill()
    house.start()
    house.until(lambda: house.get("status")["loops"] > 5)
    assert house.held().keys() == {symbol for symbol, _ in TOUCHED.values()}
    assert "exit" not in {fact["intent"]["purpose"] for fact in house.facts("OrderIntended")}
    assert_books_equal(house, UPBIT, KRW)
    assert_books_equal(house, SPOT, USDT)


@pytest.mark.parametrize(
    ("down", "up"), [(UPBIT, SPOT), pytest.param(SPOT, UPBIT, marks=pytest.mark.slow)]
)
def test_f10_unreachable_exchange_is_told_and_the_other_one_trades(
    house: LiveHouse, down: str, up: str
):
    house.venues[down].tell("refuse")
    house.start(until=lambda: house.get("status") is not None)
    house.until(lambda: house.venue(down)["state"] == "down")
    assert len(lost(house, down)) == 1
    buy(house, up)
    house.venues[down].tell("accept")
    house.until(house.is_settled, 60)
    buy(house, down)
    house.until(lambda: came_back(house, down), 60)
    assert (len(lost(house, down)), len(found(house, down))) == (1, 1)
    assert_books_equal(house, UPBIT, KRW)
    assert_books_equal(house, SPOT, USDT)


@pytest.mark.parametrize(
    ("shut", "key", "up"),
    [
        pytest.param(UPBIT, "UPBIT_ACCESS_KEY", SPOT, marks=pytest.mark.slow),
        (SPOT, "BINANCE_API_KEY", UPBIT),
    ],
)
def test_f07_key_that_is_not_accepted_is_named_and_the_other_exchange_trades(
    house: LiveHouse, shut: str, key: str, up: str
):
    house.values[key] = "somebody-elses-key"
    house.start(until=lambda: house.get("status") is not None)
    house.until(lambda: house.venue(shut)["state"] == "auth_failed")
    (told,) = [fact for fact in lost(house, shut) if fact["auth_failed"]]
    assert "key" in told["cause"].lower()
    buy(house, up)
    touch(house, shut)
    asked = len(house.venues[shut].ask("requests"))
    house.until(lambda: house.get("status")["loops"] > 20)
    signed = house.venues[shut].ask("requests")[asked:]
    assert [one["path"] for one in signed if one["path"] in PRIVATE] == []
    assert house.venues[shut].ask("orders") == []
