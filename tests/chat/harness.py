"""Fixtures' machinery: a movable clock, and the whole bot in a terminal that a test types into."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import Surface, Wired, wire
from bot.pace import Lane, Pace
from bot.running import running
from bot.settings import BotSettings
from bot.terminal_request import USER_ID, TerminalRequest
from bot.terminal_session import Answered, Session
from bot.texts.words import Language
from bot.voice import Voice
from tests.chat.waiting import eventually

TURN_S = 10.0


@dataclass(slots=True)
class MovableClock:
    """Real time plus what a test added; sleeping adds its time and takes almost none."""

    shift_s: float = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.shift_s)

    def monotonic(self) -> float:
        return time.monotonic() + self.shift_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))
        self.shift_s += seconds


@dataclass(slots=True)
class Chat:
    """One conversation: what a test types or presses, and what was printed for it."""

    wired: Wired
    request: TerminalRequest
    session: Session
    answered: Answered
    clock: MovableClock
    printed: list[str] = field(default_factory=list)

    async def say(self, line: str) -> str:
        """Type a line and return everything printed until it was answered."""
        start = len(self.printed)
        async with asyncio.timeout(TURN_S):
            await self.session.line(line)
        return "\n".join(self.printed[start:])

    async def update(self, **update: Any) -> str:
        """Put a raw update in front of the bot and return what was printed for it."""
        start = len(self.printed)
        number = self.request._push(update)
        async with asyncio.timeout(TURN_S):
            await self.answered.expect(number).wait()
        return "\n".join(self.printed[start:])

    def button(self, prefix: str) -> Any:
        key = self.request.keys.newest(prefix)
        assert key is not None, f"no button {prefix}"
        return key

    async def told(self, text: str) -> str:
        """Wait until something was pushed that holds the text."""
        await eventually(lambda: any(text in line for line in self.printed), TURN_S)
        return next(line for line in reversed(self.printed) if text in line)


@asynccontextmanager
async def talking(
    socket: Path,
    folder: Path,
    language: Language = Language.KO,
    allowed: frozenset[int] = frozenset({USER_ID}),
    *,
    keeps_cursor: bool = True,
) -> AsyncIterator[Chat]:
    """Hold the bot up on a terminal request."""
    settings = BotSettings(language=language, socket_path=socket, data_dir=folder)
    clock, answered, printed = MovableClock(), Answered(), []
    voice = Voice(language, settings.zone)
    request = TerminalRequest(clock, voice, folder / "charts", printed.append, colour=False)
    surface = Surface(
        name="terminal",
        token="0:terminal",
        sender=request,
        poll=request,
        allowed=allowed,
        pace=Pace(per_s=50.0, unpaced_below=Lane.FILL),
        keeps_cursor=keeps_cursor,
        on_handled=answered.mark,
        now=clock.now,
    )
    wired = wire(settings, clock, surface)
    session = Session(request, answered, voice, clock, printed.append)
    async with wired.engine, running(wired, clock):
        yield Chat(wired, request, session, answered, clock, printed)


def message(
    text: str, user: int = USER_ID, number: int = 900, age_s: float = 0.0, **changes: Any
) -> dict[str, Any]:
    """Return a message as Telegram would send it."""
    person = {"id": user, "is_bot": False, "first_name": "somebody"}
    content = {
        "message_id": number,
        "date": int(time.time() - age_s),
        "chat": {"id": user, "type": "private", "first_name": "somebody"},
        "from": person,
        "text": text,
    }
    return content | changes


def press(data: str, shown: dict[str, Any], user: int = USER_ID, **changes: Any) -> dict[str, Any]:
    """Return a button press as Telegram would send it."""
    query = {
        "id": "1",
        "chat_instance": "x",
        "data": data,
        "message": shown,
        "from": {"id": user, "is_bot": False, "first_name": "somebody"},
    }
    return query | changes
