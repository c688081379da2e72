"""A day at both exchanges: buys, sales, stops and targets there, slippage, dust: books agree."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine.cli_socket import EngineClient
from tests.exchanges.remote import RemoteVenue, own_process
from tests.whole.live_books import assert_books_equal
from tests.whole.live_clock import PushedClock
from tests.whole.live_house import SPOT, UPBIT, LiveHouse, Nursery, checkout
from tests.whole.live_tide import Coin, Tide

KRW, USDT = 100_000_000, 100_000
STEP_S = 30
WON, DOLLARS = ("U0", "U1"), ("S0", "S1")


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Nursery]]:
    own = checkout(tmp_path_factory.mktemp("own"))
    made = Nursery(own)
    yield own, made
    made.close()


@pytest.fixture
def house(tmp_path: Path, nursery: tuple[Path, Nursery]) -> Iterator[LiveHouse]:
    won = ["BTC:100000000:90", *(f"{name}:10000:90" for name in WON)]
    dollars = ["BTC:60000:90", "BNB:600:90", *(f"{name}:10:90" for name in DOLLARS)]
    with (
        own_process("upbit", won, [f"KRW:{KRW}"]) as upbit,
        own_process("binance_spot", dollars, [f"USDT:{USDT}"]) as spot,
    ):
        made = LiveHouse(tmp_path, nursery[0], {UPBIT: upbit, SPOT: spot}, nursery[1])
        made.clock = PushedClock(tmp_path / "clock")
        made.values |= {"CRYPTO_STRATEGY_PRESET": "minute", "SYMBOLS_ALLOW": "U0,U1,S0,S1"}
        made.values |= {"MAX_DAILY_LOSS_PERCENT": "90"}
        yield made
        made.close()


def moving(upbit: RemoteVenue, spot: RemoteVenue) -> list[Coin]:
    """Return the markets that move."""
    return [
        *(Coin(upbit, f"{name}/KRW", Decimal(10000), Decimal(10)) for name in WON),
        *(Coin(spot, f"{name}/USDT", Decimal(10), Decimal("0.0001")) for name in DOLLARS),
    ]


def live_through(house: LiveHouse, hours: float) -> None:
    """Let hours pass while prices move and every ninth order is slow; then sell everything."""
    upbit, spot = house.venues[UPBIT], house.venues[SPOT]
    for venue, path in ((upbit, "/v1/orders"), (spot, "/api/v3/order")):
        slow = {"fault": "Latency", "args": {"before_s": 0.7}, "times": None, "every": 9}
        venue.tell("fault", method="POST", path=path, **slow)
    house.start()
    assert house.clock is not None
    began = house.clock.ahead_s
    with Tide(moving(upbit, spot), house.clock, STEP_S, rest_s=0.04, seed=1) as tide:
        house.until(lambda: lasted(house, began) >= hours or tide.failure is not None, 1800)
    EngineClient(house.folder / "s", "owner", 20).post("panic", {}, "end of the day")
    house.until(lambda: not house.held() and not house.get("orders"), 60)
    house.until(house.is_settled, 60)


def lasted(house: LiveHouse, began: float) -> float:
    """Return how many hours have passed."""
    assert house.clock is not None
    return (house.clock.ahead_s - began) / 3600


def assert_everything_happened(house: LiveHouse) -> None:
    """Assert that there was every kind of trade, and that book and exchange agree on all."""
    opened = [fact["venue"] for fact in house.facts("PositionOpened")]
    assert min(opened.count(UPBIT), opened.count(SPOT)) > 5
    theirs = house.venues[SPOT].ask("orders")
    legs = [order for order in theirs if order["list_id"] is not None]
    assert any(Decimal(order["filled"]) for order in legs)
    assert house.facts("SlippageExceeded")
    assert house.facts("DustDropped")
    assert_books_equal(house, UPBIT, KRW)
    assert_books_equal(house, SPOT, USDT)
    assert house.get("status")["errors"] == 0


def test_an_hour_at_both_exchanges_leaves_the_books_equal(house: LiveHouse):
    live_through(house, 1)
    assert_everything_happened(house)


@pytest.mark.slow
def test_a_day_at_both_exchanges_leaves_the_books_equal(house: LiveHouse):
    live_through(house, 24)
    assert_everything_happened(house)
