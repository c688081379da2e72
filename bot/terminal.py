"""The chat in a terminal: typed by a person or piped by a script, without Telegram."""

import asyncio
import io
import os
import signal
import sys

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.patch_stdout import patch_stdout

from bot.app import Surface, Wired, wire
from bot.client import EngineError
from bot.clock import Clock
from bot.pace import Lane, Pace
from bot.running import running
from bot.service import STOPPED, finish, first_of, stop_on_signals
from bot.settings import BotSettings
from bot.terminal_input import piped_lines
from bot.terminal_request import USER_ID, TerminalRequest
from bot.terminal_session import Answered, Session
from bot.texts import terminal
from bot.views.naming import mode_label
from bot.voice import Voice
from engine.contract import StatusView

_TOKEN = "0:terminal"  # noqa: S105 - python-telegram-bot wants one; nothing is ever sent with it
_ENGINE_S = 60
_LOOK_S = 0.3
_LAST_PUSHES_S = 5.0


async def talk(settings: BotSettings, clock: Clock) -> int:
    """Hold the conversation until its input ends, /quit or a signal; return the exit code."""
    stop: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop_on_signals(stop)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a letter the terminal lacks is no reason to end
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    voice = Voice(settings.language, settings.zone)
    answered = Answered()
    request = TerminalRequest(
        clock, voice, settings.data_dir / "charts", show, colour=_has_colour()
    )
    surface = Surface(
        name="terminal",
        token=_TOKEN,
        sender=request,
        poll=request,
        allowed=frozenset({USER_ID}),
        pace=Pace(unpaced_below=Lane.FILL),
        # With a token there is a bot in Telegram, and it is the one that must miss nothing.
        keeps_cursor=settings.telegram_bot_token is None,
        on_handled=answered.mark,
        now=clock.now,
    )
    wired = wire(settings, clock, surface)
    session = Session(request, answered, voice, clock, show)
    work = asyncio.create_task(_conversation(wired, clock, session, request, interactive))
    async with wired.engine:
        await first_of(work, stop)
        finish(stop, STOPPED)
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    if not work.cancelled() and (error := work.exception()) is not None:
        raise error
    return stop.result()


def show(text: str) -> None:
    """Print what the chat says; when nobody reads it any more, the chat ends."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        signal.raise_signal(signal.SIGTERM)


async def _conversation(
    wired: Wired, clock: Clock, session: Session, request: TerminalRequest, interactive: bool
) -> None:
    await _greet(wired, clock)
    async with running(wired, clock):
        if interactive:
            await _typed(session, request)
        else:
            await _piped(session)
            await _last_pushes(wired)


async def _greet(wired: Wired, clock: Clock) -> None:
    voice = wired.voice
    status = await _first_status(wired, clock)
    if status is None:
        show(voice.plainly(terminal.NOT_THERE, seconds=_ENGINE_S))
    else:
        mode = mode_label(voice, status)
        show(
            voice.plainly(
                terminal.BANNER, mode=mode, crypto=status.preset_crypto, stock=status.preset_stock
            )
        )
    for words in (terminal.TRY, terminal.RULES, terminal.SCRIPT):
        show(voice.plainly(words))


async def _first_status(wired: Wired, clock: Clock) -> StatusView | None:
    until = clock.monotonic() + _ENGINE_S
    said = False
    while clock.monotonic() < until:
        try:
            return await wired.engine.status()
        except EngineError:
            if not said:
                show(wired.voice.plainly(terminal.WAITING))
                said = True
            await clock.sleep(_LOOK_S)
    return None


async def _typed(session: Session, request: TerminalRequest) -> None:
    completer = WordCompleter(lambda: list(request.commands), sentence=True)
    prompt: PromptSession[str] = PromptSession(completer=completer, complete_while_typing=False)
    with patch_stdout(raw=True):
        while True:
            try:
                line = await prompt.prompt_async("pasu> ")
            except (EOFError, KeyboardInterrupt):
                return
            if not await session.line(line):
                return


async def _piped(session: Session) -> None:
    async for line in piped_lines(sys.stdin.fileno()):
        if line.strip():
            show(f"> {line.strip()}")
        if not await session.line(line):
            return


async def _last_pushes(wired: Wired) -> None:
    """Let what has happened until now be told before the chat closes."""
    try:
        status = await wired.engine.status()
        async with asyncio.timeout(_LAST_PUSHES_S):
            await wired.delivery.reached(status.last_seq)
    except (EngineError, TimeoutError):
        return


def _has_colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
