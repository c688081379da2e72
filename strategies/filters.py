"""The three filters that keep a strategy out of markets it does not work in (design §8)."""

from abc import ABC, abstractmethod

from engine.domain.signal import Gate
from engine.phrases.gates import GateName, Word
from strategies.indicators import Ema
from strategies.parameters import Parameters
from strategies.text import percent_text, price_text
from strategies.trend import Adx
from strategies.volatility import Atr

EMA_PERIOD = 50
ADX_PERIOD = 14


class Filter(ABC):
    """One condition on an entry; reads indicators that its strategy feeds with closed candles."""

    __slots__ = ()

    @abstractmethod
    def passes(self, price: float) -> bool:
        """Return whether it allows to buy at a price; never while its indicator is not warm."""

    @abstractmethod
    def gate(self, price: float) -> Gate:
        """Return the same with the value it saw and the threshold it held it against."""


class VolatilityFilter(Filter):
    """Allow entries where the ATR is at least a share of the last close: else there is no move."""

    __slots__ = ("_atr", "_minimum")

    def __init__(self, atr: Atr, minimum_percent: float) -> None:
        self._atr = atr
        self._minimum = minimum_percent

    def passes(self, price: float) -> bool:
        """Return whether the market moves enough."""
        percent = self._atr.percent
        return percent is not None and percent >= self._minimum

    def gate(self, price: float) -> Gate:
        """Return the ATR in percent of the last close beside its minimum."""
        value = percent_text(self._atr.percent)
        return Gate(
            GateName.VOLATILITY, self.passes(price), value, f"≥ {percent_text(self._minimum)}"
        )


class TrendFilter(Filter):
    """Allow entries at or above the moving average: else the market falls."""

    __slots__ = ("_ema",)

    def __init__(self, ema: Ema) -> None:
        self._ema = ema

    def passes(self, price: float) -> bool:
        """Return whether the price is at or above the average."""
        average = self._ema.value
        return average is not None and price >= average

    def gate(self, price: float) -> Gate:
        """Return the price beside the average."""
        threshold = f"≥ {price_text(self._ema.value)}"
        return Gate(GateName.TREND, self.passes(price), price_text(price), threshold)


class AdxFilter(Filter):
    """Allow entries where the trend is strong enough and not fading: else wait."""

    __slots__ = ("_adx", "_minimum")

    def __init__(self, adx: Adx, minimum: float) -> None:
        self._adx = adx
        self._minimum = minimum

    def passes(self, price: float) -> bool:
        """Return whether the index is high enough and not below that of the candle before."""
        now, before = self._adx.value, self._adx.previous
        return now is not None and before is not None and now >= self._minimum and now >= before

    def gate(self, price: float) -> Gate:
        """Return the index and the one before beside the minimum."""
        now, before = self._adx.value, self._adx.previous
        value = "–" if now is None or before is None else f"{now:.2f} ({before:.2f})"
        threshold = f"≥ {self._minimum:g}, {Word.NOT_FALLING}"
        return Gate(GateName.ADX, self.passes(price), value, threshold)


def chosen_filters(
    parameters: Parameters, atr: Atr, ema: Ema | None = None, adx: Adx | None = None
) -> tuple[Filter, ...]:
    """Return the filters that the parameters leave on, over the strategy's own indicators.

    A strategy states the trend and the ADX filter by handing in their indicators: one it does not
    hand in stays out whatever the parameters say.
    """
    filters: list[Filter] = []
    if parameters.use_volatility:
        minimum = parameters.min_volatility_percent(parameters.timeframe)
        filters.append(VolatilityFilter(atr, minimum))
    if ema is not None and parameters.use_trend:
        filters.append(TrendFilter(ema))
    if adx is not None and parameters.use_adx:
        filters.append(AdxFilter(adx, parameters.adx_minimum))
    return tuple(filters)
