"""Numbers and moments as Binance writes them."""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from engine.domain.candle import EPOCH

ASSET_QUANTUM = Decimal("1E-8")


def amount(value: Decimal) -> str:
    """Return a price, quantity or balance with its eight decimals."""
    return f"{value.quantize(ASSET_QUANTUM, ROUND_DOWN):f}"


def venue_name(market: str) -> str:
    """Return the name of a market of the kernel without its slash."""
    return market.replace("/", "")


def ratio(value: Decimal) -> str:
    """Return a multiplier as short as it can be written."""
    return f"{value.normalize():f}"


def milliseconds(at: datetime) -> int:
    """Return the milliseconds since 1970, as every timestamp here is written."""
    since = at - EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
