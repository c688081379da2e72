"""The exact backtest on the jobs' candles: the engine of the service, from files to books.

It trades `breakout` with the jobs' exits on closes, but with an engine's sizes, limits and fills:
its trades are its own.
"""

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import feather

from engine.domain.candle import Timeframe
from engine.domain.venue import VenueName
from engine.settings import parse
from tests.bench.job import Outcome
from tests.bench.pasu_jobs import PARAMETERS
from tests.bench.series import Panel
from training.progress import Progress
from training.replayed import Play, Replayed, replay

# Names alone: the candles are those of the panel.
BASES = (
    *("BTC", "ETH", "SOL", "XRP", "ADA", "BNB", "DOGE", "AVAX", "DOT", "LINK"),
    *("LTC", "TRX", "ATOM", "NEAR", "UNI", "ETC", "XLM", "FIL", "APT", "ARB"),
)
_MILLISECONDS = 1_000
_VOLUME = 1_000_000.0


def runner(_job: str, panel: Panel, _variant: str) -> Callable[[], Outcome]:
    """Return what plays every symbol of the panel side by side, from files on disk."""
    # Kept until the process ends: what is timed reads it.
    folder = tempfile.TemporaryDirectory()
    _write(panel, Path(folder.name))
    return lambda: _run(panel, folder)


def _run(panel: Panel, candles: tempfile.TemporaryDirectory[str]) -> Outcome:
    with tempfile.TemporaryDirectory() as books:
        replayed = asyncio.run(_played(candles.name, Path(books)))
    if replayed.candles != panel.close.size:
        raise RuntimeError(f"{replayed.candles} of {panel.close.size} candles were told")
    closed = [trade for book in replayed.books.values() for trade in book.closed]
    return Outcome(len(closed), float(sum(trade.pnl for trade in closed)))


async def _played(candles: str, books: Path) -> Replayed:
    modes = {f"{name.value}_MODE".upper(): "off" for name in VenueName}
    settings = parse(modes | {"BINANCE_SPOT_MODE": "replay", "REPLAY_DATA": candles}, "")
    play = Play(audit=False, parameters=replace(PARAMETERS, timeframe=Timeframe.M5))
    return await replay(settings, books, play, Progress(StringIO(), shown=False))


def _write(panel: Panel, folder: Path) -> None:
    venue = folder / VenueName.BINANCE_SPOT.value
    venue.mkdir()
    for i, base in enumerate(BASES[: len(panel.close)]):
        columns = {
            "timestamp": panel.opened * _MILLISECONDS,
            "open": panel.open[i],
            "high": panel.high[i],
            "low": panel.low[i],
            "close": panel.close[i],
            "volume": np.full(len(panel.opened), _VOLUME),
        }
        feather.write_feather(pa.table(columns), str(venue / f"{base}_USDT-5m.feather"))
