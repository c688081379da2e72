"""How Pasu behaved: its orders ended, its positions are guarded, the owner's things are whole."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from engine.domain.intent import Purpose
from engine.domain.money import ZERO, from_float
from engine.domain.order import OrderStatus
from engine.domain.position import Position
from engine.domain.venue import VenueName
from tests.exchanges.terms import VenueOrder
from tests.world.case import Case

NEVER_LIVE = frozenset({OrderStatus.REFUSED, OrderStatus.NEVER_ARRIVED})
LEGS = 2


def orders_ended(case: Case) -> Iterator[str]:
    """No fate is unknown, and nothing that counts as never sent lives at the venue."""
    known = {order.new.client_id: order for order in case.orders()}
    for client_id, order in case.portfolio.orders.items():
        if order.is_uncertain:
            yield f"{client_id} is of unknown fate still"
        there = known.get(client_id)
        if there is None:
            continue
        if order.status in NEVER_LIVE:
            yield f"{client_id} is {order.status.value} here and {there.status} there"
        if not there.status.is_open and not order.status.is_final:
            yield f"{client_id} ended there and is {order.status.value} here"
        if there.status.is_open and order.status.is_final:
            yield f"{client_id} is open there and {order.status.value} here"


def decided_once(case: Case) -> Iterator[str]:
    """Every order was decided; one decision makes at most one entry, one id one order."""
    intents, ours = case.intents(), case.orders()
    entries: Counter[tuple[str, str]] = Counter()
    for order in ours:
        intent = intents.get(order.new.client_id)
        if intent is None:
            yield f"{order.new.client_id} was never decided"
        elif intent.purpose is Purpose.ENTRY:
            entries[intent.symbol, intent.decision] += 1
    yield from (f"{n} entries for one decision: {key}" for key, n in entries.items() if n > 1)
    ids = Counter(order.new.client_id for order in ours)
    yield from (f"{n} orders with one client id: {key}" for key, n in ids.items() if n > 1)


def sold_once(case: Case) -> Iterator[str]:
    """No sale was of coins that another sale had taken."""
    for name, symbol, what in case.witness.oversold:
        if name is case.market.name and not case.owner.taken[symbol]:
            yield what


def owner_is_left_alone(case: Case) -> Iterator[str]:
    """No order of the owner's was cancelled by another hand."""
    yield from case.owner.wronged()


def positions_guarded(case: Case) -> Iterator[str]:
    """What is held lies under live stops for all that can be sold, and no other order is left."""
    live = [order for order in case.orders() if order.status.is_open]
    for symbol in case.market.listings:
        position = case.portfolio.positions.get(symbol)
        mine = [order for order in live if order.new.symbol == symbol]
        if position is None:
            yield from (f"{symbol}: {o.new.client_id} lies there for nothing" for o in mine)
            continue
        yield from _guarded(case, position, mine)
        yield from _inside_its_stops(case, position)


def flat_after_panic(case: Case) -> Iterator[str]:
    """After a panic nothing is held any more that could be sold."""
    for symbol, position in case.portfolio.positions.items() if case.panicked else ():
        if _can_be_sold(case, position):
            yield f"{symbol} is held after a panic"


def _guarded(case: Case, position: Position, live: list[VenueOrder]) -> Iterator[str]:
    instrument = case.market.listings[position.symbol].instrument
    sellable = instrument.lots(position.quantity)
    if case.market.name is not VenueName.BINANCE_SPOT or instrument.is_dust(
        position.quantity, _price(case, position)
    ):
        return
    covered = [order for order in live if order.remaining == sellable]
    if case.free(instrument.base) < sellable and not live and case.owner.taken[position.symbol]:
        # He has locked the coins in an order of his own: there is nothing to guard them with.
        return
    if len(covered) != LEGS or len(live) != LEGS or len({o.list_id for o in live}) != 1:
        yield f"{position.symbol}: {sellable} held under {[o.remaining for o in live]}"


def _inside_its_stops(case: Case, position: Position) -> Iterator[str]:
    price = _price(case, position)
    stop = max(position.exits.stop_loss or ZERO, position.emergency_stop)
    if price <= stop and _can_be_sold(case, position):
        yield f"{position.symbol}: held at {price}, below its stop at {stop}"


def _can_be_sold(case: Case, position: Position) -> bool:
    """Return whether it is more than dust, and not locked in an order of the owner's."""
    instrument = case.market.listings[position.symbol].instrument
    taken = case.owner.taken[position.symbol]
    free = case.free(instrument.base) if taken else position.quantity
    return not instrument.is_dust(min(position.quantity, free), _price(case, position))


def _price(case: Case, position: Position) -> Decimal:
    listing = case.market.listings[position.symbol]
    return listing.instrument.ticks.near(from_float(listing.price))
