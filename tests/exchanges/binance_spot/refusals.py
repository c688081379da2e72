"""The kernel's refusals in Binance's words."""

from tests.exchanges.binance_spot.errors import (
    ApiError,
    bad_symbol,
    duplicate_order,
    filter_failure,
    insufficient_balance,
    not_canceled,
    rejected,
)
from tests.exchanges.terms import Kind, Rejected


def market_closed() -> ApiError:
    """Say that the symbol does not trade now."""
    return ApiError(-1013, "Market is closed.")


def refusal(e: Rejected) -> ApiError:
    """Say what the kernel said."""
    known = {
        Kind.UNKNOWN_MARKET: bad_symbol(),
        Kind.MARKET_HALTED: market_closed(),
        Kind.UNKNOWN_ORDER: not_canceled(),
        Kind.ALREADY_DONE: not_canceled(),
        Kind.DUPLICATE_CLIENT_ID: duplicate_order(),
        Kind.INSUFFICIENT_FUNDS: insufficient_balance(),
        Kind.WOULD_TAKE: rejected("Order would immediately match and take."),
        Kind.WOULD_TRIGGER: rejected("Order would trigger immediately."),
        Kind.NO_LIQUIDITY: rejected("Order book liquidity is less than symbol minimum quantity."),
        Kind.BAD_PRICE: filter_failure("PRICE_FILTER"),
        Kind.BAD_QUANTITY: filter_failure("LOT_SIZE"),
        Kind.TOO_SMALL: filter_failure("NOTIONAL"),
    }
    return known.get(e.kind) or rejected(str(e))
