"""Double entry: every posting moves an asset between accounts, so each asset sums to zero."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from engine.domain.custody import PositionAdjusted
from engine.domain.errors import StateCorrupt
from engine.domain.events import CapitalSet, DustDropped, Fact, FundingPaid, OrderFilled
from engine.domain.instrument import base_and_quote
from engine.domain.intent import Side
from engine.domain.money import ZERO
from engine.domain.venue import VenueName

HOLDINGS, MARKET, FEES, CAPITAL, FUNDING, DUST, OWNER = (
    "holdings",
    "market",
    "fees",
    "capital",
    "funding",
    "dust",
    "owner",
)

# Amounts have up to 28 digits at any exponent; with these their sums are exact, so zero is zero.
EXACT_DIGITS = 100


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount of an asset that an account gains, or loses when negative."""

    account: str
    asset: str
    amount: Decimal


def transfer(source: str, target: str, asset: str, amount: Decimal) -> tuple[Posting, Posting]:
    """Return the two postings that move an amount from one account to another."""
    return Posting(source, asset, -amount), Posting(target, asset, amount)


def postings(fact: Fact) -> tuple[Posting, ...]:
    """Return what a fact moves; most facts move nothing.

    A spot fill swaps base for quote. A contract fill moves contracts only: its profit is booked by
    `Ledger.realize` when the position settles it.
    """
    match fact:
        case CapitalSet():
            return transfer(CAPITAL, HOLDINGS, fact.asset, fact.amount)
        case FundingPaid():
            quote = base_and_quote(fact.venue, fact.symbol)[1]
            return transfer(FUNDING, HOLDINGS, quote, fact.amount)
        case OrderFilled():
            return _fill(fact)
        case DustDropped():
            base = base_and_quote(fact.venue, fact.symbol)[0]
            return (
                *transfer(HOLDINGS, DUST, base, fact.quantity),
                *transfer(DUST, HOLDINGS, fact.proceeds_asset, fact.proceeds),
            )
        case PositionAdjusted():
            base = base_and_quote(fact.venue, fact.symbol)[0]
            return transfer(HOLDINGS, OWNER, base, fact.before - fact.after)
        case _:
            return ()


def _fill(fact: OrderFilled) -> tuple[Posting, ...]:
    base, quote = base_and_quote(fact.venue, fact.symbol)
    bought = fact.quantity if fact.side is Side.BUY else -fact.quantity
    moved = transfer(MARKET, HOLDINGS, base, bought)
    fee = transfer(HOLDINGS, FEES, fact.fee_asset, fact.fee)
    if fact.venue is VenueName.BINANCE_FUTURES:
        return (*moved, *fee)
    return (*moved, *transfer(HOLDINGS, MARKET, quote, bought * fact.price), *fee)


class Ledger:
    """Balances by account and asset."""

    def __init__(self, balances: Mapping[tuple[str, str], Decimal] | None = None) -> None:
        """Start from stored balances, or empty."""
        self._balances = dict(balances or {})

    @property
    def balances(self) -> Mapping[tuple[str, str], Decimal]:
        """Return every balance by (account, asset)."""
        return self._balances

    def post(self, entries: Iterable[Posting]) -> None:
        """Book entries that belong together.

        Raises:
            StateCorrupt: they do not sum to zero in each asset.
        """
        entries = tuple(entries)
        if any(_sums(entries).values()):
            message = f"postings do not sum to zero: {entries}"
            raise StateCorrupt(message)
        with localcontext(prec=EXACT_DIGITS):
            for entry in entries:
                key = (entry.account, entry.asset)
                self._balances[key] = self._balances.get(key, ZERO) + entry.amount

    def realize(self, quote: str, profit: Decimal) -> None:
        """Book the profit or loss that a closing contract fill settles."""
        self.post(transfer(MARKET, HOLDINGS, quote, profit))

    def held(self, asset: str) -> Decimal:
        """Return what is held of an asset."""
        return self._balances.get((HOLDINGS, asset), ZERO)

    def imbalances(self) -> Mapping[str, Decimal]:
        """Return the assets whose accounts do not sum to zero: empty for a sound ledger."""
        entries = (Posting(account, asset, n) for (account, asset), n in self._balances.items())
        return {asset: total for asset, total in _sums(entries).items() if total}


def _sums(entries: Iterable[Posting]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    with localcontext(prec=EXACT_DIGITS):
        for entry in entries:
            sums[entry.asset] = sums.get(entry.asset, ZERO) + entry.amount
    return sums
