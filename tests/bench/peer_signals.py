"""Entry signals of the jobs for peers: numpy beside whatever average the peer works out."""

import numpy as np

from tests.bench.job import K_VALUES
from tests.bench.series import Panel

_DAY_SECONDS = 86_400


def first_signals(job: str, panel: Panel, averages: np.ndarray) -> np.ndarray:
    """Return flags (candle, symbol, K): the first close of a UTC day above level and average.

    `averages` are (candle, symbol).
    """
    close, days = panel.close.T, panel.opened // _DAY_SECONDS
    starts = np.flatnonzero(np.diff(days, prepend=days[0] - 1))
    spans = np.maximum.reduceat(panel.high, starts, axis=1) - np.minimum.reduceat(
        panel.low, starts, axis=1
    )
    before = np.concatenate((np.full((len(close[0]), 1), np.nan), spans[:, :-1]), axis=1)
    k_values = np.array(K_VALUES[job])
    targets = panel.open[:, starts, np.newaxis] + before[..., np.newaxis] * k_values
    lengths = np.diff(np.append(starts, len(days)))
    levels = np.repeat(targets.swapaxes(0, 1), lengths, axis=0)
    passed = (close[..., np.newaxis] > levels) & (close > averages)[..., np.newaxis]
    rows = np.arange(len(days)).reshape(-1, 1, 1)
    firsts = np.minimum.reduceat(np.where(passed, rows, len(days)), starts, axis=0)
    flags = np.zeros(passed.shape, dtype=np.bool_)
    day, symbol, k = np.nonzero(firsts < len(days))
    flags[firsts[day, symbol, k], symbol, k] = True
    return flags
