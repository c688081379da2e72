"""A book written to its state file and read back is the same book."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import orjson
import pytest

from engine.core.portfolio import Portfolio
from engine.core.portfolio_tables import Metadata, metadata_of, restore, to_tables
from engine.domain.errors import StateCorrupt
from engine.domain.venue import VenueName
from engine.ports.store import Tables
from tests.core.builders import apply_all, fund, hold
from tests.core.fakes import NOON
from tests.core.state import state_of
from tests.core.story import Story
from tests.domain.builders import ended, entry, intended, sale, traded

METADATA = Metadata("breakout", "1h", ("BTC/KRW", "ETH/KRW"), NOON)
DESIGN = (
    "initial_capital",
    "current_capital",
    "positions",
    "entry_prices",
    "trade_history",
    "metadata",
)


def stored(portfolio: Portfolio, equity: Decimal = Decimal(1)) -> dict[str, list[dict[str, Any]]]:
    tables: dict[str, list[dict[str, Any]]] = orjson.loads(
        orjson.dumps(to_tables(portfolio, equity, METADATA))
    )
    return tables


def restored(tables: Tables, venue: VenueName, quote: str) -> Portfolio:
    portfolio = Portfolio(venue, quote)
    restore(portfolio, tables)
    return portfolio


@pytest.mark.parametrize("venue", list(VenueName))
@pytest.mark.parametrize("seed", range(4))
def test_a_book_that_was_read_back_is_equal_and_goes_on_equally(venue: VenueName, seed: int):
    story = Story(venue, seed).run(40)
    again = restored(stored(story.portfolio), venue, story.portfolio.quote)
    assert state_of(again) == state_of(story.portfolio)
    known = len(story.facts)
    story.run(20)
    apply_all(again, *story.facts[known:])
    assert state_of(again) == state_of(story.portfolio)


def test_the_tables_of_the_design_are_there_with_their_figures():
    story = Story(VenueName.UPBIT, 1).run(30)
    hold(story.portfolio, "2", "100", "DOGE/KRW")
    tables = stored(story.portfolio, Decimal("123.45"))
    assert set(DESIGN) <= tables.keys()
    assert tables["current_capital"][0]["amount"] == "123.45"
    assert Decimal(tables["initial_capital"][0]["amount"]) == 1_000_000
    assert {"symbol": "DOGE/KRW", "price": "100"} in tables["entry_prices"]
    assert tables["metadata"][0]["selected_symbols"] == ["BTC/KRW", "ETH/KRW"]
    for row in tables["trade_history"]:
        assert {"timestamp", "symbol", "type", "pnl", "pnl_percent"} <= row.keys()


def test_the_clock_of_the_file_is_when_it_was_written():
    metadata = metadata_of(stored(Story(VenueName.UPBIT, 1).portfolio))
    assert metadata is not None
    assert metadata.clock == NOON
    assert metadata_of({}) is None


@pytest.mark.parametrize("table", [*DESIGN[:1], "positions", "orders", "ledger", "totals"])
def test_a_missing_table_is_corruption_and_no_empty_book(table: str):
    tables = stored(Story(VenueName.UPBIT, 1).run(20).portfolio)
    del tables[table]
    with pytest.raises(StateCorrupt, match="unreadable row"):
        restored(tables, VenueName.UPBIT, "KRW")


@pytest.mark.parametrize(
    ("table", "damage"),
    [
        ("positions", {"quantity": "NaN"}),
        ("positions", {"more": 1}),
        ("orders", {"status": "lost"}),
        ("orders", {"intent": None}),
        ("ledger", {"amount": "NaN"}),
        ("trade_history", {"trade": {}}),
        ("initial_capital", {"amount": None}),
        ("totals", {"closed_trades": "x"}),
        ("entry_decisions", {"attempts": "many"}),
        ("exits_sent", {"count": None}),
    ],
)
def test_a_damaged_row_is_corruption(table: str, damage: dict[str, Any]):
    story = Story(VenueName.UPBIT, 1).run(40)
    portfolio = hold_one(story.portfolio)
    tables = deepcopy(stored(portfolio))
    tables[table][0].update(damage)
    with pytest.raises(StateCorrupt):
        restored(tables, VenueName.UPBIT, "KRW")


@pytest.mark.parametrize(
    ("table", "column", "amount"),
    [
        ("initial_capital", "amount", "a lot"),
        ("initial_capital", "amount", "NaN"),
        ("ledger", "amount", "a lot"),
        ("totals", "realized", "a lot"),
        ("totals", "realized", "Infinity"),
    ],
)
def test_an_amount_that_is_no_number_is_corruption(table: str, column: str, amount: str):
    tables = stored(Story(VenueName.UPBIT, 1).run(20).portfolio)
    tables[table][0][column] = amount
    with pytest.raises(StateCorrupt):
        restored(tables, VenueName.UPBIT, "KRW")


def hold_one(portfolio: Portfolio) -> Portfolio:
    hold(portfolio, "2", "100", "DOGE/KRW")
    return apply_all(portfolio, intended(sale("open", symbol="DOGE/KRW", quantity="2")))


def test_a_ledger_that_does_not_sum_to_zero_is_corruption():
    tables = stored(Story(VenueName.UPBIT, 1).run(20).portfolio)
    row = next(row for row in tables["ledger"] if row["account"] == "holdings")
    row["amount"] = str(Decimal(row["amount"]) + 1)
    with pytest.raises(StateCorrupt, match="do not sum to zero"):
        restored(tables, VenueName.UPBIT, "KRW")


@pytest.mark.parametrize("rows", [0, 2])
def test_a_table_of_one_row_has_one_row(rows: int):
    tables = stored(Story(VenueName.UPBIT, 1).portfolio)
    tables["totals"] = tables["totals"] * rows
    with pytest.raises(StateCorrupt, match="expected one row"):
        restored(tables, VenueName.UPBIT, "KRW")


def test_a_contract_with_a_periodic_entry_price_is_read_back():
    portfolio = Portfolio(VenueName.BINANCE_FUTURES, "USDT")
    fund(portfolio, "10000")
    bought = entry(venue=VenueName.BINANCE_FUTURES, quantity="0.007", leverage=3)
    out = sale(venue=VenueName.BINANCE_FUTURES, quantity="0.003")
    apply_all(
        portfolio,
        intended(bought),
        traded(bought, "0.003", "60000.1", "a"),
        traded(bought, "0.004", "60001.3", "b"),
        ended(bought, quantity="0.007"),
        intended(out),
        traded(out, "0.003", "61000.7", "c"),
    )
    again = restored(stored(portfolio), VenueName.BINANCE_FUTURES, "USDT")
    assert again.cash == portfolio.cash
