"""One tradable market with the rules its venue sets for it."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from engine.domain.money import ZERO, TickTable, to_step
from engine.domain.venue import VenueName


def base_and_quote(venue: VenueName, symbol: str) -> tuple[str, str]:
    """Return the asset that is held and the asset that pays for it.

    A contract is held as itself ("BTC/USDT:contract"): owning it moves no coin.
    """
    if venue is VenueName.STOCK:
        return symbol, "KRW"
    base, _, quote = symbol.partition("/")
    return (f"{symbol}:contract" if venue is VenueName.BINANCE_FUTURES else base), quote


@dataclass(frozen=True, slots=True)
class Instrument:
    """A market of a venue: units are those of the venue, fees are shares of notional.

    `symbol` reads BASE/QUOTE on crypto venues ("BTC/KRW", "BTC/USDT") and is the six-digit code of
    a Korean stock ("005930"). `sell_tax` is what the state takes of a stock sale.
    """

    venue: VenueName
    symbol: str
    base: str
    quote: str
    ticks: TickTable
    lot: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    maker_fee: Decimal
    taker_fee: Decimal
    sell_tax: Decimal = ZERO
    max_leverage: int = 1
    maintenance_margin: Decimal = ZERO
    name: str = ""
    flagged: str = ""

    @property
    def is_contract(self) -> bool:
        """Return whether a position is a contract on margin and not a holding of the base asset."""
        return self.venue is VenueName.BINANCE_FUTURES

    def lots(self, quantity: Decimal) -> Decimal:
        """Return the quantity cut down to whole lots: never more than was asked."""
        return to_step(quantity, self.lot, ROUND_FLOOR)

    def is_dust(self, quantity: Decimal, price: Decimal) -> bool:
        """Return whether the venue would refuse to sell that much at that price.

        An order that only reduces a contract position is free of the minimum notional (Binance
        USDT-M, filter MIN_NOTIONAL).
        """
        sellable = self.lots(quantity)
        if sellable < self.min_quantity or sellable <= 0:
            return True
        return not self.is_contract and sellable * price < self.min_notional
