"""The exchange's own durable book: what it accepted, traded and paid, outliving the engine."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import get_args

import orjson

from engine.codec import DecodeError, decode, encode
from engine.domain.candle import EPOCH
from engine.domain.errors import DiskFailed, StateCorrupt
from engine.domain.ids import ClientOrderId, VenueOrderId
from engine.domain.intent import OrderIntent
from engine.ports.venue import Fill, FundingReport, ReportStatus


@dataclass(frozen=True, slots=True)
class Deposited:
    """Money arrived."""

    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Accepted:
    """An order was taken: `seen` is the price of that moment.

    `inside` is the opening second of the candle during which it came, None between candles.
    """

    intent: OrderIntent
    venue_order_id: VenueOrderId
    at: datetime
    seen: Decimal
    inside: int | None = None


@dataclass(frozen=True, slots=True)
class Traded:
    """An order traded; `candle` is the opening second of the candle it traded in."""

    client_id: ClientOrderId
    fill: Fill
    candle: int


@dataclass(frozen=True, slots=True)
class Ended:
    """An order came to its end."""

    client_id: ClientOrderId
    status: ReportStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """Funding was paid or received."""

    report: FundingReport


@dataclass(frozen=True, slots=True)
class Converted:
    """A rest was swapped for another asset."""

    symbol: str
    base: str
    quantity: Decimal
    amount: Decimal
    asset: str
    at: datetime


Record = Deposited | Accepted | Traded | Ended | Settled | Converted
_KINDS: Mapping[str, type[Record]] = {kind.__name__: kind for kind in get_args(Record)}


class VenueBook:
    """An append-only file with one transaction, a list of records, on each line.

    A line is handed to the operating system before anything of it is reported, so it survives the
    death of the process; it is not forced to the disk. Without a path nothing is kept.
    """

    def __init__(self, path: Path | None) -> None:
        """Open the file, cutting a last line that was never finished."""
        self._path = path
        self._file: int | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            _cut_torn_line(path)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def read(self, until: datetime | None = None) -> Iterator[Record]:
        """Yield every record in the order it was written.

        What is later than `until` is cut off for good: a replay that goes back in time takes its
        exchange with it, and what happens after that moment will happen again.

        Raises:
            StateCorrupt: a line is not one that `write` makes.
        """
        if self._path is None:
            return
        end = 0
        with self._path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    records = [_record(row) for row in orjson.loads(line)]
                except (DecodeError, ValueError, KeyError, TypeError) as e:
                    message = f"{self._path.name}, line {number}: {e}"
                    raise StateCorrupt(message) from e
                if until is not None and any(_moment(record) > until for record in records):
                    os.truncate(self._path, end)
                    return
                end += len(line)
                yield from records

    def write(self, records: Sequence[Record]) -> None:
        """Append one transaction.

        Raises:
            DiskFailed: the operating system did not take it.
        """
        if self._file is None:
            return
        rows = [[type(record).__name__, encode(record)] for record in records]
        line = orjson.dumps(rows) + b"\n"
        try:
            written = os.write(self._file, line)
        except OSError as e:
            message = f"venue book: {e}"
            raise DiskFailed(message) from e
        if written != len(line):
            message = f"venue book: {written} of {len(line)} bytes written"
            raise DiskFailed(message)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _record(row: tuple[str, object]) -> Record:
    kind, fields = row
    return decode(_KINDS[kind], fields)


def _moment(record: Record) -> datetime:
    match record:
        case Deposited():
            return EPOCH
        case Traded():
            return record.fill.at
        case Settled():
            return record.report.at
        case _:
            return record.at


def _cut_torn_line(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        end = size
        while end:
            start = max(0, end - 65_536)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
        if end != size:
            file.truncate(end)
