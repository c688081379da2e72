"""What closed trades and an equity curve amount to; every figure with where its formula is from.

Pure: no files, no clock. Money is Decimal in the venue's quote, percents are percents (5 is 5 %),
ratios of returns are floats. Returns are those of the venue's days, the risk-free rate is zero.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import sqrt
from statistics import fmean, stdev

import numpy as np

from engine.domain.events import PositionClosed
from engine.domain.money import ONE, PERCENT, ZERO, from_float
from engine.venues.bars import Bars

Curve = Sequence[tuple[datetime, Decimal]]

_YEAR = timedelta(days=365.25)


@dataclass(frozen=True, slots=True)
class TradeSummary:
    """What a number of closed trades came to, net of fees, taxes and funding.

    `profit_factor` is what the winners made over what the losers lost, None without a loss.
    `expectancy` is the mean profit of a trade, which is win rate × mean win − loss rate × mean loss
    (Van Tharp, Trade Your Way to Financial Freedom, ch. 7); `expectancy_percent` the mean of the
    profits in percent of what each trade bought for.
    """

    trades: int
    wins: int
    profit: Decimal
    fees: Decimal
    funding: Decimal
    win_rate_percent: Decimal
    profit_factor: Decimal | None
    expectancy: Decimal
    expectancy_percent: Decimal


@dataclass(frozen=True, slots=True)
class Growth:
    """How a curve of equity grew and fell; a figure is None where its curve is too short for it."""

    return_percent: Decimal
    cagr_percent: float | None
    max_drawdown_percent: Decimal
    sharpe: float | None
    sortino: float | None


@dataclass(frozen=True, slots=True)
class Performance:
    """The result of one venue beside that of buying its markets in equal parts and holding them.

    `exposure_percent` is the share of the time in which anything was held.
    """

    traded: TradeSummary
    growth: Growth
    hold: Growth | None
    exposure_percent: float
    by_symbol: Mapping[str, TradeSummary]
    by_reason: Mapping[str, TradeSummary]
    held_symbols: Mapping[str, Decimal]

    @property
    def trades(self) -> int:
        """Return how many trades were closed."""
        return self.traded.trades


@dataclass(frozen=True, slots=True)
class Days:
    """A venue's calendar: which day a moment belongs to, and how many days with prices a year has.

    A year has 365 of them where trading never stops and about 252 at an exchange.
    """

    of: Callable[[datetime], date]
    a_year: int


def summary(closed: Iterable[PositionClosed]) -> TradeSummary:
    """Return what closed trades came to."""
    trades = tuple(closed)
    won = sum((trade.pnl for trade in trades if trade.pnl > 0), ZERO)
    lost = -sum((trade.pnl for trade in trades if trade.pnl < 0), ZERO)
    wins, count = sum(1 for trade in trades if trade.pnl > 0), len(trades)
    return TradeSummary(
        trades=count,
        wins=wins,
        profit=won - lost,
        fees=sum((trade.fees for trade in trades), ZERO),
        funding=sum((trade.funding for trade in trades), ZERO),
        win_rate_percent=PERCENT * wins / count if count else ZERO,
        profit_factor=won / lost if lost else None,
        expectancy=(won - lost) / count if count else ZERO,
        expectancy_percent=sum((t.pnl_percent for t in trades), ZERO) / count if count else ZERO,
    )


def grouped(
    closed: Iterable[PositionClosed], key: Callable[[PositionClosed], str]
) -> Mapping[str, TradeSummary]:
    """Return the summaries of trades that share a key, most trades first, then by key."""
    groups: dict[str, list[PositionClosed]] = {}
    for trade in closed:
        groups.setdefault(key(trade), []).append(trade)
    ranked = sorted(groups, key=lambda name: (-len(groups[name]), name))
    return {name: summary(groups[name]) for name in ranked}


def growth(curve: Curve, initial: Decimal, days: Days) -> Growth:
    """Return how equity came from `initial` along a curve, oldest point first."""
    if not curve or initial <= 0:
        return Growth(ZERO, None, ZERO, None, None)
    final, span = curve[-1][1], curve[-1][0] - curve[0][0]
    returns = daily_returns(curve, initial, days.of)
    return Growth(
        return_percent=(final - initial) / initial * PERCENT,
        cagr_percent=cagr_percent(initial, final, span),
        max_drawdown_percent=max_drawdown_percent([initial, *(value for _, value in curve)]),
        sharpe=sharpe(returns, days.a_year),
        sortino=sortino(returns, days.a_year),
    )


def daily_returns(
    curve: Curve, initial: Decimal, day_of: Callable[[datetime], date]
) -> Sequence[float]:
    """Return each day's return as a share: its last point over that of the day before."""
    last_of_day: dict[date, Decimal] = {}
    for at, value in curve:
        last_of_day[day_of(at)] = value
    returns: list[float] = []
    before = initial
    for value in last_of_day.values():
        if before <= 0:
            break
        returns.append(float(value / before - ONE))
        before = value
    return returns


def cagr_percent(initial: Decimal, final: Decimal, span: timedelta) -> float | None:
    """Return the yearly growth that gives the same: (final ÷ initial)^(1 year ÷ span) − 1.

    A year has 365.25 days; the whole capital lost is −100 %. None for a span of less than a day,
    of which a year says nothing (Bacon, Practical Portfolio Performance, 2nd ed., 2.4).
    """
    if span < timedelta(days=1) or initial <= 0:
        return None
    if final <= 0:
        return -100.0
    try:
        return float(100.0 * (float(final / initial) ** (_YEAR / span) - 1.0))
    except OverflowError:
        return None


def max_drawdown_percent(equity: Sequence[Decimal]) -> Decimal:
    """Return the deepest fall below the highest value so far, in percent of that value.

    Magdon-Ismail and Atiya, Maximum Drawdown, Risk 17 (2004).
    """
    return -min(drawdowns(equity), default=ZERO)


def drawdowns(equity: Sequence[Decimal]) -> Sequence[Decimal]:
    """Return for each value how far it lies below the highest so far, in percent: 0 or less."""
    peak, found = ZERO, []
    for value in equity:
        peak = max(peak, value)
        found.append((value - peak) / peak * PERCENT if peak else ZERO)
    return found


def sharpe(returns: Sequence[float], periods_a_year: int) -> float | None:
    """Return mean ÷ standard deviation (of a sample) of the returns × √periods a year.

    Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21 (1994). None without a deviation.
    """
    deviation = stdev(returns) if len(returns) > 1 else 0.0
    return fmean(returns) / deviation * sqrt(periods_a_year) if deviation else None


def sortino(returns: Sequence[float], periods_a_year: int) -> float | None:
    """Return mean ÷ downside deviation of the returns × √periods a year.

    The downside deviation is the root of the mean of the squared losses over all periods, its
    target zero: Sortino and Price, Performance Measurement in a Downside Risk Framework, Journal
    of Investing 3 (1994). None without a loss.
    """
    if not returns:
        return None
    downside = sqrt(fmean([min(each, 0.0) ** 2 for each in returns]))
    return fmean(returns) / downside * sqrt(periods_a_year) if downside else None


def exposure_percent(
    held: Iterable[tuple[datetime, datetime]], first: datetime, last: datetime
) -> float:
    """Return the share of the time from first to last in which at least one span lies."""
    covered, reached = timedelta(0), first
    for opened, left in sorted(held):
        start, end = max(opened, reached), min(left, last)
        if end > start:
            covered += end - start
            reached = end
    return 100.0 * (covered / (last - first)) if last > first else 0.0


def hold_curve(markets: Mapping[str, Bars], initial: Decimal) -> Curve:
    """Return what `initial` became, bought into all markets in equal parts at their first opens.

    Without fees; a point for each candle that any of the markets has, at its opening moment, with
    the closes of the newest candles.
    """
    priced = [bars for bars in markets.values() if len(bars)]
    if not priced:
        return ()
    seconds = np.unique(np.concatenate([bars.opened for bars in priced]))
    grown = np.zeros(len(seconds))
    for bars in priced:
        row = np.searchsorted(bars.opened, seconds, side="right") - 1
        grown += np.where(row < 0, 1.0, bars.close[row] / bars.open[0])
    moments = (datetime.fromtimestamp(second, UTC) for second in seconds.tolist())
    worth = (initial * from_float(each) for each in (grown / len(priced)).tolist())
    return tuple(zip(moments, worth, strict=True))
