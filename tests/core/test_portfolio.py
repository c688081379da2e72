"""A book changes by facts alone, and what it says of money adds up."""

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.core.booking import closed
from engine.core.portfolio import HISTORY_KEPT, ORDERS_KEPT, EntryMark, Portfolio, status_counts
from engine.domain.errors import StateCorrupt
from engine.domain.events import DustDropped, ExitsChanged, Fact, OrderEnd
from engine.domain.exits import ExitReason
from engine.domain.intent import Purpose
from engine.domain.venue import VenueName
from tests.core.builders import apply_all, fund, hold
from tests.core.fakes import NOON
from tests.core.story import Story
from tests.domain.builders import (
    EXITS,
    SYMBOLS,
    accepted,
    ended,
    entry,
    fate_unknown,
    intended,
    never_arrived,
    refused,
    sale,
    traded,
)

VENUES = list(VenueName)


def empty(venue: VenueName = VenueName.UPBIT) -> Portfolio:
    portfolio = Portfolio(venue, "KRW" if venue in (VenueName.UPBIT, VenueName.STOCK) else "USDT")
    fund(portfolio)
    return portfolio


def test_capital_is_cash_and_equity():
    portfolio = empty()
    fund(portfolio, "-4000")
    assert portfolio.initial_capital == portfolio.cash == portfolio.equity({}) == 6000


def test_a_purchase_turns_cash_into_a_position():
    portfolio = empty()
    hold(portfolio, "3", "100")
    assert portfolio.cash == 9700
    assert portfolio.equity({}) == 10_000
    assert portfolio.equity({SYMBOLS[VenueName.UPBIT]: Decimal(90)}) == 9970


def test_a_contract_binds_margin_and_is_worth_its_profit():
    portfolio = empty(VenueName.BINANCE_FUTURES)
    hold(portfolio, "3", "100", leverage=4)
    assert portfolio.cash == 10_000
    assert portfolio.margin_used() == 75
    assert portfolio.equity({"ETH/USDT": Decimal(90)}) == 9970
    assert empty().margin_used() == 0


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("seed", range(6))
def test_cash_and_positions_are_the_capital_and_every_profit(venue: VenueName, seed: int):
    story = Story(venue, seed)
    for _ in range(60):
        story.step()
        portfolio, prices = story.portfolio, story.prices
        open_profit = sum(
            (
                position.unrealized(prices[symbol]) + position.pnl_so_far
                for symbol, position in portfolio.positions.items()
            ),
            Decimal(0),
        )
        made = portfolio.initial_capital + portfolio.realized + open_profit
        assert abs(portfolio.equity(prices) - made) < Decimal("1e-12")
        assert portfolio.ledger.imbalances() == {}
    assert portfolio.closed_trades > 3


def test_a_fee_in_a_third_asset_lowers_equity_as_it_lowers_profit():
    portfolio = empty(VenueName.BINANCE_SPOT)
    bought = entry(venue=VenueName.BINANCE_SPOT)
    trade = traded(bought, "1", "100", fee="0.0001", fee_asset="BNB", fee_in_quote="0.075")
    apply_all(portfolio, intended(bought), trade, ended(bought))
    assert portfolio.equity({}) == Decimal("9999.925")


def test_money_of_purchases_under_way_is_reserved():
    portfolio = empty()
    apply_all(portfolio, intended(entry(quantity="5")))
    assert portfolio.reserved() == 500
    apply_all(portfolio, traded(entry(quantity="5"), "2", "100"))
    assert portfolio.reserved() == 300
    apply_all(portfolio, ended(entry(quantity="5"), OrderEnd.EXPIRED, "2"))
    assert portfolio.reserved() == 0
    apply_all(portfolio, intended(sale(quantity="2")))
    assert portfolio.reserved() == 0


def test_a_purchase_on_margin_reserves_its_margin():
    portfolio = empty(VenueName.BINANCE_FUTURES)
    apply_all(
        portfolio,
        intended(entry(venue=VenueName.BINANCE_FUTURES, quantity="5", leverage=4)),
    )
    assert portfolio.reserved() == 125


def test_an_entry_takes_its_decision_until_it_is_proven_dead():
    for dead in (refused, never_arrived):
        portfolio = empty()
        first, second = entry(), entry("pasu-second")
        apply_all(portfolio, intended(first))
        assert portfolio.entries[first.symbol] == EntryMark(first.decision, 1, taken=True)
        apply_all(portfolio, fate_unknown(first))
        assert portfolio.entries[first.symbol].taken
        apply_all(portfolio, dead(first))
        assert portfolio.entries[first.symbol] == EntryMark(first.decision, 1, taken=False)
        apply_all(portfolio, intended(second))
        assert portfolio.entries[first.symbol] == EntryMark(first.decision, 2, taken=True)


def test_another_decision_counts_its_attempts_anew():
    portfolio = empty()
    apply_all(portfolio, intended(entry()), refused(entry()))
    apply_all(portfolio, intended(entry("pasu-b", decision="2026-03-03")))
    assert portfolio.entries[entry().symbol] == EntryMark("2026-03-03", 1, taken=True)


def test_f03_a_refusal_that_comes_after_a_fill_releases_no_decision():
    portfolio = empty()
    bought = entry()
    apply_all(portfolio, intended(bought), accepted(bought), traded(bought, "1", "100"))
    apply_all(portfolio, refused(bought))
    assert portfolio.entries[bought.symbol].taken


def test_exits_sent_count_until_the_position_closes():
    portfolio = empty()
    hold(portfolio)
    symbol = sale().symbol
    apply_all(portfolio, intended(sale("a")), refused(sale("a")), intended(sale("b")))
    assert portfolio.exits_sent == {symbol: 2}
    close(portfolio, "b")
    assert portfolio.exits_sent == {}


def close(portfolio: Portfolio, client_id: str = "pasu-exit", price: str = "110") -> None:
    out = sale(client_id)
    apply_all(portfolio, traded(out, "1", price, f"x-{client_id}"), ended(out))
    position = portfolio.positions[out.symbol]
    portfolio.apply(closed(position, ExitReason.TAKE_PROFIT, Decimal(price), NOON))


def test_new_exits_replace_the_old_ones():
    portfolio = empty()
    hold(portfolio)
    exits = replace(EXITS, stop_loss=Decimal(99))
    portfolio.apply(ExitsChanged(VenueName.UPBIT, sale().symbol, exits, "the owner said so", NOON))
    assert portfolio.positions[sale().symbol].exits == exits


def test_a_high_is_kept_and_never_lowered():
    portfolio = empty()
    hold(portfolio)
    symbol = sale().symbol
    portfolio.see(symbol, Decimal(120))
    portfolio.see(symbol, Decimal(110))
    portfolio.see("XRP/KRW", Decimal(1))
    assert portfolio.positions[symbol].high == 120


DUST = DustDropped(
    VenueName.UPBIT, sale().symbol, Decimal(1), Decimal(100), Decimal(0), "KRW", NOON
)


def test_dropped_dust_leaves_the_position_and_is_counted():
    portfolio = empty()
    hold(portfolio)
    portfolio.apply(DUST)
    assert portfolio.positions[sale().symbol].quantity == 0
    assert portfolio.dust == 1


@pytest.mark.parametrize(
    "fact", [accepted(entry()), traded(entry(), "1", "100"), ended(entry()), refused(entry())]
)
def test_a_fact_of_an_order_that_was_never_intended_is_corruption(fact: Fact):
    with pytest.raises(StateCorrupt, match="never intended"):
        empty().apply(fact)


def test_selling_what_is_not_held_is_corruption():
    portfolio = apply_all(empty(), intended(sale()))
    with pytest.raises(StateCorrupt, match="does not hold"):
        portfolio.apply(traded(sale(), "1", "100"))


@pytest.mark.parametrize(
    "fact", [DUST, ExitsChanged(VenueName.UPBIT, "ETH/KRW", EXITS, "why", NOON)]
)
def test_a_fact_about_a_position_that_is_not_held_is_corruption(fact: Fact):
    with pytest.raises(StateCorrupt):
        empty().apply(fact)


def test_the_hot_book_stays_small():
    portfolio = empty()
    for n in range(HISTORY_KEPT + 20):
        hold(portfolio)
        apply_all(portfolio, intended(sale(f"s{n}")))
        close(portfolio, f"s{n}")
    assert len(portfolio.history) == HISTORY_KEPT
    assert len(portfolio.orders) <= ORDERS_KEPT + 1
    assert portfolio.closed_trades == HISTORY_KEPT + 20


def test_an_order_that_has_not_ended_is_never_forgotten():
    portfolio = empty()
    waiting = entry("pasu-waiting", symbol="BTC/KRW")
    apply_all(portfolio, intended(waiting))
    for n in range(ORDERS_KEPT + 20):
        each = entry(f"pasu-{n}")
        apply_all(portfolio, intended(each), refused(each))
    assert waiting.client_id in portfolio.orders
    assert [order.intent for order in portfolio.pending()] == [waiting]


def test_orders_are_counted_open_or_of_unknown_fate():
    portfolio = empty()
    known, lost = entry("a"), entry("b", symbol="BTC/KRW")
    apply_all(portfolio, intended(known), accepted(known), intended(lost), fate_unknown(lost))
    assert status_counts(portfolio) == (1, 1)
    assert [order.intent.client_id for order in portfolio.orders_of("BTC/KRW")] == ["b"]
    assert portfolio.orders_of("XRP/KRW") == ()


def test_a_protective_order_is_no_entry():
    portfolio = empty()
    hold(portfolio)
    protect = replace(sale("p"), purpose=Purpose.PROTECT)
    before = dict(portfolio.entries)
    apply_all(portfolio, intended(protect))
    assert portfolio.entries == before
