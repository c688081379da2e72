"""Pullback: buy inside a long rise when a setback begins to turn up again."""

from typing import ClassVar

from engine.domain.candle import Candle
from engine.domain.signal import Gate
from engine.phrases.gates import GateName, Word
from strategies.closed_candle import Case, TrendFollower, confidence
from strategies.indicators import Ema
from strategies.momentum import Rsi
from strategies.parameters import Parameters
from strategies.text import price_text

LONG_PERIOD = 100
RSI_PERIOD = 14
NEUTRAL = 50.0
# An RSI this far below neutral is as deep as a setback inside a rise gets.
DEEP_BY = 20.0


class Pullback(TrendFollower):
    """Buy above EMA100 when the RSI, still below 50, turns up; what is held sells by exits alone.

    It states all three filters, but a setback lies below its EMA50 and weakens the ADX by nature:
    with these two on it hardly ever buys, and its preset keeps the volatility filter alone.

    It turns on the one candle on which it rises and had not risen before. So BUY is not repeated
    while a recovery goes on, and what a stop sold is bought again only after a further setback has
    turned.

    Confidence of a BUY is 0.5 for a setback to an RSI of 50 and grows to 1 for one to 30, measured
    before the turn.
    """

    name: ClassVar[str] = "pullback"

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._long = Ema(LONG_PERIOD)
        self._rsi = Rsi(RSI_PERIOD)
        self._rsi_before: float | None = None
        self._rises = self._rose = False

    @property
    def minimum(self) -> int:
        """Return the candles of the EMA100, the slowest to warm up."""
        return LONG_PERIOD

    @property
    def _settling(self) -> int:
        return max(super()._settling, Ema.settling(LONG_PERIOD), Rsi.settling(RSI_PERIOD))

    def _take(self, candle: Candle) -> None:
        super()._take(candle)
        self._rsi_before = self._rsi.value
        self._rsi.update(candle.close)
        self._long.update(candle.close)
        # The RSI rises exactly where the close does. Two indices of an unchanged close differ by a
        # rounding error, which is no turn.
        self._rose, self._rises = self._rises, candle.close > self._close

    def _entry(self) -> Case | None:
        average, before = self._long.value, self._rsi_before
        if average is None or before is None:
            return None
        if not (self._close > average and self._turns and self._is_low):
            return None
        reason = (
            f"{Word.RSI} {Word.TURNED_UP} {before:.1f}, "
            f"{Word.CLOSE} {Word.ABOVE} {Word.EMA100} {price_text(average)}"
        )
        return Case(confidence((NEUTRAL - before) / DEEP_BY), reason)

    def _conditions(self) -> tuple[Gate, ...]:
        average, rsi, before = self._long.value, self._rsi.value, self._rsi_before
        above = average is not None and self._close > average
        now = "–" if rsi is None else f"{rsi:.2f}"
        last = "–" if before is None else f"{before:.2f}"
        turn = Word.RISES if self._rises else Word.FALLS
        so_far = Word.ROSE if self._rose else Word.FELL
        return (
            Gate(GateName.EMA100, above, price_text(self._close), f"> {price_text(average)}"),
            Gate(GateName.RSI, self._is_low, now, f"< {NEUTRAL:g}"),
            Gate(
                GateName.TURN,
                self._turns,
                f"{so_far} {Word.TO} {last}, {turn}",
                f"{Word.FELL}, {Word.RISES}",
            ),
        )

    @property
    def _is_low(self) -> bool:
        rsi = self._rsi.value
        return rsi is not None and rsi < NEUTRAL

    @property
    def _turns(self) -> bool:
        return self._rises and not self._rose
