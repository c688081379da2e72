"""The trading rules in force at one venue: the owner's parameters and hard caps."""

from dataclasses import dataclass
from decimal import Decimal

from strategies.parameters import Parameters


@dataclass(frozen=True, slots=True)
class TradingRules:
    """What a venue trades by; replaced as a whole when settings change.

    `max_order_value` is in quote, percents are percents (5 is 5 %), `capital` is the quote that the
    book may start with.
    """

    parameters: Parameters
    capital: Decimal
    max_order_value: Decimal
    max_daily_loss_percent: Decimal
    max_orders_per_minute: int
    max_leverage: int
    slippage_alert_percent: Decimal
    warmup_loops: int
    top_n: int
    refresh_minutes: int
    allow: frozenset[str]
    block: frozenset[str]
    krw_per_quote: Decimal
