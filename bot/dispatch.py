"""From an update to a card: what was typed, what was pressed, and what to say when it fails."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from telegram import CallbackQuery, Message, Update
from telegram.error import TelegramError
from telegram.ext import ContextTypes

from bot.card import Card
from bot.client import EngineRefused, EngineUnreachable
from bot.commands.catalogue import find, unknown_card
from bot.commands.confirmed import carry_out
from bot.commands.desk import Ask, BadUsage, Command, Desk, Run
from bot.confirm import Verdict
from bot.figures import span
from bot.lanes import first_word
from bot.outbox import Outbox, Undeliverable
from bot.pace import Lane
from bot.texts import commands
from bot.texts.words import Words
from bot.views.head import refused, silent

_log = logging.getLogger(__name__)
STALE_S = 120.0
_MOST_SHOWN = 64


class Dispatcher:
    """Runs what the owner typed or pressed and sends the answer."""

    def __init__(self, desk: Desk, outbox: Outbox, now: Callable[[], datetime]) -> None:
        """Take what commands work with, where answers go, and the clock that dates messages."""
        self._now = now
        self._desk = desk
        self._outbox = outbox

    async def typed(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Answer a message."""
        message = update.message
        if message is None or message.from_user is None:
            return
        text = message.text or ""
        word = first_word(text)
        args = tuple(text.split(word, 1)[1].split()) if word else ()
        # Telegram may deliver an update twice; a terminal counts its messages from one each time.
        key = f"m{message.message_id}-{message.date.timestamp():.0f}"
        ask = self._ask(message.from_user.id, message.chat.id, args, key)
        command = find(word) if word else None
        if command is None:
            card = unknown_card(self._desk.voice, word[:_MOST_SHOWN] or "…")
        elif command.changes and self._age_s(message) > STALE_S:
            card = self._stale(self._age_s(message))
        else:
            card = await self._answer(command, command.run, ask)
        urgent = command is not None and bool(card.nonce)
        await self._send(ask.chat, card, Lane.ALARM if urgent else Lane.REPLY)

    async def pressed(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Answer a button."""
        query = update.callback_query
        if query is None or query.message is None:
            return
        kind, _, rest = (query.data or "").partition(":")
        if kind in {"y", "n"}:
            await self._decided(query, rest, yes=kind == "y")
        elif kind in {"c", "e"}:
            await self._shortcut(query, rest, in_place=kind == "e")
        else:
            await self._toast(query, commands.TOAST_UNKNOWN)

    async def failed(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Log what no handler expected, and say that it did not work."""
        _log.error("update.failed", exc_info=context.error)
        if isinstance(update, Update) and update.effective_chat is not None:
            card = Card((self._desk.voice.say(commands.FAILED),))
            await self._send(update.effective_chat.id, card, Lane.REPLY)

    async def _decided(self, query: CallbackQuery, rest: str, *, yes: bool) -> None:
        nonce, _, digest = rest.partition(":")
        message = query.message
        if message is None:
            return
        user, chat = query.from_user.id, message.chat.id
        # Nothing is awaited before this: two presses can never both find the nonce.
        verdict, pending = self._desk.confirmations.take(
            nonce, digest, user, chat, message.message_id
        )
        if pending is None:
            await self._toast(query, _TOASTS[verdict])
            return
        ask = self._ask(user, chat, (), pending.key)
        if not yes:
            await self._toast(query, commands.TOAST_CANCELLED)
            card = Card((self._desk.voice.say(commands.CANCELLED),))
        else:
            # A slow answer from Telegram must not hold up the command.
            _, card = await asyncio.gather(
                self._toast(query, commands.TOAST_RUNNING),
                carry_out(self._desk, ask, pending),
            )
        await self._edit(chat, message.message_id, card, Lane.ALARM)

    async def _shortcut(self, query: CallbackQuery, rest: str, *, in_place: bool) -> None:
        name, *words = rest.split(":")
        command, message = find(name), query.message
        if message is None:
            return
        run = None if command is None else command.pressed if command.changes else command.run
        if command is None or run is None:
            await self._toast(query, commands.TOAST_UNKNOWN)
            return
        await self._toast(query, None)
        ask = self._ask(query.from_user.id, message.chat.id, tuple(words), f"q{query.id}")
        card = await self._answer(command, run, ask)
        if in_place and card.picture is None:
            await self._edit(ask.chat, message.message_id, card, Lane.REPLY)
        else:
            await self._send(ask.chat, card, Lane.ALARM if card.nonce else Lane.REPLY)

    async def _answer(self, command: Command, run: Run, ask: Ask) -> Card:
        voice = self._desk.voice
        try:
            return await run(self._desk, ask)
        except BadUsage:
            return Card((voice.say(commands.USAGE, usage=command.usage),))
        except EngineUnreachable as e:
            return silent(voice, e.since)
        except EngineRefused as e:
            return refused(voice, e.error, e.lines)

    async def _send(self, chat: int, card: Card, lane: Lane) -> None:
        try:
            message = await self._outbox.send(chat, card, lane)
        except Undeliverable as e:
            _log.warning("reply.lost chat=%s cause=%s", chat, e)
            return
        if card.nonce:
            self._desk.confirmations.bind(card.nonce, message)

    async def _edit(self, chat: int, message: int, card: Card, lane: Lane) -> None:
        if card.nonce:
            self._desk.confirmations.bind(card.nonce, message)
        try:
            shown = await self._outbox.edit(chat, message, card, lane)
        except Undeliverable as e:
            _log.warning("reply.lost chat=%s cause=%s", chat, e)
            return
        if card.nonce and shown != message:
            self._desk.confirmations.bind(card.nonce, shown)

    async def _toast(self, query: CallbackQuery, words: Words | None) -> None:
        text = self._desk.voice.plainly(words) if words else None
        try:
            await query.answer(text)
        except TelegramError as e:
            # "query is too old" after a restart: the spinner is gone anyway.
            _log.debug("press.unanswered cause=%s", e)

    def _ask(self, user: int, chat: int, args: tuple[str, ...], key: str) -> Ask:
        return Ask(
            user=user,
            chat=chat,
            actor=f"{self._desk.surface}:{user}",
            args=args,
            key=f"{self._desk.surface}-{chat}-{key}",
            busy=partial(self._outbox.busy, chat),
        )

    def _stale(self, age_s: float) -> Card:
        return Card((self._desk.voice.say(commands.STALE, age=span(age_s)),))

    def _age_s(self, message: Message) -> float:
        age: timedelta = self._now() - message.date
        return age.total_seconds()


_TOASTS: Mapping[Verdict, Words] = {
    Verdict.USED: commands.TOAST_USED,
    Verdict.EXPIRED: commands.TOAST_EXPIRED,
    Verdict.NOT_YOURS: commands.TOAST_NOT_YOURS,
}
