"""The newest decision on each market, kept for the question why.

Its reason is a phrase, or figures among words of a closed set, as those of the gates are.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from engine.domain.signal import Gate
from engine.domain.venue import VenueName
from engine.phrases.book import english
from engine.phrases.gates import Word

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on a market and which gates led there; a skip names the first closed one."""

    symbol: str
    decision: str
    reason: str
    price: float
    gates: tuple[Gate, ...]
    at: datetime


class Decisions:
    """The newest decision of each market of a venue, with a line in the log when it changes."""

    def __init__(self, venue: VenueName) -> None:
        """Start without a memory."""
        self._venue = venue
        self._newest: dict[str, Decision] = {}
        self.skips = 0

    def note(self, decision: Decision) -> None:
        """Keep a decision; a new reason is logged once."""
        previous = self._newest.get(decision.symbol)
        self._newest[decision.symbol] = decision
        if previous is None or previous.reason != decision.reason:
            _log.info(
                "%s %s %s: %s",
                decision.decision,
                self._venue,
                decision.symbol,
                english(decision.reason),
            )

    def skip(self, symbol: str, price: float, gates: tuple[Gate, ...], at: datetime) -> None:
        """Keep an entry that was not made; the first gate that did not pass is the reason."""
        self.skips += 1
        closed = next(gate for gate in gates if not gate.passed)
        reason = f"{closed.name}: {closed.value} ({Word.NEEDS} {closed.threshold})"
        self.note(Decision(symbol, "[WAIT] 진입 보류", reason, price, gates, at))

    def newest(self, symbol: str) -> Decision | None:
        """Return the newest decision on a market."""
        return self._newest.get(symbol)
