"""Oversold reversal: buy closes below the lower Bollinger band with a low RSI."""

from typing import ClassVar

from engine.domain.candle import Candle
from engine.domain.signal import Gate
from engine.phrases.gates import GateName, Word
from strategies.closed_candle import Case, ClosedCandleStrategy, confidence
from strategies.momentum import Rsi
from strategies.parameters import Parameters
from strategies.text import price_text
from strategies.volatility import Bands, Bollinger

RSI_PERIOD = 14
BAND_PERIOD = 20
BAND_WIDTH = 2.0
OVERSOLD = 30.0
OVERBOUGHT = 70.0
# An RSI this far beyond its bound is as extreme as it gets.
EXTREME_BY = 15.0


class RsiBollinger(ClosedCandleStrategy):
    """Buy RSI < 30 with a close below the lower band, sell RSI > 70 or a close above the upper one.

    It states the volatility filter alone: an oversold price lies below its EMA50 by nature.

    A fall says BUY on each candle that closes as low, so that it would buy again what its stop has
    just sold. Its preset therefore sets `cooldown_candles`: the first such candle speaks, and the
    next one that may is the first after a rest.

    Confidence of a BUY is 0.5 at both bounds and grows to 1, half of it with an RSI 15 lower, half
    with one ATR below the band; that of a SELL with the further of the two beyond its bound.
    """

    name: ClassVar[str] = "rsi_bollinger"

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._rsi = Rsi(RSI_PERIOD)
        self._bollinger = Bollinger(BAND_PERIOD, BAND_WIDTH)
        self._bands: Bands | None = None

    @property
    def minimum(self) -> int:
        """Return the candles of the Bollinger bands, the slowest to warm up."""
        return BAND_PERIOD

    @property
    def _settling(self) -> int:
        return max(super()._settling, Rsi.settling(RSI_PERIOD))

    def _take(self, candle: Candle) -> None:
        self._rsi.update(candle.close)
        self._bollinger.update(candle.close)
        self._bands = self._bollinger.bands

    def _entry(self) -> Case | None:
        rsi, bands = self._rsi.value, self._bands
        if rsi is None or bands is None or not (rsi < OVERSOLD and self._close < bands.lower):
            return None
        low = min(1.0, (OVERSOLD - rsi) / EXTREME_BY)
        below = min(1.0, self._in_atr(bands.lower - self._close))
        close = f"{Word.CLOSE} {price_text(self._close)} {Word.BELOW} {price_text(bands.lower)}"
        reason = f"{Word.RSI} {rsi:.1f}, {close}"
        return Case(confidence((low + below) / 2), reason)

    def _exit(self) -> Case | None:
        rsi, bands = self._rsi.value, self._bands
        if rsi is None or bands is None or not (rsi > OVERBOUGHT or self._close > bands.upper):
            return None
        high = (rsi - OVERBOUGHT) / EXTREME_BY
        above = self._in_atr(self._close - bands.upper)
        by_rsi = f"{Word.RSI} {rsi:.1f} {Word.ABOVE} {OVERBOUGHT:g}"
        close = f"{Word.CLOSE} {price_text(self._close)} {Word.ABOVE}"
        by_band = f"{close} {Word.BAND} {price_text(bands.upper)}"
        return Case(confidence(max(high, above)), by_rsi if rsi > OVERBOUGHT else by_band)

    def _conditions(self) -> tuple[Gate, ...]:
        rsi, bands = self._rsi.value, self._bands
        lower = None if bands is None else bands.lower
        is_low = rsi is not None and rsi < OVERSOLD
        is_below = lower is not None and self._close < lower
        shown = "–" if rsi is None else f"{rsi:.2f}"
        return (
            Gate(GateName.RSI, is_low, shown, f"< {OVERSOLD:g}"),
            Gate(GateName.LOWER_BAND, is_below, price_text(self._close), f"< {price_text(lower)}"),
        )
