"""What the cases of every live venue have to know of one: how to open it, what it can be asked."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.domain.events import OrderFilled
from engine.domain.intent import OrderIntent
from engine.domain.order import OrderStatus
from tests.exchanges.faults import Answer, Fault, Match, on
from tests.live.bench import Bench


@dataclass(frozen=True)
class House:
    """One venue: its paths, its orders, and the answers that are its own.

    `open` takes the patience of calls (`timeout_s`), how often clocks are compared (`clock_s`), how
    far the venue's is ahead (`skew_s`), and the markets to stream; `bought` is what a
    buy leaves in the book, `limit` lies above the market. `taken` are faults after which an order
    is there though its answer is not, `unsure` answers that leave it open whether it is; `limited`
    is its rate limit, which lasts `pause_s`. `trade_id` writes a trade's number as the venue does,
    `set_clock` lets the server's clock be so many seconds ahead of ours.
    """

    name: str
    open: Callable[..., AbstractAsyncContextManager[Bench[Any, Any]]]
    orders: str
    account: str
    cancelled: str
    symbol: str
    buy: Callable[[str], OrderIntent]
    sale: Callable[[str, str, Decimal | None], OrderIntent]
    bought: Decimal
    limit: Decimal
    taken: tuple[Fault, ...]
    unsure: tuple[Answer, ...]
    limited: Answer
    pause_s: int
    refusals: tuple[tuple[Answer, str], ...]
    nonsense: tuple[object, ...]
    trade_id: Callable[[int], str]
    set_clock: Callable[[Any, float], None]

    @property
    def post(self) -> Match:
        """Return what hits the placing of an order."""
        return on("POST", self.orders)

    def booked_once(self, bench: Bench[Any, Any]) -> None:
        """Whatever was lost: one order at the venue, each of its trades booked once."""
        theirs = bench.theirs()
        assert len(theirs) == 1
        assert bench.asked("POST", self.orders) == 1
        order = bench.portfolio.orders[theirs[0].new.client_id]
        assert order.status is OrderStatus.FILLED
        assert order.filled_quantity == theirs[0].filled
        assert len(bench.facts(OrderFilled)) == len(theirs[0].trades)
        assert {fact.trade_id for fact in bench.facts(OrderFilled)} == {
            self.trade_id(trade.id) for trade in theirs[0].trades
        }
