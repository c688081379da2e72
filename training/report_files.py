"""The files a backtest leaves: trades as Parquet and CSV, charts of equity and of markets."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from engine.domain.events import PositionClosed
from engine.domain.venue import VenueName
from training.chart_equity import equity_chart
from training.judged import Result
from training.replayed import Book
from training.statistics import Performance, hold_curve
from training.whole_file import replaced

Cell = str | datetime | Decimal

_STEP = Decimal("1e-12")
_MONEY = pa.decimal128(38, 12)
_MOMENT = pa.timestamp("us", "UTC")


class _Column(NamedTuple):
    name: str
    kind: pa.DataType
    cell: Callable[[PositionClosed], Cell]


_COLUMNS = (
    _Column("venue", pa.string(), lambda trade: trade.venue.value),
    _Column("symbol", pa.string(), lambda trade: trade.symbol),
    _Column("strategy", pa.string(), lambda trade: trade.strategy),
    _Column("opened_at", _MOMENT, lambda trade: trade.opened_at),
    _Column("closed_at", _MOMENT, lambda trade: trade.at),
    _Column("reason", pa.string(), lambda trade: trade.reason.value),
    _Column("quantity", _MONEY, lambda trade: trade.quantity),
    _Column("entry_price", _MONEY, lambda trade: trade.entry_price),
    _Column("exit_price", _MONEY, lambda trade: trade.exit_price),
    _Column("pnl", _MONEY, lambda trade: trade.pnl),
    _Column("pnl_percent", _MONEY, lambda trade: trade.pnl_percent),
    _Column("fees", _MONEY, lambda trade: trade.fees),
    _Column("funding", _MONEY, lambda trade: trade.funding),
)


def write_files(result: Result, folder: Path) -> Sequence[Path]:
    """Write trades and charts of a result into a folder and return the files, each whole.

    `trades.parquet` and `trades.csv` hold the closed trades of all venues in the order in which
    they were closed, amounts to twelve places; `equity-<venue>.png` a venue's equity and drawdown;
    `market-<venue>-<symbol>.png` the window of a market that was kept.

    Raises:
        DiskFailed: a file was not written; those before it were.
    """
    files: list[Path] = []
    for name, content in _contents(result):
        path = folder / name
        _write(path, content)
        files.append(path)
    return files


def trades_table(trades: Sequence[PositionClosed]) -> pa.Table:
    """Return closed trades as a table, a row each."""
    arrays = [
        pa.array([_cell(column.cell(trade)) for trade in trades], column.kind)
        for column in _COLUMNS
    ]
    return pa.Table.from_arrays(arrays, names=[column.name for column in _COLUMNS])


def _contents(result: Result) -> Iterator[tuple[str, bytes]]:
    books = result.replayed.books
    closed = (trade for book in books.values() for trade in book.closed)
    trades = sorted(closed, key=lambda trade: (trade.at, trade.venue, trade.symbol))
    yield "trades.parquet", _parquet(trades)
    yield "trades.csv", _csv(trades)
    for name, book in books.items():
        found = result.venues[name]
        hold = hold_curve(book.markets, book.initial)
        title = f"{name.value}  {book.parameters.strategy} on {book.timeframe}"
        yield (
            f"equity-{name.value}.png",
            equity_chart(title, _figures(book, found), book.curve, hold),
        )
        yield from _markets(name, book)


def _markets(name: VenueName, book: Book) -> Iterator[tuple[str, bytes]]:
    # The columns of `ta` come from an environment for research; a service has none.
    if not book.windows or find_spec("ta") is None:
        return
    draw = import_module("training.chart_market").window_chart
    for window in book.windows:
        stem = window.symbol.replace("/", "_")
        yield f"market-{name.value}-{stem}.png", draw(name, book, window)


def _figures(book: Book, found: Performance) -> str:
    made, hold = found.growth, found.hold
    held = "" if hold is None else f"   buy and hold {hold.return_percent:+.2f} %"
    sharpe = "" if made.sharpe is None else f"   Sharpe {made.sharpe:.2f}"
    return (
        f"{book.initial:,.0f} → {book.final:,.0f} {book.quote}   {made.return_percent:+.2f} %"
        f"{held}   drawdown {made.max_drawdown_percent:.2f} %{sharpe}"
        f"   {found.trades} trades, {found.traded.win_rate_percent:.0f} % won"
    )


def _parquet(trades: Sequence[PositionClosed]) -> bytes:
    target = io.BytesIO()
    pq.write_table(trades_table(trades), target, compression="zstd")
    return target.getvalue()


def _csv(trades: Sequence[PositionClosed]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(column.name for column in _COLUMNS)
    for trade in trades:
        writer.writerow(_text(_cell(column.cell(trade))) for column in _COLUMNS)
    return target.getvalue().encode()


def _cell(value: Cell) -> Cell:
    return value.quantize(_STEP, ROUND_HALF_EVEN) if isinstance(value, Decimal) else value


def _text(value: Cell) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _write(path: Path, content: bytes) -> None:
    def write(file: BinaryIO) -> None:
        file.write(content)

    replaced(path, write)
