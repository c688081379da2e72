"""Waits that double from one failure to the next, with jitter so that clients do not march."""

from collections.abc import Callable


class Backoff:
    """Seconds to wait after each failure in a row: 1, 2, 4 … 60, each cut by up to a half."""

    def __init__(
        self, random: Callable[[], float], first_s: float = 1.0, last_s: float = 60.0
    ) -> None:
        """`random` returns numbers from 0 to 1."""
        self._random = random
        self._first_s = first_s
        self._last_s = last_s
        self._failures = 0

    def next_s(self) -> float:
        """Return how long to wait now, and wait longer the next time."""
        whole = min(self._first_s * 2.0**self._failures, self._last_s)
        self._failures = min(self._failures + 1, 32)
        return whole * (1 - self._random() / 2)

    def reset(self) -> None:
        """Begin anew after a success."""
        self._failures = 0
