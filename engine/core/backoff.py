"""After refusals, wait before asking for the same again: longer each time, never for ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.domain.intent import Purpose

FREE_TRIES = 3
LONGEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Refusals:
    count: int
    until: datetime


class Backoff:
    """Refusals in a row by market and purpose; the third and later ones cost time."""

    def __init__(self) -> None:
        """Start without refusals."""
        self._refusals: dict[tuple[str, Purpose], _Refusals] = {}

    def allows(self, symbol: str, purpose: Purpose, now: datetime) -> bool:
        """Return whether that may be tried now."""
        found = self._refusals.get((symbol, purpose))
        return found is None or now >= found.until

    def note(self, symbol: str, purpose: Purpose, now: datetime, *, refused: bool) -> None:
        """Take the outcome of a try; one that was not refused clears the past."""
        if not refused:
            self._refusals.pop((symbol, purpose), None)
            return
        before = self._refusals.get((symbol, purpose))
        count = 1 if before is None else before.count + 1
        wait = timedelta(seconds=2.0 ** min(count, 9)) if count >= FREE_TRIES else timedelta(0)
        self._refusals[symbol, purpose] = _Refusals(count, now + min(wait, LONGEST))
