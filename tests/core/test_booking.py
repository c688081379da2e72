"""Reports become facts once, however often and in whatever order they come."""

from decimal import Decimal
from itertools import permutations

import pytest

from engine.core.booking import closed, consequences, funding_fact, order_facts
from engine.core.portfolio import Portfolio
from engine.domain.events import (
    Fact,
    OrderAccepted,
    OrderClosed,
    OrderEnd,
    OrderFilled,
    PositionClosed,
    PositionOpened,
    SlippageExceeded,
)
from engine.domain.exits import ExitReason
from engine.domain.ids import ClientOrderId, TradeId
from engine.domain.intent import OrderIntent
from engine.domain.venue import VenueName
from engine.ports.venue import FundingReport, OrderReport, ReportStatus
from tests.core.builders import apply_all, fund, hold
from tests.core.fakes import NOON, fill, report
from tests.domain.builders import entry, held, intended, sale, sold

LIMIT = Decimal("0.5")
FILLED, OPEN = ReportStatus.FILLED, ReportStatus.OPEN
EXPIRED, CANCELLED = ReportStatus.EXPIRED, ReportStatus.CANCELLED


def book(*intents: OrderIntent, venue: VenueName = VenueName.UPBIT) -> Portfolio:
    portfolio = Portfolio(venue, "KRW")
    fund(portfolio)
    return apply_all(portfolio, *(intended(intent) for intent in intents))


def told(portfolio: Portfolio, *reports: OrderReport) -> list[Fact]:
    """Book reports one after the other and return every fact they made."""
    made: list[Fact] = []
    for each in reports:
        facts = order_facts(portfolio, each)
        facts = (*facts, *consequences(portfolio, facts, LIMIT))
        apply_all(portfolio, *facts)
        made.extend(facts)
    return made


def kinds(facts: list[Fact]) -> list[type[Fact]]:
    return [type(fact) for fact in facts]


def only(facts: list[Fact], kind: type[Fact]) -> list[Fact]:
    return [fact for fact in facts if isinstance(fact, kind)]


def test_a_whole_fill_is_accepted_filled_closed_and_opens_a_position():
    bought = entry()
    portfolio = book(bought)
    made = told(portfolio, report(bought, fill("a", "1", "100"), status=FILLED))
    assert kinds(made) == [OrderAccepted, OrderFilled, OrderClosed, PositionOpened]
    opened = made[-1]
    assert isinstance(opened, PositionOpened)
    assert (opened.quantity, opened.entry_price) == (Decimal(1), Decimal(100))


def test_f12_the_same_report_again_is_no_news():
    bought = entry()
    portfolio = book(bought)
    once = report(bought, fill("a", "1", "100"), status=FILLED)
    told(portfolio, once)
    assert told(portfolio, once, once) == []
    assert portfolio.cash == 9900


def test_f13_reports_in_any_order_book_the_same():
    bought = entry(quantity="3")
    a, b, c = fill("a", "1", "100"), fill("b", "1", "101"), fill("c", "1", "102")
    steps = [
        report(bought),
        report(bought, a),
        report(bought, a, b),
        report(bought, a, b, c, status=FILLED),
    ]
    for order in permutations(steps):
        portfolio = book(bought)
        made = told(portfolio, *order)
        assert portfolio.cash == 10_000 - 303
        assert portfolio.positions[bought.symbol].entry_price == 101
        assert len(only(made, OrderFilled)) == 3
        assert len(only(made, PositionOpened)) == 1
        assert len(only(made, OrderClosed)) == 1


def test_partial_fills_then_expiry_open_what_was_filled():
    bought = entry(quantity="3")
    portfolio = book(bought)
    made = told(
        portfolio,
        report(bought, fill("a", "1", "100")),
        report(bought, fill("a", "1", "100"), fill("b", "0.5", "103"), status=EXPIRED),
    )
    (opened,) = only(made, PositionOpened)
    assert isinstance(opened, PositionOpened)
    assert opened.quantity == Decimal("1.5")
    assert opened.entry_price == 101
    (ended,) = only(made, OrderClosed)
    assert isinstance(ended, OrderClosed)
    assert (ended.end, ended.filled_quantity) == (OrderEnd.EXPIRED, Decimal("1.5"))


def test_an_entry_that_expires_unfilled_opens_nothing():
    bought = entry()
    portfolio = book(bought)
    assert kinds(told(portfolio, report(bought, status=EXPIRED))) == [OrderAccepted, OrderClosed]
    assert portfolio.positions == {}


def test_an_entry_that_expires_unfilled_beside_a_position_tells_no_opening():
    portfolio = book()
    hold(portfolio)
    second = entry("pasu-second")
    apply_all(portfolio, intended(second))
    assert kinds(told(portfolio, report(second, status=EXPIRED))) == [OrderAccepted, OrderClosed]


def test_f13_a_late_fill_after_a_cancel_still_books():
    bought = entry(quantity="2")
    portfolio = book(bought)
    told(portfolio, report(bought, fill("a", "1", "100"), status=CANCELLED))
    late = report(bought, fill("a", "1", "100"), fill("b", "1", "100"), status=CANCELLED)
    assert kinds(told(portfolio, late)) == [OrderFilled]
    assert portfolio.positions[bought.symbol].quantity == 2


def test_f13_a_late_fill_that_opens_a_position_tells_it():
    bought = entry()
    portfolio = book(bought)
    told(portfolio, report(bought, status=CANCELLED))
    made = told(portfolio, report(bought, fill("a", "1", "100"), status=CANCELLED))
    assert bought.symbol in portfolio.positions
    assert len(only(made, PositionOpened)) == 1


def test_a_sale_of_all_closes_the_position_once():
    portfolio = book()
    hold(portfolio, "2", "100")
    out = sale(quantity="2")
    apply_all(portfolio, intended(out))
    whole = report(out, fill("x", "2", "110", "0.5"), status=FILLED)
    made = told(portfolio, whole, whole)
    (done,) = only(made, PositionClosed)
    assert isinstance(done, PositionClosed)
    assert (done.pnl, done.pnl_percent) == (Decimal("19.5"), Decimal("9.75"))
    assert (done.quantity, done.exit_price, done.fees) == (Decimal(2), Decimal(110), Decimal("0.5"))
    assert (done.reason, done.strategy) == (ExitReason.TAKE_PROFIT, "breakout")
    assert portfolio.positions == {}
    assert portfolio.closed_trades == 1


def test_a_sale_in_parts_closes_with_the_last_and_its_mean_price():
    portfolio = book()
    hold(portfolio, "3", "100")
    out = sale(quantity="3")
    apply_all(portfolio, intended(out))
    a, b = fill("x", "1", "110"), fill("y", "2", "113")
    made = told(portfolio, report(out, a), report(out, a, b, status=FILLED))
    (done,) = only(made, PositionClosed)
    assert isinstance(done, PositionClosed)
    assert done.exit_price == 112


def test_a_sale_that_expires_in_part_leaves_the_rest():
    portfolio = book()
    hold(portfolio, "3", "100")
    out = sale(quantity="3")
    apply_all(portfolio, intended(out))
    made = told(portfolio, report(out, fill("x", "1", "110"), status=EXPIRED))
    assert only(made, PositionClosed) == []
    assert portfolio.positions[out.symbol].quantity == 2
    rest = sale("pasu-exit-2", quantity="2")
    apply_all(portfolio, intended(rest))
    made = told(portfolio, report(rest, fill("y", "2", "113"), status=FILLED))
    (done,) = only(made, PositionClosed)
    assert isinstance(done, PositionClosed)
    assert (done.quantity, done.exit_price) == (Decimal(3), Decimal(112))


def test_a_sale_whose_end_is_told_after_its_last_trade_closes_the_position():
    portfolio = book()
    hold(portfolio, "2", "100")
    out = sale(quantity="2")
    apply_all(portfolio, intended(out))
    x = fill("x", "2", "110")
    made = told(portfolio, report(out, x), report(out, x, status=FILLED))
    assert len(only(made, PositionClosed)) == 1


def test_an_order_nobody_intended_is_no_news():
    assert told(book(), report(entry(), fill("a", "1", "100"), status=FILLED)) == []


@pytest.mark.parametrize(
    ("price", "told_percent"),
    [("100.49", None), ("100.5", "0.5"), ("102", "2"), ("99", None)],
)
def test_slippage_of_a_purchase_is_told_from_the_limit_on(price: str, told_percent: str | None):
    bought = entry(quantity="2")
    made = told(book(bought), report(bought, fill("a", "2", price), status=FILLED))
    facts = only(made, SlippageExceeded)
    if told_percent is None:
        assert facts == []
        return
    (exceeded,) = facts
    assert isinstance(exceeded, SlippageExceeded)
    assert exceeded.slippage_percent == Decimal(told_percent)
    assert exceeded.cost == 2 * (Decimal(price) - 100)


def test_slippage_of_a_sale_is_what_came_in_below_its_decision():
    portfolio = book()
    hold(portfolio, "2", "100")
    out = sale(quantity="2", price="110")
    apply_all(portfolio, intended(out))
    a, b = fill("x", "1", "109"), fill("y", "1", "107")
    made = told(portfolio, report(out, a), report(out, a, b, status=FILLED))
    (exceeded,) = only(made, SlippageExceeded)
    assert isinstance(exceeded, SlippageExceeded)
    assert exceeded.fill_price == 108
    assert exceeded.cost == 4
    assert exceeded.decision_price == 110


def funding(settlement: str = "f1", amount: str = "-1.5") -> FundingReport:
    return FundingReport(TradeId(settlement), "ETH/USDT", Decimal(amount), Decimal("0.0001"), NOON)


def test_funding_is_booked_once_per_settlement():
    portfolio = Portfolio(VenueName.BINANCE_FUTURES, "USDT")
    fund(portfolio)
    hold(portfolio, leverage=3)
    fact = funding_fact(portfolio, funding())
    assert fact is not None
    portfolio.apply(fact)
    assert portfolio.cash == Decimal("9998.5")
    assert portfolio.positions["ETH/USDT"].funding == Decimal("-1.5")
    assert funding_fact(portfolio, funding()) is None
    assert funding_fact(portfolio, funding("f2", "0")) is None
    assert funding_fact(portfolio, funding("f3", "2")) is not None


def test_funding_of_a_contract_that_is_not_ours_is_not_booked():
    portfolio = Portfolio(VenueName.BINANCE_FUTURES, "USDT")
    fund(portfolio)
    assert funding_fact(portfolio, funding()) is None


def test_closing_counts_fees_funding_and_what_was_given_up():
    position = sold(held("3", "100"), "2", "110", fee="1")
    done = closed(position, ExitReason.STOP_LOSS, Decimal(90), NOON, Decimal(4))
    assert done.pnl == 15
    assert done.pnl_percent == 5
    assert done.exit_price == 110


def test_closing_what_was_never_sold_takes_the_last_price():
    done = closed(held("1", "100"), ExitReason.MANUAL, Decimal(90), NOON, Decimal(100))
    assert (done.exit_price, done.pnl) == (Decimal(90), Decimal(-100))


def test_a_forged_client_id_changes_nothing():
    portfolio = book(entry())
    other = entry(ClientOrderId("pasu-other"))
    assert told(portfolio, report(other, fill("a", "1", "100"), status=FILLED)) == []
    assert portfolio.cash == 10_000
