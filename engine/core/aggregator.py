"""Base candles to candles of a longer timeframe, as each of them closes."""

from datetime import datetime

from engine.domain.candle import Candle, Timeframe, merged
from engine.domain.venue import Sessions


class Aggregator:
    """Collect base candles of one market into candles of one timeframe.

    A candle is complete when its last base candle has closed, or when the session ends before
    that; where base candles are missing, the first of a later interval completes it. Daily candles
    follow the venue's day.
    """

    def __init__(self, base: Timeframe, target: Timeframe, sessions: Sessions) -> None:
        """Build `target` candles from `base` candles; both may be the same."""
        self._same = base is target
        self._daily = target is Timeframe.D1
        self._step = base.delta
        self._target = target
        self._sessions = sessions
        self._forming: Candle | None = None
        self._until: datetime | None = None

    @property
    def forming(self) -> Candle | None:
        """Return the candle that is not complete yet."""
        return self._forming

    def add(self, candle: Candle) -> tuple[Candle, ...]:
        """Take a closed base candle and return the candles that it completes: none, one or two."""
        if self._same:
            return (candle,)
        done: tuple[Candle, ...] = ()
        forming = self._forming
        if forming is not None and not self._belongs(candle.opened_at, forming):
            done, forming = (forming,), None
        if forming is None:
            forming = candle
            self._until = self._target.start(candle.opened_at) + self._target.delta
        else:
            forming = merged(forming, candle)
        end = candle.opened_at + self._step
        if self._belongs(end, forming) and self._sessions.is_open(end):
            self._forming = forming
            return done
        self._forming = None
        return (*done, forming)

    def _belongs(self, at: datetime, forming: Candle) -> bool:
        if self._daily:
            return self._sessions.day(at) == self._sessions.day(forming.opened_at)
        return self._until is not None and at < self._until
