"""How Upbit lists and names markets: codes, price steps, fees."""

from decimal import Decimal

from tests.exchanges.terms import FeeIn, FeePolicy, Market

MIN_TOTAL = Decimal(5000)
MAX_TOTAL = Decimal(1_000_000_000)
FEE = Decimal("0.0005")
_TICKS = tuple(
    (Decimal(start), Decimal(tick))
    for start, tick in (
        ("1000000", "1000"),
        ("500000", "500"),
        ("100000", "100"),
        ("50000", "50"),
        ("10000", "10"),
        ("5000", "5"),
        ("100", "1"),
        ("10", "0.1"),
        ("1", "0.01"),
        ("0.1", "0.001"),
        ("0.01", "0.0001"),
        ("0.001", "0.00001"),
        ("0.0001", "0.000001"),
        ("0", "0.0000001"),
    )
)


def krw_tick(price: Decimal) -> Decimal:
    """Return the KRW price step at a price (krw-market-info, from 2025-07-31)."""
    return next(tick for start, tick in _TICKS if price >= start)


def krw_market(base: str) -> Market:
    """Return the KRW market of a coin with Upbit's terms: fees in KRW on both sides."""
    return Market(
        symbol=f"{base}/KRW",
        base=base,
        quote="KRW",
        taker_fee=FEE,
        maker_fee=FEE,
        fees=FeePolicy(FeeIn.QUOTE),
        tick=krw_tick,
    )


def code_of(symbol: str) -> str:
    """Return Upbit's code of a symbol: KRW-BTC of BTC/KRW."""
    base, quote = symbol.split("/")
    return f"{quote}-{base}"


def symbol_of(code: str) -> str:
    """Return the symbol of Upbit's code; a code of another shape comes back as it is."""
    quote, _, base = code.partition("-")
    return f"{base}/{quote}" if base else code


def uuid_of(number: int) -> str:
    """Return the uuid under which an order, trade or list of the kernel is known."""
    return f"00000000-0000-4000-8000-{number:012x}"


def number_of(uuid: str) -> int:
    """Return the kernel's number of a uuid; 0, which nothing has, when it is none of ours."""
    head, _, tail = uuid.rpartition("-")
    ours = head == "00000000-0000-4000-8000" and len(tail) == len("000000000000")
    return int(tail, 16) if ours else 0
