"""In which order updates are handled: as they came, except that nothing holds up an emergency."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.commands.catalogue import find

_AT_ONCE = 32
_SLOW = frozenset({"chart"})
_URGENT = frozenset({"panic", "pause"})


class UpdateLanes(BaseUpdateProcessor):
    """Runs updates one after the other, charts beside them, presses and /panic at once."""

    def __init__(self, on_handled: Callable[[int], None]) -> None:
        """Take what is called with the number of every update that was handled, well or not."""
        super().__init__(_AT_ONCE)
        self._on_handled = on_handled
        self._ordinary = asyncio.Lock()
        self._slow = asyncio.Lock()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle one update in its lane."""
        try:
            lane = self._lane(update)
            if lane is None:
                await coroutine
            else:
                async with lane:
                    await coroutine
        finally:
            if inspect.iscoroutine(coroutine):
                coroutine.close()  # when the bot ends before its turn came; else it has ended
            if isinstance(update, Update):
                self._on_handled(update.update_id)

    async def initialize(self) -> None:
        """Prepare nothing."""

    async def shutdown(self) -> None:
        """Release nothing."""

    def _lane(self, update: object) -> asyncio.Lock | None:
        if not isinstance(update, Update) or update.message is None:
            return None
        word = first_word(update.message.text or "")
        command = find(word) if word else None
        name = command.name if command else ""
        if name in _URGENT:
            return None
        return self._slow if name in _SLOW else self._ordinary


def first_word(text: str) -> str:
    """Return the word that names a command: emoji before it, as on the keyboard, are skipped."""
    return next((word for word in text.split() if any(c.isalnum() for c in word)), "")
