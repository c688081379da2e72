"""One conversation in the terminal: a line in, its answers out, then the next line."""

import asyncio
from collections.abc import Callable

from bot.clock import Clock
from bot.terminal_keys import Key
from bot.terminal_request import TerminalRequest
from bot.texts import terminal
from bot.texts.words import Words
from bot.voice import Voice

_ANSWER_S = 150.0
_MOST_SLEEP_S = 600.0
_QUITS = frozenset({"/quit", "/exit"})


class Answered:
    """Which updates were dealt with."""

    def __init__(self) -> None:
        """Wait for nothing yet."""
        self._open: dict[int, asyncio.Event] = {}

    def expect(self, update: int) -> asyncio.Event:
        """Return what is set once the update was handled and its answers were printed."""
        return self._open.setdefault(update, asyncio.Event())

    def mark(self, update: int) -> None:
        """Note that an update was handled."""
        event = self._open.pop(update, None)
        if event is not None:
            event.set()


class Session:
    """Feeds lines to the chat, each one after the answers to the one before."""

    def __init__(
        self,
        request: TerminalRequest,
        answered: Answered,
        voice: Voice,
        clock: Clock,
        show: Callable[[str], None],
    ) -> None:
        """Take the chat to feed."""
        self._request = request
        self._answered = answered
        self._voice = voice
        self._clock = clock
        self._show = show

    async def line(self, text: str) -> bool:
        """Handle one line to its last answer; return whether the conversation goes on."""
        given = text.strip()
        if not given or given.startswith("#"):
            return True
        if given.casefold() in _QUITS:
            return False
        if given.startswith("!"):
            await self._directive(given)
        elif given.isascii() and given.isdecimal():
            await self._press(self._request.keys.find(int(given)), terminal.NO_BUTTON)
        else:
            await self._wait(self._request.type_line(given))
        return True

    async def _directive(self, given: str) -> None:
        word, _, rest = given[1:].partition(" ")
        if word == "sleep" and _is_number(rest):
            await self._clock.sleep(min(float(rest), _MOST_SLEEP_S))
        elif word in {"yes", "no"} and not rest:
            key = self._request.keys.newest(f"{word[0]}:")
            await self._press(key, terminal.NOTHING_TO_CONFIRM)
        else:
            self._show(self._voice.plainly(terminal.BAD_DIRECTIVE, line=given))

    async def _press(self, key: Key | None, otherwise: Words) -> None:
        if key is None:
            self._show(self._voice.plainly(otherwise))
        else:
            await self._wait(self._request.press(key))

    async def _wait(self, update: int) -> None:
        handled = self._answered.expect(update)
        try:
            async with asyncio.timeout(_ANSWER_S):
                await handled.wait()
        except TimeoutError:
            self._show(self._voice.plainly(terminal.SLOW_ANSWER))


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal() and text.isascii()
