"""Two-step confirmations: a single-use nonce, bound to who asked, where, and for what."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from bot.clock import Clock
from engine.contract import PanicLine

LIFETIME_S = 60
PANIC_LIFETIME_S = 30
# How long a used nonce is told apart from an expired one.
_REMEMBERED_S = 900.0


@dataclass(frozen=True, slots=True)
class Action:
    """A command that waits for its confirmation; `shown` is how it was typed."""

    command: str
    arguments: tuple[tuple[str, str], ...]
    shown: str

    @property
    def digest(self) -> str:
        """Return eight hex digits that change with anything the action would do."""
        text = json.dumps([self.command, self.arguments], ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def lifetime_s(self) -> int:
        """Return how long its button lives: a panic preview ages fastest."""
        return PANIC_LIFETIME_S if self.command == "panic" else LIFETIME_S


@dataclass(frozen=True, slots=True)
class Pending:
    """One open confirmation; `key` is the idempotency key the engine will see.

    `message` is None until the preview was sent: a press before that is not accepted. `basis` is
    what a panic preview showed.
    """

    nonce: str
    key: str
    action: Action
    user: int
    chat: int
    expires: float
    message: int | None = None
    basis: tuple[PanicLine, ...] = ()


class Verdict(Enum):
    """What a press is worth."""

    READY = "ready"
    USED = "used"
    EXPIRED = "expired"
    NOT_YOURS = "not_yours"


class Confirmations:
    """Every open confirmation, in memory on purpose: after a restart each button has expired."""

    def __init__(self, clock: Clock, entropy: Callable[[], str]) -> None:
        """Take the clock and the source of nonces; nothing is open yet."""
        self._clock = clock
        self._entropy = entropy
        self._open: dict[str, Pending] = {}
        self._used: dict[str, float] = {}

    def open(
        self,
        action: Action,
        user: int,
        chat: int,
        *,
        basis: tuple[PanicLine, ...] = (),
        key: str = "",
    ) -> Pending:
        """Return a new confirmation; a retry brings the key of the first attempt."""
        self._forget()
        nonce = self._entropy()
        expires = self._clock.monotonic() + action.lifetime_s
        pending = Pending(nonce, key or nonce, action, user, chat, expires, basis=basis)
        self._open[nonce] = pending
        return pending

    def bind(self, nonce: str, message: int) -> None:
        """Tie an open confirmation to the message that carries its buttons."""
        if nonce in self._open:
            self._open[nonce] = replace(self._open[nonce], message=message)

    def take(
        self, nonce: str, digest: str, user: int, chat: int, message: int
    ) -> tuple[Verdict, Pending | None]:
        """Judge a press; READY hands the pending action out and can never do so again."""
        now = self._clock.monotonic()
        if nonce in self._used:
            return Verdict.USED, None
        pending = self._open.get(nonce)
        if pending is None:
            return Verdict.EXPIRED, None
        if (pending.user, pending.chat) != (user, chat):
            return Verdict.NOT_YOURS, None
        if pending.expires < now:
            del self._open[nonce]
            return Verdict.EXPIRED, None
        if pending.message != message or pending.action.digest != digest:
            return Verdict.EXPIRED, None
        del self._open[nonce]
        self._used[nonce] = now
        return Verdict.READY, pending

    def _forget(self) -> None:
        now = self._clock.monotonic()
        self._open = {n: p for n, p in self._open.items() if p.expires >= now}
        self._used = {n: at for n, at in self._used.items() if now - at < _REMEMBERED_S}
