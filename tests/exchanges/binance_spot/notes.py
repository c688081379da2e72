"""What the venue remembers of an order beyond the kernel: prevention, triggers, cancel requests."""

from dataclasses import dataclass, field
from datetime import datetime

from tests.exchanges.binance_spot.rules import DEFAULT_STP
from tests.exchanges.terms import (
    Cause,
    OrderChanged,
    OrderType,
    Status,
    TimeInForce,
    VenueOrder,
)


@dataclass(slots=True)
class Notes:
    """Remarks on orders, by the venue's id of the order."""

    stp: dict[int, str] = field(default_factory=dict)
    prevented: set[int] = field(default_factory=set)
    working_since: dict[int, datetime] = field(default_factory=dict)
    # The id that a cancel request gave itself; executionReport shows it as the order's.
    cancel_ids: dict[int, str] = field(default_factory=dict)
    # What to note of an order once it is accepted, by the client's id.
    _expected: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def expect(self, client_id: str, stp: str, *, prevented: bool = False) -> None:
        """Say what will hold for an order that is about to be accepted."""
        self._expected[client_id] = (stp, prevented)

    def heard(self, event: OrderChanged) -> None:
        """Note what an event brings, before anybody renders it."""
        order = event.order
        if event.cause is Cause.ACCEPTED:
            self.stp[order.id], prevented = self._expected.pop(
                order.new.client_id, (DEFAULT_STP, False)
            )
            if prevented:
                self.prevented.add(order.id)
        if order.triggered:
            self.working_since.setdefault(order.id, event.at)

    def mode(self, order: VenueOrder) -> str:
        """Return how the order is kept from trading with its own account."""
        return self.stp.get(order.id, DEFAULT_STP)

    def status(self, order: VenueOrder) -> str:
        """Return an order's status in Binance's words."""
        ended_early = order.status in {Status.CANCELED, Status.EXPIRED}
        if ended_early and order.id in self.prevented:
            return "EXPIRED_IN_MATCH"
        return order.status.name

    def expiry_reason(self, order: VenueOrder) -> str:
        """Return why an order expired, or an empty text where it did not."""
        if order.status is not Status.EXPIRED or order.id in self.prevented:
            return ""
        if order.list_id is not None and not order.triggered:
            return "OCO_TRIGGER"
        if order.new.type in {OrderType.MARKET, OrderType.STOP_LOSS}:
            return "INSUFFICIENT_LIQUIDITY"
        if order.new.time_in_force is TimeInForce.FOK:
            return "UNFILLED_FOK_ORDER_EXPIRED"
        return "UNFILLED_IOC_QUANTITY_EXPIRED"

    def working_at(self, order: VenueOrder) -> datetime | None:
        """Return since when an order can trade, or None while it waits for its trigger."""
        if order.new.trigger is None:
            return order.created_at
        return self.working_since.get(order.id)
