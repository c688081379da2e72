"""The only place that wires the bot: the same Application in Telegram and in the terminal."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    MessageHandler,
    TypeHandler,
    filters,
)
from telegram.request import BaseRequest

from bot.auth import Alarm, Gate
from bot.card import Card
from bot.charts import Charts
from bot.client import EngineClient
from bot.clock import Clock
from bot.commands.catalogue import keyboard
from bot.commands.desk import Desk
from bot.confirm import Confirmations
from bot.delivery import Delivery
from bot.dispatch import Dispatcher
from bot.lanes import UpdateLanes
from bot.outbox import Outbox, Undeliverable
from bot.pace import Lane, Pace
from bot.settings import BotSettings
from bot.texts import pushes
from bot.voice import Voice

App = Application[Any, Any, Any, Any, Any, Any]
_NONCE_BYTES = 8


@dataclass(frozen=True, slots=True)
class Surface:
    """Where the chat happens: the connections, who may speak, and how fast is written.

    `keeps_cursor` is False where another bot has to tell the same events; `on_handled` hears the
    number of every update that was dealt with; `now` tells the time by the clock that dates
    messages.
    """

    name: str
    token: str
    sender: BaseRequest
    poll: BaseRequest
    allowed: frozenset[int]
    pace: Pace
    keeps_cursor: bool
    on_handled: Callable[[int], None]
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Wired:
    """Everything that runs."""

    application: App
    engine: EngineClient
    voice: Voice
    delivery: Delivery
    charts: Charts


def wire(settings: BotSettings, clock: Clock, surface: Surface) -> Wired:
    """Build the bot for a surface; nothing runs and nothing is sent yet."""
    # Durations of python-telegram-bot as timedelta: the int form is deprecated and warns.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    voice = Voice(settings.language, settings.zone)
    engine = EngineClient(settings.socket, clock)
    charts = Charts()
    confirmations = Confirmations(clock, lambda: secrets.token_hex(_NONCE_BYTES))
    desk = Desk(engine, voice, clock, confirmations, charts, surface.name)
    application: App = (
        ApplicationBuilder()
        .token(surface.token)
        .base_url(f"{settings.telegram_base_url.rstrip('/')}/bot")
        .base_file_url(f"{settings.telegram_base_url.rstrip('/')}/file/bot")
        .request(surface.sender)
        .get_updates_request(surface.poll)
        .concurrent_updates(UpdateLanes(surface.on_handled))
        .job_queue(None)
        .build()
    )
    outbox = Outbox(application.bot, clock, voice, surface.pace, keyboard(voice))
    dispatcher = Dispatcher(desk, outbox, surface.now)
    gate = Gate(surface.allowed, _alarm(surface.allowed, outbox, voice))
    application.add_handler(TypeHandler(Update, gate), group=-1)
    application.add_handler(CallbackQueryHandler(dispatcher.pressed))
    application.add_handler(MessageHandler(filters.ALL, dispatcher.typed))
    application.add_error_handler(dispatcher.failed)
    delivery = Delivery(
        engine,
        outbox,
        voice,
        clock,
        sorted(surface.allowed),
        keeps_cursor=surface.keeps_cursor,
    )
    return Wired(application, engine, voice, delivery, charts)


def _alarm(allowed: frozenset[int], outbox: Outbox, voice: Voice) -> Alarm:
    async def tell(stranger: int) -> None:
        card = Card((voice.say(pushes.STRANGER, stranger=stranger),))
        for owner in sorted(allowed):
            with suppress(Undeliverable):
                await outbox.send(owner, card, Lane.ALARM)

    return tell
