"""Combined reversal: five weighted votes, and their mean decides."""

from enum import Enum
from typing import ClassVar, NamedTuple

from engine.domain.candle import Candle
from engine.domain.signal import Gate
from engine.phrases.gates import GateName, Word
from strategies.closed_candle import Case, ClosedCandleStrategy
from strategies.filters import EMA_PERIOD
from strategies.indicators import Ema, MeanVolume
from strategies.momentum import Macd, MacdLines, Rsi
from strategies.parameters import Parameters
from strategies.text import price_text
from strategies.volatility import Bands, Bollinger

RSI_PERIOD = 14
BAND_PERIOD = 20
BAND_WIDTH = 2.0
VOLUME_PERIOD = 20
OVERSOLD = 35.0
OVERBOUGHT = 65.0
LEAST_VOLUME = 1.2
# A cross of the MACD votes on its candle and on the two after it: it comes later than a low.
CROSS_CANDLES = 3
MAJORITY = 0.5
_WEIGHTS = (3, 3, 2, 1, 1)
_ALL = sum(_WEIGHTS)


class _Side(Enum):
    BUY = "buy"
    SELL = "sell"
    BOTH = "both"
    NONE = "none"


class _Votes(NamedTuple):
    rsi: _Side
    band: _Side
    macd: _Side
    ema50: _Side
    volume: _Side


_NO_VOTES = _Votes(*[_Side.NONE] * len(_WEIGHTS))


class Combined(ClosedCandleStrategy):
    """Buy, and sell what is held, where the weighted mean of five votes is above 0.5.

    | vote | weight | for buying | for selling |
    | --- | --- | --- | --- |
    | rsi | 3 | RSI < 35 | RSI > 65 |
    | band | 3 | low at or below the lower band | high at or above the upper band |
    | macd | 2 | golden cross within 3 candles | dead cross within 3 candles |
    | ema50 | 1 | close below: there is a mean to come back to | close above |
    | volume | 1 | ≥ 1.2 × the mean of 20 candles | the same |

    A vote counts one where it is cast and zero where not; a candle that touched both bands casts
    none for either. The two sides never have a majority at once. It states the volatility filter
    alone: an oversold price lies below its EMA50 by nature.

    Confidence is that mean, 0.6 to 1.

    BUY is said on each candle with a majority, so that a fall would buy again what its stop has
    just sold. Its preset therefore sets `cooldown_candles`: the first such candle speaks, and the
    next one that may is the first after a rest.
    """

    name: ClassVar[str] = "combined"

    def __init__(self, parameters: Parameters) -> None:
        super().__init__(parameters)
        self._rsi = Rsi(RSI_PERIOD)
        self._bollinger = Bollinger(BAND_PERIOD, BAND_WIDTH)
        self._macd = Macd()
        self._ema = Ema(EMA_PERIOD)
        self._volumes = MeanVolume(VOLUME_PERIOD)
        self._high = self._low = self._volume = 0.0
        self._bands: Bands | None = None
        self._lines: MacdLines | None = None
        self._cross, self._cross_age = _Side.NONE, 0

    @property
    def minimum(self) -> int:
        """Return the candles of the EMA50, the slowest to warm up."""
        return EMA_PERIOD

    @property
    def _settling(self) -> int:
        settled = max(Rsi.settling(RSI_PERIOD), Macd.settling(), Ema.settling(EMA_PERIOD))
        return max(super()._settling, settled + CROSS_CANDLES)

    def _take(self, candle: Candle) -> None:
        _, _, self._high, self._low, close, self._volume = candle
        self._rsi.update(close)
        self._ema.update(close)
        self._bollinger.update(close)
        self._bands = self._bollinger.bands
        self._volumes.update(self._volume)
        before = self._lines
        self._macd.update(close)
        self._lines = self._macd.lines
        self._cross_age += 1
        if before is not None and self._lines is not None:
            self._note_cross(before.histogram, self._lines.histogram)

    def _note_cross(self, before: float, now: float) -> None:
        if before <= 0 < now:
            self._cross, self._cross_age = _Side.BUY, 0
        elif now < 0 <= before:
            self._cross, self._cross_age = _Side.SELL, 0

    def _entry(self) -> Case | None:
        return self._case(_Side.BUY)

    def _exit(self) -> Case | None:
        return self._case(_Side.SELL)

    def _conditions(self) -> tuple[Gate, ...]:
        votes = self._votes()
        mean = _mean(votes, _Side.BUY)
        carried = mean > MAJORITY
        total = Gate(GateName.VOTES, carried, f"{mean:.2f}", f"> {MAJORITY:g}")
        cast = zip(_Votes._fields, votes, self._ballots(), strict=True)
        return (total, *(_gate(*each, carried=carried) for each in cast))

    def _case(self, side: _Side) -> Case | None:
        votes = self._votes()
        mean = _mean(votes, side)
        if mean <= MAJORITY:
            return None
        cast = zip(_Votes._fields, votes, strict=True)
        names = ", ".join(name for name, vote in cast if vote in (side, _Side.BOTH))
        return Case(mean, f"{GateName.VOTES} {mean:.2f}: {names}")

    def _votes(self) -> _Votes:
        rsi, bands, average, mean = (
            self._rsi.value,
            self._bands,
            self._ema.value,
            self._volumes.value,
        )
        if rsi is None or bands is None or average is None or mean is None:
            return _NO_VOTES
        return _Votes(
            rsi=_side(rsi < OVERSOLD, rsi > OVERBOUGHT),
            band=_side(self._low <= bands.lower, self._high >= bands.upper),
            macd=self._cross if self._cross_age < CROSS_CANDLES else _Side.NONE,
            ema50=_side(self._close < average, self._close > average),
            volume=_Side.BOTH if self._volume >= LEAST_VOLUME * mean > 0 else _Side.NONE,
        )

    def _ballots(self) -> tuple[tuple[str, str], ...]:
        rsi, bands, mean = self._rsi.value, self._bands, self._volumes.value
        cross = Word.GOLDEN if self._cross is _Side.BUY else Word.DEAD
        crossed = self._cross is not _Side.NONE and self._cross_age < CROSS_CANDLES
        return (
            ("–" if rsi is None else f"{rsi:.2f}", f"< {OVERSOLD:g}"),
            (
                f"{Word.LOW} {price_text(self._low)}",
                f"≤ {price_text(bands.lower if bands else None)}",
            ),
            (
                f"{cross}, {self._cross_age} {Word.AGO}" if crossed else "–",
                f"{Word.GOLDEN}, < {CROSS_CANDLES} {Word.AGO}",
            ),
            (price_text(self._close), f"< {price_text(self._ema.value)}"),
            (f"{self._volume / mean if mean else 0.0:.2f} ×", f"≥ {LEAST_VOLUME:g} ×"),
        )


def _side(buys: bool, sells: bool) -> _Side:
    if buys == sells:
        return _Side.NONE
    return _Side.BUY if buys else _Side.SELL


def _mean(votes: _Votes, side: _Side) -> float:
    pairs = zip(_WEIGHTS, votes, strict=True)
    return sum(weight for weight, vote in pairs if vote is side or vote is _Side.BOTH) / _ALL


def _gate(name: str, vote: _Side, ballot: tuple[str, str], *, carried: bool) -> Gate:
    # Once the majority stands, a vote that was not cast keeps no gate closed.
    value, threshold = ballot
    if vote in (_Side.BUY, _Side.BOTH):
        return Gate(name, True, value, threshold)
    return Gate(name, carried, value, f"{threshold}, {Word.NOT_NEEDED}" if carried else threshold)
