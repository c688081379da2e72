"""What is known of one market now: prices, the forming day, the strategy's view of it."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import inf
from typing import TypeVar, TypeVarTuple

from engine.core.aggregator import Aggregator
from engine.domain.candle import Candle, Timeframe
from engine.domain.instrument import Instrument
from engine.domain.money import ZERO, from_float
from engine.domain.position import Position
from engine.domain.signal import Gate, Signal
from engine.domain.venue import Sessions
from engine.phrases.gates import GateName, Word
from engine.ports.venue import Calm
from strategies.indicators import Ema
from strategies.strategy import Strategy

MTF_PERIOD = 50

Given = TypeVarTuple("Given")
T = TypeVar("T")


class Market:
    """One market as the engine follows it.

    Base candles come in, candles of the decision timeframe reach the strategy, and an hourly EMA50
    is kept for the multi-timeframe filter.
    """

    def __init__(
        self,
        instrument: Instrument,
        base: Timeframe,
        sessions: Sessions,
        timeframe: Timeframe,
        strategy: Strategy,
    ) -> None:
        """Follow an instrument by its `base` candles and decide on those of `timeframe`."""
        self.instrument = instrument
        self.base = base
        self._strategy = strategy
        self.fault = ""
        self.last: float | None = None
        self._priced = 0.0, instrument.ticks, ZERO
        self.mark: float | None = None
        self.last_at: datetime | None = None
        self.day: date | None = None
        self.day_open = 0.0
        self.level: float | None = None
        self.decided_at: datetime | None = None
        self.volume = 0.0
        self._sessions = sessions
        self.timeframe = timeframe
        self._decision = Aggregator(base, self.timeframe, sessions)
        self._step = base.delta
        self._opened: datetime | None = None
        hour = longer(base, Timeframe.H1)
        # Where candles of the strategy are hourly they serve the filter too.
        self._hourly = None if hour is timeframe else Aggregator(base, hour, sessions)
        self._hourly_ema = Ema(MTF_PERIOD)

    @property
    def price(self) -> Decimal | None:
        """Return the newest price as a valid price of the venue, None where there is none."""
        last = self.last
        if last is None or last <= 0:
            return None
        ticks = self.instrument.ticks
        if self._priced[0] != last or self._priced[1] is not ticks:
            self._priced = last, ticks, ticks.near(from_float(last))
        return self._priced[2]

    @property
    def hourly_ema(self) -> float | None:
        """Return the EMA50 of hourly closes, None while it is warming up."""
        return self._hourly_ema.value

    @property
    def forming(self) -> Candle | None:
        """Return the candle of the decision timeframe that is not complete yet."""
        return self._decision.forming

    @property
    def atr(self) -> float | None:
        """Return the strategy's average true range, None while it has none."""
        return self._guarded(None, lambda: self._strategy.atr)

    def refresh_level(self) -> None:
        """Ask the strategy anew for the price at which it buys on touch."""
        self.level = None
        if self.day is not None:
            self.level = self._guarded(None, self._strategy.entry_level, self.day, self.day_open)

    @property
    def asks_to_buy(self) -> bool:
        """Return whether the newest price touches the level or the last closed candle says BUY."""
        if self.level is not None and self.last is not None and self.last >= self.level:
            return True
        return self.decided_at is not None and self._guarded(False, self._buys)

    def calm(self) -> tuple[Calm, ...]:
        """Return below which prices nothing asks to buy, and how long.

        Between two candles of the strategy its level and its signal stand; it may know more.
        """
        if self.day is None or self.last is None or self.last_at is None or self.fault:
            return ()
        below = self._guarded(None, self._strategy.quiet_below, self.day, self.day_open)
        known: tuple[Calm, ...] = ()
        if below is not None and self.last < below:
            known = (Calm(below, _end(Timeframe.D1, self.last_at)),)
        if self.timeframe is self.base:
            return known
        level = inf if self.level is None else self.level
        return (*known, Calm(level, _end(self.timeframe, self.last_at)))

    def signal(self, position: Position | None) -> Signal | None:
        """Return the strategy's decision after the last closed candle, None if it is disabled."""
        return self._guarded(None, self._strategy.signal, position)

    def gates(self) -> tuple[Gate, ...]:
        """Return the strategy's conditions as they stand at the newest price."""
        day, opened, last = self.day, self.day_open, self.last
        if self.fault:
            return (Gate(GateName.STRATEGY, False, self.fault, Word.WORKS),)
        if day is None or last is None:
            return ()
        return self._guarded((), self._strategy.gates, day, opened, last)

    def prime(
        self, decision: Sequence[Candle], hourly: Sequence[Candle], base: Sequence[Candle]
    ) -> None:
        """Feed history: closed decision and hourly candles, then the base candles after each."""
        for candle in decision:
            self._decide_on(candle)
        for candle in hourly if self._hourly is not None else ():
            self._hourly_ema.update(candle.close)
        for candle in base:
            self._roll_day(candle.opened_at, candle.open)
            self._price(candle)
            if _is_after(candle, decision, self.timeframe):
                for done in self._decision.add(candle):
                    self._decide_on(done)
            if self._hourly is not None and _is_after(candle, hourly, Timeframe.H1):
                for hour in self._hourly.add(candle):
                    self._hourly_ema.update(hour.close)

    def open_candle(self, opened_at: datetime, price: float) -> bool:
        """Note that a base candle began; return whether it is the first of a day."""
        new_day = self._roll_day(opened_at, price)
        self._opened = opened_at
        self._newest(price, opened_at)
        return new_day

    def move(self, price: float, mark: float | None, at: datetime) -> None:
        """Note a trade, and the mark price where there is one."""
        self.last = price
        self.last_at = at
        if mark is not None:
            self.mark = mark

    def close_candle(self, candle: Candle) -> bool:
        """Take a closed base candle; return whether a candle of the decision timeframe closed."""
        if candle.opened_at != self._opened:
            self._roll_day(candle.opened_at, candle.open)
        self._price(candle)
        if self._hourly is not None:
            for hour in self._hourly.add(candle):
                self._hourly_ema.update(hour.close)
        done = self._decision.add(candle)
        for decision in done:
            self._decide_on(decision)
        return bool(done)

    def _buys(self) -> bool:
        return self._strategy.buys

    def _guarded(self, otherwise: T, ask: Callable[[*Given], T], *given: *Given) -> T:
        """Ask the strategy; one that raises is disabled for this market, others go on."""
        if self.fault:
            return otherwise
        try:
            return ask(*given)
        except Exception as e:  # noqa: BLE001 - a strategy of the owner's own may raise anything
            self.fault = f"{type(e).__name__}: {e}"
            return otherwise

    def _price(self, candle: Candle) -> None:
        self.volume = candle.volume
        self._newest(candle.close, candle.opened_at + self._step)

    def _newest(self, price: float, at: datetime) -> None:
        """Take a candle's price, unless a trade after it was told first: candles come late."""
        if self.last_at is None or at >= self.last_at:
            self.last, self.last_at = price, at

    def _decide_on(self, candle: Candle) -> None:
        day = self._sessions.day(candle.opened_at)
        if day != self.day:
            self.day, self.day_open = day, candle.open
        self._guarded(None, self._strategy.update, candle, day)
        if self._hourly is None:
            self._hourly_ema.update(candle.close)
        self.decided_at = candle.opened_at

    def _roll_day(self, opened_at: datetime, price: float) -> bool:
        day = self._sessions.day(opened_at)
        if day == self.day:
            return False
        self.day, self.day_open = day, price
        return True


def _is_after(candle: Candle, closed: Sequence[Candle], timeframe: Timeframe) -> bool:
    """Return whether a base candle belongs to no closed candle of the timeframe."""
    return not closed or candle.opened_at >= closed[-1].opened_at + timeframe.delta


def _end(timeframe: Timeframe, at: datetime) -> datetime:
    """Return when the candle around a moment is over; no trading day goes past 00:00 UTC."""
    return timeframe.start(at) + timeframe.delta


def longer(first: Timeframe, second: Timeframe) -> Timeframe:
    """Return the longer of two timeframes."""
    return first if first.seconds >= second.seconds else second
