"""Time as the core sees it."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """A wall clock for stamping and a monotonic one for waiting."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards, for measuring durations."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for that many seconds of this clock."""
        ...
