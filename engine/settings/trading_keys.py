"""The settings of trading: presets, universe, caps. A change is in force at once."""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from engine.domain.tuning import TuningObjective
from engine.settings.section import Section
from engine.settings.types import Number, StockCodes, Symbols

_PRESET = (
    "Strategy preset of {}. The keys below replace single values of it; empty means its value."
)
_K = "Breakout factor K: buy above the day's open + K × yesterday's range."
_TAKE_PROFIT = "Take profit, in percent above the entry."
_STOP_LOSS = "Stop loss, in percent below the entry; 0 sets the stop by ATR."
_TRAILING = "Trailing stop, in percent below the high since entry; 0 switches it off."
_ATR = "The ATR stop lies this many ATRs below the entry; the size follows from it."
_SIZE = "Most of a venue's equity in one position, as a share: 0.2 is 20 %."
_COUNT = "Most positions open at once on one venue."
_CAPITAL = "Capital Pasu starts with on each {} venue, in KRW."


class CryptoKeys(Section):
    """What crypto is traded by, on Upbit, Binance spot and Binance futures."""

    title: ClassVar[str] = "Trading crypto (in force at once after a change)"
    hot: ClassVar[bool] = True

    crypto_strategy_preset: str = Field("mid_term", description=_PRESET.format("crypto"))
    crypto_k_value: Number | None = Field(None, description=_K)
    crypto_take_profit_percent: Number | None = Field(None, description=_TAKE_PROFIT)
    crypto_stop_loss_percent: Number | None = Field(None, description=_STOP_LOSS)
    crypto_trailing_stop_percent: Number | None = Field(None, description=_TRAILING)
    crypto_atr_multiplier: Number | None = Field(None, description=_ATR)
    crypto_max_position_size: Number | None = Field(None, description=_SIZE)
    crypto_max_positions: int | None = Field(None, description=_COUNT)
    crypto_initial_capital: Decimal = Field(
        Decimal(10_000_000), gt=0, le=10**12, description=_CAPITAL.format("crypto")
    )


class StockKeys(Section):
    """What Korean stocks are traded by."""

    title: ClassVar[str] = "Trading Korean stocks (in force at once after a change)"
    hot: ClassVar[bool] = True

    stock_strategy_preset: str = Field("mid_term", description=_PRESET.format("stocks"))
    stock_k_value: Number | None = Field(None, description=_K)
    stock_take_profit_percent: Number | None = Field(None, description=_TAKE_PROFIT)
    stock_stop_loss_percent: Number | None = Field(None, description=_STOP_LOSS)
    stock_trailing_stop_percent: Number | None = Field(None, description=_TRAILING)
    stock_atr_multiplier: Number | None = Field(None, description=_ATR)
    stock_max_position_size: Number | None = Field(None, description=_SIZE)
    stock_max_positions: int | None = Field(None, description=_COUNT)
    stock_initial_capital: Decimal = Field(
        Decimal(10_000_000), gt=0, le=10**12, description=_CAPITAL.format("stock")
    )


class TuningKeys(Section):
    """How the parameters are searched for while the engine runs."""

    title: ClassVar[str] = "Tuning (in force at once after a change)"
    hot: ClassVar[bool] = True

    tuning_enabled: bool = Field(
        True, description="Search parameters at the start, daily (grid) and every 4 hours (K)."
    )
    tuning_objective: TuningObjective = Field(
        TuningObjective.WIN_RATE,
        description="What the grid looks for: win_rate, return or profit_factor.",
    )
    tuning_min_trades: int = Field(
        5, ge=1, le=1000, description="A combination with fewer trades is not looked at."
    )


class UniverseKeys(Section):
    """Which markets are looked at."""

    title: ClassVar[str] = "Universe (in force at once after a change)"
    hot: ClassVar[bool] = True

    volume_top_n: int = Field(
        20, ge=1, le=200, description="How many markets of a venue to watch: the most traded ones."
    )
    volume_refresh_minutes: int = Field(
        60, ge=1, le=1440, description="How often that list is made anew, in minutes."
    )
    symbols_allow: Symbols = Field(
        (), description="Only these (BTC, or BTC/KRW for one venue's); empty allows all."
    )
    symbols_block: Symbols = Field((), description="Never these; stronger than SYMBOLS_ALLOW.")
    stock_symbols: StockCodes = Field(
        (), description="Stock codes to watch, such as 005930,000660; empty takes the most traded."
    )


class CapKeys(Section):
    """Limits that no strategy and no command can exceed."""

    title: ClassVar[str] = "Hard caps: only this file raises them, never the chat"
    hot: ClassVar[bool] = True

    max_order_value_krw: Decimal = Field(
        Decimal(5_000_000),
        gt=0,
        le=10**12,
        description="Most one entry order may be worth, in KRW.",
    )
    max_daily_loss_percent: Decimal = Field(
        Decimal(5),
        gt=0,
        le=100,
        description="Loss of a day that closes entries, in percent of equity.",
    )
    max_orders_per_minute: int = Field(
        30, ge=1, le=600, description="Most entry orders in any minute, all venues together."
    )
    max_leverage: int = Field(10, ge=1, le=10, description="Most leverage on futures, 1 to 10.")


class RateKeys(Section):
    """How amounts are compared and what is reported."""

    title: ClassVar[str] = "Rates and alerts (in force at once after a change)"
    hot: ClassVar[bool] = True

    usdt_krw: Decimal = Field(
        Decimal(1400),
        ge=100,
        le=100_000,
        description="KRW for one USDT, in totals over all venues and in the caps.",
    )
    slippage_alert_percent: Decimal = Field(
        Decimal("0.5"), gt=0, le=100, description="A fill worse than decided by this much is told."
    )
