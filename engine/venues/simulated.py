"""One simulated exchange: takes orders, matches them with candles, keeps its own durable book."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from engine.domain.candle import Candle
from engine.domain.errors import Refused
from engine.domain.ids import ClientOrderId, TradeId
from engine.domain.instrument import Instrument
from engine.domain.intent import OrderIntent
from engine.domain.money import ONE, ZERO, from_float, to_step
from engine.domain.venue import Sessions
from engine.ports.venue import (
    Balance,
    FundingReport,
    OrderReport,
    ReportStatus,
    VenuePosition,
)
from engine.venues.book import Converted, Deposited, Ended, Record, Settled, VenueBook
from engine.venues.checks import Standing, check
from engine.venues.exchange_state import ExchangeState
from engine.venues.fill_model import FillModel
from engine.venues.market import Market
from engine.venues.matcher import Matcher
from engine.venues.matching import may_touch
from engine.venues.order_desk import OrderDesk
from engine.venues.rules import DUST_FEE, VenueRules
from engine.venues.settlement import Settlement


class SimulatedExchange:
    """A venue that trades against candles; the same class under every venue's rules.

    It knows the time only by what it is told, draws no randomness but hashes of its seed, and
    answers from its book after a crash as an exchange of its own would.
    """

    def __init__(
        self,
        rules: VenueRules,
        instruments: Sequence[Instrument],
        sessions: Sessions,
        *,
        seed: int = 0,
        book: Path | None = None,
        until: datetime | None = None,
    ) -> None:
        """Open the book and stand where it ends, or at `until` forgetting what is later.

        Raises:
            StateCorrupt: the book holds something that cannot have been written by it.
        """
        self.rules = rules
        self.markets = {item.symbol: Market(item) for item in instruments}
        self._listed = {item.symbol: item for item in instruments}
        self._sessions = sessions
        self._book = VenueBook(book)
        self._state = ExchangeState(self._listed, rules.quote, fee_in_base=rules.fee_in_base)
        for record in self._book.read(until):
            self._state.apply((record,))
        fill_model = FillModel(seed, rules.name, rules.half_spread, is_deep=rules.is_deep)
        settlement = Settlement(rules)
        self._desk = OrderDesk(self._state, rules, fill_model, settlement)
        self._matcher = Matcher(self._state, fill_model, settlement, self._commit)

    def close(self) -> None:
        """Let go of the book."""
        self._book.close()

    def list_markets(self, instruments: Sequence[Instrument]) -> None:
        """Trade by the rules of these markets from now on; those not named keep theirs."""
        for item in instruments:
            self._listed[item.symbol] = item
            market = self.markets.setdefault(item.symbol, Market(item))
            market.instrument = item

    def deposit(self, asset: str, amount: Decimal) -> None:
        """Credit an asset once in the life of the book; later deposits of it change nothing."""
        if not self._state.was_deposited(asset):
            self._commit([Deposited(asset, amount)])

    def place(self, intents: Sequence[OrderIntent], at: datetime) -> Sequence[OrderReport]:
        """Take one order or the two legs of an OCO, all or none.

        Raises:
            Refused: a rule is broken, funds are short, or the client id was ever used before.
        """
        for intent in intents:
            self._check(intent, at)
        records: list[Record] = []
        for intent in intents:
            records += self._desk.taken(intent, self.markets[intent.symbol], at)
        self._commit(records)
        return [self._report(intent.client_id) for intent in intents]

    def settle_orphans(self, symbol: str, at: datetime) -> list[OrderReport]:
        """End the reduce-only orders of a contract that is no longer held."""
        return self._matcher.orphans(symbol, at)

    def cancel(self, client_id: ClientOrderId, at: datetime) -> OrderReport | None:
        """Cancel an order, with it the other leg of its OCO; None if the id is unknown."""
        order = self._state.orders.get(client_id)
        if order is None:
            return None
        if order.status is ReportStatus.OPEN:
            legs = [order, *self._state.orders.siblings(order)]
            self._commit([Ended(leg.intent.client_id, ReportStatus.CANCELLED, at) for leg in legs])
        return order.report()

    def order(self, client_id: ClientOrderId) -> OrderReport | None:
        """Return the last state of an order, None if it is unknown or long forgotten."""
        order = self._state.orders.get(client_id)
        return None if order is None else order.report()

    def open_orders(self) -> Sequence[OrderReport]:
        """Return every open order."""
        return [order.report() for order in self._state.orders.all_open()]

    @property
    def resting(self) -> Collection[str]:
        """Return the live view of the markets in which orders rest."""
        return self._state.orders.symbols

    @property
    def contracts(self) -> Collection[str]:
        """Return the live view of the markets in which a contract is held."""
        return self._state.accounts.contracts

    def is_busy(self, symbol: str) -> bool:
        """Return whether a candle of the market can change anything here."""
        return symbol in self.resting or symbol in self.contracts

    def is_met(self, symbol: str, candle: Candle) -> bool:
        """Return whether a candle may reach an order that rests; never false where one trades."""
        orders = self._state.orders
        return symbol in orders.symbols and any(
            may_touch(order, candle) for order in orders.open(symbol)
        )

    def match(
        self, symbol: str, trigger_candle: Candle, at: datetime, *, retelling: bool = False
    ) -> Sequence[OrderReport]:
        """Match resting orders with the market's present candle and report what changed.

        `trigger_candle` holds the mark prices of the candle where the venue has them. A candle may
        be matched again after a restart: nothing trades twice, and with `retelling` everything that
        traded in it is reported again.
        """
        return self._matcher.match(self.markets[symbol], trigger_candle, at, retelling=retelling)

    def orders_inside(self, symbol: str, candle: int) -> Sequence[Decimal]:
        """Return the prices inside a candle at which orders came."""
        return self._state.told_inside(symbol, candle)

    def fund(self, symbol: str, rate: Decimal, mark: Decimal, at: datetime) -> FundingReport | None:
        """Settle funding for a contract that was held before this moment; None without one."""
        last = self._state.settled(symbol)
        if last is not None and last.at == at:
            return last
        held = self._state.accounts.contracts.get(symbol)
        entered = self._state.entered(symbol)
        if held is None or entered is None or entered.at >= at:
            return None
        amount = -to_step(held.quantity * mark * rate, self.rules.money_step)
        base = self.markets[symbol].instrument.base
        settlement_id = TradeId(f"funding-{base}-{at:%Y%m%dT%H%M}")
        report = FundingReport(settlement_id, symbol, amount, rate, at)
        self._commit([Settled(report)])
        return report

    def balances(self) -> Mapping[str, Balance]:
        """Return what the account holds, by asset."""
        return self._state.accounts.balances()

    def positions(self) -> Sequence[VenuePosition]:
        """Return the open contract positions."""
        found: list[VenuePosition] = []
        for symbol, held in sorted(self._state.accounts.contracts.items()):
            market = self.markets[symbol]
            found.append(
                VenuePosition(
                    symbol=symbol,
                    quantity=held.quantity,
                    entry_price=held.entry_price,
                    mark_price=market.trigger_price,
                    liquidation_price=held.liquidation_price(market.instrument.maintenance_margin),
                    leverage=held.leverage,
                )
            )
        return found

    def convert_dust(self, symbol: str, quantity: Decimal, at: datetime) -> tuple[Decimal, str]:
        """Swap a rest for BNB, or for the quote where BNB is not traded.

        The same call at the same moment is answered again and not carried out twice.

        Raises:
            Refused: the venue does not convert, or the rest is not dust or not there.
        """
        last = self._state.converted(symbol)
        if last is not None and (last.at, last.quantity) == (at, quantity):
            return last.amount, last.asset
        instrument = self._dust_of(symbol, quantity)
        value = quantity * self.markets[symbol].last * (ONE - DUST_FEE)
        target = self.markets.get("BNB/USDT")
        in_bnb = target is not None and target.last > 0 and symbol != "BNB/USDT"
        asset = "BNB" if in_bnb else instrument.quote
        price = target.last if in_bnb and target is not None else ONE
        amount = to_step(value / price, self.rules.money_step)
        self._commit([Converted(symbol, instrument.base, quantity, amount, asset, at)])
        return amount, asset

    def _dust_of(self, symbol: str, quantity: Decimal) -> Instrument:
        if not self.rules.capabilities.converts_dust:
            raise Refused("not_supported", f"{self.rules.name.value} converts no dust")
        market = self.markets[symbol]
        instrument = market.instrument
        if not instrument.is_dust(quantity, market.last):
            raise Refused("not_dust", f"{quantity} {instrument.base} can be sold")
        if quantity <= 0 or quantity > self._state.accounts.free(instrument.base):
            raise Refused(self.rules.codes.funds, f"{quantity} {instrument.base} is not there")
        return instrument

    def _check(self, intent: OrderIntent, at: datetime) -> None:
        if self._state.orders.is_used(intent.client_id):
            raise Refused("duplicate_client_id", f"{intent.client_id} was used before")
        market = self.markets.get(intent.symbol)
        if market is None:
            raise Refused("unknown_symbol", f"{intent.symbol} is not traded here")
        held = self._state.accounts.contracts.get(intent.symbol)
        standing = Standing(
            price=market.last,
            mark=market.trigger_price,
            held=held.quantity if held is not None else ZERO,
            open=self._sessions.is_open(at),
            yesterday=from_float(market.yesterday) if market.yesterday else None,
        )
        check(intent, market.instrument, self.rules, standing)

    def _report(self, client_id: ClientOrderId) -> OrderReport:
        order = self._state.orders.get(client_id)
        if order is None:
            raise Refused("unknown_order", client_id)
        return order.report()

    def _commit(self, records: Sequence[Record]) -> None:
        if records:
            self._book.write(records)
            self._state.apply(records)
