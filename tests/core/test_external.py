"""What the owner does by hand at the venue: shown, counted apart, never touched."""

from dataclasses import replace
from decimal import Decimal

from engine.core.external_views import left_alone
from engine.core.views import order_views, position_views, venue_view
from engine.domain.events import DifferenceFound
from engine.domain.ids import ClientOrderId, VenueOrderId
from engine.domain.intent import OrderIntent
from engine.domain.venue import VenueName
from engine.phrases.book import english
from engine.ports.venue import Balance, OrderReport, ReportStatus
from tests.core.builders import Floor, floor, hold
from tests.core.fakes import report
from tests.domain.builders import SYMBOLS, entry, sale

SYMBOL = SYMBOLS[VenueName.UPBIT]
D = Decimal


def by_hand(intent: OrderIntent, client_id: str = "", **changes: object) -> OrderReport:
    """An order that the owner placed: with an id of the web page, or without any."""
    told = report(intent)
    return replace(
        told,
        client_id=ClientOrderId(client_id),
        venue_order_id=VenueOrderId("hand-1"),
        quantity=D(3),
        price=D(150),
        **changes,  # type: ignore[arg-type]
    )


def venue_with(made: Floor, coins: str, krw: str = "10000") -> None:
    made.venue.holdings = {
        "ETH": Balance(D(coins), D(0)),
        "KRW": Balance(D(krw), D(0)),
    }


async def test_f20_an_order_of_the_owner_is_shown_and_never_touched():
    made = floor()
    made.venue.foreign = [by_hand(sale())]
    venue_with(made, "0")
    await made.desk.reconciler.compare()
    (shown,) = order_views(made.desk)
    assert (shown.external, shown.quantity, shown.price) == (True, D(3), D(150))
    assert venue_view(made.desk).external_orders == 1
    await made.desk.flatten()
    assert made.bench.calls("cancel") == []
    assert made.bench.facts(DifferenceFound) == []


async def test_f20_an_order_of_the_owner_comes_and_goes_with_the_stream():
    made = floor()
    told = by_hand(sale(), "web_1")
    await made.desk.handle(told)
    assert len(order_views(made.desk)) == 1
    await made.desk.handle(replace(told, status=ReportStatus.CANCELLED))
    assert order_views(made.desk) == []
    assert made.bench.store.facts == []


async def test_f20_what_the_owner_holds_beside_us_is_shown_and_not_sold():
    made = floor()
    hold(made.portfolio, "2", "100")
    venue_with(made, "7")
    await made.desk.reconciler.compare()
    ours, external = position_views(made.desk)
    assert (ours.external, ours.quantity) == (False, D(2))
    assert (external.external, external.quantity, external.value) == (True, D(5), D(500))
    equity = made.context.equity()
    await made.desk.flatten()
    assert equity == made.context.equity()
    (line,) = left_alone(made.desk)
    assert english(line) == f"left alone: upbit {SYMBOL}: 5 held by hand"


async def test_f20_a_crumb_that_nobody_would_sell_is_not_shown():
    made = floor()
    venue_with(made, "0.01")
    await made.desk.reconciler.compare()
    assert position_views(made.desk) == []


async def test_f20_an_open_order_with_our_id_that_the_book_does_not_know_is_a_difference():
    made = floor()
    made.venue.foreign = [by_hand(entry(), "pasu-0123456789")]
    venue_with(made, "0")
    for _ in range(2):
        await made.desk.reconciler.compare()
    (shown,) = made.bench.facts(DifferenceFound)
    assert "pasu-0123456789" in shown.subject
    assert made.bench.calls("cancel") == []


async def test_money_that_the_venue_does_not_have_is_not_spent():
    made = floor()
    before = made.context.free_cash()
    venue_with(made, "0", krw="4000")
    await made.desk.reconciler.compare()
    assert made.context.free_cash() == before - 6000
    venue_with(made, "0", krw="900000")
    await made.desk.reconciler.compare()
    assert made.context.free_cash() == before
