"""The venue is the truth: differences are found once, shown, and told when they are over."""

from decimal import Decimal
from typing import Any

from engine.core.reconcile import Reconciler
from engine.domain.errors import VenueDown
from engine.domain.events import DifferenceFound
from engine.domain.venue import VenueName
from engine.ports.venue import Balance, VenuePosition
from tests.core.builders import Floor, floor, hold
from tests.domain.builders import entry, intended


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
    for _ in range(3):
        await reconciler.compare()
    assert told(made) == [("ETH", "2", "1.9", False)]
    assert reconciler.differences == 1
    made.venue.holdings["ETH"] = balance("2")
    for _ in range(3):
        await reconciler.compare()
    assert told(made)[1:] == [("ETH", "2", "1.9", True)]
    assert reconciler.differences == 0


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


async def test_while_an_order_is_under_way_nothing_is_compared():
    made, reconciler = holding()
    made.venue.holdings["ETH"] = balance("0")
    made.portfolio.apply(intended(entry("pasu-other", symbol="XRP/KRW")))
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
