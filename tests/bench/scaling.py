"""Whether the cost of a candle stays the same from short series to long ones."""

from statistics import median

from strategies.simulator.backend import best_backend
from tests.bench.one_job import timed
from tests.bench.pasu_jobs import runner
from tests.bench.series import seeded

COUNTS = (10_000, 100_000, 1_000_000, 5_000_000)
_ROUNDS = 5
_NANO = 1e9


def rows() -> list[tuple[int, float]]:
    """Return numbers of candles, each with nanoseconds a candle of one breakout backtest."""
    found = []
    for count in COUNTS:
        run = runner("a", seeded(1, count, 60), best_backend().value)
        run()
        seconds = median(timed(run)[0] for _ in range(_ROUNDS))
        found.append((count, seconds / count * _NANO))
    return found
