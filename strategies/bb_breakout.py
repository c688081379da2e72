"""Bollinger breakout: buy a close above the upper band on volume while the bands widen."""

from typing import ClassVar

from engine.domain.candle import Candle
from engine.domain.signal import Gate
from engine.phrases.gates import GateName, Word
from strategies.closed_candle import Case, TrendFollower, confidence
from strategies.indicators import MeanVolume
from strategies.parameters import Parameters
from strategies.text import percent_text, price_text
from strategies.volatility import Bands, Bollinger

BAND_PERIOD = 20
BAND_WIDTH = 2.0
VOLUME_PERIOD = 20
LEAST_VOLUME = 1.2


class BollingerBreakout(TrendFollower):
    """Buy a close above the upper band, sell a close below the middle one; all three filters.

    The candle needs 1.2 × the mean volume of the last 20, itself among them, and bands wider, as a
    share of their middle, than on the candle before.

    A move that walks up its band says BUY on each of these candles. What its stop sold is bought
    again only by a candle that, after the fall to the stop, still closes above the band.

    Confidence of a BUY is 0.5 at the band with the least volume and grows to 1, half of it with one
    ATR above the band, half with twice that volume; that of a SELL grows to 1 at one ATR below the
    middle.
    """

    name: ClassVar[str] = "bb_breakout"

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._bollinger = Bollinger(BAND_PERIOD, BAND_WIDTH)
        self._volumes = MeanVolume(VOLUME_PERIOD)
        self._volume = 0.0
        self._bands: Bands | None = None
        self._width_before: float | None = None

    def _take(self, candle: Candle) -> None:
        super()._take(candle)
        self._width_before = self._width
        self._bollinger.update(candle.close)
        self._bands = self._bollinger.bands
        self._volumes.update(candle.volume)
        self._volume = candle.volume

    def _entry(self) -> Case | None:
        bands = self._bands
        if bands is None or not (self._close > bands.upper and self._widens and self._is_heavy):
            return None
        above = min(1.0, self._in_atr(self._close - bands.upper))
        heavier = min(1.0, self._times_mean / LEAST_VOLUME - 1.0)
        close = f"{Word.CLOSE} {price_text(self._close)} {Word.ABOVE}"
        reason = f"{close} {Word.BAND} {price_text(bands.upper)}"
        return Case(confidence((above + heavier) / 2), reason)

    def _exit(self) -> Case | None:
        bands = self._bands
        if bands is None or self._close >= bands.middle:
            return None
        close = f"{Word.CLOSE} {price_text(self._close)} {Word.BELOW}"
        reason = f"{close} {Word.MIDDLE} {price_text(bands.middle)}"
        return Case(confidence(self._in_atr(bands.middle - self._close)), reason)

    def _conditions(self) -> tuple[Gate, ...]:
        bands, width, before = self._bands, self._width, self._width_before
        upper = None if bands is None else bands.upper
        shown = f"> {price_text(upper)}"
        above = upper is not None and self._close > upper
        return (
            Gate(GateName.UPPER_BAND, above, price_text(self._close), shown),
            Gate(
                GateName.VOLUME,
                self._is_heavy,
                f"{self._times_mean:.2f} ×",
                f"≥ {LEAST_VOLUME:g} ×",
            ),
            Gate(GateName.WIDENING, self._widens, percent_text(width), f"> {percent_text(before)}"),
        )

    @property
    def _width(self) -> float | None:
        bands = self._bands
        return None if bands is None else 100.0 * (bands.upper - bands.lower) / bands.middle

    @property
    def _widens(self) -> bool:
        width, before = self._width, self._width_before
        return width is not None and before is not None and width > before

    @property
    def _times_mean(self) -> float:
        mean = self._volumes.value
        return self._volume / mean if mean else 0.0

    @property
    def _is_heavy(self) -> bool:
        return self._times_mean >= LEAST_VOLUME
