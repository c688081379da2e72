"""Put measurements into the words of one table."""

from collections.abc import Iterator, Mapping, Sequence

from tests.bench.job import STATED
from tests.bench.live import LOOP_SECONDS, OURS, THEIRS, WINDOW
from tests.bench.measure import Measured, Spread
from tests.bench.programs import is_ours
from tests.bench.series import SHAPES, is_shared

TITLES = {
    "a": "a  one breakout backtest, 500,000 candles",
    "b": "b  grid of 5 K × 8 take profits × 5 stops, 20 × 10,080 candles",
    "c": "c  sweep of 11 K, 20 × 200 candles",
    "d": "d  exact backtest with the engine itself, `breakout` 5m, 1 × 20,000 candles",
    "e": "e  the same, 20 × 5,000 candles",
}
REACH = {"a": 30, "b": 500, "c": 50}
MOST_MB = 250
_COLUMNS = "  {:<16}{:>10} {:<19}{:>8}{:>10}{:>8}{:>9}{:>9}{:>14}"
_EXACT = "  {:<16}{:>12} {:<22}{:>8}{:>9}{:>9}"
_MICRO, _NANO = 1e6, 1e9


def job_lines(job: str, found: Sequence[Measured]) -> Iterator[str]:
    """Yield a job's part of the table; `×` is how many times Pasu's best."""
    ours = [each for each in found if is_ours(each.program)]
    warm = min(each.warm.median for each in ours)
    cold = min(each.cold.median for each in ours if each.cold)
    yield TITLES[job]
    yield _COLUMNS.format(
        "program", "warm", "least … most", "×", "cold", "×", "peak MB", "trades", "pnl"
    )
    for each in found:
        yield _COLUMNS.format(
            each.program,
            ("~" if each.share < 1 else "") + _seconds(each.warm.median),
            f"{_seconds(each.warm.least)} … {_seconds(each.warm.most)}",
            _times(each.warm.median / warm),
            _seconds(each.cold.median) if each.cold else "–",
            _times(each.cold.median / cold) if each.cold else "–",
            f"{each.peak_mb:.0f}",
            f"{each.trades:,}",
            f"{each.pnl:,.2f}",
        )
        if each.share < 1:
            yield f"    {each.program} ran {each.share:.4f} of the job; its time is scaled up"
    yield from _verdicts(job, ours, [each for each in found if "vectorbt" in each.program])


def exact_lines(job: str, found: Sequence[Measured]) -> Iterator[str]:
    """Yield candles a second of programs that go candle by candle."""
    symbols, count, _ = SHAPES[job]
    candles = symbols * count
    yield TITLES[job]
    yield _EXACT.format("program", "candles/s", "least … most", "×", "peak MB", "trades")
    ours = next(each.warm.median for each in found if is_ours(each.program))
    for each in found:
        least, most = candles / each.warm.most, candles / each.warm.least
        yield _EXACT.format(
            each.program,
            f"{candles / each.warm.median:,.0f}",
            f"{least:,.0f} … {most:,.0f}",
            _times(ours / each.warm.median),
            f"{each.peak_mb:.0f}",
            f"{each.trades:,}",
        )


def wrong_totals(job: str, found: Sequence[Measured]) -> list[str]:
    """Return Pasu's programs whose totals are not those stated for the shared candles."""
    if not is_shared(job):
        return []
    return [
        f"{each.program} on {job}: {each.trades} trades, {each.pnl:.2f}; stated {STATED[job]}"
        for each in found
        if is_ours(each.program) and (each.trades, f"{each.pnl:.2f}") != STATED[job]
    ]


def scaling_lines(seconds: Mapping[str, Spread]) -> Iterator[str]:
    """Yield the cost of a candle by length of the series, with and without that of the call."""
    call = min(each.median for each in seconds.values())
    yield f"cost of a candle, one breakout backtest; a call costs {call * _MICRO:.0f} µs"
    for said, each in list(seconds.items())[1:]:
        count = int(said)
        whole, rest = (value / count * _NANO for value in (each.median, each.median - call))
        yield f"  {count:>12,} candles {whole:8.2f} ns, {rest:.2f} ns without the call"


def live_lines(microseconds: Mapping[str, Spread]) -> Iterator[str]:
    """Yield what a symbol costs a running engine, and how many one core sustains."""
    yield f"live, a symbol each loop of {LOOP_SECONDS:g} s with {WINDOW} candles, on one core"
    for what, each in microseconds.items():
        sustained = LOOP_SECONDS * _MICRO / each.median
        between = f"{each.least:,.1f} … {each.most:,.1f}"
        yield f"  {what:<46}{each.median:>9,.1f} µs  {between:<20}{sustained:>11,.0f} symbols"
    ratio = microseconds[THEIRS].median / microseconds[OURS].median
    yield f"    {OURS}: {ratio:,.0f} × {THEIRS}"


def _verdicts(job: str, ours: Sequence[Measured], peers: Sequence[Measured]) -> Iterator[str]:
    peak = max(each.peak_mb for each in ours)
    yield _verdict(f"peak memory {peak:.0f} MB, wanted < {MOST_MB}", kept=peak < MOST_MB)
    if not peers:
        return
    best = min(ours, key=lambda each: each.warm.median)
    theirs = min(peers, key=lambda each: each.warm.median)
    ratio = theirs.warm.median / best.warm.median
    worst = theirs.warm.least / best.warm.most
    said = f"warm {ratio:,.0f} × {theirs.program}, wanted ≥ {REACH[job]} ×"
    yield _verdict(f"{said} (its fastest by our slowest {worst:,.0f} ×)", kept=ratio >= REACH[job])
    least = min(each.cold.median for each in peers if each.cold)
    for each in ours:
        if each.cold:
            said = f"cold, {each.program}: {least / each.cold.median:.1f} × vectorbt's best"
            yield _verdict(f"{said}, wanted > 1 ×", kept=each.cold.median < least)


def _verdict(said: str, *, kept: bool) -> str:
    return f"    {'kept  ' if kept else 'MISSED'} {said}"


def _seconds(value: float) -> str:
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"


def _times(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
