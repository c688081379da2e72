"""A venue in its own process, steered over its control port."""

import json
import subprocess
import sys
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.exchanges.remote import ROOT, own_process

OPEN = build_opener(ProxyHandler({})).open


@pytest.fixture(scope="module")
def venue():
    with own_process("upbit", ["BTC:100000000:120"], ["KRW:1000000"]) as made:
        yield made


def get(venue, path):
    with OPEN(f"{venue.url}{path}", timeout=5) as answer:
        return json.load(answer)


def test_actions_change_the_exchange_and_views_show_it(venue):
    venue.tell("deposit", asset="BTC", amount="1.5")
    venue.tell("price", symbol="BTC/KRW", price="99000000", quantity="0.1")
    balances = {one["asset"]: one["free"] for one in venue.ask("balances")}
    assert balances == {"BTC": "1.5", "KRW": "1000000"}
    assert get(venue, "/v1/ticker?markets=KRW-BTC")[0]["trade_price"] == 99_000_000
    before = venue.ask("now")
    venue.tell("advance", seconds=86_400)
    assert venue.ask("now") > before
    assert (venue.ask("orders"), venue.ask("trades")) == ([], [])


def test_book_is_shown(venue):
    venue.tell("book", symbol="BTC/KRW", bids=[["9", "1"]], asks=[["10", "2"]])
    unit = get(venue, "/v1/orderbook?markets=KRW-BTC")[0]["orderbook_units"][0]
    assert unit == {"ask_price": 10, "bid_price": 9, "ask_size": 2, "bid_size": 1}


def test_refusal_of_the_kernel_is_told(venue):
    with pytest.raises(ValueError, match="INSUFFICIENT_FUNDS"):
        venue.tell("withdraw", asset="ETH", amount="1")


def test_fault_strikes_and_is_logged(venue):
    venue.tell("fault", fault="Answer", args={"status": 503}, path="/v1/market/all", method="GET")
    with pytest.raises(URLError, match="503"):
        get(venue, "/v1/market/all")
    assert get(venue, "/v1/market/all")
    carried_out = [one["carried_out"] for one in venue.requests("GET", "/v1/market/all")]
    assert carried_out == [False, True]


def test_refused_venue_can_still_be_steered(venue):
    venue.tell("refuse")
    with pytest.raises(URLError, match="refused"):
        get(venue, "/v1/market/all")
    venue.tell("accept")
    assert get(venue, "/v1/market/all")


def test_unknown_venue_does_not_start():
    with pytest.raises(RuntimeError, match="did not start"), own_process("nasdaq"):
        pass


def test_leashed_process_ends_with_its_standard_input():
    command = [sys.executable, "-m", "tests.exchanges", "--venue", "upbit", "--leashed"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert json.loads(process.stdout.readline())["url"]
        process.stdin.close()
        assert process.wait(20) == 0
