"""Whether an engine's book is what happened at the exchange, order by order, trade by trade."""

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from tests.exchanges.remote import RemoteVenue
from tests.whole.live_house import SPOT, UPBIT, LiveHouse

Row = dict[str, Any]
QUOTES = {UPBIT: "KRW", SPOT: "USDT"}
ZERO, LOT = Decimal(0), Decimal("0.1")
# Money, and the coin that pays fees and that dust becomes: no positions.
NONE = frozenset({*QUOTES.values(), "BNB"})


def assert_books_equal(house: LiveHouse, name: str, deposit: int) -> None:
    """Assert that nothing was lost and nothing doubled; `deposit` is what the quote began with."""
    venue = house.venues[name]
    assert_every_trade_is_booked_once(house, name, venue)
    assert_one_order_for_each_decision(house, name, venue)
    theirs = {each["asset"]: each for each in venue.ask("balances")}
    held = {s: Decimal(p["quantity"]) for s, p in house.held().items() if p["venue"] == name}
    quote = QUOTES[name]
    there = {f"{asset}/{quote}": total(each) for asset, each in theirs.items() if asset not in NONE}
    dust = dropped(house, name)
    for symbol in held.keys() | there.keys():
        ours, rest = held.get(symbol, ZERO), there.get(symbol, ZERO)
        # A rest that was given up may have been swapped by a life that was killed before it knew.
        assert ours <= rest <= ours + dust[symbol], f"{symbol}: {ours} in the book, {rest} there"
    card = house.venue(name)
    spent = Decimal(deposit) - total(theirs[quote])
    booked = Decimal(card["initial_capital"]) - Decimal(card["cash"])
    assert booked == spent, f"the book says {booked} was spent, the venue {spent}"
    assert card["differences"] == 0
    told = [fact for fact in house.facts("DifferenceFound") if fact["venue"] == name]
    assert [fact for fact in told if not is_dust(fact)] == []


def assert_every_trade_is_booked_once(house: LiveHouse, name: str, venue: RemoteVenue) -> None:
    """Assert that the fills in the journal are the trades of the venue."""
    fills = [fact for fact in house.facts("OrderFilled") if fact["venue"] == name]
    ids = Counter(fact["trade_id"] for fact in fills)
    assert [trade for trade, times in ids.items() if times > 1] == []
    booked = Counter(map(_what, fills))
    assert booked == Counter(map(_what, venue.ask("trades")))


def assert_one_order_for_each_decision(house: LiveHouse, name: str, venue: RemoteVenue) -> None:
    """Assert that no order lacks its intent, and no decision to buy has led to two orders."""
    intents = [f["intent"] for f in house.facts("OrderIntended") if f["intent"]["venue"] == name]
    meant = Counter(intent["client_id"] for intent in intents)
    again = [intent for intent in intents if meant[intent["client_id"]] > 1]
    assert again == [], f"meant twice: {again}"
    theirs = Counter(order["new"]["client_id"] for order in venue.ask("orders"))
    assert [key for key, times in theirs.items() if times > 1 or key not in meant] == []
    bought = Counter(
        (intent["symbol"], intent["decision"])
        for intent in intents
        if intent["purpose"] == "entry" and intent["client_id"] in theirs
    )
    assert [decision for decision, times in bought.items() if times > 1] == []


def is_dust(difference: Row) -> bool:
    """Return whether it is about less than a lot: swapped by a life that was killed just then."""
    return bool(difference["ours"]) and Decimal(difference["ours"]) < LOT


def dropped(house: LiveHouse, name: str) -> dict[str, Decimal]:
    """Return what was given up as too small to sell and was not swapped, by symbol."""
    given_up: dict[str, Decimal] = defaultdict(Decimal)
    for fact in house.facts("DustDropped"):
        if fact["venue"] == name and not Decimal(fact["proceeds"]):
            given_up[fact["symbol"]] += Decimal(fact["quantity"])
    return given_up


def total(balance: Row) -> Decimal:
    """Return what is held of an asset, locked or not."""
    return Decimal(balance["free"]) + Decimal(balance["locked"])


def _what(trade: Row) -> tuple[str, Decimal, Decimal]:
    return trade["client_id"], Decimal(trade["quantity"]), Decimal(trade["price"])
