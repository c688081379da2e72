"""Walk-forward: no label of the training part was made of test prices, and all is judged once."""

from datetime import UTC, datetime, timedelta

import pytest

from engine.domain.errors import Malformed
from training.walk_forward import Split, by_time, summary, walk_forward

START = datetime(2025, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hours(count):
    return [START + HOUR * number for number in range(count)]


def walk(count, *, folds, test, horizon=1, train=None):
    """Return splits of samples an hour apart; every size is in samples."""
    return by_time(
        hours(count),
        folds=folds,
        test=test * HOUR,
        horizon=horizon * HOUR,
        train=None if train is None else train * HOUR,
    )


def reaches_into_test(split, horizon):
    """Return whether a label of a training sample and one of a test sample share a price."""
    tested = set()
    for at in split.test:
        tested |= set(range(at, at + horizon + 1))
    return any(at in tested or (at < split.test.start <= at + horizon) for at in split.train)


def test_anchored_training_begins_at_the_first_sample_and_grows():
    splits = walk(100, folds=3, test=10, horizon=2)
    assert [split.train for split in splits] == [range(68), range(78), range(88)]
    assert [split.test for split in splits] == [range(70, 80), range(80, 90), range(90, 100)]


def test_rolling_training_keeps_its_length():
    splits = walk(100, folds=3, test=10, train=40, horizon=1)
    assert [split.train for split in splits] == [range(29, 69), range(39, 79), range(49, 89)]


@pytest.mark.parametrize("horizon", [1, 2, 7, 24])
def test_no_label_of_the_training_reaches_into_a_test(horizon):
    walks = [
        *walk(500, folds=4, test=50, horizon=horizon),
        *walk(500, folds=4, test=50, train=100, horizon=horizon),
    ]
    assert len(walks) == 8
    assert not any(reaches_into_test(split, horizon) for split in walks)


def test_a_purge_one_short_would_be_caught():
    assert any(reaches_into_test(split, 5) for split in walk(200, folds=2, test=50, horizon=4))


def test_splits_by_time_are_those_by_index_where_no_candle_is_missing():
    tests = [range(start, start + 50) for start in (300, 350, 400, 450)]
    assert walk(500, folds=4, test=50, train=100, horizon=3) == tuple(
        Split(range(test.start - 103, test.start - 3), test) for test in tests
    )
    assert walk(500, folds=4, test=50, horizon=3) == tuple(
        Split(range(test.start - 3), test) for test in tests
    )


def test_splits_by_time_keep_their_days_where_candles_are_missing():
    whole, holed = hours(200), [at for at in hours(200) if at.hour % 3]
    of_whole = by_time(whole, folds=3, test=24 * HOUR, horizon=HOUR)
    of_holed = by_time(holed, folds=3, test=24 * HOUR, horizon=HOUR)
    for first, second in zip(of_whole, of_holed, strict=True):
        moments = [whole[at] for at in first.test]
        assert [holed[at] for at in second.test] == [at for at in moments if at.hour % 3]


def test_the_search_sees_training_alone_and_results_stand_side_by_side():
    values = [float(number % 7) for number in range(60)]
    asked = []

    def search(train):
        asked.append(train)
        return max(values[at] for at in train)

    def evaluate(chosen, part):
        return sum(values[at] == chosen for at in part)

    splits = walk(60, folds=2, test=14)
    folds = walk_forward(search, evaluate, splits)
    assert asked == [split.train for split in splits]
    assert [(fold.chosen, fold.in_sample, fold.out_of_sample) for fold in folds] == [
        (6.0, 4, 2),
        (6.0, 6, 2),
    ]


def test_a_summary_sets_out_of_sample_beside_in_sample():
    folds = walk_forward(
        lambda train: 0,
        lambda chosen, part: 4.0 if part.start == 0 else part.start - 75.0,
        walk(100, folds=2, test=20),
    )
    found = summary(folds, float)
    assert (found.folds, found.in_sample, found.out_of_sample) == (2, 4.0, -5.0)
    assert (found.positive, found.efficiency) == (1, -1.25)


def test_a_search_that_found_nothing_good_has_no_efficiency():
    folds = walk_forward(lambda t: 0, lambda c, p: -1.0, walk(10, folds=1, test=2))
    assert summary(folds, float).efficiency is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: walk(20, folds=2, test=10),
        lambda: walk(20, folds=0, test=10),
        lambda: walk(20, folds=1, test=5, horizon=-1),
        lambda: walk(50, folds=2, test=10, train=0),
        lambda: by_time([], folds=1, test=HOUR, horizon=HOUR),
        lambda: by_time(hours(10), folds=3, test=5 * HOUR, horizon=HOUR),
        lambda: by_time([START, START + 100 * HOUR], folds=2, test=10 * HOUR, horizon=timedelta(0)),
        lambda: summary([], float),
    ],
)
def test_too_few_samples_are_refused(make):
    with pytest.raises(Malformed):
        make()
