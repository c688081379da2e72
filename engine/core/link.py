"""Whether a venue can be reached and is known: said once when lost, once when found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.core.orders import OrderDesk
from engine.domain.errors import AuthFailed, PasuError, Throttled
from engine.domain.events import VenueFound, VenueLost
from engine.domain.venue import VenueName
from engine.ports.clock import Clock
from engine.ports.venue import ConnectionLost, ConnectionRestored, SurfaceName

CALLS = "calls"
"""What the core itself notices: a question of its own that got no answer."""
_FIRST_WAIT = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(seconds=60)
_TRADING = frozenset({SurfaceName.ORDERS.value, SurfaceName.REST.value, CALLS})


@dataclass(frozen=True, slots=True)
class _Trouble:
    reason: str
    until: datetime | None
    auth_failed: bool


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
        self._lost_at: float | None = None
        self._tries = 0
        self._next_try: datetime | None = None
        self.unreconciled = ""
        self.doubts = 0

    @property
    def state(self) -> str:
        """Return up, down or auth_failed."""
        if any(trouble.auth_failed for trouble in self._troubles.values()):
            return "auth_failed"
        return "down" if self._troubles else "up"

    @property
    def troubles(self) -> Mapping[str, str]:
        """Return what is wrong, line by line."""
        return {line: trouble.reason for line, trouble in self._troubles.items()}

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
        return not self.is_barred and SurfaceName.REST.value not in self._troubles

    @property
    def may_ask(self) -> bool:
        """Return whether a question may be asked now: never where only the owner can help.

        While it is down the tries come after 1, 2, 4 … 60 seconds.
        """
        if self.is_barred:
            return False
        return self._next_try is None or self._clock.now() >= self._next_try

    async def hear(self, event: ConnectionLost | ConnectionRestored) -> None:
        """Take over what the venue says of one of its lines."""
        line = event.surface.value
        if isinstance(event, ConnectionLost):
            trouble = _Trouble(event.reason, event.until, event.auth_failed)
            await self._lose(line, trouble)
        else:
            await self._mend(line)

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
        await self._mend(CALLS)
        await self._mend(SurfaceName.REST.value)

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
            self.doubt(f"{line} lost")
        if self._lost_at is not None and not worse:
            return
        self._lost_at = self._clock.monotonic() if self._lost_at is None else self._lost_at
        lost = VenueLost(
            self._venue, trouble.reason, self._clock.now(), trouble.until, trouble.auth_failed
        )
        await self._orders.book([lost])

    async def _mend(self, line: str) -> None:
        if self._troubles.pop(line, None) is None or self._troubles or self._lost_at is None:
            return
        down = self._clock.monotonic() - self._lost_at
        self._lost_at = None
        await self._orders.book([VenueFound(self._venue, down, self._clock.now())])
