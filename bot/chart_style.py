"""Colours, fonts and the empty figure of every chart."""

import importlib.util
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from matplotlib import font_manager, rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

BACK, PANEL, GRID, INK, MUTED = "#10151d", "#10151d", "#2a3341", "#e8edf4", "#9fb0c6"
LINE, WARM = "#5ab0ff", "#ffb454"
RED, BLUE, GREEN = "#ff5c5c", "#4f8dff", "#33c481"
_SIDE_PX, _DPI = 1080, 160
_FONT_PACKAGE = "koreanize_matplotlib"
_FONT_FILES = ("NanumGothic.ttf", "NanumGothicBold.ttf")
_DAY_S, _WEEK_S = 86400.0, 604800.0
_MOST_TICKS = 6


def rising(korean: bool) -> str:
    """Return the colour of a rise: red in Korea, green elsewhere."""
    return RED if korean else GREEN


def falling(korean: bool) -> str:
    """Return the colour of a fall: blue in Korea, red elsewhere."""
    return BLUE if korean else RED


def add_korean_font() -> None:
    """Make NanumGothic known from the font package, which itself is never imported."""
    spec = importlib.util.find_spec(_FONT_PACKAGE)
    if spec is None or spec.origin is None:
        return
    for name in _FONT_FILES:
        path = Path(spec.origin).parent / "fonts" / name
        if path.is_file():
            font_manager.fontManager.addfont(str(path))


def style() -> AbstractContextManager[None]:
    """Return the drawing context: DejaVu for signs that NanumGothic lacks, no U+2212 on axes."""
    return rc_context(
        {
            "font.family": ["DejaVu Sans", "NanumGothic"],
            "font.size": 11,
            "axes.unicode_minus": False,
            "axes.edgecolor": GRID,
            "axes.labelcolor": MUTED,
            "text.color": INK,
            "xtick.color": MUTED,
            "ytick.color": MUTED,
        }
    )


def blank(ratios: Sequence[float]) -> tuple[Figure, list[Axes]]:
    """Return a square figure with panels of these relative heights under one time axis."""
    side = _SIDE_PX / _DPI
    figure = Figure(figsize=(side, side), dpi=_DPI, facecolor=BACK)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        len(ratios),
        1,
        height_ratios=list(ratios),
        hspace=0.08,
        left=0.035,
        right=0.86,
        top=0.86,
        bottom=0.07,
    )
    axes: list[Axes] = []
    for row in range(len(ratios)):
        panel = figure.add_subplot(grid[row, 0], sharex=axes[0] if axes else None)
        panel.set_facecolor(PANEL)
        panel.grid(visible=True, color=GRID, linewidth=0.8)
        panel.set_axisbelow(True)
        panel.yaxis.tick_right()
        panel.tick_params(length=0, labelbottom=row == len(ratios) - 1)
        for side_name in ("top", "left", "right"):
            panel.spines[side_name].set_visible(False)
        axes.append(panel)
    return figure, axes


def headline(figure: Figure, title: str, figures: str, colour: str) -> None:
    """Write the title and, large, the number that matters."""
    figure.text(0.035, 0.955, title, fontsize=13, color=MUTED, va="center")
    figure.text(0.035, 0.905, figures, fontsize=19, color=colour, weight="bold", va="center")


def time_ticks(panel: Axes, times: Sequence[float], places: Sequence[float]) -> None:
    """Label at most six moments; times are local seconds, places where they lie on the axis."""
    span = times[-1] - times[0]
    pattern = "%H:%M" if span <= _DAY_S else "%m-%d %H:%M" if span <= _WEEK_S else "%m-%d"
    step = max(1, (len(times) - 1) // (_MOST_TICKS - 1))
    chosen = range(step // 2, len(times), step)
    labels = [datetime.fromtimestamp(times[i], UTC).strftime(pattern) for i in chosen]
    panel.set_xticks([places[i] for i in chosen], labels)


def png(figure: Figure) -> bytes:
    """Return the figure as a PNG."""
    target = BytesIO()
    figure.savefig(target, format="png", facecolor=figure.get_facecolor())
    return target.getvalue()


def drawable(text: str) -> str:
    """Return the text without characters that neither font has, such as emoji."""
    return "".join(c for c in text if c.isascii() or "가" <= c <= "힣" or c in "₩▲▼●·−…×→~")
