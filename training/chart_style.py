"""Colours, the empty figure and the axes of every research chart."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from io import BytesIO

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

BACK, GRID, INK, MUTED = "#10151d", "#2a3341", "#e8edf4", "#9fb0c6"
RISE, FALL, LINE, WARM, COOL = "#33c481", "#ff5c5c", "#5ab0ff", "#ffb454", "#b48cff"
_WIDTH_PX, _HEIGHT_PX, _DPI = 1760, 990, 110
_DAY_S, _WEEK_S, _YEAR_S = 86_400, 604_800, 400 * 86_400
_MOST_TICKS = 9


def style() -> AbstractContextManager[None]:
    """Return the drawing context."""
    return rc_context(
        {
            "font.family": ["DejaVu Sans"],
            "font.size": 11,
            "axes.unicode_minus": False,
            "axes.edgecolor": GRID,
            "text.color": INK,
            "xtick.color": MUTED,
            "ytick.color": MUTED,
        }
    )


def blank(ratios: Sequence[float], title: str, figures: str) -> tuple[Figure, list[Axes]]:
    """Return a wide figure with panels of these relative heights under one time axis."""
    figure = Figure((_WIDTH_PX / _DPI, _HEIGHT_PX / _DPI), _DPI, facecolor=BACK)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        len(ratios),
        1,
        height_ratios=list(ratios),
        hspace=0.07,
        left=0.02,
        right=0.925,
        top=0.885,
        bottom=0.05,
    )
    figure.text(0.02, 0.962, title, fontsize=16, weight="bold", va="center")
    figure.text(0.02, 0.922, figures, fontsize=12, color=MUTED, va="center")
    panels: list[Axes] = []
    for row in range(len(ratios)):
        panel = figure.add_subplot(grid[row, 0], sharex=panels[0] if panels else None)
        panel.set_facecolor(BACK)
        panel.grid(visible=True, color=GRID, linewidth=0.8)
        panel.set_axisbelow(True)
        panel.yaxis.tick_right()
        panel.tick_params(length=0, labelbottom=row == len(ratios) - 1)
        for side in ("top", "left", "right"):
            panel.spines[side].set_visible(False)
        panels.append(panel)
    return figure, panels


def time_ticks(panel: Axes, seconds: Sequence[int], places: Sequence[float]) -> None:
    """Label a few moments in UTC; `seconds` are since 1970, `places` where they lie."""
    span = seconds[-1] - seconds[0]
    pattern = "%H:%M" if span <= _DAY_S else "%m-%d %H:%M" if span <= _WEEK_S else "%m-%d"
    pattern = "%Y-%m-%d" if span > _YEAR_S else pattern
    step = max(1, (len(seconds) - 1) // (_MOST_TICKS - 1))
    chosen = range(step // 2, len(seconds), step)
    labels = [datetime.fromtimestamp(seconds[i], UTC).strftime(pattern) for i in chosen]
    panel.set_xticks([places[i] for i in chosen], labels)


def key(panel: Axes) -> None:
    """Name the lines of a panel above it, where no price lies."""
    if panel.get_legend_handles_labels()[1]:
        panel.legend(
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=8,
            frameon=False,
            fontsize=10.5,
            labelcolor=MUTED,
        )


def png(figure: Figure) -> bytes:
    """Return the figure as a PNG."""
    target = BytesIO()
    figure.savefig(target, format="png", facecolor=figure.get_facecolor())
    return target.getvalue()
