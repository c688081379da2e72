"""What was traded, what is held and what was earned: venue and book must say the same."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from engine.domain.custody import PositionAdjusted
from engine.domain.events import DustDropped, OrderFilled, PositionClosed
from engine.domain.money import ZERO
from tests.exchanges.terms import Side, Trade
from tests.world.case import Case
from tests.world.market import PURSE
from tests.world.orders import fee_in_quote

CENT = Decimal("0.000001")


def fills_agree(case: Case) -> Iterator[str]:
    """Every trade of the venue is booked once, at its own price."""
    theirs = Counter((key, t.quantity, t.price) for key, t in case.trades().items())
    booked = Counter((str(f.trade_id), f.quantity, f.price) for f in case.facts(OrderFilled))
    yield from (f"trade not booked: {each}" for each in (theirs - booked))
    yield from (f"trade booked that is not there, or twice: {each}" for each in (booked - theirs))


def holdings_agree(case: Case) -> Iterator[str]:
    """The venue holds the owner's coins and the book's, and what the book gave up or let go."""
    for symbol, listing in case.market.listings.items():
        dropped = _sum(f.quantity for f in case.facts(DustDropped) if f.symbol == symbol)
        adjusted = _sum(
            f.before - f.after for f in case.facts(PositionAdjusted) if f.symbol == symbol
        )
        swapped = case.market.converted.get(symbol, ZERO)
        there = case.balance(listing.instrument.base) + swapped
        known = case.owner.coins(symbol) + case.booked(symbol) + dropped + adjusted
        if there != known:
            yield f"{symbol}: the venue holds {there - known} more than is accounted for"
        if adjusted > case.owner.taken[symbol] + swapped:
            yield f"{symbol}: {adjusted} adjusted, more than was ever taken away"
        if case.balance(listing.instrument.base) < case.booked(symbol):
            yield f"{symbol}: the book holds more than the venue"


def money_agrees(case: Case) -> Iterator[str]:
    """The venue's quote changed by what the book says that Pasu made."""
    made = case.balance(case.market.quote) - PURSE - case.owner.money()
    booked = case.portfolio.cash - case.portfolio.initial_capital
    if made != booked:
        yield f"the venue's {case.market.quote} changed by {made}, the book's by {booked}"


def only_dust_dropped(case: Case) -> Iterator[str]:
    """Nothing that could have been sold was ever given up."""
    for fact in case.facts(DustDropped):
        instrument = case.market.listings[fact.symbol].instrument
        if not instrument.is_dust(fact.quantity, fact.price):
            yield f"{fact.symbol}: {fact.quantity} dropped, which is no dust"


def profits_agree(case: Case) -> Iterator[str]:
    """Every closed trade earned what the venue's own trades add up to."""
    trades, trips = case.trades(), {symbol: _Trip() for symbol in case.market.listings}
    for fact in case.facts(OrderFilled, DustDropped, PositionAdjusted, PositionClosed):
        trip = trips[fact.symbol]
        match fact:
            case OrderFilled() if str(fact.trade_id) in trades:
                trip.trade(trades[str(fact.trade_id)])
            case DustDropped():
                trip.dropped += fact.quantity
                trip.regained += fact.proceeds if fact.proceeds_asset == case.market.quote else ZERO
            case PositionAdjusted():
                trip.sold += fact.before - fact.after
                trip.sold_value += (fact.before - fact.after) * fact.price
            case PositionClosed():
                trips[fact.symbol] = _Trip()
                if not trip.bought or abs(trip.profit - fact.pnl) > CENT:
                    earned = trip.profit if trip.bought else None
                    yield f"{fact.symbol}: a trade that earned {earned} is booked as {fact.pnl}"


@dataclass
class _Trip:
    """One position from its first fill to its end."""

    bought: Decimal = ZERO
    bought_value: Decimal = ZERO
    sold: Decimal = ZERO
    sold_value: Decimal = ZERO
    fees: Decimal = ZERO
    dropped: Decimal = ZERO
    regained: Decimal = ZERO

    @property
    def profit(self) -> Decimal:
        entry = self.bought_value / self.bought
        gave_up = self.dropped * entry - self.regained
        return self.sold_value - self.sold * entry - self.fees - gave_up

    def trade(self, trade: Trade) -> None:
        self.fees += fee_in_quote(trade)
        if trade.side is Side.BUY:
            self.bought += trade.quantity
            self.bought_value += trade.cost
        else:
            self.sold += trade.quantity
            self.sold_value += trade.cost


def _sum(amounts: Iterator[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
