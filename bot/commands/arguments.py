"""Words after a command: numbers, venues, symbols."""

from collections.abc import Mapping, Sequence

from bot.commands.desk import BadUsage

_MAX_SYMBOL = 32
_VENUES: Mapping[str, str] = {
    "upbit": "upbit",
    "업비트": "upbit",
    "binance": "binance_spot",
    "binance_spot": "binance_spot",
    "spot": "binance_spot",
    "바이낸스": "binance_spot",
    "현물": "binance_spot",
    "binance_futures": "binance_futures",
    "futures": "binance_futures",
    "선물": "binance_futures",
    "stock": "stock",
    "stocks": "stock",
    "kis": "stock",
    "주식": "stock",
    "국내주식": "stock",
    "all": "all",
    "전체": "all",
}
_MARKETS: Mapping[str, str] = {
    "crypto": "crypto",
    "코인": "crypto",
    "stock": "stock",
    "stocks": "stock",
    "주식": "stock",
}


def number(args: Sequence[str], default: int, most: int) -> int:
    """Return the only argument as a number from 1 to `most`, or the default.

    Raises:
        BadUsage: there are more arguments, or it is no such number.
    """
    if not args:
        return default
    if len(args) > 1:
        raise BadUsage
    return bounded(args[0], most)


def bounded(text: str, most: int) -> int:
    """Return the text as a number from 1 to `most`.

    Raises:
        BadUsage: it is no such number.
    """
    digits = text.removesuffix("일").removesuffix("d")
    # isdecimal alone would accept digits of every script.
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= len(str(most))):
        raise BadUsage
    value = int(digits)
    if not 1 <= value <= most:
        raise BadUsage
    return value


def venue(text: str) -> str | None:
    """Return the venue a word means, None where it means none."""
    return _VENUES.get(text.lower())


def market(text: str) -> str | None:
    """Return crypto or stock, None where the word means neither."""
    return _MARKETS.get(text.lower())


def symbol(text: str) -> str:
    """Return a symbol in the form the engine is asked with.

    Raises:
        BadUsage: it has a character or a length that no symbol has.
    """
    given = text.upper()
    allowed = given.replace("_", "").replace("-", "").replace("/", "")
    if not allowed.isalnum() or len(given) > _MAX_SYMBOL:
        raise BadUsage
    return given
