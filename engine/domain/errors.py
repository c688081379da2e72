"""Every failure Pasu knows, classed by what to do about it.

PasuError
├── Refused           a definite no: the order does not exist; decide anew
│   ├── Throttled     a definite no with a time: leave the venue alone until then
│   └── TriggerPassed a stop that would trigger at once: sell now instead
├── Ambiguous         may have been carried out: ask the venue by client id, never send again
├── VenueDown         a question got no answer: back off, keep what is known, mark it stale
├── AuthFailed        the key or its address is not accepted: stop this venue, tell the owner
├── Malformed         the answer makes no sense: drop it and count it; on an order it is ambiguous
├── BadConfiguration  settings the owner has to mend: exit 78
├── StateLocked       another engine owns the data: exit 75
├── DiskFailed        a durable write did not happen: stop trading, exit 74
└── StateCorrupt      a ledger that cannot be trusted: stop, keep the file aside, never start empty
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.phrases.book import english
from engine.phrases.faults import Fault


class PasuError(Exception):
    """Root of every failure that Pasu raises itself."""


class Refused(PasuError):
    """Raised when a venue definitely did not accept a request."""

    def __init__(self, code: str, said: str) -> None:
        """Keep the code beside what was said: a phrase of ours, or the venue's own words."""
        self.code = code
        self.said = said
        self.message = english(said)
        super().__init__(f"{code}: {self.message}")


class Throttled(Refused):
    """Raised when a venue refuses because of its rate limit."""

    def __init__(self, message: str, until: datetime) -> None:
        """Keep the moment before which the venue must not be called again."""
        super().__init__("throttled", message)
        self.until = until


class TriggerPassed(Refused):
    """Raised when a venue refuses a stop because the price is through its trigger already."""

    CODE = "trigger_passed"

    def __init__(self, message: str) -> None:
        """Keep the venue's words."""
        super().__init__(self.CODE, message)


class Ambiguous(PasuError):
    """Raised when a request may or may not have been carried out."""


class VenueDown(PasuError):
    """Raised when a venue did not answer a question."""


class AuthFailed(PasuError):
    """Raised when a venue does not accept the key, its rights or its address."""


class Malformed(PasuError):
    """Raised when data break the rules of their kind."""


class StateLocked(PasuError):
    """Raised when another engine holds the data directory."""


class DiskFailed(PasuError):
    """Raised when a durable write did not happen."""


class StateCorrupt(PasuError):
    """Raised when stored state fails its checks and no good copy is left."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in the owner's settings: where it is and, as a phrase, what to do."""

    key: str
    what: str
    line: int | None = None

    @property
    def message(self) -> str:
        """Return what to do in English."""
        return english(self.what)

    @property
    def said(self) -> str:
        """Return the whole fault as a phrase."""
        if self.line is None:
            return Fault.OF_KEY.say(key=self.key, what=self.what)
        return Fault.IN_LINE.say(line=self.line, key=self.key, what=self.what)

    def __str__(self) -> str:
        """Return the whole fault in English, as one line."""
        return english(self.said)


class BadConfiguration(PasuError):
    """Raised when the settings cannot be used."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep every fault, so that all can be mended at once."""
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
