"""Everything a simulated exchange stands on, built from the records of its book alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.domain.errors import StateCorrupt
from engine.domain.ids import ClientOrderId
from engine.domain.instrument import Instrument
from engine.domain.intent import OrderType, Side
from engine.domain.money import ZERO
from engine.ports.venue import FundingReport, ReportStatus
from engine.venues.accounts import Accounts
from engine.venues.book import Accepted, Converted, Deposited, Ended, Record, Settled, Traded
from engine.venues.orders import OrderRegister, SimulatedOrder


@dataclass(frozen=True, slots=True)
class Entered:
    """When a contract position was opened, and inside which candle."""

    at: datetime
    inside: int | None


class ExchangeState:
    """Accounts, orders and what was taken of each candle: the same records make the same state."""

    def __init__(
        self, instruments: Mapping[str, Instrument], quote: str, *, fee_in_base: bool
    ) -> None:
        """Start empty."""
        self.accounts = Accounts(quote, fee_in_base=fee_in_base)
        self.orders = OrderRegister()
        self._instruments = instruments
        self._deposited: set[str] = set()
        self._used: dict[str, dict[int, Decimal]] = {}
        self._told: dict[str, tuple[int, list[Decimal]]] = {}
        self._entered: dict[str, Entered] = {}
        self._settled: dict[str, FundingReport] = {}
        self._converted: dict[str, Converted] = {}

    def was_deposited(self, asset: str) -> bool:
        """Return whether the account was given that asset before."""
        return asset in self._deposited

    def used(self, symbol: str, candle: int) -> Decimal:
        """Return how much of a candle's volume our trades have taken."""
        return self._used.get(symbol, {}).get(candle, ZERO)

    def told_inside(self, symbol: str, candle: int) -> list[Decimal]:
        """Return the prices inside a candle at which orders came."""
        key, prices = self._told.get(symbol, (candle, []))
        return prices if key == candle else []

    def entered(self, symbol: str) -> Entered | None:
        """Return when the present contract position was opened."""
        return self._entered.get(symbol)

    def settled(self, symbol: str) -> FundingReport | None:
        """Return the last funding settlement of a market."""
        return self._settled.get(symbol)

    def converted(self, symbol: str) -> Converted | None:
        """Return the last conversion of a rest of a market."""
        return self._converted.get(symbol)

    def apply(self, records: Iterable[Record]) -> None:
        """Move the state on by one transaction.

        Raises:
            StateCorrupt: a record names an order or a market that does not exist.
        """
        for record in records:
            match record:
                case Deposited():
                    self._deposited.add(record.asset)
                    self.accounts.credit(record.asset, record.amount)
                case Accepted():
                    self._accept(record)
                case Traded():
                    self._trade(record)
                case Ended():
                    self._end(record)
                case Settled():
                    self._settled[record.report.symbol] = record.report
                    quote = self._instrument(record.report.symbol).quote
                    self.accounts.credit(quote, record.report.amount)
                case Converted():
                    self._converted[record.symbol] = record
                    self.accounts.credit(record.base, -record.quantity)
                    self.accounts.credit(record.asset, record.amount)

    def _accept(self, record: Accepted) -> None:
        intent = record.intent
        order = SimulatedOrder(
            intent=intent,
            venue_order_id=record.venue_order_id,
            accepted_at=record.at,
            seen=record.seen,
            inside=record.inside,
            at=record.at,
        )
        self.orders.add(order)
        if intent.type is not OrderType.MARKET:
            asset, unit = self.accounts.unit_lock(intent, self._instrument(intent.symbol))
            self.accounts.lock(order.lock_key, asset, unit * intent.quantity)
        if record.inside is not None:
            prices = self.told_inside(intent.symbol, record.inside)
            self._told[intent.symbol] = (record.inside, [*prices, record.seen])

    def _trade(self, record: Traded) -> None:
        order = self._order(record.client_id)
        intent, fill = order.intent, record.fill
        instrument = self._instrument(intent.symbol)
        was_flat = intent.symbol not in self.accounts.contracts
        self.accounts.trade(intent, instrument, fill)
        if intent.type is not OrderType.MARKET:
            _, unit = self.accounts.unit_lock(intent, instrument)
            self.accounts.unlock(order.lock_key, unit * fill.quantity)
        order.fills.append(fill)
        order.filled += fill.quantity
        order.at = fill.at
        order.traded_in = record.candle
        self._use(intent.symbol, record.candle, fill.quantity)
        if was_flat and intent.side is Side.BUY:
            self._entered[intent.symbol] = Entered(fill.at, order.inside)

    def _use(self, symbol: str, candle: int, quantity: Decimal) -> None:
        # At one moment a candle closes and the next opens: both may be told again.
        used = dict(self._used.get(symbol, {}))
        used[candle] = used.get(candle, ZERO) + quantity
        self._used[symbol] = dict(sorted(used.items())[-2:])

    def _end(self, record: Ended) -> None:
        order = self._order(record.client_id)
        if order.status is not ReportStatus.OPEN:
            return
        order.status = record.status
        order.at = record.at
        if not self.orders.siblings(order):
            self.accounts.unlock(order.lock_key)
        self.orders.close(order)

    def _order(self, client_id: ClientOrderId) -> SimulatedOrder:
        order = self.orders.get(client_id)
        if order is None:
            message = f"venue book: no order {client_id}"
            raise StateCorrupt(message)
        return order

    def _instrument(self, symbol: str) -> Instrument:
        instrument = self._instruments.get(symbol)
        if instrument is None:
            message = f"venue book: no market {symbol}; was it written for other data?"
            raise StateCorrupt(message)
        return instrument
