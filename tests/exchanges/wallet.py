"""The account of the fake exchange: free and locked amounts by asset, never below zero."""

from dataclasses import dataclass
from decimal import Decimal

from tests.exchanges.terms import ZERO, Balance, Kind, Rejected


@dataclass(slots=True)
class Hold:
    """Money set aside for one order, or once for all legs of an OCO group."""

    asset: str
    amount: Decimal


class Wallet:
    """Balances of one account."""

    def __init__(self) -> None:
        self._free: dict[str, Decimal] = {}
        self._locked: dict[str, Decimal] = {}
        self._touched: set[str] = set()

    def balance(self, asset: str) -> Balance:
        """Return what the account has of an asset."""
        return Balance(asset, self._free.get(asset, ZERO), self._locked.get(asset, ZERO))

    def balances(self) -> tuple[Balance, ...]:
        """Return every asset the account has or ever had."""
        return tuple(self.balance(asset) for asset in sorted(self._free.keys() | self._locked))

    def changed(self) -> tuple[Balance, ...]:
        """Return the balances that changed since the last call."""
        touched, self._touched = sorted(self._touched), set()
        return tuple(self.balance(asset) for asset in touched)

    def credit(self, asset: str, amount: Decimal) -> None:
        """Add to the free amount."""
        self._free[asset] = self._free.get(asset, ZERO) + amount
        self._touched.add(asset)

    def debit(self, asset: str, amount: Decimal) -> None:
        """Take from the free amount.

        Raises:
            Rejected: there is less than that (INSUFFICIENT_FUNDS).
        """
        if self._free.get(asset, ZERO) < amount:
            raise Rejected(Kind.INSUFFICIENT_FUNDS, asset)
        self.credit(asset, -amount)

    def hold(self, asset: str, amount: Decimal) -> Hold:
        """Move from free to locked.

        Raises:
            Rejected: there is less than that (INSUFFICIENT_FUNDS).
        """
        self.debit(asset, amount)
        self._locked[asset] = self._locked.get(asset, ZERO) + amount
        return Hold(asset, amount)

    def spend(self, hold: Hold, amount: Decimal) -> None:
        """Pay from a hold, and from free what the hold lacks.

        Raises:
            Rejected: both together are not enough (INSUFFICIENT_FUNDS).
        """
        missing = max(amount - hold.amount, ZERO)
        if missing:
            self.debit(hold.asset, missing)
        self._unlock(hold, amount - missing)

    def shrink(self, hold: Hold, amount: Decimal) -> None:
        """Give back to free what a hold has beyond an amount."""
        excess = hold.amount - amount
        if excess > 0:
            self._unlock(hold, excess)
            self.credit(hold.asset, excess)

    def _unlock(self, hold: Hold, amount: Decimal) -> None:
        hold.amount -= amount
        self._locked[hold.asset] -= amount
        self._touched.add(hold.asset)
