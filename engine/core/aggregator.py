"""Base candles to candles of a longer timeframe, as each of them closes."""

from datetime import datetime

from engine.domain.candle import EPOCH, Candle, Timeframe
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
        self._opened: datetime | None = None
        self._until = EPOCH
        self._going_on: datetime | None = None
        self._open = self._high = self._low = self._close = self._volume = 0.0

    @property
    def forming(self) -> Candle | None:
        """Return the candle that is not complete yet."""
        if self._opened is None:
            return None
        return Candle(self._opened, self._open, self._high, self._low, self._close, self._volume)

    def add(self, candle: Candle) -> tuple[Candle, ...]:
        """Take a closed base candle and return the candles that it completes: none, one or two."""
        if self._same:
            return (candle,)
        opened_at, opened, high, low, close, volume = candle
        done = () if opened_at == self._going_on else self._overdue(opened_at)
        if self._opened is None:
            self._opened, self._open, self._high, self._low = opened_at, opened, high, low
            self._until = self._target.start(opened_at) + self._target.delta
            self._volume = volume
        else:
            self._high = max(self._high, high)
            self._low = min(self._low, low)
            self._volume += volume
        self._close = close
        end = opened_at + self._step
        going_on = self._belongs(end) if self._daily else end < self._until
        if going_on and self._sessions.is_open(end):
            self._going_on = end
            return done
        complete = self.forming
        self._opened = self._going_on = None
        return done if complete is None else (*done, complete)

    def _overdue(self, at: datetime) -> tuple[Candle, ...]:
        forming = None if self._opened is None or self._belongs(at) else self.forming
        if forming is None:
            return ()
        self._opened = self._going_on = None
        return (forming,)

    def _belongs(self, at: datetime) -> bool:
        if self._daily and self._opened is not None:
            return self._sessions.day(at) == self._sessions.day(self._opened)
        return at < self._until
