"""Draw one chart; runs only in the drawing process."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.chart_data import CandleChart, Chart, EquityChart
from bot.chart_style import (
    BACK,
    INK,
    LINE,
    MUTED,
    WARM,
    add_korean_font,
    blank,
    drawable,
    falling,
    headline,
    png,
    rising,
    style,
    time_ticks,
)

_EOK, _MAN, _THOUSAND, _MILLION = 1e8, 1e4, 1e3, 1e6
_WON = "KRW"


def draw(chart: Chart) -> bytes:
    """Return the chart as a PNG."""
    add_korean_font()
    with style():
        if isinstance(chart, EquityChart):
            return _equity(chart)
        return _candles(chart)


def _equity(chart: EquityChart) -> bytes:
    figure, (top, bottom) = blank((3.2, 1.0))
    times, equity = np.array(chart.times), np.array(chart.equity)
    gained = chart.equity[-1] >= chart.equity[0]
    colour = rising(chart.korean) if gained else falling(chart.korean)
    top.plot(times, equity, color=LINE, linewidth=2.0, solid_joinstyle="round")
    low, high = float(equity.min()), float(equity.max())
    margin = (high - low or abs(high) or 1.0) * 0.08
    top.fill_between(times, equity, low - margin, color=LINE, alpha=0.14, linewidth=0)
    top.set_ylim(low - margin, high + margin)
    if low - margin <= chart.initial <= high + margin:
        top.axhline(chart.initial, color=WARM, linewidth=1.6, linestyle=(0, (5, 4)))
        _label(top, chart.initial_label, chart.initial, WARM)
    top.yaxis.set_major_formatter(FuncFormatter(_axis(chart.currency, korean=chart.korean)))
    top.yaxis.set_major_locator(MaxNLocator(6))
    down = np.array(chart.drawdown)
    bottom.fill_between(times, down, 0.0, color=falling(chart.korean), alpha=0.35, linewidth=0)
    bottom.plot(times, down, color=falling(chart.korean), linewidth=1.6)
    bottom.set_ylim(min(float(down.min()) * 1.15, -0.5), 0.0)
    bottom.yaxis.set_major_locator(MaxNLocator(3))
    bottom.annotate(
        drawable(f"{chart.drawdown_label}  {float(down.min()):.2f}"),
        (0.01, 0.08),
        xycoords="axes fraction",
        fontsize=11,
        color=MUTED,
    )
    top.set_xlim(times[0], times[-1])
    time_ticks(bottom, chart.times, chart.times)
    headline(figure, drawable(chart.title), drawable(chart.headline), colour)
    return png(figure)


def _candles(chart: CandleChart) -> bytes:
    figure, (top, bottom) = blank((4.0, 1.0))
    places = np.arange(len(chart.times))
    opens, closes = np.array(chart.opens), np.array(chart.closes)
    up = closes >= opens
    colours = np.where(up, rising(chart.korean), falling(chart.korean)).tolist()
    top.vlines(places, chart.lows, chart.highs, color=colours, linewidth=1.3)
    low, high = min(chart.lows), max(chart.highs)
    least = (high - low or abs(high) or 1.0) * 0.0015
    bodies = np.maximum(np.abs(closes - opens), least)
    top.bar(places, bodies, 0.68, np.minimum(opens, closes), color=colours, linewidth=0)
    bottom.bar(places, chart.volumes, 0.68, color=colours, alpha=0.75, linewidth=0)
    bottom.yaxis.set_major_formatter(FuncFormatter(_axis("", korean=chart.korean)))
    bottom.yaxis.set_major_locator(MaxNLocator(2, prune="upper"))
    _levels(top, chart)
    _marks(top, chart, (high - low or abs(high) or 1.0) * 0.025)
    values = [low, high, *(level.price for level in chart.levels if _near(level.price, low, high))]
    margin = (max(values) - min(values) or 1.0) * 0.07
    top.set_ylim(min(values) - margin, max(values) + margin)
    top.yaxis.set_major_locator(MaxNLocator(7))
    top.yaxis.set_major_formatter(FuncFormatter(_price_axis(korean=chart.korean)))
    top.set_xlim(-1.0, len(places) + 0.5)
    time_ticks(bottom, chart.times, places.tolist())
    gained = closes[-1] >= opens[0]
    colour = rising(chart.korean) if gained else falling(chart.korean)
    headline(figure, drawable(chart.title), drawable(chart.headline), colour)
    return png(figure)


def _levels(panel: Axes, chart: CandleChart) -> None:
    low, high = min(chart.lows), max(chart.highs)
    tones = {"entry": INK, "target": rising(chart.korean), "stop": WARM}
    for level in chart.levels:
        if not _near(level.price, low, high):
            continue
        tone = tones[level.kind]
        panel.axhline(level.price, color=tone, linewidth=1.5, linestyle=(0, (5, 4)))
        _label(panel, level.label, level.price, tone)


def _marks(panel: Axes, chart: CandleChart, gap: float) -> None:
    for entry, shape, label in ((True, "^", chart.entry_label), (False, "v", chart.exit_label)):
        found = [mark for mark in chart.marks if mark.entry is entry]
        if not found:
            continue
        shift = -gap if entry else gap
        panel.scatter(
            [mark.position for mark in found],
            [mark.price + shift for mark in found],
            marker=shape,
            s=110,
            zorder=5,
            label=drawable(label),
            color=WARM if entry else INK,
            edgecolors=BACK,
            linewidths=1.5,
        )
    if chart.marks:
        # Above the panel, where no price can lie.
        panel.legend(
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=2,
            frameon=False,
            fontsize=11,
            labelcolor=MUTED,
        )


def _label(panel: Axes, text: str, height: float, colour: str) -> None:
    panel.annotate(
        drawable(text),
        (0.01, height),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        fontsize=11,
        color=colour,
        va="bottom",
        zorder=6,
        bbox={"facecolor": BACK, "edgecolor": "none", "alpha": 0.75, "pad": 1.5},
    )


def _near(price: float, low: float, high: float) -> bool:
    room = (high - low or abs(high)) * 0.6
    return low - room <= price <= high + room


def _axis(currency: str, *, korean: bool) -> Callable[[float, int | None], str]:
    sign = "₩" if currency == _WON else ""
    units = ((_EOK, "억"), (_MAN, "만")) if korean else ((_MILLION, "M"), (_THOUSAND, "k"))

    def shown(value: float, _place: int | None) -> str:
        for size, unit in units:
            if abs(value) >= size:
                return f"{sign}{value / size:,.6g}{unit}"
        return f"{sign}{value:,.6g}"

    return shown


def _price_axis(*, korean: bool) -> Callable[[float, int | None], str]:
    large = _axis("", korean=korean)

    def shown(value: float, place: int | None) -> str:
        if abs(value) >= _MILLION:
            return large(value, place)
        return f"{value:,.0f}" if abs(value) >= _THOUSAND else f"{value:,.6g}"

    return shown
