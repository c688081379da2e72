"""The one gate in front of every update: the owner's own id, in a private chat, first hand."""

import logging
from collections.abc import Awaitable, Callable

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop, ContextTypes

_log = logging.getLogger(__name__)
# Strangers are remembered so that each is told once; a flood of them must fill neither the memory
# nor the owner's chat.
_MOST_STRANGERS = 1000
_MOST_ALARMS = 5


Alarm = Callable[[int], Awaitable[None]]


class Gate:
    """Lets the listed users through; strangers hear nothing, but their owner hears of them."""

    def __init__(self, allowed: frozenset[int], alarm: Alarm) -> None:
        """Take the numeric user ids, none of which lets nobody in, and who tells the owner."""
        self._allowed = allowed
        self._alarm = alarm
        self._known: set[int] = set()

    async def __call__(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Stop an update that is not admitted.

        Raises:
            ApplicationHandlerStop: nobody may see this update.
        """
        if self._is_admitted(update):
            return
        try:
            await self._tell_once(update)
        except Exception:  # noqa: BLE001 - whatever went wrong, nobody gets in
            _log.exception("gate.alarm_failed update=%s", update.update_id)
        raise ApplicationHandlerStop

    def _is_admitted(self, update: Update) -> bool:
        # The Application goes on with an update whose gate raised: a fault here must deny too.
        try:
            return admitted(update, self._allowed)
        except Exception:  # noqa: BLE001 - logged, and nobody gets in
            _log.exception("gate.failed update=%s", update.update_id)
            return False

    async def _tell_once(self, update: Update) -> None:
        who = update.effective_user.id if update.effective_user else 0
        if who in self._known or len(self._known) >= _MOST_STRANGERS:
            return
        self._known.add(who)
        _log.warning("gate.dropped user=%s update=%s", who, update.update_id)
        if who and who not in self._allowed and len(self._known) <= _MOST_ALARMS:
            await self._alarm(who)


def admitted(update: Update, allowed: frozenset[int]) -> bool:
    """Return whether an update may be acted upon: denied unless every condition holds."""
    if update.message is not None:
        return _own_message(update.message, allowed)
    if update.callback_query is not None:
        return _own_press(update.callback_query, allowed)
    return False


def _own_message(message: Message, allowed: frozenset[int]) -> bool:
    user = message.from_user
    second_hand = (
        message.forward_origin,
        message.via_bot,
        message.sender_chat,
        message.is_automatic_forward,
        message.edit_date,
    )
    return (
        user is not None
        and not user.is_bot
        and user.id in allowed
        and message.chat.type == ChatType.PRIVATE
        and message.chat.id == user.id
        and not any(second_hand)
    )


def _own_press(query: CallbackQuery, allowed: frozenset[int]) -> bool:
    user, message = query.from_user, query.message
    return (
        not user.is_bot
        and user.id in allowed
        and message is not None
        and query.inline_message_id is None
        and message.chat.type == ChatType.PRIVATE
        and message.chat.id == user.id
    )
