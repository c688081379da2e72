"""Whether a venue can be reached and is known: said once when lost, once when found.

Lost is said at once. Found is said when the venue has stayed so for a while: a line that comes and
goes every few seconds is one story with one end, which names how often it was lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.core.orders import OrderDesk
from engine.domain.errors import AuthFailed, PasuError, Throttled
from engine.domain.events import ClockFoundOff, ClockFoundRight, VenueFound, VenueLost
from engine.domain.venue import VenueName
from engine.phrases.causes import Cause
from engine.ports.clock import Clock
from engine.ports.venue import (
    ClockOff,
    ClockRight,
    ConnectionLost,
    ConnectionRestored,
    LineEvent,
    SurfaceName,
)

CALLS = "calls"
"""What the core itself notices: a question of its own that got no answer."""
CLOCK = "clock"
"""This host's clock, so far off that the venue is sent no orders: no line, but a trouble."""
SETTLE_S = 30.0
"""How long a venue must have stayed up before it is said to be back."""
LONGEST_SETTLE_S = 600.0
"""So long at most where it is lost again and again; who stayed up that long is trusted anew."""
_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(seconds=60)
_TRADING = frozenset({SurfaceName.ORDERS.value, SurfaceName.REST.value, CALLS})


@dataclass(frozen=True, slots=True)
class _Trouble:
    reason: str
    until: datetime | None
    auth_failed: bool


@dataclass
class _Loss:
    """A loss that was told and is not told to be over: since when, how often, when last mended."""

    since: float
    times: int = 1
    up_at: float | None = None


class Link:
    """The lines to one venue, and whether the book was compared with it since they were last cut.

    `unreconciled` says why the venue is not to be trusted with entries yet, empty once every order
    is accounted for and the balances were compared.
    """

    def __init__(self, venue: VenueName, orders: OrderDesk, clock: Clock) -> None:
        """Start connected; the book of a live venue is unreconciled until it was compared."""
        self._venue = venue
        self._orders = orders
        self._clock = clock
        self._troubles: dict[str, _Trouble] = {}
        self._clock_off = ""
        self._loss: _Loss | None = None
        self._found_at: float | None = None
        self._settle_s = SETTLE_S
        self._tries = 0
        self._next_try: datetime | None = None
        self.unreconciled = ""
        self.doubts = 0

    @property
    def state(self) -> str:
        """Return up, down or auth_failed."""
        if any(trouble.auth_failed for trouble in self._troubles.values()):
            return "auth_failed"
        return "down" if self._troubles or self._clock_off else "up"

    @property
    def troubles(self) -> Mapping[str, str]:
        """Return what is wrong, line by line."""
        told = {line: trouble.reason for line, trouble in self._troubles.items()}
        return told | ({CLOCK: self._clock_off} if self._clock_off else {})

    @property
    def is_barred(self) -> bool:
        """Return whether no call at all may be made: the key is refused, or a ban goes on."""
        now = self._clock.now()
        banned = any(t.until is not None and now < t.until for t in self._troubles.values())
        return banned or self.state == "auth_failed"

    @property
    def allows_orders(self) -> bool:
        """Return whether a sale may be sent: not to a venue that bars us or cannot be reached.

        One question without an answer does not hold a sale back: the sale may get through.
        """
        is_known_down = self._clock_off or SurfaceName.REST.value in self._troubles
        return not self.is_barred and not is_known_down

    @property
    def may_ask(self) -> bool:
        """Return whether a question may be asked now: never where only the owner can help.

        While it is down the tries come after 1, 2, 4 … 60 seconds.
        """
        if self.is_barred:
            return False
        return self._next_try is None or self._clock.now() >= self._next_try

    async def hear(self, event: LineEvent) -> None:
        """Take over what the venue says of one of its lines, or of this host's clock."""
        match event:
            case ConnectionLost():
                trouble = _Trouble(event.reason, event.until, event.auth_failed)
                await self._lose(event.surface.value, trouble)
            case ConnectionRestored():
                self._mend(event.surface.value)
            case ClockOff():
                words = Cause.CLOCK_OFF.say(seconds=f"{event.ahead_s:+.1f}")
                self._clock_off = words if event.bars_orders else ""
                off = ClockFoundOff(self._venue, event.ahead_s, event.bars_orders, event.at)
                await self._orders.book([off])
            case ClockRight():
                self._clock_off = ""
                await self._orders.book([ClockFoundRight(self._venue, event.at)])

    async def failed(self, error: PasuError) -> None:
        """Take a question that was not answered for what it means; a rate limit means nothing."""
        if isinstance(error, Throttled):
            self._next_try = error.until
            return
        self._tries += 1
        wait = min(_FIRST_WAIT * 2 ** min(self._tries - 1, 6), _LONGEST_WAIT)
        self._next_try = self._clock.now() + wait
        await self._lose(CALLS, _Trouble(str(error), None, isinstance(error, AuthFailed)))

    async def answered(self) -> None:
        """Take an answer for what it means: the venue can be asked and can be traded with."""
        self._tries, self._next_try = 0, None
        self._mend(CALLS)
        self._mend(SurfaceName.REST.value)

    async def tell_found(self) -> None:
        """Tell that the venue is back, once it has been for long enough."""
        loss, now = self._loss, self._clock.monotonic()
        if loss is None or loss.up_at is None or now - loss.up_at < self._settle_s:
            return
        self._loss, self._found_at = None, now
        down_s = loss.up_at - loss.since
        await self._orders.book([VenueFound(self._venue, down_s, self._clock.now(), loss.times)])

    def doubt(self, why: str) -> None:
        """Open nothing new before the book was compared with the venue."""
        self.doubts += 1
        self.unreconciled = self.unreconciled or why

    def trust(self, doubts: int) -> None:
        """Take the book for compared, unless a doubt came after the given count of them."""
        if doubts == self.doubts:
            self.unreconciled = ""

    async def _lose(self, line: str, trouble: _Trouble) -> None:
        worse = trouble.auth_failed and self.state != "auth_failed"
        self._troubles[line] = trouble
        if line in _TRADING:
            self.doubt(Cause.LINE_LOST.say(line=line))
        if not self._begins_loss() and not worse:
            return
        lost = VenueLost(
            self._venue, trouble.reason, self._clock.now(), trouble.until, trouble.auth_failed
        )
        await self._orders.book([lost])

    def _begins_loss(self) -> bool:
        """Note that a line failed; return whether the venue was up as far as was told."""
        now, loss = self._clock.monotonic(), self._loss
        if loss is not None:
            loss.times += loss.up_at is not None
            loss.up_at = None
            return False
        again = self._found_at is not None and now - self._found_at < LONGEST_SETTLE_S
        self._settle_s = min(self._settle_s * 2, LONGEST_SETTLE_S) if again else SETTLE_S
        self._loss = _Loss(now)
        return True

    def _mend(self, line: str) -> None:
        was_lost = self._troubles.pop(line, None) is not None
        if was_lost and not self._troubles and self._loss is not None:
            self._loss.up_at = self._clock.monotonic()
