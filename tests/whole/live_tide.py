"""Prices that never stand still: they move, and time passes, while a test does other things."""

import random
import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType
from typing import Self

from tests.exchanges.remote import RemoteVenue
from tests.whole.live_clock import PushedClock


@dataclass(frozen=True, slots=True)
class Coin:
    """A market that moves, and the step of its prices."""

    venue: RemoteVenue
    symbol: str
    start: Decimal
    tick: Decimal


@dataclass
class Tide(AbstractContextManager["Tide"]):
    """Moves every coin by a random step of about `swing`, then lets `seconds` pass, over and over.

    Each coin is pulled back towards where it began, so that a long run stays in one band of ticks.
    """

    coins: Sequence[Coin]
    clock: PushedClock
    seconds: float
    rest_s: float
    seed: int
    swing: float = 0.002
    failure: BaseException | None = None
    steps: int = 0
    _prices: dict[str, float] = field(default_factory=dict)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Begin."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Come to rest; raises what went wrong."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(30)
        if self.failure is not None and error is None:
            raise self.failure

    def _run(self) -> None:
        dice = random.Random(self.seed)
        try:
            while not self._over.wait(self.rest_s):
                self.step(dice)
        except BaseException as e:  # noqa: BLE001 - it is raised where the test ends
            self.failure = e

    def step(self, dice: random.Random) -> None:
        """Move every price once and let time pass."""
        self.steps += 1
        for coin in self.coins:
            start = float(coin.start)
            before = self._prices.get(coin.symbol, start)
            pull = 0.02 * (start - before) / start
            after = before * (1 + pull + dice.gauss(0, self.swing))
            self._prices[coin.symbol] = after
            price = (Decimal(after) / coin.tick).quantize(Decimal(1)) * coin.tick
            coin.venue.tell("price", symbol=coin.symbol, price=str(price))
        self.clock.push(self.seconds)
        for venue in {coin.venue for coin in self.coins}:
            venue.tell("advance", seconds=self.seconds)
