"""The emergency sale while exchanges fail, refuse and are thin."""

import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.cli_socket import EngineClient
from tests.exchanges.remote import own_process
from tests.whole.live_books import assert_books_equal
from tests.whole.live_house import SPOT, UPBIT, LiveHouse, Nursery, checkout

KRW, USDT = 100_000_000, 100_000
FLAT_S = 10.0
COINS = {UPBIT: ("U0/KRW", "U1/KRW"), SPOT: ("S0/USDT", "S1/USDT")}
ENTRY = {UPBIT: "10400", SPOT: "10.4"}
LIMITED = {
    "status": 429,
    "body": {"code": -1003, "msg": "Too many requests."},
    "headers": {"Retry-After": "1"},
}


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Nursery]]:
    own = checkout(tmp_path_factory.mktemp("own"))
    made = Nursery(own)
    yield own, made
    made.close()


@pytest.fixture
def house(tmp_path: Path, nursery: tuple[Path, Nursery]) -> Iterator[LiveHouse]:
    """An engine that holds two coins at each exchange."""
    won = ["BTC:100000000:90", *(f"U{n}:10000:90" for n in range(2))]
    dollars = ["BTC:60000:90", "BNB:600:90", *(f"S{n}:10:90" for n in range(2))]
    with (
        own_process("upbit", won, [f"KRW:{KRW}"]) as upbit,
        own_process("binance_spot", dollars, [f"USDT:{USDT}"]) as spot,
    ):
        made = LiveHouse(tmp_path, nursery[0], {UPBIT: upbit, SPOT: spot}, nursery[1])
        made.values["SYMBOLS_BLOCK"] = "BTC,BNB"
        try:
            made.start()
            for name, symbols in COINS.items():
                for symbol in symbols:
                    made.venues[name].tell("price", symbol=symbol, price=ENTRY[name])
            made.until(lambda: made.held().keys() == {s for each in COINS.values() for s in each})
            made.until(lambda: all(made.held()[s]["protected"] for s in COINS[SPOT]))
            yield made
        finally:
            made.close()


def panic(house: LiveHouse) -> None:
    """Order the emergency sale."""
    answer = EngineClient(house.folder / "s", "owner", 20).post("panic", {}, "now")
    assert answer.error is None


def receipts(house: LiveHouse) -> list[dict[str, Any]]:
    """Return what the owner was told of the sale."""
    return house.facts("PanicProgressed")


def named(house: LiveHouse) -> set[str]:
    """Return the markets of which it was told why they are not sold yet."""
    return {fact["symbol"] for fact in receipts(house) if fact["outcome"] not in {"sold", "flat"}}


def sales(house: LiveHouse, name: str) -> list[dict[str, Any]]:
    """Return the sales at market that an exchange took."""
    orders = house.venues[name].ask("orders")
    return [o for o in orders if o["new"]["side"] == "SELL" and o["new"]["type"] == "MARKET"]


def test_panic_with_one_exchange_down_and_one_that_refuses_every_second_call(house: LiveHouse):
    upbit, spot = house.venues[UPBIT], house.venues[SPOT]
    upbit.tell("refuse")
    spot.tell("fault", fault="Answer", args=LIMITED, path="/api/*", times=None, every=2)
    panic(house)
    house.until(lambda: not house.held().keys() & set(COINS[SPOT]), 30)
    assert house.held().keys() == set(COINS[UPBIT])
    upbit.tell("accept")
    house.until(lambda: house.held().keys() <= named(house), FLAT_S)
    house.until(lambda: not house.held(), 60)
    spot.tell("clear")
    house.until(lambda: receipts(house)[-1]["outcome"] == "flat")
    sold = [fact["symbol"] for fact in receipts(house) if fact["outcome"] == "sold"]
    assert sorted(sold) == sorted(symbol for each in COINS.values() for symbol in each)
    for name, symbols in COINS.items():
        assert len(sales(house, name)) == len(symbols)
    house.until(house.is_settled, 60)
    assert_books_equal(house, UPBIT, KRW)
    assert_books_equal(house, SPOT, USDT)
    assert house.get("status")["state"] == "panic"


def test_panic_in_a_thin_book_sells_in_slices_that_the_book_takes(house: LiveHouse):
    upbit, symbol = house.venues[UPBIT], COINS[UPBIT][0]
    held = Decimal(house.held()[symbol]["quantity"])
    thin = [["10390", "10"], ["10380", "10"]]
    upbit.tell("book", symbol=symbol, bids=thin, asks=[["10400", "100"]])
    panic(house)
    deadline = time.monotonic() + 30
    while house.held() and time.monotonic() < deadline:
        time.sleep(1.0)
        upbit.tell("book", symbol=symbol, bids=thin, asks=[["10400", "100"]])
    assert house.held() == {}
    slices = [Decimal(o["filled"]) for o in sales(house, UPBIT) if o["new"]["symbol"] == symbol]
    assert len(slices) > 2
    assert max(slices) <= Decimal(20)
    assert sum(slices) == held
    house.until(house.is_settled, 60)
    assert_books_equal(house, UPBIT, KRW)
    assert_books_equal(house, SPOT, USDT)
