"""Show a study: as text, as files of every point, and as a heat map of the grid."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pyarrow import csv, parquet

from strategies.simulator.candle_arrays import Floats
from strategies.simulator.grid import Candidate, place_of, score, totals_at
from strategies.simulator.simulate import Totals
from training.optimize_study import Result, Study, Walk
from training.whole_file import replaced

_PERCENT = 100.0
_WIDE_IN, _HIGH_IN, _DPI = 12.0, 5.0, 120
_COLUMNS = "{:>6}{:>7}{:>7}  {:>7}{:>8}{:>10}  {:>7}{:>8}{:>10}  {:>6}{:>7}{:>6}"


def text(study: Study) -> str:
    """Return the study as text: the best points, the present one, and both walks."""
    return "\n".join(
        [*_head(study), *_results(study), "", *_present(study), "", *_walks(study), *_legend()]
    )


def save(study: Study, folder: Path) -> tuple[Path, ...]:
    """Write every point as CSV and Parquet and the heat map as PNG; return the files.

    Raises:
        DiskFailed: a file was not written.
    """
    table = _table(study)
    written = (folder / "grid.csv", folder / "grid.parquet", folder / "grid.png")
    replaced(written[0], lambda file: csv.write_csv(table, file))
    replaced(written[1], lambda file: parquet.write_table(table, file))
    picture = heat_map(study)
    replaced(written[2], lambda file: _written(file.write(picture)))
    return written


def heat_map(study: Study) -> bytes:
    """Return the grid as a PNG: where it was searched and where it was judged, side by side.

    Take profit by K at the best stop loss; by stop loss for a strategy without K.
    """
    figure = Figure(figsize=(_WIDE_IN, _HIGH_IN), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    scores = {"searched": _scores(study, study.searched), "unseen": _scores(study, study.judged)}
    # One scale for both: what is lost between them is what there is to see.
    known = np.concatenate([each[~np.isnan(each)] for each in scores.values()])
    limits = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    for axes, (name, values) in zip(figure.subplots(1, 2), scores.items(), strict=True):
        _panel(figure, axes, study, name, values, limits)
    figure.suptitle(_title(study))
    image = BytesIO()
    figure.savefig(image, format="png")
    return image.getvalue()


def _head(study: Study) -> Iterator[str]:
    question, material = study.question, study.material
    searched_to = study.judged_from - question.purge
    yield _title(study)
    yield (
        f"{len(material.series)} markets, {study.searched[0].size} combinations, "
        f"{question.purge.total_seconds() / 3600:g} h purged; {material.note}"
    )
    yield (
        f"searched {material.start:%Y-%m-%d} … {searched_to:%Y-%m-%d}, "
        f"judged on {study.judged_from:%Y-%m-%d} … {material.stop:%Y-%m-%d}"
    )
    yield ""


def _title(study: Study) -> str:
    parameters = study.question.parameters
    return f"{parameters.strategy} {parameters.timeframe.value}, by {study.question.objective}"


def _results(study: Study) -> Iterator[str]:
    yield _COLUMNS.format("", "", "", "", "searched", "", "", "unseen", "", "", "", "")
    yield _COLUMNS.format(
        "K", "tp %", "sl %", "trades", "win %", "return %", "trades", "win %", "return %",
        "DSR", "p", "flat",
    )  # fmt: skip
    if not study.results:
        yield f"no combination has {study.question.min_trades} trades on the searched part"
    for result in study.results:
        yield _result(study, result)


def _result(study: Study, result: Result) -> str:
    point = result.point
    flat = result.around.flatness
    return _COLUMNS.format(
        f"{point.k_value:g}",
        f"{point.take_profit_percent:g}",
        f"{point.stop_loss_percent:g}" if point.stop_loss_percent else "ATR",
        *_figures(study, point.totals),
        *_figures(study, result.unseen),
        f"{result.deflated.probability:.2f}",
        f"{result.p_value:.3f}",
        "–" if flat is None else f"{flat:.2f}",
    )


def _figures(study: Study, totals: Totals) -> tuple[str, str, str]:
    earned = _PERCENT * totals.pnl / len(study.material.series)
    return f"{totals.trades}", f"{_PERCENT * totals.win_rate:.1f}", f"{earned:+.2f}"


def _present(study: Study) -> Iterator[str]:
    parameters = study.question.parameters
    stop = parameters.stop_loss_percent
    yield "the preset as it is"
    yield _COLUMNS.format(
        f"{parameters.k_value:g}",
        f"{parameters.take_profit_percent:g}",
        f"{stop:g}" if stop else "ATR",
        *_figures(study, study.present[0]),
        *_figures(study, study.present[1]),
        "",
        "",
        "",
    )


def _walks(study: Study) -> Iterator[str]:
    for walk in study.walks:
        yield f"{walk.name} walk: chosen anew before each test"
        yield from _folds(study, walk)
        found = walk.summary
        kept = found.efficiency is not None and found.efficiency >= 0
        share = f"{found.efficiency:.0%}" if kept else "–"
        yield (
            f"    mean return {_PERCENT * found.in_sample:+.2f} % searched, "
            f"{_PERCENT * found.out_of_sample:+.2f} % unseen ({share} of it kept); "
            f"{found.positive} of {found.folds} tests earned"
        )
        yield ""


def _folds(study: Study, walk: Walk) -> Iterator[str]:
    for fold in walk.folds:
        unseen = _figures(study, fold.out_of_sample)
        if fold.chosen is None:
            yield _COLUMNS.format("–", "–", "–", "", "too few", "", *unseen, "", "", "")
            continue
        point = fold.chosen
        yield _COLUMNS.format(
            f"{point.k_value:g}",
            f"{point.take_profit_percent:g}",
            f"{point.stop_loss_percent:g}" if point.stop_loss_percent else "ATR",
            *_figures(study, fold.in_sample),
            *unseen,
            "",
            "",
            "",
        )


def _legend() -> Iterator[str]:
    yield "DSR   probability that its Sharpe ratio is more than luck of so many trials: ask 0.95"
    yield "p     how often the same holdings at other times would have earned as much: ask 0.05"
    yield "flat  1 on a plateau of neighbours as good, near 0 on a needle"
    yield "Past figures promise nothing: unseen here is unseen by the search, not by the future."


def _table(study: Study) -> pa.Table:
    grid, rows = study.question.grid, []
    for k, k_value in enumerate(grid.k_values):
        for t, take in enumerate(grid.take_profit_percents):
            for s, stop in enumerate(grid.stop_loss_percents):
                found = {"k_value": k_value, "take_profit_percent": take, "stop_loss_percent": stop}
                for name, table in (("searched", study.searched), ("unseen", study.judged)):
                    found |= _columns(study, name, totals_at(table, (k, t, s)))
                rows.append(found)
    return pa.Table.from_pylist(rows)


def _columns(study: Study, name: str, totals: Totals) -> dict[str, float]:
    return {
        f"{name}_trades": totals.trades,
        f"{name}_win_percent": _PERCENT * totals.win_rate,
        f"{name}_return_percent": _PERCENT * totals.pnl / len(study.material.series),
        f"{name}_profit": totals.profit,
        f"{name}_loss": totals.loss,
    }


def _panel(
    figure: Figure,
    axes: Axes,
    study: Study,
    name: str,
    scores: Floats,
    limits: tuple[float, float],
) -> None:
    grid, best = study.question.grid, _best(study)
    has_k = len(grid.k_values) > 1
    shown = scores[:, :, best[2]] if has_k else scores[best[0]].T
    rows, label = (grid.k_values, "K") if has_k else (grid.stop_loss_percents, "stop loss %")
    image = axes.imshow(
        np.ma.masked_invalid(shown),
        origin="lower",
        aspect="auto",
        cmap="viridis",
        vmin=limits[0],
        vmax=limits[1],
    )
    axes.set_xticks(range(len(grid.take_profit_percents)), _ticks(grid.take_profit_percents))
    axes.set_yticks(range(len(rows)), _ticks(rows))
    axes.set_xlabel("take profit %")
    axes.set_ylabel(label)
    stop = grid.stop_loss_percents[best[2]]
    axes.set_title(f"{name} at stop loss {stop:g} %" if has_k else name)
    if study.results:
        axes.plot(best[1], best[0] if has_k else best[2], "o", mfc="none", mec="white", ms=14)
    figure.colorbar(image, ax=axes)


def _scores(study: Study, table: Floats) -> Floats:
    markets, objective = len(study.material.series), study.question.objective
    scores = np.full(table.shape[1:], np.nan)
    for k, t, s in np.ndindex(*scores.shape):
        totals = totals_at(table, (k, t, s))
        if totals.trades:
            scores[k, t, s] = score(totals, objective, markets)
    scores[np.isinf(scores)] = np.nan
    return scores


def _best(study: Study) -> tuple[int, int, int]:
    if not study.results:
        return 0, 0, 0
    point: Candidate = study.results[0].point
    return place_of(study.question.grid, point)


def _ticks(values: tuple[float, ...]) -> list[str]:
    return [f"{value:g}" for value in values]


def _written(count: int) -> None:
    del count
