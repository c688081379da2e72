"""Search a preset's parameters on recorded candles, and doubt every result.

`python -m training.optimize --data FOLDER --venue binance_spot` searches K, take profit and stop
loss of a preset over all markets of a venue. Beside what each combination earned where it was
searched stands what it earned where it was not, with the overfitting checks; both walks choose anew
before every test.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.core.tuning_entries import has_k
from engine.domain.candle import Timeframe
from engine.domain.errors import BadConfiguration, PasuError, Problem
from engine.domain.venue import VenueName
from strategies.parameters import Parameters, problems
from strategies.registry import preset, presets
from strategies.simulator.grid import DAILY_GRID, MIN_TRADES, Grid, Objective
from training.optimize_data import Material, material
from training.optimize_report import save, text
from training.optimize_study import Question, Study, steps, study
from training.progress import Progress

MOST_COMBINATIONS = 20_000
_STEP_PARTS = 3


def main(arguments: Sequence[str]) -> int:
    """Run one search from the command line and return the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        found = run(chosen)
        print(text(found))
        if chosen.out is not None:
            print("\n".join(f"written {path}" for path in save(found, chosen.out)))
    except BadConfiguration as e:
        print("\n".join(f"pasu optimize: {each}" for each in e.problems), file=sys.stderr)
        return 1
    except PasuError as e:
        print(f"pasu optimize: {e}", file=sys.stderr)
        return 1
    return 0


def run(chosen: argparse.Namespace) -> Study:
    """Return the study that command-line arguments ask for.

    Raises:
        BadConfiguration: preset, grid, symbols or span cannot be used.
        Malformed: a file cannot be read, or the span is too short for the folds.
    """
    parameters = preset(chosen.preset).parameters
    if chosen.timeframe is not None:
        parameters = replace(parameters, timeframe=chosen.timeframe)
    grid = _grid(chosen, parameters)
    symbols = tuple(each for each in (chosen.symbols or "").split(",") if each)
    found = material(chosen.data, chosen.venue, symbols, parameters, chosen.start, chosen.end)
    question = _question(chosen, parameters, grid, found)
    show = Progress(sys.stderr, shown=sys.stderr.isatty(), unit="steps")
    total, done = steps(question), 0

    def step() -> None:
        nonlocal done
        done += 1
        show.tell(done, total)

    try:
        return study(question, found, step)
    finally:
        show.done()


def axis(words: str) -> tuple[float, ...]:
    """Return the values of one axis: "0.4:0.6:0.05" with both ends, or "1,2,3".

    Raises:
        argparse.ArgumentTypeError: the words are neither.
    """
    try:
        if ":" not in words:
            return tuple(sorted({float(each) for each in words.split(",")}))
        first, last, step = (float(each) for each in words.split(":"))
        count = round((last - first) / step)
        if step <= 0 or count < 0 or count > MOST_COMBINATIONS:
            raise ValueError
    except (ValueError, ZeroDivisionError) as e:
        message = f"write 0.4:0.6:0.05 or 1,2,3, not {words!r}"
        raise argparse.ArgumentTypeError(message) from e
    return tuple(round(first + step * i, 10) for i in range(count + 1))


def _grid(chosen: argparse.Namespace, parameters: Parameters) -> Grid:
    k_values = chosen.k or DAILY_GRID.k_values
    grid = Grid(
        k_values if has_k(parameters) else (parameters.k_value,),
        chosen.take_profit or DAILY_GRID.take_profit_percents,
        chosen.stop_loss or DAILY_GRID.stop_loss_percents,
    )
    corners = [
        replace(parameters, k_value=k, take_profit_percent=t, stop_loss_percent=s)
        for k in (grid.k_values[0], grid.k_values[-1])
        for t in (grid.take_profit_percents[0], grid.take_profit_percents[-1])
        for s in (grid.stop_loss_percents[0], grid.stop_loss_percents[-1])
    ]
    wrong = {str(found): found for corner in corners for found in problems(corner)}
    tried = len(grid.k_values) * len(grid.take_profit_percents) * len(grid.stop_loss_percents)
    if tried > MOST_COMBINATIONS:
        message = f"{tried:,} combinations are too many: at most {MOST_COMBINATIONS:,}"
        raise BadConfiguration([Problem("GRID", message)])
    if wrong:
        raise BadConfiguration(list(wrong.values()))
    return grid


def _question(
    chosen: argparse.Namespace, parameters: Parameters, grid: Grid, found: Material
) -> Question:
    span = found.stop - found.start
    # Half of the span is tested, the rest is there to be searched first.
    test = chosen.test_days or span / (2 * chosen.folds)
    return Question(
        parameters=parameters,
        grid=grid,
        objective=chosen.objective,
        min_trades=chosen.min_trades,
        folds=chosen.folds,
        test=test,
        train=chosen.train_days or span / _STEP_PARTS,
        purge=timedelta(hours=chosen.purge_hours),
        shown=chosen.top,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.optimize", description=__doc__)
    names = ", ".join(each.name for each in presets())
    add = parser.add_argument
    add("--preset", default="mid_term", help=f"one of {names} (mid_term)")
    add("--data", type=Path, help="folder of candles; without it the built-in market")
    add(
        "--venue",
        type=VenueName,
        default=VenueName.BINANCE_SPOT,
        choices=list(VenueName),
        help="whose candles and costs (binance_spot)",
    )
    add("--symbols", help="only these, with commas: BTC/USDT,ETH/USDT")
    add("--start", type=_moment, help="first day of the span, such as 2025-01-31 (UTC)")
    add("--end", type=_moment, help="day to end before (UTC)")
    add("--timeframe", type=Timeframe, choices=list(Timeframe), help="instead of the preset's")
    add("--k", type=axis, help="values of K (0.4:0.6:0.05); left out without K")
    add("--take-profit", type=axis, help="take profits in percent (3:10:1)")
    add("--stop-loss", type=axis, help="stop losses in percent, 0 for an ATR stop (1:5:1)")
    add(
        "--objective",
        type=Objective,
        default=Objective.WIN_RATE,
        choices=list(Objective),
        help="what makes a combination better (win_rate)",
    )
    add("--min-trades", type=_count, default=MIN_TRADES, help=f"at least so many ({MIN_TRADES})")
    add("--folds", type=_count, default=4, help="tests of each walk (4)")
    add("--test-days", type=_days, help="length of a test (half of the span ÷ folds)")
    add("--train-days", type=_days, help="what the rolling walk trains on (a third of the span)")
    add("--purge-hours", type=float, default=24.0, help="left out before each test (24)")
    add("--top", type=_count, default=10, help="how many combinations to show (10)")
    add("--out", type=Path, help="also write grid.csv, grid.parquet and grid.png to this folder")
    return parser


def _moment(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


def _days(words: str) -> timedelta:
    found = timedelta(days=float(words))
    if found <= timedelta(0):
        raise ValueError(words)
    return found


def _count(words: str) -> int:
    found = int(words)
    if found < 1:
        raise ValueError(words)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
