"""Start and stop everything that was wired, in order and in bounded time."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress

from telegram import BotCommand
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.app import App, Wired
from bot.clock import Clock
from bot.commands.catalogue import ALL
from bot.texts.words import Language
from bot.transience import wait_s

_log = logging.getLogger(__name__)
_POLL_S = 25
_UPDATES = ("message", "callback_query")
_SETTLE_S, _STOP_POLL_S, _STOP_APP_S, _STOP_HTTP_S = 0.7, 1.0, 0.7, 0.4


@asynccontextmanager
async def running(wired: Wired, clock: Clock) -> AsyncIterator[None]:
    """Hold the bot up: polling, handlers, delivery.

    Raises:
        InvalidToken: Telegram does not know the token.
    """
    application = wired.application
    await _initialized(application, clock)
    await application.start()
    if application.updater is None:
        raise AssertionError("the application was built with an updater")
    await application.updater.start_polling(
        timeout=_POLL_S,
        bootstrap_retries=-1,
        drop_pending_updates=False,
        allowed_updates=list(_UPDATES),
        error_callback=_poll_failed,
    )
    background = [
        asyncio.create_task(_menu(wired), name="menu"),
        asyncio.create_task(_guarded(wired, clock), name="delivery"),
    ]
    try:
        yield
    finally:
        await wired.delivery.settle(_SETTLE_S)
        for task in background:
            task.cancel()
        await _stop(wired)
        await asyncio.gather(*background, return_exceptions=True)


async def _initialized(application: App, clock: Clock) -> None:
    attempt = 0
    while True:
        try:
            await application.initialize()
            return
        except InvalidToken:
            raise
        except (NetworkError, RetryAfter) as e:
            attempt += 1
            _log.warning("telegram.unreachable attempt=%s cause=%s", attempt, e)
            await clock.sleep(wait_s(e, attempt))


async def _guarded(wired: Wired, clock: Clock) -> None:
    """Deliver on after a fault of our own: a bot without pushes looks like a quiet market."""
    while True:
        try:
            await wired.delivery.run()
        except Exception:  # noqa: BLE001 - logged, and tried again
            _log.exception("delivery.failed")
            await clock.sleep(5.0)


async def _menu(wired: Wired) -> None:
    for code, language in (("", wired.voice.language), ("ko", Language.KO), ("en", Language.EN)):
        listed = [BotCommand(c.name, c.description.template(language)) for c in ALL]
        try:
            await wired.application.bot.set_my_commands(listed, language_code=code or None)
        except TelegramError as e:
            _log.info("menu.not_set language=%s cause=%s", code, e)


async def _stop(wired: Wired) -> None:
    application = wired.application
    updater = application.updater
    if updater is not None and updater.running:
        await _bounded(updater.stop(), _STOP_POLL_S)
    if application.running:
        await _bounded(application.stop(), _STOP_APP_S)
    wired.charts.close()
    with suppress(RuntimeError):
        await _bounded(application.shutdown(), _STOP_HTTP_S)


async def _bounded(work: Awaitable[None], seconds: float) -> None:
    # What does not end in time is left behind: the process is about to end anyway.
    with suppress(TimeoutError):
        await asyncio.wait_for(work, seconds)


def _poll_failed(error: TelegramError) -> None:
    _log.info("poll.failed cause=%s", type(error).__name__)
