"""The venue is the truth: differences are found once, shown, and told when they are over."""

from decimal import Decimal
from typing import Any

from engine.core.portfolio import Portfolio
from engine.core.portfolio_tables import Metadata, restore, to_tables
from engine.core.reconcile import Reconciler
from engine.domain.custody import PositionAdjusted
from engine.domain.errors import VenueDown
from engine.domain.events import DifferenceFound, PositionClosed
from engine.domain.exits import ExitReason
from engine.domain.venue import VenueName
from engine.ports.venue import Balance, ReportStatus, VenuePosition
from tests.core.builders import Floor, floor, hold
from tests.core.fakes import NOON, fill, report
from tests.core.state import state_of
from tests.domain.builders import SYMBOLS, entry, intended, sale

D = Decimal
SYMBOL = SYMBOLS[VenueName.UPBIT]


def balance(amount: str, locked: str = "0") -> Balance:
    return Balance(Decimal(amount), Decimal(locked))


def holding(venue: VenueName = VenueName.UPBIT) -> tuple[Floor, Reconciler]:
    made = floor(venue)
    hold(made.portfolio, "2", "100")
    made.venue.holdings = {
        "ETH": balance("1.5", "0.5"),
        made.portfolio.quote: balance("9800"),
    }
    return made, made.desk.reconciler


def told(made: Floor) -> list[tuple[Any, ...]]:
    facts = made.bench.facts(DifferenceFound)
    return [(fact.subject, fact.ours, fact.theirs, fact.resolved) for fact in facts]


async def test_a_book_that_agrees_is_no_news():
    made, reconciler = holding()
    await reconciler.compare()
    assert told(made) == []
    assert reconciler.differences == 0


async def test_what_the_owner_holds_beside_us_is_no_difference():
    made, reconciler = holding()
    made.venue.holdings |= {"ETH": balance("50"), "BTC": balance("1"), "KRW": balance("99999")}
    await reconciler.compare()
    assert told(made) == []


async def test_f19_less_than_the_book_is_shown_once_and_told_when_it_is_over():
    made, reconciler = holding()
    made.venue.holdings["ETH"] = balance("1.9")
    await reconciler.compare()
    assert told(made) == [("ETH", "2", "1.9", False)]
    assert reconciler.differences == 1
    assert made.context.short == {SYMBOL: Decimal("1.9")}
    made.venue.holdings["ETH"] = balance("2")
    for _ in range(3):
        await reconciler.compare()
    assert told(made)[1:] == [("ETH", "2", "1.9", True)]
    assert reconciler.differences == 0
    assert made.bench.facts(PositionAdjusted) == []


async def test_f19_less_than_the_book_twice_in_a_row_is_believed_and_pauses_the_market():
    made, reconciler = holding()
    made.price(120.0)
    made.venue.holdings["ETH"] = balance("1.9")
    before = made.context.equity()
    for _ in range(3):
        await reconciler.compare()
    (adjusted,) = made.bench.facts(PositionAdjusted)
    assert (adjusted.before, adjusted.after, adjusted.value) == (D("2"), D("1.9"), D("12.0"))
    assert made.portfolio.positions[SYMBOL].quantity == D("1.9")
    assert list(made.portfolio.paused) == [SYMBOL]
    assert reconciler.differences == 0
    assert made.portfolio.ledger.imbalances() == {}
    assert made.context.equity() == before - 12


async def test_f19_what_is_gone_counts_neither_as_profit_nor_as_loss_of_the_day():
    made, reconciler = holding()
    made.context.day_loss.day, made.context.day_loss.start = NOON.date(), made.context.equity()
    made.venue.holdings["ETH"] = balance("0")
    for _ in range(2):
        await reconciler.compare()
    assert made.portfolio.positions == {}
    (closed,) = made.bench.facts(PositionClosed)
    assert (closed.reason, closed.quantity, closed.pnl) == (ExitReason.MANUAL, D(2), D(0))
    assert made.context.day_loss.pnl(made.context.equity()) == 0


async def test_f19_a_rest_below_a_lot_is_adjusted_without_a_pause():
    made, reconciler = holding()
    made.venue.holdings["ETH"] = balance("1.9995")
    for _ in range(2):
        await reconciler.compare()
    assert made.portfolio.positions[SYMBOL].quantity == D("1.9995")
    assert made.portfolio.paused == {}


async def test_f19_a_stop_that_filled_unheard_is_asked_about_and_booked_as_the_sale_it_was():
    made, reconciler = holding(VenueName.BINANCE_SPOT)
    await made.desk.protection.arm(made.market)
    stop = made.venue.placed[1]
    made.venue.known[stop.client_id] = report(
        stop, fill("s", "2", "95.9", asset="USDT"), status=ReportStatus.FILLED
    )
    made.venue.holdings["ETH"] = balance("0")
    for _ in range(2):
        await reconciler.compare()
    (closed,) = made.bench.facts(PositionClosed)
    assert (closed.reason, closed.exit_price) == (ExitReason.STOP_LOSS, D("95.9"))
    assert made.bench.facts(PositionAdjusted) == []


async def test_f19_a_fill_that_is_booked_during_the_question_is_no_difference():
    made, reconciler = holding()
    held = made.venue.balances

    async def slow() -> Any:
        answer = await held()
        await made.desk.seller.sell(made.market, ExitReason.STOP_LOSS)
        return {**answer, "ETH": balance("0")}

    made.venue.balances = slow  # type: ignore[method-assign]
    await reconciler.compare()
    assert made.position() is None
    assert told(made) == []


async def test_f19_never_more_is_sold_than_the_venue_holds():
    made, reconciler = holding()
    made.venue.holdings["ETH"] = balance("1.5")
    await reconciler.compare()
    await made.desk.seller.sell(made.market, ExitReason.STOP_LOSS)
    assert made.venue.placed[-1].quantity == D("1.5")


async def test_an_adjusted_book_is_the_same_after_a_restart():
    made, reconciler = holding()
    made.venue.holdings["ETH"] = balance("1.9")
    for _ in range(2):
        await reconciler.compare()
    again = floor(capital="10000").portfolio
    hold(again, "2", "100")
    for recorded in made.bench.store.facts:
        again.apply(recorded.fact)
    assert state_of(again) == state_of(made.portfolio)
    restored = Portfolio(VenueName.UPBIT, "KRW")
    metadata = Metadata("", "", (), NOON)
    restore(restored, to_tables(again, again.equity({}), metadata))
    assert restored.paused == again.paused


async def test_f19_money_that_is_gone_is_shown():
    made, reconciler = holding()
    made.venue.holdings["KRW"] = balance("9000")
    await reconciler.compare()
    assert told(made) == [("KRW", "9800", "9000", False)]


async def test_f22_a_contract_that_is_gone_is_shown():
    made, reconciler = holding(VenueName.BINANCE_FUTURES)
    hundred = Decimal(100)
    position = VenuePosition("ETH/USDT", Decimal(2), hundred, hundred, Decimal(50), 2)
    made.venue.contracts = [position]
    await reconciler.compare()
    assert told(made) == []
    made.venue.contracts = []
    await reconciler.compare()
    assert told(made) == [("ETH/USDT:contract", "2", "0", False)]


async def test_while_an_order_is_under_way_its_market_is_not_compared():
    made, reconciler = holding()
    made.venue.holdings["ETH"] = balance("0")
    made.portfolio.apply(intended(sale("pasu-other", quantity="2", symbol=SYMBOL)))
    await reconciler.compare()
    assert told(made) == []


async def test_a_venue_without_an_answer_proves_nothing():
    made, reconciler = holding()

    async def down() -> dict[str, Balance]:
        raise VenueDown("503")

    made.venue.balances = down  # type: ignore[method-assign]
    await reconciler.compare()
    assert told(made) == []


async def test_settling_asks_about_every_order_that_has_not_ended():
    made, reconciler = holding()
    known, lost = entry("pasu-known", symbol="XRP/KRW"), entry("pasu-lost", symbol="SOL/KRW")
    made.portfolio.apply(intended(known))
    made.portfolio.apply(intended(lost))
    made.venue.take([known])
    assert not await reconciler.settle()
    assert "XRP/KRW" in made.portfolio.positions
    made.bench.clock.advance(60)
    assert await reconciler.settle()
    assert "SOL/KRW" not in made.portfolio.positions
