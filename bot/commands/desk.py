"""What a command works with, what it is asked, and what it is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.card import Card
from bot.charts import Charts
from bot.client import EngineClient, EngineError
from bot.clock import Clock
from bot.confirm import Action, Confirmations
from bot.texts.words import Words
from bot.views.plans import choice, plan_blocks
from bot.voice import Voice
from engine.contract import StatusView


@dataclass(frozen=True, slots=True)
class Desk:
    """The services that every command shares; `surface` is telegram or terminal."""

    engine: EngineClient
    voice: Voice
    clock: Clock
    confirmations: Confirmations
    charts: Charts
    surface: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of the owner.

    `actor` names the person to the engine's audit; `key` makes a direct command run once even when
    its update is delivered twice; `busy` shows that an answer takes a moment.
    """

    user: int
    chat: int
    actor: str
    args: tuple[str, ...]
    key: str
    busy: Callable[[], Awaitable[None]]


class BadUsage(Exception):
    """Raised when the arguments of a command cannot be understood."""


Run = Callable[[Desk, Ask], Awaitable[Card]]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its Latin name, the Korean words that mean it, and what it does.

    `changes` marks commands that change the engine's state: they are not run when they are old.
    A press says nothing about when it happened, so such a command has its own way to be `pressed`.
    """

    name: str
    description: Words
    usage: str
    words: tuple[str, ...]
    run: Run
    changes: bool = False
    pressed: Run | None = None


async def ask_first(desk: Desk, ask: Ask, action: Action) -> Card:
    """Return the engine's plan for an action with the two buttons that decide it.

    Raises:
        EngineError: the engine gave no plan.
    """
    plan = await desk.engine.plan(action.command, dict(action.arguments), ask.actor)
    status = await status_if_any(desk)
    pending = desk.confirmations.open(action, ask.user, ask.chat)
    return Card(
        plan_blocks(desk.voice, status, plan, action.shown, action.lifetime_s),
        choice(desk.voice, pending.nonce, action.digest, panic=False),
        nonce=pending.nonce,
    )


async def status_if_any(desk: Desk) -> StatusView | None:
    """Return the status for the mode on a card; a card that decides something can do without."""
    try:
        return await desk.engine.status()
    except EngineError:
        return None
