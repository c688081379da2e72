"""Draws a stretch of one market: candles, what the strategy saw, entries and exits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from engine.domain.events import PositionClosed
from engine.domain.money import ZERO
from engine.domain.venue import VenueName
from engine.venues.bars import Bars, Floats
from training.chart_indicators import Indicators, indicators_of
from training.chart_style import (
    BACK,
    COOL,
    FALL,
    INK,
    LINE,
    MUTED,
    RISE,
    WARM,
    blank,
    key,
    png,
    style,
    time_ticks,
)
from training.replayed import Book, Window

_TONES = (WARM, COOL, LINE)
_ROOM = 0.05


@dataclass(frozen=True, slots=True)
class MarketChart:
    """Candles from row `first` on, with the trades among them; rows before it only warm up."""

    title: str
    figures: str
    bars: Bars
    first: int
    trades: Sequence[PositionClosed]
    indicators: Indicators


def window_chart(name: VenueName, book: Book, window: Window) -> bytes:
    """Return the chart of a window that a replay kept, with the trades inside of it."""
    bars, symbol = window.bars, window.symbol
    since, until = int(bars.opened[window.first]), int(bars.opened[-1]) + book.timeframe.seconds
    own = [trade for trade in book.closed if trade.symbol == symbol]
    inside = [
        trade
        for trade in own
        if trade.at.timestamp() >= since and trade.opened_at.timestamp() < until
    ]
    asked = book.parameters
    spans = (datetime.fromtimestamp(second, UTC) for second in (since, until))
    won = sum(1 for trade in inside if trade.pnl > 0)
    profit = sum((trade.pnl for trade in inside), ZERO)
    return market_chart(
        MarketChart(
            title=f"{symbol}  {name.value}  {asked.strategy} on {book.timeframe}",
            figures=(
                " … ".join(f"{each:%Y-%m-%d %H:%M}" for each in spans)
                + f" UTC   {len(inside)} of {len(own)} trades, {won} won, "
                f"{profit:+,.2f} {book.quote}"
            ),
            bars=bars,
            first=window.first,
            trades=inside,
            indicators=indicators_of(asked, bars),
        )
    )


def market_chart(chart: MarketChart) -> bytes:
    """Return the chart as a PNG."""
    below = chart.indicators.below is not None
    with style():
        figure, panels = blank((4.0, 1.0, 0.7) if below else (4.0, 0.8), chart.title, chart.figures)
        shown = chart.bars.rows(chart.first, len(chart.bars))
        places = np.arange(len(shown), dtype=np.float64)
        _candles(panels[0], panels[-1], shown)
        _lines(panels[0], chart, places)
        if below:
            _line_below(panels[1], chart, places)
        _trades(panels[0], chart.trades, shown)
        low, high = float(shown.low.min()), float(shown.high.max())
        room = (high - low) * _ROOM or high * _ROOM
        panels[0].set_ylim(low - room, high + room)
        panels[0].yaxis.set_major_locator(MaxNLocator(9))
        panels[0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.8g}"))
        panels[0].set_xlim(-1.0, len(shown) + 0.5)
        time_ticks(panels[-1], shown.opened.tolist(), places.tolist())
        key(panels[0])
        return png(figure)


def _candles(prices: Axes, volumes: Axes, bars: Bars) -> None:
    places = np.arange(len(bars))
    colours = np.where(bars.close >= bars.open, RISE, FALL).tolist()
    prices.vlines(places, bars.low, bars.high, color=colours, linewidth=1.0)
    least = (bars.high.max() - bars.low.min()) * 0.001
    bodies = np.maximum(np.abs(bars.close - bars.open), least)
    prices.bar(places, bodies, 0.7, np.minimum(bars.open, bars.close), color=colours, linewidth=0)
    volumes.bar(places, bars.volume, 0.7, color=colours, alpha=0.6, linewidth=0)
    volumes.yaxis.set_major_formatter(FuncFormatter(_amount))
    volumes.yaxis.set_major_locator(MaxNLocator(2, prune="upper"))


def _amount(value: float, _: int | None) -> str:
    return f"{value:,.0f}" if value >= 1 else f"{value:.3g}"


def _lines(panel: Axes, chart: MarketChart, places: Floats) -> None:
    found = chart.indicators
    for (name, column), tone in zip(found.lines.items(), _TONES, strict=False):
        # A level holds for a day and then jumps.
        drawn = "steps-post" if name == "level" else "default"
        values = column[chart.first :]
        panel.plot(places, values, color=tone, linewidth=1.4, label=name, drawstyle=drawn)
    if found.bands is not None:
        lower, upper = (column[chart.first :] for column in found.bands)
        panel.fill_between(places, lower, upper, color=LINE, alpha=0.08, linewidth=0)
        panel.plot(places, upper, color=LINE, linewidth=0.9, alpha=0.8, label="Bollinger bands")
        panel.plot(places, lower, color=LINE, linewidth=0.9, alpha=0.8)


def _line_below(panel: Axes, chart: MarketChart, places: Floats) -> None:
    if chart.indicators.below is None:
        return
    name, column = chart.indicators.below
    panel.plot(places, column[chart.first :], color=COOL, linewidth=1.3)
    for bound in chart.indicators.bounds:
        panel.axhline(bound, color=MUTED, linewidth=0.9, linestyle=(0, (4, 4)))
    panel.yaxis.set_major_locator(MaxNLocator(4))
    panel.annotate(
        name,
        (0.006, 0.8),
        xycoords="axes fraction",
        color=MUTED,
        zorder=6,
        bbox={"facecolor": BACK, "edgecolor": "none", "pad": 2.0},
    )


def _trades(panel: Axes, trades: Sequence[PositionClosed], bars: Bars) -> None:
    first, last = int(bars.opened[0]), len(bars) - 1
    for trade in trades:
        entered, left = (
            int(np.searchsorted(bars.opened, at.timestamp(), side="right")) - 1
            for at in (trade.opened_at, trade.at)
        )
        if trade.at.timestamp() < first or (entered == last and left == last):
            continue
        tone = RISE if trade.pnl > 0 else FALL
        prices = float(trade.entry_price), float(trade.exit_price)
        panel.plot((entered, left), prices, color=tone, linewidth=1.6, linestyle=(0, (3, 2)))
        if entered >= 0:
            _mark(panel, entered, prices[0], "^", INK)
        _mark(panel, left, prices[1], "v", tone)
    for shape, tone, name in (("^", INK, "entry"), ("v", RISE, "won"), ("v", FALL, "lost")):
        panel.scatter([], [], marker=shape, s=90, color=tone, label=name)


def _mark(panel: Axes, place: int, price: float, shape: str, tone: str) -> None:
    panel.scatter(
        [place], [price], marker=shape, s=120, zorder=5, color=tone, edgecolors=BACK, linewidths=1.4
    )
