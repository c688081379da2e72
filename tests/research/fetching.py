"""Run downloads against the loopback venue, and compare what they leave behind."""

from datetime import UTC, datetime

from engine.clock import SystemClock
from engine.domain.candle import Timeframe
from training.candle_store import Series
from training.download import download, open_source
from training.pacing import Asker, Patience
from training.progress import Progress
from training.spans import Span

QUICK = Patience(first_s=0.01)
SYMBOLS = {
    "upbit": "BTC/KRW",
    "binance_spot": "BTC/USDT",
    "binance_futures": "BTC/USDT",
    "bybit": "BTC/USDT",
}


class Quiet:
    """A stream that nobody reads."""

    def write(self, text):
        return len(text)

    def flush(self):
        pass


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start, end):
    return Span(at(start), at(end))


# Over the end of a month: 1,080 minutes, so six pages of Upbit and two of the others.
NIGHT = span("2025-01-31T12:00", "2025-02-01T06:00")


def series(venue, symbol="", timeframe=Timeframe.M1):
    return Series(venue, symbol or SYMBOLS[venue], timeframe)


async def fetched(
    fake,
    venue,
    root,
    wanted=NIGHT,
    *,
    symbols=(),
    timeframe=Timeframe.M1,
    patience=QUICK,
    clock=None,
    paced=False,
):
    """Download from the fake venue with the real client, and return what came of each symbol."""
    clock = clock or SystemClock()
    source = open_source(venue, clock, fake.address)
    if not paced:
        unpaced(source, venue)
    said = []
    try:
        asker = Asker(source.pace, clock, patience, said.append)
        asked = [series(venue, symbol, timeframe) for symbol in symbols or (SYMBOLS[venue],)]
        show = Progress(Quiet(), shown=True)
        return [one async for one in download(source, asked, wanted, root, asker, show)]
    finally:
        await source.close()


def unpaced(source, venue):
    """Let a source ask as fast as loopback answers; ccxt lists only what the fake venue has."""
    source.pace.change(1000.0)
    if venue == "bybit":
        source._exchange.enableRateLimit = False
        source._exchange.options["fetchMarkets"]["types"] = ["spot"]


def contents(root):
    """Return path and bytes of every candle file under a folder."""
    files = sorted(root.rglob("*.parquet"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
