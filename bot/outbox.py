"""Send cards to chats: paced, retried where that is safe, as plain text where markup is refused."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReplyKeyboardMarkup,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import TelegramError

from bot.card import Card
from bot.clock import Clock
from bot.markup import CAPTION_LIMIT, Html, pages, plain
from bot.pace import Lane, Pace, Turns
from bot.texts import pushes
from bot.transience import Fault, classify, wait_s
from bot.voice import Voice

_log = logging.getLogger(__name__)
T = TypeVar("T")
_REPLY_TRIES = 4
_ALARM_TRIES = 60
_UNCHANGED = "not modified"


class Undeliverable(Exception):
    """Raised when a message did not reach a chat, or may not have (AMBIGUOUS)."""

    def __init__(self, cause: Exception, fault: Fault) -> None:
        """Keep what the server said and what that means."""
        super().__init__(str(cause))
        self.fault = fault


class Outbox:
    """Everything that leaves for a chat goes through here."""

    def __init__(
        self,
        bot: Bot,
        clock: Clock,
        voice: Voice,
        pace: Pace,
        keyboard: tuple[tuple[str, ...], ...],
    ) -> None:
        """Take the bot to send with and the persistent keyboard to show on request."""
        self._bot = bot
        self._clock = clock
        self._voice = voice
        self._pace = pace
        self._keyboard = keyboard
        self._turns: dict[int, Turns] = {}

    async def send(
        self, chat: int, card: Card, lane: Lane = Lane.REPLY, *, silent: bool = False
    ) -> int:
        """Send a card in as many messages as it takes; return the last one's id.

        Raises:
            Undeliverable: the chat does not take it, or too many tries failed.
        """
        first = CAPTION_LIMIT if card.picture else 0
        texts = pages(card.blocks, first=first)
        message = 0
        for place, text in enumerate(texts):
            markup = self._markup(card) if place == len(texts) - 1 else None
            picture = card.picture if place == 0 else None
            message = await self._one(chat, text, markup, picture, lane, silent)
        return message

    async def edit(self, chat: int, message: int, card: Card, lane: Lane) -> int:
        """Replace a message with a card, or send it where it cannot be replaced; return its id.

        Raises:
            Undeliverable: the chat does not take it.
        """
        texts = pages(card.blocks)
        if len(texts) > 1:
            return await self.send(chat, card, lane)
        markup = self._inline(card)

        async def change(mode: ParseMode | None, text: str) -> object:
            return await self._bot.edit_message_text(
                text, chat_id=chat, message_id=message, parse_mode=mode, reply_markup=markup
            )

        try:
            await self._tried(chat, lane, texts[0], change)
        except Undeliverable as e:
            if _UNCHANGED in str(e).lower():
                return message
            return await self.send(chat, card, lane)
        return message

    async def busy(self, chat: int) -> None:
        """Show that a picture is being drawn; whether that works does not matter."""
        try:
            await self._bot.send_chat_action(chat, ChatAction.UPLOAD_PHOTO)
        except TelegramError as e:
            _log.debug("chat.action_failed cause=%s", e)

    async def _one(
        self,
        chat: int,
        text: Html,
        markup: InlineKeyboardMarkup | ReplyKeyboardMarkup | None,
        picture: bytes | None,
        lane: Lane,
        silent: bool,
    ) -> int:
        async def post(mode: ParseMode | None, body: str) -> Message:
            if picture is not None:
                return await self._bot.send_photo(
                    chat,
                    picture,
                    caption=body,
                    parse_mode=mode,
                    reply_markup=markup,
                    disable_notification=silent,
                )
            return await self._bot.send_message(
                chat, body, parse_mode=mode, reply_markup=markup, disable_notification=silent
            )

        sent = await self._tried(chat, lane, text, post)
        return sent.message_id

    async def _tried(
        self,
        chat: int,
        lane: Lane,
        text: Html,
        call: Callable[[ParseMode | None, str], Coroutine[Any, Any, T]],
    ) -> T:
        turns = self._turns.setdefault(chat, Turns(self._clock, self._pace))
        mode: ParseMode | None = ParseMode.HTML
        body: str = text
        tries = _ALARM_TRIES if lane is Lane.ALARM else _REPLY_TRIES
        for attempt in range(1, tries + 1):
            async with turns.turn(lane):
                try:
                    return await call(mode, body)
                except TelegramError as e:
                    fault, error = classify(e), e
            if fault is Fault.BAD and mode is not None and _UNCHANGED not in str(error).lower():
                _log.warning("outbox.markup_refused cause=%s", error)
                mode, body = None, plain(text)
                continue
            if not self._again(fault, lane) or attempt == tries:
                raise Undeliverable(error, fault) from error
            if fault is Fault.AMBIGUOUS:
                body = self._marked(text, mode)
            delay = wait_s(error, attempt)
            if fault is Fault.THROTTLED:
                turns.close_for(delay)
            else:
                await self._clock.sleep(delay)
        raise AssertionError("the last try returns or raises")

    @staticmethod
    def _again(fault: Fault, lane: Lane) -> bool:
        # A duplicate alarm is better than a lost one; a duplicate reply is only confusing.
        return fault in {Fault.THROTTLED, Fault.NOT_SENT} or (
            fault is Fault.AMBIGUOUS and lane is Lane.ALARM
        )

    def _marked(self, text: Html, mode: ParseMode | None) -> str:
        note = self._voice.plainly(pushes.REPEATED)
        return f"{text if mode else plain(text)}\n{note}"

    def _markup(self, card: Card) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
        if card.keyboard and not card.buttons:
            rows = [list(row) for row in self._keyboard]
            return ReplyKeyboardMarkup(rows, resize_keyboard=True, is_persistent=True)
        return self._inline(card)

    @staticmethod
    def _inline(card: Card) -> InlineKeyboardMarkup | None:
        if not card.buttons:
            return None
        rows = [
            [InlineKeyboardButton(button.label, callback_data=button.data) for button in row]
            for row in card.buttons
        ]
        return InlineKeyboardMarkup(rows)
