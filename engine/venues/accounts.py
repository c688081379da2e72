"""What a simulated account holds: balances, funds locked by orders, contracts on margin."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.domain.instrument import Instrument
from engine.domain.intent import OrderIntent, Side
from engine.domain.money import ONE, ZERO
from engine.ports.venue import Balance, Fill


@dataclass(frozen=True, slots=True)
class Contract:
    """A long contract position: base held, its value at entry, and the leverage of its margin."""

    quantity: Decimal
    value: Decimal
    leverage: int

    @property
    def entry_price(self) -> Decimal:
        """Return the mean price of entry."""
        return self.value / self.quantity

    @property
    def margin(self) -> Decimal:
        """Return what is set aside for it."""
        return self.value / self.leverage

    def liquidation_price(self, maintenance_margin: Decimal) -> Decimal:
        """Return the mark price at which the venue closes it, zero without leverage.

        The formula is that of `engine.domain.position.Position.liquidation_price`.
        """
        if self.leverage <= 1:
            return ZERO
        return self.entry_price * (ONE - ONE / self.leverage) / (ONE - maintenance_margin)


class Accounts:
    """The money side of a simulated exchange; every amount is exact."""

    def __init__(self, quote: str, *, fee_in_base: bool) -> None:
        """Start empty; `fee_in_base` says what a spot buy pays its fee in."""
        self._quote = quote
        self._fee_in_base = fee_in_base
        self._totals: dict[str, Decimal] = {}
        self._locks: dict[str, tuple[str, Decimal]] = {}
        self._contracts: dict[str, Contract] = {}

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """Return the open contracts by symbol."""
        return self._contracts

    def total(self, asset: str) -> Decimal:
        """Return what is held of an asset, locked or not."""
        return self._totals.get(asset, ZERO)

    def free(self, asset: str) -> Decimal:
        """Return what new orders may use of an asset."""
        return self.total(asset) - self._locked(asset)

    def balances(self) -> Mapping[str, Balance]:
        """Return every balance that is not zero, and always that of the quote."""
        held = {asset for asset, amount in self._totals.items() if amount} | {self._quote}
        return {asset: Balance(self.free(asset), self._locked(asset)) for asset in sorted(held)}

    def credit(self, asset: str, amount: Decimal) -> None:
        """Add an amount, or take a negative one away."""
        self._totals[asset] = self.total(asset) + amount

    def unit_lock(self, intent: OrderIntent, instrument: Instrument) -> tuple[str, Decimal]:
        """Return the asset a resting order sets aside, and how much of it per unit of base."""
        if intent.side is Side.SELL:
            return instrument.base, ZERO if instrument.is_contract else ONE
        price = intent.price or intent.trigger or intent.decision_price
        if instrument.is_contract:
            return instrument.quote, price / intent.leverage + price * instrument.taker_fee
        if self._fee_in_base:
            return instrument.quote, price
        return instrument.quote, price * (ONE + instrument.taker_fee)

    def lock(self, key: str, asset: str, amount: Decimal) -> None:
        """Set funds aside under a key; legs that cancel each other share one key."""
        self._locks.setdefault(key, (asset, amount))

    def unlock(self, key: str, amount: Decimal | None = None) -> None:
        """Give a part of the funds under a key back, or all that is left of them."""
        held = self._locks.pop(key, None)
        if held is not None and amount is not None and held[1] > amount:
            self._locks[key] = (held[0], held[1] - amount)

    def trade(self, intent: OrderIntent, instrument: Instrument, fill: Fill) -> None:
        """Book one trade."""
        if instrument.is_contract:
            self._trade_contract(intent, instrument, fill)
            return
        sign = 1 if intent.side is Side.BUY else -1
        self.credit(instrument.base, sign * fill.quantity)
        self.credit(instrument.quote, -sign * fill.quantity * fill.price)
        self.credit(fill.fee_asset, -fill.fee)

    def _trade_contract(self, intent: OrderIntent, instrument: Instrument, fill: Fill) -> None:
        held = self._contracts.get(instrument.symbol, Contract(ZERO, ZERO, intent.leverage))
        self.credit(instrument.quote, -fill.fee)
        if intent.side is Side.BUY:
            self._contracts[instrument.symbol] = Contract(
                held.quantity + fill.quantity,
                held.value + fill.quantity * fill.price,
                intent.leverage,
            )
            return
        whole = fill.quantity == held.quantity
        cost = held.value if whole else held.value * fill.quantity / held.quantity
        self.credit(instrument.quote, fill.quantity * fill.price - cost)
        if whole:
            del self._contracts[instrument.symbol]
        else:
            self._contracts[instrument.symbol] = Contract(
                held.quantity - fill.quantity, held.value - cost, held.leverage
            )

    def _locked(self, asset: str) -> Decimal:
        orders = sum((amount for held, amount in self._locks.values() if held == asset), ZERO)
        if asset != self._quote or not self._contracts:
            return orders
        return orders + sum((held.margin for held in self._contracts.values()), ZERO)
