"""The emergency sale: preview, and whether the preview still holds when it is confirmed."""

from collections.abc import Sequence
from decimal import Decimal

from bot.card import Card
from bot.commands.desk import Ask, Command, Desk, status_if_any
from bot.confirm import Action
from bot.texts import commands
from bot.views.plans import choice, panic_blocks
from engine.contract import PanicLine, Receipt

PANIC = Action("panic", (), "panic")
_MOVED = Decimal("0.1")
_ZERO = Decimal(0)


async def preview(desk: Desk, ask: Ask, plan: Receipt | None = None) -> Card:
    """Return what a panic would sell, with the buttons that decide it.

    Raises:
        EngineError: the engine gave no plan.
    """
    known = plan or await desk.engine.plan(PANIC.command, {}, ask.actor)
    pending = desk.confirmations.open(PANIC, ask.user, ask.chat, basis=known.panic)
    status = await status_if_any(desk)
    return Card(
        panic_blocks(desk.voice, status, known, PANIC.lifetime_s),
        choice(desk.voice, pending.nonce, PANIC.digest, panic=True),
        nonce=pending.nonce,
    )


def moved(before: Sequence[PanicLine], after: Sequence[PanicLine]) -> bool:
    """Return whether more than a tenth of what is held changed hands, at the previewed prices.

    Prices that merely moved do not count: the owner wants out of these positions all the same.
    """
    first = {(line.venue, line.symbol): line for line in before}
    second = {(line.venue, line.symbol): line for line in after}
    base = sum((line.value_krw for line in before), _ZERO)
    change = _ZERO
    for place in first.keys() | second.keys():
        had = first[place].quantity if place in first else _ZERO
        has = second[place].quantity if place in second else _ZERO
        line = first.get(place) or second[place]
        unit = line.value_krw / line.quantity if line.quantity else _ZERO
        change += abs(has - had) * unit
    return change > base * _MOVED


async def _panic(desk: Desk, ask: Ask) -> Card:
    return await preview(desk, ask)


COMMANDS = (
    Command(
        "panic",
        commands.PANIC,
        "/panic",
        ("긴급정지", "긴급매도", "전량매도", "패닉"),
        _panic,
        changes=True,
        pressed=_panic,
    ),
)
