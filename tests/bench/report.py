"""Put measurements into the words of one table."""

from collections.abc import Iterator, Sequence

from tests.bench.job import STATED
from tests.bench.live import LOOP_SECONDS
from tests.bench.measure import Measured

TITLES = {
    "a": "a  one breakout backtest, 500,000 candles",
    "b": "b  grid of 5 K × 8 take profits × 5 stops, 20 × 10,080 candles",
    "c": "c  sweep of 11 K, 20 × 200 candles",
}
REACH = {"a": 30, "b": 500, "c": 50}
MOST_MB = 250
_COLUMNS = "  {:<16}{:>12}{:>10}{:>12}{:>10}{:>9}{:>9}{:>15}"
_MICRO = 1e6


def job_lines(job: str, found: Sequence[Measured]) -> Iterator[str]:
    """Yield a job's part of the table; `×` is how many times Pasu's best."""
    ours = [each for each in found if each.program.startswith("pasu")]
    warm = min(each.warm_s for each in ours)
    cold = min(each.cold_s for each in ours if each.cold_s is not None)
    yield TITLES[job]
    yield _COLUMNS.format("program", "warm", "×", "cold", "×", "peak MB", "trades", "pnl")
    for each in found:
        scaled = each.share < 1
        yield _COLUMNS.format(
            each.program,
            ("~" if scaled else "") + _seconds(each.warm_s),
            _times(each.warm_s / warm),
            "–" if each.cold_s is None else _seconds(each.cold_s),
            "–" if each.cold_s is None else _times(each.cold_s / cold),
            f"{each.peak_mb:.0f}",
            f"{each.trades:,}",
            f"{each.pnl:,.2f}",
        )
        if scaled:
            yield f"    {each.program} ran {each.share:.4f} of the job; its time is scaled up"
    yield from _verdicts(job, ours, [each for each in found if "vectorbt" in each.program])


def wrong_totals(job: str, found: Sequence[Measured]) -> list[str]:
    """Return Pasu's programs whose totals are not the stated ones."""
    return [
        f"{each.program} on {job}: {each.trades} trades, {each.pnl:.2f}; stated {STATED[job]}"
        for each in found
        if each.program.startswith("pasu") and (each.trades, f"{each.pnl:.2f}") != STATED[job]
    ]


def scaling_lines(rows: Sequence[tuple[int, float]]) -> Iterator[str]:
    """Yield the cost of a candle by length of the series."""
    yield "cost of a candle, one breakout backtest"
    for count, nanoseconds in rows:
        yield f"  {count:>12,} candles {nanoseconds:8.2f} ns"


def live_lines(rows: Sequence[tuple[str, float]]) -> Iterator[str]:
    """Yield what a symbol costs the running engine, and how many one core sustains."""
    yield f"live, a symbol each loop of {LOOP_SECONDS:g} s on one core"
    for what, microseconds in rows:
        sustained = LOOP_SECONDS * _MICRO / microseconds
        yield f"  {what:<56}{microseconds:>10.2f} µs{sustained:>14,.0f} symbols"


def _verdicts(job: str, ours: Sequence[Measured], peers: Sequence[Measured]) -> Iterator[str]:
    peak = max(each.peak_mb for each in ours)
    yield _verdict(f"peak memory {peak:.0f} MB, wanted < {MOST_MB}", kept=peak < MOST_MB)
    if not peers:
        return
    ratio = min(each.warm_s for each in peers) / min(each.warm_s for each in ours)
    kept = ratio >= REACH[job]
    yield _verdict(f"warm {ratio:,.0f} × vectorbt's best, wanted ≥ {REACH[job]} ×", kept=kept)
    theirs = min(each.cold_s for each in peers if each.cold_s is not None)
    for each in ours:
        if each.cold_s is not None:
            said = f"cold, {each.program}: {theirs / each.cold_s:.1f} × vectorbt's best"
            yield _verdict(f"{said}, wanted > 1 ×", kept=each.cold_s < theirs)


def _verdict(said: str, *, kept: bool) -> str:
    return f"    {'kept  ' if kept else 'MISSED'} {said}"


def _seconds(value: float) -> str:
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"


def _times(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
