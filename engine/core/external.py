"""What lies at a venue and is not Pasu's: shown and counted, never touched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.core.portfolio import Portfolio
from engine.domain.ids import VenueOrderId, is_ours
from engine.domain.instrument import Instrument
from engine.domain.money import ZERO
from engine.ports.venue import OrderReport, ReportStatus


@dataclass(frozen=True, slots=True)
class ExternalHolding:
    """A quantity of a market's base asset that the book does not own."""

    symbol: str
    quantity: Decimal


class Externals:
    """The owner's own orders and holdings at one venue, as far as the venue has told of them."""

    def __init__(self, portfolio: Portfolio) -> None:
        """Start without any; what the book knows is not external."""
        self._portfolio = portfolio
        self._orders: dict[VenueOrderId, OrderReport] = {}
        self.holdings: tuple[ExternalHolding, ...] = ()

    @property
    def orders(self) -> Sequence[OrderReport]:
        """Return the open orders that are not ours."""
        return tuple(self._orders.values())

    def hears(self, report: OrderReport) -> bool:
        """Return whether a report is of an order that the book does not know, and keep it."""
        if report.client_id in self._portfolio.orders:
            return False
        if report.status is ReportStatus.OPEN:
            self._orders[report.venue_order_id] = report
        else:
            self._orders.pop(report.venue_order_id, None)
        return True

    def list_orders(self, reports: Iterable[OrderReport]) -> Sequence[OrderReport]:
        """Take the whole list of open orders; return those that carry our ids and yet are unknown.

        Such an order was sent by another engine with the same keys, or by one whose state is lost.
        """
        known = self._portfolio.orders
        foreign = [report for report in reports if report.client_id not in known]
        self._orders = {report.venue_order_id: report for report in foreign}
        return [report for report in foreign if is_ours(report.client_id)]

    def list_holdings(
        self, held: Mapping[str, Decimal], instruments: Mapping[str, Instrument]
    ) -> None:
        """Take what the venue holds; what is beyond the book, and a market's base, is external."""
        self.holdings = tuple(
            ExternalHolding(symbol, beyond)
            for symbol, instrument in sorted(instruments.items())
            if (beyond := self._beyond(held, instrument)) >= instrument.min_quantity > ZERO
        )

    def _beyond(self, held: Mapping[str, Decimal], instrument: Instrument) -> Decimal:
        position = self._portfolio.positions.get(instrument.symbol)
        asset = f"{instrument.symbol}:contract" if instrument.is_contract else instrument.base
        booked = position.quantity if position is not None else ZERO
        return held.get(asset, ZERO) - max(booked, self._portfolio.ledger.held(asset))
