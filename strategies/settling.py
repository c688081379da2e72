"""How many candles until the place where a window began no longer shows in a value."""

from math import ceil, log, log1p

TOLERANCE = 1e-9


def settling_of_decay(decay: float, spread: float = 1.0) -> int:
    """Return the candles after which a start that was off by `spread` values is off by 1e-9.

    `decay` is the share of its past that an exponential average keeps from candle to candle, so
    the error of its first value shrinks to spread × decay^k.
    """
    return ceil(log(TOLERANCE / spread) / log(decay)) if decay > 0 else 1


def settling_of_cascade(decay: float, gain: float, spread: float = 1.0) -> int:
    """Return the same for an average of an average.

    The error of the first enters the second for k candles with weight `gain`, so that it is bounded
    by spread × (1 + gain × k) × decay^k with the slower of the two decays.
    """
    if decay <= 0:
        return 1
    candles = settling_of_decay(decay, spread)
    while log1p(gain * candles) + candles * log(decay) > log(TOLERANCE / spread):
        candles += 1
    return candles
