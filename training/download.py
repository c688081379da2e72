"""Download candles into a folder of Parquet files, a file for each symbol and month.

Stopped at any moment, the same command goes on where it was. Upbit is asked through pyupbit,
Binance through python-binance, and any other exchange through ccxt, by ccxt's name for it. Only
closed candles are kept. With --replay the result is written as REPLAY_DATA reads it, too.
"""

import argparse
import asyncio
import contextlib
import fcntl
import importlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import cast

from engine.clock import SystemClock
from engine.domain.candle import Timeframe
from engine.domain.errors import BadConfiguration, DiskFailed, PasuError, Problem, StateLocked
from engine.ports.clock import Clock
from training.candle_store import Series, write_feather
from training.download_series import Fetched, Shelf, fetch
from training.download_source import CandleSource
from training.pacing import Asker, Patience
from training.progress import Progress
from training.spans import Span, total

STOPPED = 130
# A candle that closed a moment ago may not be in the venue's history yet.
SETTLING = timedelta(minutes=1)


def main(arguments: Sequence[str]) -> int:
    """Download what the command line asks for and return the exit code."""
    chosen = _parser().parse_args(arguments)
    clock = SystemClock()
    try:
        asyncio.run(_download(chosen, clock))
    except KeyboardInterrupt:
        print("\nstopped; what came is kept, the same command goes on from here", file=sys.stderr)
        return STOPPED
    except PasuError as e:
        print(f"pasu download: {e}", file=sys.stderr)
        return 1
    return 0


def open_source(venue: str, clock: Clock, address: str | None) -> CandleSource:
    """Return the source of a venue's candles.

    The clients are heavy and optional: only the one that is needed is loaded.

    Raises:
        BadConfiguration: its client is not installed, or no client knows the venue.
    """
    try:
        if venue == "upbit":
            source = importlib.import_module("training.download_upbit").UpbitCandles(clock, address)
        elif venue in {"binance_spot", "binance_futures"}:
            module = importlib.import_module("training.download_binance")
            source = module.BinanceCandles(clock, venue, address)
        else:
            module = importlib.import_module("training.download_ccxt")
            source = module.CcxtCandles(clock, venue, address)
    except ModuleNotFoundError as e:
        message = f"{venue} needs a package that is not installed: {e.name}"
        raise BadConfiguration([Problem("--venue", message)]) from e
    return cast("CandleSource", source)


async def download(
    source: CandleSource,
    wanted: Sequence[Series],
    span: Span,
    root: Path,
    asker: Asker,
    show: Progress,
) -> AsyncIterator[Fetched]:
    """Bring every series of the store up to the span and yield what came of each.

    Symbols are matched without regard to upper and lower case.

    Raises:
        BadConfiguration: the venue has no such symbol or timeframe.
        PasuError: the venue gave a definite no, or patience ended.
        DiskFailed: a file could not be written.
    """
    listed = await asker.ask(source.symbols)
    problems = [p for series in wanted if (p := _fault(series, listed, source.timeframes()))]
    if problems:
        raise BadConfiguration(problems)
    names = {symbol.casefold(): symbol for symbol in listed}
    room = total([span], wanted[0].timeframe)
    for number, asked in enumerate(wanted, 1):
        series = Series(asked.venue, names[asked.symbol.casefold()], asked.timeframe)
        told = _bar(show, room * number, room * len(wanted))
        yield await fetch(source, asker, Shelf(root, series, span), series, told)


async def _download(chosen: argparse.Namespace, clock: Clock) -> None:
    root, venue = Path(chosen.out), chosen.venue
    timeframe = Timeframe(chosen.timeframe)
    span = _span(chosen, timeframe, clock.now())
    wanted = [Series(venue, symbol, timeframe) for symbol in chosen.symbols]
    address = chosen.url or os.environ.get(f"{venue}_REST_URL".upper()) or None
    with _alone(root / venue):
        source = open_source(venue, clock, address.rstrip("/") if address else None)
        try:
            asker = Asker(source.pace, clock, Patience(), _say)
            show = Progress(sys.stderr, shown=sys.stderr.isatty())
            async for fetched in download(source, wanted, span, root, asker, show):
                show.done()
                print(_line(fetched), flush=True)
                if chosen.replay and fetched.present:
                    print(f"  → {write_feather(root, fetched.series, Path(chosen.replay))}")
        finally:
            await source.close()


def _bar(show: Progress, behind: int, whole: int) -> Callable[[int], None]:
    return lambda left: show.tell(behind - left, whole)


def _fault(
    series: Series, listed: Collection[str], timeframes: Collection[Timeframe]
) -> Problem | None:
    if series.timeframe not in timeframes:
        known = ", ".join(t.value for t in Timeframe if t in timeframes)
        return Problem("--timeframe", f"{series.venue} has no {series.timeframe}, but {known}")
    if series.symbol.casefold() in {symbol.casefold() for symbol in listed}:
        return None
    near = ", ".join(get_close_matches(series.symbol.upper(), listed, 3))
    hint = f"; did you mean {near}?" if near else ""
    return Problem("--symbols", f"{series.venue} does not trade {series.symbol}{hint}")


def _span(chosen: argparse.Namespace, timeframe: Timeframe, now: datetime) -> Span:
    last = timeframe.start(now - SETTLING)
    end = min(timeframe.start(chosen.end), last) if chosen.end else last
    start = timeframe.start(chosen.start + timeframe.delta - timedelta(microseconds=1))
    if start >= end:
        message = f"no closed candle lies between {start:%Y-%m-%d %H:%M} and {end:%Y-%m-%d %H:%M}"
        raise BadConfiguration([Problem("--from, --to", message)])
    return Span(start, end)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("wb")
    except OSError as e:
        raise DiskFailed(f"cannot write to {folder}: {e}") from e
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as e:
            raise StateLocked(f"another download is writing to {folder}") from e
        yield


def _line(fetched: Fetched) -> str:
    series = fetched.series
    words = [f"{fetched.new:,} new candles", f"{fetched.present:,} in all"]
    if fetched.empty:
        words.append(f"{fetched.empty:,} times without a trade")
    if fetched.refused:
        words.append(f"{fetched.refused:,} not answered or impossible, asked again next time")
    if fetched.damaged:
        words.append(f"{fetched.damaged} damaged months fetched anew")
    return f"{series.venue} {series.symbol} {series.timeframe.value}: {', '.join(words)}"


def _say(words: str) -> None:
    print(f"\n{words}" if sys.stderr.isatty() else words, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.download", description=__doc__)
    frames = [timeframe.value for timeframe in Timeframe]
    venues = "upbit, binance_spot, binance_futures, or ccxt's name of another exchange"
    parser.add_argument("--venue", required=True, type=_venue, help=venues)
    parser.add_argument("--symbols", required=True, type=_symbols, help="BTC/KRW,ETH/KRW and so on")
    parser.add_argument("--timeframe", required=True, choices=frames, help="length of a candle")
    parser.add_argument(
        "--from", dest="start", required=True, type=_moment, help="2025-01-31 or 2025-01-31T12:00"
    )
    parser.add_argument("--to", dest="end", type=_moment, help="end, not included (now)")
    parser.add_argument("--out", required=True, help="folder of the candle store")
    parser.add_argument("--replay", help="folder for REPLAY_DATA, written as well")
    parser.add_argument("--url", help="another address for the venue (VENUE_REST_URL, or its own)")
    return parser


def _symbols(text: str) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise argparse.ArgumentTypeError("names no symbol")
    slashed = (name if "/" in name else name.replace("_", "/", 1) for name in names)
    return tuple(dict.fromkeys(slashed))


def _venue(text: str) -> str:
    if not text.isidentifier():
        raise argparse.ArgumentTypeError(f"not the name of a venue: {text!r}")
    return text


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
