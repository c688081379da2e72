"""Numbers as people read them: money, prices by tick, shares, spans of time."""

from decimal import Decimal, InvalidOperation

from babel.numbers import format_decimal

MINUS = "−"
_LOCALE = "ko_KR"  # groups and points are the same in en_US
_WON = "KRW"
_ONE = Decimal(1)
_SMALL_DIGITS, _MOST_DIGITS = 6, 18
# From this price on, so many decimals are enough to tell two prices apart.
_WON_DIGITS = ((Decimal(100), 0), (Decimal(10), 1), (_ONE, 2))
_COIN_DIGITS = ((Decimal(1000), 2), (_ONE, 4))
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def money(value: Decimal, quote: str, *, signed: bool = False) -> str:
    """Return an amount: won without decimals, anything else with two and its unit."""
    sign = _sign(value, signed)
    if quote == _WON:
        return f"{sign}₩{_grouped(abs(value), 0)}"
    digits = 2 if abs(value) >= _ONE or not value else 4
    return f"{sign}{_grouped(abs(value), digits)} {quote}".rstrip()


def percent(value: Decimal | float, *, signed: bool = False) -> str:
    """Return a share in percent with two digits."""
    number = Decimal(str(value))
    return f"{_sign(number, signed)}{_grouped(abs(number), 2)}%"


def price(value: Decimal, tick: Decimal) -> str:
    """Return a price with the decimals of its market's tick."""
    if tick <= 0:
        return price_by_size(value, "")
    digits = max(0, -int(tick.normalize().as_tuple().exponent))
    return _sign(value, signed=False) + _grouped(abs(value), digits)


def price_by_size(value: Decimal, quote: str) -> str:
    """Return a price whose tick is not known, with decimals that suit its size."""
    for start, digits in _WON_DIGITS if quote == _WON else _COIN_DIGITS:
        if abs(value) >= start:
            return _grouped(value, digits)
    return _significant(value)


def quantity(value: Decimal) -> str:
    """Return a quantity with at most eight decimals and no trailing zeros."""
    return _formatted(value, "#,##0.########")


def arrow(value: Decimal) -> str:
    """Return ▲ for a gain, ▼ for a loss, nothing for neither."""
    if not value:
        return ""
    return "▲" if value > 0 else "▼"


def span(seconds: float) -> str:
    """Return a span of time in its two largest units: 0.3s, 42s, 3m 20s, 2h 05m, 4d 3h."""
    if seconds < 1:
        return f"{max(0.0, seconds):.1f}s"
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02d}s"
    if whole < _DAY:
        return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02d}m"
    return f"{whole // _DAY}d {whole % _DAY // _HOUR}h"


def count(value: int) -> str:
    """Return a whole number in groups of three."""
    return _grouped(Decimal(value), 0)


def _sign(value: Decimal, signed: bool) -> str:
    if value < 0:
        return MINUS
    return "+" if signed and value > 0 else ""


def _grouped(value: Decimal, digits: int) -> str:
    return _formatted(value, "#,##0" + ("." + "0" * digits if digits else ""))


def _significant(value: Decimal) -> str:
    if not value:
        return "0"
    digits = min(_MOST_DIGITS, _SMALL_DIGITS - value.adjusted() - 1)
    return _formatted(value, "#,##0." + "#" * max(1, digits))


def _formatted(value: Decimal, pattern: str) -> str:
    try:
        return format_decimal(value, format=pattern, locale=_LOCALE)
    except InvalidOperation:
        return f"{value:.6g}"  # more digits than any amount has: show it as it is
