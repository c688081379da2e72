"""Statistics of trades and curves, against figures worked out by hand."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.venue import AroundTheClock
from engine.venues.bars import Bars, empty_bars
from tests.research.closed_trades import HOUR, MONDAY, closed
from training.statistics import (
    Days,
    cagr_percent,
    daily_returns,
    drawdowns,
    exposure_percent,
    grouped,
    growth,
    hold_curve,
    max_drawdown_percent,
    sharpe,
    sortino,
    summary,
)

DAY = timedelta(days=1)
DAYS = Days(AroundTheClock().day, 365)
money = st.decimals(1, 10**6, places=2)


def day_of(at: datetime) -> date:
    return at.date()


def curve(*values: int, step: timedelta = DAY) -> list[tuple[datetime, Decimal]]:
    return [(MONDAY + i * step, Decimal(value)) for i, value in enumerate(values)]


def bars(first: datetime, rows: Sequence[tuple[float, float]]) -> Bars:
    opened = int(first.timestamp()) + 3600 * np.arange(len(rows), dtype=np.int64)
    opens, closes = np.array(rows).T
    return Bars(opened, opens, np.maximum(opens, closes), opens, closes, np.ones(len(rows)))


def test_trades_are_counted_won_and_lost():
    found = summary([closed("30"), closed("-10"), closed("-10"), closed("0")])
    assert (found.trades, found.wins, found.profit, found.fees) == (4, 1, 10, 4)
    assert (found.win_rate_percent, found.profit_factor) == (25, Decimal("1.5"))
    assert (found.expectancy, found.expectancy_percent) == (Decimal("2.5"), Decimal("0.25"))


def test_expectancy_is_win_rate_times_win_less_loss_rate_times_loss():
    found = summary([closed("30"), closed("50"), closed("-20"), closed("-30"), closed("-10")])
    assert found.expectancy == Decimal("0.4") * 40 - Decimal("0.6") * 20


def test_without_a_loss_there_is_no_profit_factor_and_without_trades_nothing():
    assert summary([closed("5")]).profit_factor is None
    nothing = summary([])
    assert (nothing.trades, nothing.profit, nothing.expectancy) == (0, 0, 0)
    assert nothing.profit_factor is None


def test_groups_begin_with_the_one_of_most_trades():
    trades = [closed("1", symbol="B"), closed("2", symbol="A"), closed("3", symbol="B")]
    found = grouped(trades, lambda trade: trade.symbol)
    assert list(found) == ["B", "A"]
    assert found["B"].profit == 4


def test_the_return_of_a_day_is_its_last_point_over_that_of_the_day_before():
    points = [*curve(100, 110, step=HOUR), (MONDAY + DAY, Decimal(99))]
    points.append((MONDAY + 2 * DAY, Decimal("108.9")))
    assert daily_returns(points, Decimal(100), day_of) == pytest.approx([0.1, -0.1, 0.1])


def test_growth_compounds_over_a_year_of_365_days_and_a_quarter():
    year = timedelta(days=365.25)
    assert cagr_percent(Decimal(100), Decimal(121), year) == pytest.approx(21.0)
    assert cagr_percent(Decimal(100), Decimal(121), 2 * year) == pytest.approx(10.0)
    assert cagr_percent(Decimal(100), Decimal(0), year) == -100.0
    assert cagr_percent(Decimal(100), Decimal(101), timedelta(hours=23)) is None
    assert cagr_percent(Decimal(1), Decimal(10**6), DAY) is None


def test_a_drawdown_is_measured_from_the_highest_value_so_far():
    values = [Decimal(each) for each in (100, 120, 90, 130, 117)]
    assert list(drawdowns(values)) == [0, 0, -25, 0, -10]
    assert max_drawdown_percent(values) == 25
    assert max_drawdown_percent([]) == 0


@given(st.lists(money, min_size=1, max_size=30))
def test_no_fall_between_two_points_is_deeper_than_the_drawdown(values: list[Decimal]):
    deepest = max((high - low) / high * 100 for i, high in enumerate(values) for low in values[i:])
    assert max_drawdown_percent(values) == deepest


def test_sharpe_divides_by_the_deviation_of_a_sample():
    # Mean 0.01, squared distances 0.0001 + 0 + 0.0001 over n − 1.
    assert sharpe([0.0, 0.01, 0.02], 365) == pytest.approx(0.01 / 0.01 * sqrt(365))
    assert sharpe([0.01], 365) is None
    assert sharpe([0.0, 0.0], 365) is None


def test_sortino_divides_by_the_losses_over_all_periods():
    # Losses 0.02 once in four periods: root of 0.0004 / 4.
    expected = 0.01 / 0.01 * sqrt(252)
    assert sortino([0.03, -0.02, 0.02, 0.01], 252) == pytest.approx(expected)
    assert sortino([0.01, 0.02], 252) is None
    assert sortino([], 252) is None


def test_growth_takes_its_figures_from_one_curve():
    found = growth(curve(100, 120, 108), Decimal(100), DAYS)
    assert (found.return_percent, found.max_drawdown_percent) == (8, 10)
    assert found.cagr_percent == pytest.approx(100 * (1.08 ** (365.25 / 2) - 1))
    assert found.sharpe == pytest.approx(sharpe([0.0, 0.2, -0.1], 365))
    assert growth((), Decimal(100), DAYS).sharpe is None


def test_time_that_two_positions_share_counts_once():
    held = [(MONDAY, MONDAY + 4 * HOUR), (MONDAY + 2 * HOUR, MONDAY + 5 * HOUR)]
    held.append((MONDAY + 9 * HOUR, MONDAY + 20 * HOUR))
    assert exposure_percent(held, MONDAY, MONDAY + 10 * HOUR) == pytest.approx(60.0)
    assert exposure_percent([], MONDAY, MONDAY) == 0.0


def test_holding_puts_equal_parts_into_every_market_at_its_first_open():
    markets = {
        "A": bars(MONDAY, [(100.0, 110.0), (110.0, 200.0)]),
        "B": bars(MONDAY + HOUR, [(10.0, 5.0)]),
        "C": empty_bars(),
    }
    expected = [(MONDAY, Decimal(1050)), (MONDAY + HOUR, Decimal(1250))]
    assert list(hold_curve(markets, Decimal(1000))) == expected
    assert list(hold_curve({}, Decimal(1000))) == []
