"""The filters of a symbol: as exchangeInfo tells them, and as orders are held to them.

Source: binance-spot-api-docs, filters.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.exchanges.binance_spot.amounts import amount, ratio
from tests.exchanges.binance_spot.errors import filter_failure

ORDER_TYPES = ("LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT")
DEFAULT_STP = "EXPIRE_MAKER"
STP_MODES = ("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH")


@dataclass(frozen=True, slots=True)
class SymbolRules:
    """What may be ordered of one symbol. A zero switches off the rule that it stands for."""

    symbol: str
    base: str
    quote: str
    tick: Decimal = Decimal("0.01")
    min_price: Decimal = Decimal("0.01")
    max_price: Decimal = Decimal(1_000_000)
    step: Decimal = Decimal("0.00001")
    min_quantity: Decimal = Decimal("0.00001")
    max_quantity: Decimal = Decimal(9000)
    market_step: Decimal = Decimal(0)
    market_min_quantity: Decimal = Decimal(0)
    market_max_quantity: Decimal = Decimal(100)
    min_notional: Decimal = Decimal(5)
    apply_min_to_market: bool = True
    max_notional: Decimal = Decimal(9_000_000)
    apply_max_to_market: bool = False
    bid_up: Decimal = Decimal(5)
    bid_down: Decimal = Decimal("0.2")
    ask_up: Decimal = Decimal(5)
    ask_down: Decimal = Decimal("0.2")
    max_orders: int = 200
    max_algo_orders: int = 5
    status: str = "TRADING"

    @property
    def market(self) -> str:
        """Return the kernel's name of the symbol."""
        return f"{self.base}/{self.quote}"

    def check_price(self, price: Decimal) -> None:
        """Refuse a price or stop price outside of its range or between two ticks.

        Raises:
            ApiError: -1013 PRICE_FILTER.
        """
        too_low = self.min_price and price < self.min_price
        too_high = self.max_price and price > self.max_price
        if too_low or too_high or (self.tick and price % self.tick):
            raise filter_failure("PRICE_FILTER")

    def check_percent(self, price: Decimal, is_buy: bool, average: Decimal) -> None:
        """Refuse a limit price too far from the market.

        Raises:
            ApiError: -1013 PERCENT_PRICE_BY_SIDE.
        """
        up, down = (self.bid_up, self.bid_down) if is_buy else (self.ask_up, self.ask_down)
        if not average * down <= price <= average * up:
            raise filter_failure("PERCENT_PRICE_BY_SIDE")

    def check_quantity(self, quantity: Decimal, is_market: bool) -> None:
        """Refuse a quantity too small, too large or between two steps.

        Raises:
            ApiError: -1013 LOT_SIZE, or MARKET_LOT_SIZE for market orders.
        """
        if not self.min_quantity <= quantity <= self.max_quantity or quantity % self.step:
            raise filter_failure("LOT_SIZE")
        if is_market and (
            not self.market_min_quantity <= quantity <= self.market_max_quantity
            or (self.market_step and quantity % self.market_step)
        ):
            raise filter_failure("MARKET_LOT_SIZE")

    def check_notional(self, notional: Decimal, is_market: bool) -> None:
        """Refuse an order worth too little or too much; a market order by the average price.

        Raises:
            ApiError: -1013 NOTIONAL.
        """
        has_minimum = self.apply_min_to_market or not is_market
        has_maximum = self.apply_max_to_market or not is_market
        if (has_minimum and notional < self.min_notional) or (
            has_maximum and notional > self.max_notional
        ):
            raise filter_failure("NOTIONAL")

    def check_open(self, orders: int, algo_orders: int) -> None:
        """Refuse an order beyond what may be open at once, itself included in the counts.

        Raises:
            ApiError: -1013 MAX_NUM_ORDERS or MAX_NUM_ALGO_ORDERS.
        """
        if orders > self.max_orders:
            raise filter_failure("MAX_NUM_ORDERS")
        if algo_orders > self.max_algo_orders:
            raise filter_failure("MAX_NUM_ALGO_ORDERS")

    def info(self) -> dict[str, Any]:
        """Return the symbol as it stands in exchangeInfo."""
        digits = {
            f"{name}Precision": 8
            for name in (
                *("baseAsset", "quote", "quoteAsset"),
                *("baseCommission", "quoteCommission"),
            )
        }
        return {
            "symbol": self.symbol,
            "status": self.status,
            "baseAsset": self.base,
            "quoteAsset": self.quote,
            **digits,
            "orderTypes": list(ORDER_TYPES),
            "icebergAllowed": False,
            "ocoAllowed": True,
            "otoAllowed": False,
            "opoAllowed": False,
            "quoteOrderQtyMarketAllowed": True,
            "allowTrailingStop": False,
            "cancelReplaceAllowed": True,
            "amendAllowed": False,
            "pegInstructionsAllowed": False,
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": False,
            "filters": self._filters(),
            "permissions": [],
            "permissionSets": [["SPOT"]],
            "defaultSelfTradePreventionMode": DEFAULT_STP,
            "allowedSelfTradePreventionModes": list(STP_MODES),
        }

    def _filters(self) -> list[Mapping[str, Any]]:
        return [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": amount(self.min_price),
                "maxPrice": amount(self.max_price),
                "tickSize": amount(self.tick),
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": amount(self.min_quantity),
                "maxQty": amount(self.max_quantity),
                "stepSize": amount(self.step),
            },
            {
                "filterType": "MARKET_LOT_SIZE",
                "minQty": amount(self.market_min_quantity),
                "maxQty": amount(self.market_max_quantity),
                "stepSize": amount(self.market_step),
            },
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": ratio(self.bid_up),
                "bidMultiplierDown": ratio(self.bid_down),
                "askMultiplierUp": ratio(self.ask_up),
                "askMultiplierDown": ratio(self.ask_down),
                "avgPriceMins": 0,
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": amount(self.min_notional),
                "applyMinToMarket": self.apply_min_to_market,
                "maxNotional": amount(self.max_notional),
                "applyMaxToMarket": self.apply_max_to_market,
                "avgPriceMins": 0,
            },
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": self.max_orders},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": self.max_algo_orders},
        ]
