"""One month of candles as a Parquet file that also knows what the venue was asked.

The spans for which the venue gave its whole answer are kept in the file's own metadata: a minute
inside of them without a candle is one in which nothing traded, and is not asked for again. Candles
and answer change in one step, by a rename.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from engine.domain.candle import Candle, Timeframe, checked
from engine.domain.errors import Malformed
from training.spans import Span, merged, milliseconds, moment, slot
from training.whole_file import replaced

SUFFIX = ".parquet"
COLUMNS = ("timestamp", "open", "high", "low", "close", "volume")
_KEY = b"pasu"
_SCHEMA = pa.schema(
    [("timestamp", pa.int64()), *((name, pa.float64()) for name in COLUMNS[1:])],
)


@dataclass(frozen=True, slots=True)
class Month:
    """Candles of one calendar month, ascending, and the spans that the venue has answered for."""

    candles: tuple[Candle, ...] = ()
    covered: tuple[Span, ...] = ()

    def joined(self, candles: Sequence[Candle], covered: Sequence[Span]) -> "Month":
        """Return the month with what a new answer says; of two candles the newer one stays."""
        by_opening = {candle.opened_at: candle for candle in (*self.candles, *candles)}
        ascending = tuple(by_opening[opened_at] for opened_at in sorted(by_opening))
        return Month(ascending, merged((*self.covered, *covered)))


def name_of(month: Span) -> str:
    """Return the file name of a month, such as 2025-01.parquet."""
    return f"{month.start:%Y-%m}{SUFFIX}"


def read_table(path: Path) -> pa.Table:
    """Return the columns of a month as stored: `timestamp` in ms UTC, prices and volume.

    Raises:
        Malformed: the file cannot be read; the message names it.
    """
    try:
        table = pq.read_table(path, columns=list(COLUMNS), memory_map=False)
        return table.cast(_SCHEMA.with_metadata(table.schema.metadata))
    except (pa.ArrowException, OSError, KeyError, ValueError) as e:
        raise Malformed(f"cannot read candles of {path.name}: {e}") from e


def candles_of(table: pa.Table) -> tuple[Candle, ...]:
    """Return the rows of a table as candles."""
    rows = zip(*(table[name].to_pylist() for name in COLUMNS), strict=True)
    return tuple(Candle(moment(opened), *prices) for opened, *prices in rows)


def read_month(path: Path, timeframe: Timeframe) -> Month:
    """Return a stored month, empty where there is no file.

    A file without a note of what was asked answers for its own candles.

    Raises:
        Malformed: the file cannot be read, or its candles are impossible, doubled or out of order.
    """
    if not path.exists():
        return Month()
    table = read_table(path)
    candles = candles_of(table)
    if any(second.opened_at <= first.opened_at for first, second in pairwise(candles)):
        raise Malformed(f"candles of {path.name} are not in order")
    own = [slot(checked(candle).opened_at, timeframe) for candle in candles]
    return Month(candles, merged((*own, *_covered(table, path))))


def write_month(path: Path, month: Month, label: Mapping[str, str]) -> None:
    """Replace the file of a month in one step: the old one or the new one, never half of either.

    The same candles, answers and label give the same bytes.

    Raises:
        DiskFailed: the new file is not certain; the old one is untouched.
    """
    table = _table(month, label)
    replaced(path, lambda file: pq.write_table(table, file, compression="zstd"))


def _table(month: Month, label: Mapping[str, str]) -> pa.Table:
    covered = [[milliseconds(span.start), milliseconds(span.end)] for span in month.covered]
    note = orjson.dumps({**label, "covered": covered}, option=orjson.OPT_SORT_KEYS)
    opened = [milliseconds(candle.opened_at) for candle in month.candles]
    prices = [[candle[field] for candle in month.candles] for field in range(1, len(COLUMNS))]
    arrays = [pa.array(opened, pa.int64()), *(pa.array(p, pa.float64()) for p in prices)]
    return pa.Table.from_arrays(arrays, schema=_SCHEMA.with_metadata({_KEY: note}))


def _covered(table: pa.Table, path: Path) -> tuple[Span, ...]:
    note = (table.schema.metadata or {}).get(_KEY)
    if note is None:
        return ()
    try:
        pairs = orjson.loads(note)["covered"]
        return tuple(Span(moment(start), moment(end)) for start, end in pairs)
    except (ValueError, KeyError, TypeError) as e:
        raise Malformed(f"{path.name} does not say what was asked: {e}") from e
