"""What happens when a confirmation is pressed: one command, at most once."""

from bot.card import Card
from bot.client import EngineRefused, EngineUnreachable
from bot.commands.desk import Ask, Desk, status_if_any
from bot.commands.panic import PANIC, moved, preview
from bot.confirm import Pending
from bot.markup import bold
from bot.texts import commands
from bot.views.head import refused
from bot.views.plans import (
    choice,
    panic_started_blocks,
    receipt_blocks,
    unanswered_blocks,
)
from engine.contract import Receipt


async def carry_out(desk: Desk, ask: Ask, pending: Pending) -> Card:
    """Run a confirmed action and return its receipt, or a retry that cannot run it twice."""
    action = pending.action
    try:
        again = await _preview_again(desk, ask, pending)
        if again is not None:
            return again
        receipt = await desk.engine.carry_out(
            action.command, dict(action.arguments), ask.actor, pending.key
        )
    except EngineUnreachable as e:
        return _retry(desk, ask, pending, e)
    except EngineRefused as e:
        return refused(desk.voice, e.error, e.lines)
    return await _done(desk, pending, receipt)


async def _preview_again(desk: Desk, ask: Ask, pending: Pending) -> Card | None:
    first_try = pending.key == pending.nonce
    if pending.action != PANIC or not first_try:
        return None
    try:
        plan = await desk.engine.plan(PANIC.command, {}, ask.actor)
    except EngineRefused:
        return None  # no second opinion: the owner has confirmed, and every second costs
    if not moved(pending.basis, plan.panic):
        return None
    card = await preview(desk, ask, plan)
    warning = bold(desk.voice.plainly(commands.PANIC_MOVED))
    return Card((warning, *card.blocks), card.buttons, nonce=card.nonce)


def _retry(desk: Desk, ask: Ask, pending: Pending, error: EngineUnreachable) -> Card:
    action = pending.action
    again = desk.confirmations.open(
        action, ask.user, ask.chat, basis=pending.basis, key=pending.key
    )
    return Card(
        unanswered_blocks(desk.voice, error.since, action.command),
        choice(desk.voice, again.nonce, action.digest, panic=action == PANIC, retry=True),
        nonce=again.nonce,
    )


async def _done(desk: Desk, pending: Pending, receipt: Receipt) -> Card:
    status = await status_if_any(desk)
    if pending.action == PANIC:
        return Card(panic_started_blocks(desk.voice, status, receipt, desk.clock.now()))
    return Card(receipt_blocks(desk.voice, status, receipt, pending.action.shown))
