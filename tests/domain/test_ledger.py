"""The ledger: every asset sums to zero, whatever facts come."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.errors import StateCorrupt
from engine.domain.events import CapitalSet, DustDropped, Fact, FundingPaid
from engine.domain.ids import TradeId
from engine.domain.ledger import (
    CAPITAL,
    DUST,
    FEES,
    FUNDING,
    HOLDINGS,
    MARKET,
    Ledger,
    Posting,
    postings,
    transfer,
)
from engine.domain.venue import VenueName
from tests.domain.builders import NOON, SYMBOLS, accepted, entry, sale, traded

AMOUNTS = st.decimals(Decimal(-1_000_000), Decimal(1_000_000), places=4)
POSITIVE = st.decimals(Decimal("0.0001"), Decimal(1_000_000), places=4)
VENUES = st.sampled_from(list(VenueName))


def booked(*facts: Fact) -> Ledger:
    ledger = Ledger()
    for fact in facts:
        ledger.post(postings(fact))
    return ledger


def capital(amount: str, venue: VenueName = VenueName.UPBIT, asset: str = "KRW") -> CapitalSet:
    return CapitalSet(venue, asset, Decimal(amount), NOON)


def dust(
    quantity: str, proceeds: str, asset: str, venue: VenueName = VenueName.BINANCE_SPOT
) -> DustDropped:
    return DustDropped(
        venue, SYMBOLS[venue], Decimal(quantity), Decimal(100), Decimal(proceeds), asset, NOON
    )


def test_capital_comes_from_the_owner():
    assert booked(capital("1000"), capital("-300")).balances == {
        (CAPITAL, "KRW"): Decimal(-700),
        (HOLDINGS, "KRW"): Decimal(700),
    }


def test_a_spot_fill_swaps_quote_for_base_and_pays_its_fee():
    intent = entry()
    ledger = booked(capital("1000"), traded(intent, "2", "100", fee="0.1"))
    assert ledger.held("KRW") == Decimal("799.9")
    assert ledger.held("ETH") == 2
    assert ledger.balances[MARKET, "KRW"] == 200
    assert ledger.balances[FEES, "KRW"] == Decimal("0.1")


def test_a_fee_in_base_comes_out_of_what_was_bought():
    intent = entry(venue=VenueName.BINANCE_SPOT)
    ledger = booked(traded(intent, "2", "100", fee="0.002", fee_asset="ETH", fee_in_quote="0.2"))
    assert ledger.held("ETH") == Decimal("1.998")
    assert ledger.held("USDT") == -200


def test_a_sale_gives_back_what_a_purchase_took():
    ledger = booked(traded(entry(), "2", "100"), traded(sale(), "2", "100", "t2"))
    assert not any(ledger.balances.values())


def test_a_stock_is_held_by_its_code():
    intent = entry(venue=VenueName.STOCK)
    assert booked(traded(intent, "3", "70000")).held("005930") == 3


def test_a_contract_moves_no_quote_until_its_profit_is_realized():
    intent = entry(venue=VenueName.BINANCE_FUTURES)
    ledger = booked(traded(intent, "2", "100", fee="0.05"))
    assert ledger.held("ETH/USDT:contract") == 2
    assert ledger.held("USDT") == Decimal("-0.05")
    assert ledger.held("ETH") == 0
    ledger.realize("USDT", Decimal("-7.5"))
    assert ledger.held("USDT") == Decimal("-7.55")
    assert ledger.imbalances() == {}


@pytest.mark.parametrize("amount", ["0.75", "-0.75"])
def test_funding_is_paid_in_quote(amount: str):
    fact = FundingPaid(
        VenueName.BINANCE_FUTURES,
        "ETH/USDT",
        TradeId("f1"),
        Decimal(amount),
        Decimal("0.0001"),
        NOON,
    )
    ledger = booked(fact)
    assert ledger.held("USDT") == Decimal(amount)
    assert ledger.balances[FUNDING, "USDT"] == -Decimal(amount)


def test_dust_that_is_dropped_leaves_the_holdings():
    ledger = booked(dust("0.5", "0", "KRW", VenueName.UPBIT))
    assert ledger.held("ETH") == Decimal("-0.5")
    assert ledger.balances[DUST, "ETH"] == Decimal("0.5")


def test_dust_that_is_converted_brings_its_proceeds():
    ledger = booked(dust("0.5", "0.01", "BNB"))
    assert ledger.held("BNB") == Decimal("0.01")
    assert ledger.imbalances() == {}


def test_most_facts_move_nothing():
    assert postings(accepted(entry())) == ()


@pytest.mark.parametrize(
    "entries",
    [
        [Posting(HOLDINGS, "KRW", Decimal(1))],
        [Posting(HOLDINGS, "KRW", Decimal(1)), Posting(MARKET, "KRW", Decimal("-0.999"))],
        [Posting(HOLDINGS, "KRW", Decimal(1)), Posting(MARKET, "USDT", Decimal(-1))],
    ],
)
def test_what_does_not_sum_to_zero_is_refused_whole(entries: list[Posting]):
    ledger = Ledger()
    with pytest.raises(StateCorrupt, match="do not sum to zero"):
        ledger.post(entries)
    assert ledger.balances == {}


def test_stored_balances_that_do_not_sum_to_zero_are_named():
    ledger = Ledger({(HOLDINGS, "KRW"): Decimal(5), (MARKET, "KRW"): Decimal(-4)})
    assert ledger.imbalances() == {"KRW": Decimal(1)}


def test_a_transfer_is_two_halves():
    assert transfer(MARKET, HOLDINGS, "KRW", Decimal(3)) == (
        Posting(MARKET, "KRW", Decimal(-3)),
        Posting(HOLDINGS, "KRW", Decimal(3)),
    )


def facts_of(venue: VenueName) -> st.SearchStrategy[Fact]:
    intent, out = entry(venue=venue), sale(venue=venue)
    symbol = SYMBOLS[venue]
    return st.one_of(
        st.builds(CapitalSet, st.just(venue), st.just("USDT"), AMOUNTS, st.just(NOON)),
        st.builds(
            lambda side, quantity, price, fee, asset: traded(
                side, f"{quantity}", f"{price}", fee=f"{fee}", fee_asset=asset, fee_in_quote="1"
            ),
            st.sampled_from([intent, out]),
            POSITIVE,
            POSITIVE,
            AMOUNTS,
            st.sampled_from(["", "ETH", "BNB"]),
        ),
        st.builds(
            FundingPaid,
            st.just(venue),
            st.just(symbol),
            st.just(TradeId("f")),
            AMOUNTS,
            AMOUNTS,
            st.just(NOON),
        ),
        st.builds(
            DustDropped,
            st.just(venue),
            st.just(symbol),
            POSITIVE,
            POSITIVE,
            POSITIVE,
            st.sampled_from(["BNB", "KRW"]),
            st.just(NOON),
        ),
    )


@settings(max_examples=150, deadline=None)
@given(VENUES.flatmap(lambda venue: st.lists(facts_of(venue), max_size=12)), st.lists(AMOUNTS))
def test_random_facts_and_profits_leave_every_asset_at_zero(
    facts: list[Fact], profits: list[Decimal]
):
    ledger = booked(*facts)
    for profit in profits:
        ledger.realize("USDT", profit)
    assert ledger.imbalances() == {}


def test_a_profit_of_a_periodic_price_leaves_every_asset_at_zero():
    ledger = booked(capital("10000", VenueName.BINANCE_FUTURES, "USDT"))
    ledger.realize("USDT", 3 * (Decimal(40) - Decimal(100) / 7))
    assert ledger.imbalances() == {}


def test_capital_converted_from_won_stays_balanced_as_it_grows():
    ledger = booked(
        CapitalSet(VenueName.BINANCE_SPOT, "USDT", Decimal(10_000_000) / Decimal("1391.3"), NOON)
    )
    intent = sale(venue=VenueName.BINANCE_SPOT)
    ledger.post(postings(traded(intent, "30", "100")))
    assert ledger.imbalances() == {}
