"""Walk-forward: what was chosen on the past, judged on the candles after it.

What a sample is judged by looks `horizon` ahead. Training stops that far before a test begins, so
that nothing in it was made of test prices: the purge (López de Prado, Advances in Financial Machine
Learning, 2018, chapter 7).
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from engine.domain.errors import Malformed

Chosen = TypeVar("Chosen")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Split:
    """Indices to fit on, and indices to judge on."""

    train: range
    test: range


@dataclass(frozen=True, slots=True)
class Fold(Generic[Chosen, Result]):
    """What one split chose, and what that was worth where it was chosen and where it was not."""

    split: Split
    chosen: Chosen
    in_sample: Result
    out_of_sample: Result


@dataclass(frozen=True, slots=True)
class Summary:
    """Folds in one view: means of a score, and how many of them were above zero out of sample.

    `efficiency` is the out-of-sample mean as a share of the in-sample mean, None where the search
    found nothing good to begin with.
    """

    folds: int
    in_sample: float
    out_of_sample: float
    positive: int
    efficiency: float | None


def by_time(
    opened: Sequence[datetime],
    *,
    folds: int,
    test: timedelta,
    horizon: timedelta,
    train: timedelta | None = None,
) -> tuple[Split, ...]:
    """Return splits whose tests last as long by the calendar, wherever candles are missing.

    `opened` ascends. The last test ends with the last sample; without `train` the training is
    anchored, with it rolling. Use it where folds of several symbols must fall on the same days.

    Raises:
        Malformed: the samples do not suffice, or a duration makes no sense.
    """
    _require(bool(opened) and folds > 0, "a walk needs samples and at least one fold")
    _require(test > timedelta(0) and horizon >= timedelta(0), "durations cannot be negative")
    _require(train is None or train > timedelta(0), "training needs a duration")
    splits = []
    for left in range(folds, 0, -1):
        # Each test lasts from behind one edge up to and including the next.
        edge = opened[-1] - test * left
        start, stop = bisect_right(opened, edge), bisect_right(opened, edge + test)
        last = bisect_right(opened, edge - horizon)
        earliest = 0 if train is None else bisect_right(opened, edge - horizon - train)
        _require(start < stop, f"no sample lies in the test that begins after {edge}")
        _require(earliest < last, f"nothing lies before the test that begins after {edge}")
        splits.append(Split(range(earliest, last), range(start, stop)))
    return tuple(splits)


def walk_forward(
    search: Callable[[range], Chosen],
    evaluate: Callable[[Chosen, range], Result],
    splits: Sequence[Split],
) -> tuple[Fold[Chosen, Result], ...]:
    """Search on each training part and return its result there beside that on the test.

    `search` is handed the training indices alone: it cannot look at what it will be judged on.
    """
    folds = []
    for split in splits:
        chosen = search(split.train)
        inside = evaluate(chosen, split.train)
        folds.append(Fold(split, chosen, inside, evaluate(chosen, split.test)))
    return tuple(folds)


def summary(folds: Sequence[Fold[Chosen, Result]], score: Callable[[Result], float]) -> Summary:
    """Return the folds in one view, each judged by the score (higher is better).

    Raises:
        Malformed: there are no folds.
    """
    _require(bool(folds), "there are no folds to sum up")
    inside = [score(fold.in_sample) for fold in folds]
    outside = [score(fold.out_of_sample) for fold in folds]
    fitted, judged = sum(inside) / len(folds), sum(outside) / len(folds)
    return Summary(
        folds=len(folds),
        in_sample=fitted,
        out_of_sample=judged,
        positive=sum(1 for value in outside if value > 0),
        efficiency=judged / fitted if fitted > 0 else None,
    )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise Malformed(message)
