"""Stops and targets at the exchange trade while no engine runs: booked as what they were."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.exchanges.remote import own_process
from tests.whole.live_books import assert_books_equal
from tests.whole.live_clock import PushedClock
from tests.whole.live_house import SPOT, LiveHouse, Nursery, checkout

USDT = 100_000
HOUR_S = 3600


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Nursery]]:
    own = checkout(tmp_path_factory.mktemp("own"))
    made = Nursery(own)
    yield own, made
    made.close()


@pytest.fixture
def house(tmp_path: Path, nursery: tuple[Path, Nursery]) -> Iterator[LiveHouse]:
    dollars = ["BTC:60000:90", "BNB:600:90", "UP1:10:90", "DN1:10:90"]
    with own_process("binance_spot", dollars, [f"USDT:{USDT}"]) as spot:
        made = LiveHouse(tmp_path, nursery[0], {SPOT: spot}, nursery[1])
        made.clock = PushedClock(tmp_path / "clock")
        made.values["SYMBOLS_ALLOW"] = "UP1,DN1"
        yield made
        made.close()


def test_f32_oco_that_fills_while_the_engine_sleeps_is_booked_and_told(house: LiveHouse):
    spot = house.venues[SPOT]
    house.start()
    for symbol in ("UP1/USDT", "DN1/USDT"):
        spot.tell("price", symbol=symbol, price="10.4")
    house.until(lambda: len(house.held()) == 2)
    house.until(lambda: all(position["protected"] for position in house.held().values()))
    targets = {s: Decimal(p["take_profit"]) for s, p in house.held().items()}
    # A new day may begin within the hour: it must not buy what was just sold.
    house.home.chat("/pause")
    house.until(lambda: house.get("status")["state"] == "paused")
    house.kill()
    for minutes in range(60):
        house.pass_by(HOUR_S / 60)
        for symbol, way in (("UP1/USDT", 1), ("DN1/USDT", -1)):
            price = Decimal("10.4") * (1 + way * Decimal(minutes) / 1000)
            spot.tell("price", symbol=symbol, price=f"{price:.4f}")
    trades = {t["symbol"]: t for t in spot.ask("trades") if t["side"] == "SELL"}
    assert trades.keys() == targets.keys()
    house.start()
    house.until(lambda: not house.held())
    closed = {fact["symbol"]: fact for fact in house.home.events("PositionClosed")}
    reasons = {symbol: fact["reason"] for symbol, fact in closed.items()}
    assert reasons == {"UP1/USDT": "take_profit", "DN1/USDT": "stop_loss"}
    for symbol, trade in trades.items():
        assert Decimal(closed[symbol]["exit_price"]) == Decimal(trade["price"])
    assert Decimal(closed["UP1/USDT"]["exit_price"]) >= targets["UP1/USDT"]
    assert_books_equal(house, SPOT, USDT)
    said = house.home.chat("!sleep 2", "/status")
    assert all(symbol.split("/")[0] in said for symbol in closed)
    assert house.stop() == 0
