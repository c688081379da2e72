"""The time of a fake exchange: wall time that tests may push forward, or time that stands still."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """Wall time plus what tests added; with a start, time that moves only when told to.

    Signatures are checked against wall time all the same: client libraries sign with it.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return (self._start or datetime.now(UTC)) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Push time forward."""
        self._ahead += by
