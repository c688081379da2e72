"""Draws equity beside buy and hold, and how far it lay below its highest."""

from collections.abc import Sequence

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from training.chart_style import FALL, LINE, MUTED, WARM, blank, key, png, style, time_ticks
from training.statistics import Curve, drawdowns


def equity_chart(title: str, figures: str, curve: Curve, hold: Curve) -> bytes:
    """Return a PNG of two curves of equity and of the drawdown of the first.

    `figures` is a line of numbers beneath the title.
    """
    with style():
        figure, (top, bottom) = blank((3.0, 1.0), title, figures)
        seconds, values = _points(curve)
        if hold:
            top.plot(*_points(hold), color=MUTED, linewidth=1.3, label="buy and hold")
        top.plot(seconds, values, color=LINE, linewidth=2.0, label="strategy")
        top.axhline(values[0], color=WARM, linewidth=1.1, linestyle=(0, (5, 4)), label="capital")
        down = [float(each) for each in drawdowns([value for _, value in curve])]
        bottom.fill_between(seconds, down, 0.0, color=FALL, alpha=0.35, linewidth=0)
        bottom.plot(seconds, down, color=FALL, linewidth=1.3)
        bottom.set_ylim(min(min(down) * 1.1, -0.5), 0.0)
        bottom.annotate(
            f"drawdown %, deepest {min(down):.2f}",
            (0.008, 0.08),
            xycoords="axes fraction",
            color=MUTED,
        )
        top.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
        top.yaxis.set_major_locator(MaxNLocator(8))
        bottom.yaxis.set_major_locator(MaxNLocator(4))
        top.set_xlim(seconds[0], seconds[-1] if seconds[-1] > seconds[0] else seconds[0] + 1)
        time_ticks(bottom, seconds, seconds)
        key(top)
        return png(figure)


def _points(curve: Curve) -> tuple[Sequence[int], Sequence[float]]:
    seconds = [int(at.timestamp()) for at, _ in curve]
    return seconds, np.array([float(value) for _, value in curve]).tolist()
