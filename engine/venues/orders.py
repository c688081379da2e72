"""The orders a simulated exchange knows: open by symbol, the newest closed ones, every id ever."""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from engine.domain.ids import ClientOrderId, VenueOrderId
from engine.domain.intent import OrderIntent, OrderType
from engine.domain.money import ZERO
from engine.ports.venue import Fill, OrderReport, ReportStatus

AUTOCLOSE = "autoclose-"

_REMEMBERED = 5000


@dataclass(slots=True)
class SimulatedOrder:
    """One order while the exchange works on it.

    `seen` is the price at which it came, `inside` the opening second of the candle during which it
    came (None between candles), `traded_in` that of the candle in which it traded last.
    """

    intent: OrderIntent
    venue_order_id: VenueOrderId
    accepted_at: datetime
    seen: Decimal
    inside: int | None
    at: datetime
    status: ReportStatus = ReportStatus.OPEN
    filled: Decimal = ZERO
    fills: list[Fill] = field(default_factory=list)
    traded_in: int | None = None

    @property
    def remaining(self) -> Decimal:
        """Return what is still to be traded."""
        return self.intent.quantity - self.filled

    @property
    def rested(self) -> bool:
        """Return whether it traded on its own and not at the moment it came."""
        if self.intent.type is OrderType.LIMIT:
            return bool(self.fills) and self.fills[-1].maker
        return self.intent.type is not OrderType.MARKET or is_forced(self.intent.client_id)

    @property
    def lock_key(self) -> str:
        """Return the key its funds are locked under: one for orders that cancel each other."""
        return self.intent.group or self.intent.client_id

    def report(self) -> OrderReport:
        """Return what the exchange says of it."""
        return OrderReport(
            client_id=self.intent.client_id,
            venue_order_id=self.venue_order_id,
            symbol=self.intent.symbol,
            side=self.intent.side,
            status=self.status,
            filled_quantity=self.filled,
            fills=tuple(self.fills),
            at=self.at,
        )


class OrderRegister:
    """Every order of an exchange; closed ones beyond the newest 5,000 keep nothing but their id."""

    def __init__(self) -> None:
        """Start without orders."""
        self._open: dict[str, dict[ClientOrderId, SimulatedOrder]] = {}
        self._by_id: dict[ClientOrderId, SimulatedOrder] = {}
        self._closed: deque[ClientOrderId] = deque()
        self._used: set[ClientOrderId] = set()

    def __len__(self) -> int:
        return len(self._by_id)

    def is_used(self, client_id: ClientOrderId) -> bool:
        """Return whether the id was ever taken."""
        return client_id in self._used

    def get(self, client_id: ClientOrderId) -> SimulatedOrder | None:
        """Return an order that is still remembered."""
        return self._by_id.get(client_id)

    def open(self, symbol: str) -> list[SimulatedOrder]:
        """Return the open orders of a market in the order they came."""
        return list(self._open.get(symbol, {}).values())

    @property
    def symbols(self) -> Collection[str]:
        """Return the live view of the markets in which orders rest."""
        return self._open

    def all_open(self) -> Iterator[SimulatedOrder]:
        """Yield every open order, markets sorted."""
        for symbol in sorted(self._open):
            yield from self._open[symbol].values()

    def siblings(self, order: SimulatedOrder) -> list[SimulatedOrder]:
        """Return the open orders that the order cancels, should it trade."""
        group = order.intent.group
        return [
            other
            for other in self.open(order.intent.symbol)
            if group is not None and other.intent.group == group and other is not order
        ]

    def changed_in(self, symbol: str, candle: int, at: datetime) -> list[SimulatedOrder]:
        """Return the orders of a market that matching a candle changed, newest closed ones last.

        That is what rested and traded in it, the other legs of those, forced closes, and
        reduce-only orders that lost their position at that moment.
        """
        known = [*self.open(symbol), *(self._by_id[client_id] for client_id in self._closed)]
        known = [order for order in known if order.intent.symbol == symbol]
        traded = [order for order in known if order.traded_in == candle and order.rested]
        groups = {order.intent.group for order in traded if order.intent.group is not None}
        return [
            order
            for order in known
            if order in traded
            or (order.intent.group in groups and order.at == at)
            or (order.intent.reduce_only and order.at == at and _expired_unfilled(order))
        ]

    def add(self, order: SimulatedOrder) -> None:
        """Take a new order in."""
        intent = order.intent
        self._used.add(intent.client_id)
        self._by_id[intent.client_id] = order
        self._open.setdefault(intent.symbol, {})[intent.client_id] = order

    def close(self, order: SimulatedOrder) -> None:
        """Take an order out of the open ones."""
        intent = order.intent
        resting = self._open.get(intent.symbol, {})
        if resting.pop(intent.client_id, None) is None:
            return
        if not resting:
            del self._open[intent.symbol]
        self._closed.append(intent.client_id)
        while len(self._closed) > _REMEMBERED:
            del self._by_id[self._closed.popleft()]


def is_forced(client_id: str) -> bool:
    """Return whether an order is the exchange's own close of a position."""
    return client_id.startswith(AUTOCLOSE)


def _expired_unfilled(order: SimulatedOrder) -> bool:
    return order.status is ReportStatus.EXPIRED and not order.fills
