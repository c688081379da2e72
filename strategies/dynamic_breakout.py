"""Trending breakout: buy a close above the upper Bollinger band inside a directed rise."""

from typing import ClassVar

from engine.domain.candle import Candle
from engine.domain.signal import Gate
from engine.phrases.gates import GateName, Word
from strategies.closed_candle import Case, TrendFollower, confidence
from strategies.parameters import Parameters
from strategies.text import price_text
from strategies.volatility import Bollinger

BAND_PERIOD = 20
BAND_WIDTH = 2.0
# An ADX this far above its minimum is as good as it gets.
STRONG_BY = 20.0


class DynamicBreakout(TrendFollower):
    """Buy a close above EMA50 and the upper band with ADX above its minimum; exits alone sell.

    All three filters. Of these the trend filter asks no more than the strategy does, the ADX filter
    also that the index does not fall.

    A trend says BUY on each candle that closes above its band: after a take profit it is entered
    again as long as it goes on, after a stop only by a candle that still closes above the band.

    Confidence of a BUY is 0.5 at the least ADX (`adx_minimum`, 20) and grows to 1 at 20 more.
    """

    name: ClassVar[str] = "dynamic_breakout"

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._bollinger = Bollinger(BAND_PERIOD, BAND_WIDTH)
        self._upper: float | None = None

    def _take(self, candle: Candle) -> None:
        super()._take(candle)
        self._bollinger.update(candle.close)
        bands = self._bollinger.bands
        self._upper = None if bands is None else bands.upper

    def _entry(self) -> Case | None:
        average, adx, upper = self._ema.value, self._adx.value, self._upper
        if average is None or adx is None or upper is None:
            return None
        least = self._parameters.adx_minimum
        if not (self._close > average and self._close > upper and adx > least):
            return None
        past = (
            f"{Word.CLOSE} {price_text(self._close)} {Word.ABOVE} {Word.BAND} {price_text(upper)}"
        )
        reason = f"{past}, {Word.ADX} {adx:.1f}"
        return Case(confidence((adx - least) / STRONG_BY), reason)

    def _conditions(self) -> tuple[Gate, ...]:
        average, adx, upper = self._ema.value, self._adx.value, self._upper
        least, shown = self._parameters.adx_minimum, price_text(self._close)
        above_average = average is not None and self._close > average
        above_band = upper is not None and self._close > upper
        strength = "–" if adx is None else f"{adx:.2f}"
        return (
            Gate(GateName.EMA50, above_average, shown, f"> {price_text(average)}"),
            Gate(GateName.UPPER_BAND, above_band, shown, f"> {price_text(upper)}"),
            Gate(GateName.STRENGTH, adx is not None and adx > least, strength, f"> {least:g}"),
        )
