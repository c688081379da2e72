"""A stop that lies between two ticks is met: a replay tells the watched price itself."""

from dataclasses import replace
from decimal import Decimal

from engine.domain.events import PositionClosed
from engine.domain.exits import ExitReason
from engine.domain.venue import VenueName
from engine.ports.venue import PriceMoved
from tests.core.builders import floor, hold
from tests.core.fakes import NOON
from tests.domain.builders import EXITS

TRAILED = replace(EXITS, take_profit=None, trailing=Decimal("0.0213004"))


async def test_a_trailing_stop_between_two_ticks_is_watched_at_the_lower_one_and_sells_there():
    made = floor(VenueName.UPBIT)
    symbol = made.market.instrument.symbol
    hold(made.portfolio, "200", "100", exits=TRAILED)
    made.price(120.0)
    made.portfolio.see(symbol, Decimal(123))
    made.desk.look_again()
    line = made.portfolio.positions[symbol].trailing_stop
    assert line is not None
    below = made.venue.watched[symbol].below
    assert below is not None
    ticks = made.market.instrument.ticks
    assert Decimal(str(below)) == ticks.down(line) < line
    await made.desk.handle(PriceMoved(symbol, below, NOON))
    closed = made.bench.facts(PositionClosed)
    assert [trade.reason for trade in closed] == [ExitReason.TRAILING_STOP]
