"""A folder of downloaded candles: `<venue>/<BASE>_<QUOTE>/<timeframe>/YYYY-MM.parquet`.

Lists what is there, loads it as candles, and writes it as the feather files that a replay reads.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import feather

from engine.domain.candle import Candle, Timeframe, checked
from engine.domain.errors import Malformed
from training.candle_month import SUFFIX, candles_of, name_of, read_month, read_table
from training.spans import Span, merged, months, without
from training.whole_file import replaced

_SYMBOL = re.compile(r"[^\s/_:.\\][^\s/_:\\]*/[^\s/_:.\\][^\s/_:\\]*(:[^\s/_:.\\][^\s/_:\\]*)?")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])" + re.escape(SUFFIX))


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """Candles of one symbol and timeframe; `symbol` reads BASE/QUOTE as in the engine.

    A contract of a ccxt exchange reads BASE/QUOTE:SETTLE.
    """

    venue: str
    symbol: str
    timeframe: Timeframe

    def folder(self, root: Path) -> Path:
        """Return where the months of the series lie.

        Raises:
            Malformed: venue or symbol are no names for a folder.
        """
        if not _SYMBOL.fullmatch(self.symbol) or not re.fullmatch(r"\w+", self.venue):
            raise Malformed(f"not a venue and a symbol: {self.venue!r}, {self.symbol!r}")
        return root / self.venue / self.symbol.replace("/", "_") / self.timeframe.value


def stored(root: Path) -> tuple[Series, ...]:
    """Return every series that a folder holds, in order; other files are not looked at."""
    known = {timeframe.value for timeframe in Timeframe}
    found = set()
    for path in root.glob(f"*/*/*/*{SUFFIX}"):
        venue, symbol, timeframe = path.relative_to(root).parts[:3]
        if timeframe in known and _MONTH.fullmatch(path.name):
            found.add(Series(venue, symbol.replace("_", "/", 1), Timeframe(timeframe)))
    return tuple(sorted(found))


def load(root: Path, series: Series, span: Span | None = None) -> tuple[Candle, ...]:
    """Return the candles of a series, ascending, of a span or of all that is there.

    Raises:
        Malformed: a file cannot be read or holds an impossible candle.
    """
    candles: list[Candle] = []
    for path in _paths(root, series, span):
        candles += (checked(candle) for candle in candles_of(read_table(path)))
    if span is not None:
        candles = [candle for candle in candles if candle.opened_at in span]
    return tuple(candles)


def missing(root: Path, series: Series, span: Span) -> tuple[Span, ...]:
    """Return the stretches of a span that the venue has not answered for yet.

    Raises:
        Malformed: a file cannot be read.
    """
    paths = _paths(root, series, span)
    covered = (part for path in paths for part in read_month(path, series.timeframe).covered)
    return without([span], merged(covered))


def write_feather(root: Path, series: Series, replay: Path) -> Path:
    """Write a series as `<venue>/<BASE>_<QUOTE>-<timeframe>.feather` and return the file.

    `replay` is the folder that REPLAY_DATA names; the file is replaced in one step.

    Raises:
        Malformed: there are no candles, or a file cannot be read.
        DiskFailed: the file was not written.
    """
    tables = [read_table(path).replace_schema_metadata() for path in _paths(root, series, None)]
    table = pa.concat_tables(tables) if tables else None
    if table is None or not table.num_rows:
        raise Malformed(f"no candles of {series.symbol} {series.timeframe} on {series.venue}")
    stem = f"{series.symbol.replace('/', '_')}-{series.timeframe.value}"
    path = replay / series.venue / f"{stem}.feather"
    whole = table.combine_chunks()
    replaced(path, lambda file: feather.write_feather(whole, file))
    return path


def _paths(root: Path, series: Series, span: Span | None) -> Iterator[Path]:
    folder = series.folder(root)
    if span is None:
        yield from sorted(path for path in folder.glob(f"*{SUFFIX}") if _MONTH.fullmatch(path.name))
        return
    for month in months(span):
        path = folder / name_of(month)
        if path.exists():
            yield path
