"""What the account knows of its orders between a request and its end: market, list, last state."""

from dataclasses import dataclass, replace
from decimal import Decimal

from engine.domain.ids import ClientOrderId
from engine.domain.money import ZERO
from engine.ports.venue import OrderReport, ReportStatus

KEPT = 5000


@dataclass(frozen=True, slots=True)
class Known:
    """One order: its market, its list where it is a leg, how far it was seen to come."""

    symbol: str
    group: str | None = None
    status: ReportStatus | None = None
    filled: Decimal = ZERO

    @property
    def is_open(self) -> bool:
        """Return whether it was seen at the venue and not seen to end."""
        return self.status is ReportStatus.OPEN


class OrderBook:
    """Orders by client id; the oldest ended ones are forgotten."""

    def __init__(self) -> None:
        """Start without any."""
        self._orders: dict[ClientOrderId, Known] = {}

    def sent(self, client_id: ClientOrderId, symbol: str, group: str | None) -> None:
        """Note an order before its request leaves."""
        self._orders[client_id] = Known(symbol, group)
        self._forget()

    def seen(self, report: OrderReport) -> None:
        """Note what was reported; an order that has ended stays ended, filled never shrinks."""
        if not report.client_id:
            return
        known = self._orders.get(report.client_id, Known(report.symbol))
        ended = known.status is not None and not known.is_open
        self._orders[report.client_id] = replace(
            known,
            status=known.status if ended else report.status,
            filled=max(known.filled, report.filled_quantity),
        )
        self._forget()

    def find(self, client_id: ClientOrderId) -> Known | None:
        """Return an order, None where it was never heard of."""
        return self._orders.get(client_id)

    def unfinished(self) -> tuple[ClientOrderId, ...]:
        """Return orders that are open as far as is known."""
        return tuple(key for key, known in self._orders.items() if known.is_open)

    def is_behind(self, report: OrderReport) -> bool:
        """Return whether a report knows more of an order than was told before."""
        known = self._orders.get(report.client_id)
        if known is None:
            return True
        return known.filled < report.filled_quantity or (
            known.is_open and report.status is not ReportStatus.OPEN
        )

    def _forget(self) -> None:
        if len(self._orders) <= KEPT:
            return
        for key in [key for key, known in self._orders.items() if not known.is_open][: KEPT // 2]:
            del self._orders[key]
