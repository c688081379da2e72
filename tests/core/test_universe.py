"""Which markets entries may look at."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.core.universe import Universe, is_eligible
from engine.domain.venue import VenueName
from engine.ports.venue import Ticker
from tests.core.builders import RULES, ticker
from tests.core.fakes import NOON
from tests.domain.builders import instrument

NAMES = ("BTC", "ETH", "XRP", "SOL", "DOGE")
COINS = frozenset(NAMES)
LISTED = [instrument(symbol=f"{name}/KRW") for name in NAMES]


def tickers(**turnover: float) -> list[Ticker]:
    return [ticker(f"{name}/KRW", value) for name, value in turnover.items()]


def chosen(given: list[Ticker], **rules: Any) -> tuple[str, ...]:
    universe = Universe()
    universe.choose(given, LISTED, replace(RULES, **rules), NOON)
    return universe.symbols


def eligible(symbol: str, venue: VenueName = VenueName.UPBIT, **rules: Any) -> bool:
    return is_eligible(instrument(venue, symbol), replace(RULES, **rules), COINS)


def test_the_biggest_turnover_comes_first():
    given = tickers(XRP=3, BTC=9, ETH=5, SOL=4)
    assert chosen(given) == ("BTC/KRW", "ETH/KRW", "SOL/KRW", "XRP/KRW")
    assert chosen(given, top_n=2) == ("BTC/KRW", "ETH/KRW")


def test_equal_turnover_is_ranked_by_name_so_that_two_runs_choose_the_same():
    assert chosen(tickers(XRP=1, BTC=1, ETH=1), top_n=2) == ("BTC/KRW", "ETH/KRW")


def test_a_market_without_a_price_or_without_rules_is_left_out():
    given = [ticker("BTC/KRW", 9, last=0.0), ticker("NEW/KRW", 8), ticker("ETH/KRW", 1)]
    assert chosen(given) == ("ETH/KRW",)


@pytest.mark.parametrize("base", ["USDT", "USDC", "FDUSD", "TUSD", "DAI", "EUR"])
def test_stable_coins_are_left_out(base: str):
    assert not eligible(f"{base}/KRW")


@pytest.mark.parametrize("base", ["BTCUP", "BTCDOWN", "ETHBULL", "ETHBEAR"])
def test_leveraged_tokens_are_left_out(base: str):
    assert not eligible(f"{base}/USDT", VenueName.BINANCE_SPOT)


@pytest.mark.parametrize("base", ["JUP", "UP", "BTC", "BULL", "SYRUP"])
def test_coins_whose_name_only_ends_so_stay(base: str):
    assert eligible(f"{base}/USDT", VenueName.BINANCE_SPOT)


def test_a_market_that_its_venue_warns_of_is_left_out():
    assert not is_eligible(instrument(flagged="CAUTION"), RULES, COINS)


@pytest.mark.parametrize("name", ["ETH", "ETH/KRW"])
def test_a_blocked_market_is_left_out_by_base_or_symbol(name: str):
    assert not eligible("ETH/KRW", block=frozenset({name}))
    assert eligible("BTC/KRW", block=frozenset({name}))


@pytest.mark.parametrize("name", ["ETH", "ETH/KRW"])
def test_an_allow_list_lets_only_its_own_in(name: str):
    assert eligible("ETH/KRW", allow=frozenset({name}))
    assert not eligible("BTC/KRW", allow=frozenset({name}))


def test_the_block_list_is_stronger_than_the_allow_list():
    both = frozenset({"ETH"})
    assert not eligible("ETH/KRW", allow=both, block=both)
    assert not eligible("USDT/KRW", allow=frozenset({"USDT"}))


def test_a_stock_is_named_by_its_code():
    assert eligible("005930", VenueName.STOCK, allow=frozenset({"005930"}))


def test_a_choice_says_whether_it_changed_anything():
    universe = Universe()
    assert universe.choose(tickers(BTC=2, ETH=1), LISTED, RULES, NOON)
    assert not universe.choose(tickers(BTC=3, ETH=2), LISTED, RULES, NOON)
    assert not universe.choose(tickers(BTC=2, ETH=3), LISTED, RULES, NOON), "a new order alone"
    assert universe.symbols == ("ETH/KRW", "BTC/KRW")
    assert universe.choose(tickers(ETH=3), LISTED, RULES, NOON)
    assert "ETH/KRW" in universe
    assert "XRP/KRW" not in universe


def test_turnover_is_looked_at_again_when_it_is_time_or_the_rules_changed():
    universe = Universe()
    assert universe.is_due(NOON)
    universe.choose(tickers(BTC=1), LISTED, RULES, NOON)
    assert not universe.is_due(NOON + timedelta(minutes=59))
    assert universe.is_due(NOON + timedelta(minutes=60))
    universe.forget()
    assert universe.is_due(NOON)
