"""The rules that symbols are listed with: those of a few big coins, and some for any other."""

from decimal import Decimal

from tests.exchanges.binance_spot.rules import SymbolRules

QUOTE = "USDT"


def usdt_rules(base: str) -> SymbolRules:
    """Return the rules of a coin against USDT, as fine as Binance's own where it is known."""
    symbol = f"{base}{QUOTE}"
    if base == "BTC":
        return SymbolRules(symbol, base, QUOTE)
    if base in {"ETH", "BNB", "SOL"}:
        step = Decimal("0.001") if base != "ETH" else Decimal("0.0001")
        return SymbolRules(
            symbol,
            base,
            QUOTE,
            step=step,
            min_quantity=step,
            market_max_quantity=Decimal(2000),
        )
    return SymbolRules(
        symbol,
        base,
        QUOTE,
        tick=Decimal("0.0001"),
        min_price=Decimal("0.0001"),
        max_price=Decimal(10_000),
        step=Decimal("0.1"),
        min_quantity=Decimal("0.1"),
        max_quantity=Decimal(9_222_449),
        market_max_quantity=Decimal(5_000_000),
    )
