"""Numbers as a person reads them: the values and thresholds of gates."""

from decimal import Decimal

_SHORTEST = 1e-4
_LONGEST = 1e9


def price_text(price: float | None) -> str:
    """Return a price with nine significant digits and no exponent, "–" where there is none."""
    if price is None:
        return "–"
    if _SHORTEST <= price < _LONGEST:
        return f"{price:,.9g}"
    return format(Decimal(f"{price:.9g}"), ",f")


def percent_text(percent: float | None) -> str:
    """Return a percentage with two decimals, "–" where there is none."""
    return "–" if percent is None else f"{percent:.2f} %"
