"""After refusals, wait before asking for the same again: longer each time, never for ever."""

from collections.abc import Sequence
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
        self._alike: dict[str, tuple[str, int]] = {}

    def allows(self, symbol: str, purpose: Purpose, now: datetime) -> bool:
        """Return whether that may be tried now."""
        found = self._refusals.get((symbol, purpose))
        return found is None or now >= found.until

    def was_refused(self, symbol: str, purpose: Purpose) -> bool:
        """Return whether the newest try was refused."""
        return (symbol, purpose) in self._refusals

    def note(self, symbol: str, purpose: Purpose, now: datetime, *, refused: bool) -> None:
        """Take the outcome of a try; one that was not refused clears the past."""
        if not refused:
            self._refusals.pop((symbol, purpose), None)
            return
        before = self._refusals.get((symbol, purpose))
        count = 1 if before is None else before.count + 1
        wait = timedelta(seconds=2.0 ** min(count, 9)) if count >= FREE_TRIES else timedelta(0)
        self._refusals[symbol, purpose] = _Refusals(count, now + min(wait, LONGEST))

    def repeated(self, symbol: str, refusals: Sequence[str]) -> str:
        """Take the refusals of one try; return the venue's words when they come for the third time.

        A try that was not refused, or for another reason, begins the count anew.
        """
        if not refusals:
            self._alike.pop(symbol, None)
            return ""
        code = refusals[0].partition(":")[0]
        before, count = self._alike.get(symbol, (code, 0))
        count = count + 1 if before == code else 1
        self._alike[symbol] = (code, count)
        return refusals[0] if count == FREE_TRIES else ""

    def forget(self, symbol: str) -> None:
        """Begin every count of a market anew."""
        self._alike.pop(symbol, None)
        for key in [key for key in self._refusals if key[0] == symbol]:
            del self._refusals[key]
