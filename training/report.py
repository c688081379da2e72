"""A backtest as text: what each venue made beside buy and hold, by market and by exit."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from engine.domain.venue import VenueName
from training.judged import Result
from training.replayed import Book
from training.statistics import Growth, Performance, TradeSummary

_NONE = "–"
_SHOWN_DIFFERENCES = 10


def report(result: Result) -> str:
    """Return the result as text: a block per venue."""
    lines = [_head(result)]
    for name, found in result.venues.items():
        lines += ["", *_venue(name, result.replayed.books[name], found)]
    if result.checks:
        lines += [
            "",
            f"books checked {result.checks:,} times, {len(result.differences)} differences",
        ]
    return "\n".join([*lines, *result.differences[:_SHOWN_DIFFERENCES]])


def _head(result: Result) -> str:
    played = result.replayed
    speed = played.candles / played.seconds if played.seconds else 0
    span = f"{played.first:%Y-%m-%d} … {played.last:%Y-%m-%d}"
    return f"{span}  {played.candles:,} candles in {played.seconds:.1f} s = {speed:,.0f} candles/s"


def _venue(name: VenueName, book: Book, found: Performance) -> Iterator[str]:
    asked, traded, made = book.parameters, found.traded, found.growth
    yield f"{name.value}: {asked.strategy} on {book.timeframe}, markets: {len(book.markets)}"
    yield f"  {'capital':<16}{book.initial:>16,.2f} → {book.final:,.2f} {book.quote}"
    yield _row("", "strategy", "buy and hold")
    for label, ours, theirs in _beside(made, found.hold):
        yield _row(label, ours, theirs)
    yield _row("exposure %", f"{found.exposure_percent:.1f}", "100.0")
    factor = _ratio(traded.profit_factor)
    yield f"  {'trades':<16}{traded.trades:>16,}    won {traded.win_rate_percent:.1f} %"
    yield f"  {'profit factor':<16}{factor:>16}"
    mean = f"{book.quote} a trade, {traded.expectancy_percent:.3f} % of what it bought for"
    yield f"  {'expectancy':<16}{traded.expectancy:>16,.2f}    {mean}"
    yield f"  {'fees':<16}{traded.fees:>16,.2f}    {book.quote}"
    if traded.funding:
        yield f"  {'funding':<16}{traded.funding:>16,.2f}    {book.quote}"
    if traded.trades:
        yield from _table("market", found.by_symbol, book.quote, found.held_symbols)
        yield from _table("exit", found.by_reason, book.quote, None)


def _beside(made: Growth, hold: Growth | None) -> Iterator[tuple[str, str, str]]:
    for label, field in (
        ("return %", "return_percent"),
        ("CAGR %", "cagr_percent"),
        ("drawdown %", "max_drawdown_percent"),
        ("Sharpe", "sharpe"),
        ("Sortino", "sortino"),
    ):
        ours: Decimal | float | None = getattr(made, field)
        theirs: Decimal | float | None = None if hold is None else getattr(hold, field)
        yield label, _ratio(ours), _ratio(theirs)


def _row(label: str, ours: str, theirs: str) -> str:
    return f"  {label:<16}{ours:>16}{theirs:>16}"


def _table(
    kind: str,
    groups: Mapping[str, TradeSummary],
    quote: str,
    held: Mapping[str, Decimal] | None,
) -> Iterator[str]:
    last = "" if held is None else f"{'hold %':>10}"
    yield ""
    yield (
        f"  {kind:<16}{'trades':>8}{'won %':>8}{'factor':>8}{'mean %':>9}"
        f"{f'profit {quote}':>20}{'fees':>14}{last}"
    )
    for name, found in groups.items():
        end = "" if held is None else f"{_ratio(held.get(name)):>10}"
        yield (
            f"  {name:<16}{found.trades:>8,}{found.win_rate_percent:>8.1f}"
            f"{_ratio(found.profit_factor):>8}{found.expectancy_percent:>9.3f}"
            f"{found.profit:>20,.2f}{found.fees:>14,.2f}{end}"
        )


def _ratio(value: Decimal | float | None) -> str:
    return _NONE if value is None else f"{value:,.2f}"
