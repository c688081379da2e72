"""What the engine may do, on whose word and why; every change is a fact on disk."""

from datetime import datetime

from engine.core.recorder import Recorder
from engine.domain.errors import Refused
from engine.domain.events import Fact, OperatorState, OperatorStateChanged
from engine.phrases.causes import Cause
from engine.phrases.refusals import Refusal
from engine.ports.clock import Clock

ENGINE = "engine"
_ENTRIES = frozenset({OperatorState.RUNNING})
_DECIDING = frozenset({OperatorState.RUNNING, OperatorState.PAUSED, OperatorState.REDUCING})


class Operator:
    """The persisted operator state (design §9)."""

    def __init__(self, recorder: Recorder, clock: Clock) -> None:
        """Start running; facts of earlier runs are applied before the first decision."""
        self._recorder = recorder
        self._clock = clock
        self.state = OperatorState.RUNNING
        self.since = clock.now()
        self.who = ENGINE
        self.why = Cause.FIRST_START.say()

    @property
    def allows_entries(self) -> bool:
        """Return whether new positions may be opened."""
        return self.state in _ENTRIES

    @property
    def allows_exits(self) -> bool:
        """Return whether the engine sells by its own rules."""
        return self.state in _DECIDING

    @property
    def is_panic(self) -> bool:
        """Return whether everything is to be sold and stay sold."""
        return self.state is OperatorState.PANIC

    def apply(self, fact: Fact) -> None:
        """Take over a recorded change of state."""
        if isinstance(fact, OperatorStateChanged):
            self.restore(fact.state, fact.at, fact.who, fact.why)

    def restore(self, state: OperatorState, since: datetime, who: str, why: str) -> None:
        """Set the state as it was stored."""
        self.state, self.since, self.who, self.why = state, since, who, why

    async def become(self, state: OperatorState, who: str, why: str) -> bool:
        """Change the state; return false when it was so already.

        Raises:
            Refused: the engine alone enters and leaves SAFE but for a panic, which resume ends.
        """
        if state is self.state:
            return False
        is_safe = OperatorState.SAFE in (self.state, state)
        if is_safe and who != ENGINE and state is not OperatorState.PANIC:
            raise Refused("not_allowed", Refusal.NOT_TRUSTED.say())
        if self.is_panic and state is not OperatorState.RUNNING:
            raise Refused("not_allowed", Refusal.PANIC_GOES_ON.say())
        change = OperatorStateChanged(state, self.state, who, why, self._clock.now())
        await self._recorder.record([change])
        self.apply(change)
        return True
