"""Whether the cost of a candle stays the same from short series to long ones.

`python -m tests.bench.scaling` prints seconds of processor time by number of candles, as JSON.
"""

import json
from statistics import median

from strategies.simulator.backend import best_backend
from tests.bench.one_job import timed
from tests.bench.pasu_jobs import runner
from tests.bench.series import seeded

# The shortest has nothing to do but to be called.
COUNTS = (100, 10_000, 100_000, 500_000, 1_000_000, 5_000_000)
_CANDLES_TIMED = 5_000_000
_MOST_ROUNDS = 501


def rows() -> dict[int, float]:
    """Return seconds of one breakout backtest by number of candles."""
    found = {}
    for count in COUNTS:
        run = runner("a", seeded(1, count, 60), best_backend().value)
        run()
        rounds = max(5, min(_MOST_ROUNDS, _CANDLES_TIMED // count))
        found[count] = median(timed(run)[0] for _ in range(rounds))
    return found


if __name__ == "__main__":
    print(json.dumps(rows()))
