"""Our indicators as whole columns, for tests that hold them against libraries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from engine.domain.candle import Candle
from strategies.indicators import Ema, MeanVolume
from strategies.momentum import Macd, Rsi
from strategies.trend import Adx
from strategies.volatility import Atr, Bollinger

Column = np.ndarray


@dataclass(frozen=True)
class Case:
    """An indicator, the fields of a candle it reads, every line it gives, closed and forming."""

    make: Callable[[], Any]
    reads: tuple[str, ...]
    lines: Callable[[Any], tuple[float, ...] | None]
    peek: Callable[..., tuple[float, ...]]
    settling: int

    def inputs(self, candle: Candle) -> tuple[float, ...]:
        return tuple(getattr(candle, field) for field in self.reads)


def _value(indicator: Any) -> tuple[float, ...] | None:
    return None if indicator.value is None else (indicator.value,)


def _peeked(indicator: Any, *prices: float) -> tuple[float, ...]:
    return (indicator.peek(*prices),)


CASES: Mapping[str, Case] = MappingProxyType(
    {
        "rsi": Case(lambda: Rsi(14), ("close",), _value, _peeked, Rsi.settling(14)),
        "ema50": Case(lambda: Ema(50), ("close",), _value, _peeked, Ema.settling(50)),
        "ema100": Case(lambda: Ema(100), ("close",), _value, _peeked, Ema.settling(100)),
        "macd": Case(
            Macd, ("close",), lambda m: m.lines, lambda m, c: m.peek_lines(c), Macd.settling()
        ),
        "bollinger": Case(
            lambda: Bollinger(20, 2.0),
            ("close",),
            lambda b: b.bands,
            lambda b, c: b.peek_bands(c),
            Bollinger.settling(20),
        ),
        "adx": Case(lambda: Adx(14), ("high", "low", "close"), _value, _peeked, Adx.settling(14)),
        "atr": Case(lambda: Atr(14), ("high", "low", "close"), _value, _peeked, Atr.settling(14)),
        "volume": Case(
            lambda: MeanVolume(20), ("volume",), _value, _peeked, MeanVolume.settling(20)
        ),
    }
)


def walked(name: str, candles: list[Candle]) -> Column:
    """Return every line after each candle as columns (line, candle), nan until warm."""
    case = CASES[name]
    indicator = case.make()
    said = []
    for candle in candles:
        indicator.update(*case.inputs(candle))
        said.append(case.lines(indicator))
    last = said[-1]
    assert last is not None
    return np.array([(np.nan,) * len(last) if each is None else each for each in said]).T
