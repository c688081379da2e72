"""The bot as a service: Telegram, until it is told to stop."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress

from telegram.error import InvalidToken

from bot.app import Surface, Wired, wire
from bot.clock import Clock
from bot.pace import Pace
from bot.poll_request import new_poll, new_sender
from bot.running import running
from bot.server_time import ServerTime
from bot.settings import BotSettings
from bot.texts import setup
from bot.watchdog import Watchdog
from engine.notify import Notifier, watchdog_interval_s

_log = logging.getLogger(__name__)
STOPPED, LOCKED, BAD_CONFIGURATION = 0, 75, 78


def missing(settings: BotSettings) -> str:
    """Return what a service cannot start without, as text for the owner; empty when complete."""
    lines = []
    if not settings.telegram_bot_token:  # a credential's file may be empty
        lines.append(setup.NO_TOKEN.template(settings.language))
    if not settings.telegram_user_ids:
        lines.append(setup.NO_USERS.template(settings.language))
    if lines:
        lines.append(setup.TERMINAL.template(settings.language))
    return "\n".join(lines)


async def serve(settings: BotSettings, clock: Clock, environ: Mapping[str, str]) -> int:
    """Run the bot in Telegram until SIGTERM or SIGINT and return the exit code.

    A service manager that the environment names is told how it goes.
    """
    stop: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop_on_signals(stop)
    token = settings.telegram_bot_token
    time = ServerTime(clock)
    poll = new_poll(clock, time, lambda: finish(stop, LOCKED))
    surface = Surface(
        name="telegram",
        token=token.get_secret_value() if token else "",
        sender=new_sender(),
        poll=poll,
        allowed=settings.telegram_user_ids,
        pace=Pace(),
        keeps_cursor=True,
        on_handled=lambda _update: None,
        now=time.now,
    )
    wired = wire(settings, clock, surface)
    notifier = Notifier(environ)
    beating = Watchdog(notifier, poll, clock).running(watchdog_interval_s(environ, os.getpid()))
    async with wired.engine, beating:
        # Ready before Telegram is reached: a boot without a network must not look like a failure.
        notifier.ready("reaching Telegram")
        work = asyncio.create_task(_online(wired, clock, notifier))
        await first_of(work, stop)
        notifier.stopping()
        work.cancel()
        with suppress(asyncio.CancelledError):
            try:
                await work
            except InvalidToken:
                # The exception repeats the token; what happened is said in our own words.
                sys.stderr.write(f"{setup.REJECTED.template(settings.language)}\n")
                return BAD_CONFIGURATION
    return stop.result() if stop.done() else STOPPED


def stop_on_signals(stop: asyncio.Future[int]) -> None:
    """Let SIGTERM and SIGINT end the bot in good order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, finish, stop, STOPPED)


async def first_of(work: asyncio.Task[None], stop: asyncio.Future[int]) -> None:
    """Wait until the work has ended or the bot was asked to."""
    waiting: set[asyncio.Future[None] | asyncio.Future[int]] = {work, stop}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)


def finish(stop: asyncio.Future[int], code: int) -> None:
    """Ask the bot to end with a code; the first one counts."""
    if not stop.done():
        stop.set_result(code)


async def _online(wired: Wired, clock: Clock, notifier: Notifier) -> None:
    async with running(wired, clock):
        _log.info("bot.online")
        notifier.status("online")
        # Being cancelled is the only end, here as well as while Telegram is still being reached.
        await asyncio.Event().wait()
