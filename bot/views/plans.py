"""Previews before a command and receipts after it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from bot import figures
from bot.card import Button
from bot.markup import Block, Html, bold, code, escape, joined, table
from bot.texts import commands
from bot.views.head import silent_line
from bot.views.naming import mode_label, symbol_name, venue_mode, venue_name
from bot.views.telling import told
from bot.voice import Voice
from engine.contract import PanicLine, Receipt, StatusView

_LONG = 600
_ZERO = Decimal(0)
SHELL_PANIC = "pasu panic"


def plan_blocks(
    voice: Voice, status: StatusView | None, plan: Receipt, shown: str, seconds: int
) -> tuple[Block, ...]:
    """Return what a command would do and how long its button lives."""
    return (
        _titled(voice, status, voice.plainly(commands.PLAN, command=shown)),
        *_lines(voice, plan),
        voice.say(commands.CONFIRM_WITHIN, seconds=seconds),
    )


def receipt_blocks(
    voice: Voice, status: StatusView | None, receipt: Receipt, shown: str
) -> tuple[Block, ...]:
    """Return what a command did."""
    words = commands.DONE if receipt.changed else commands.DONE_BEFORE
    return (
        _titled(voice, status, voice.plainly(words, command=shown)),
        *_lines(voice, receipt),
    )


def panic_blocks(
    voice: Voice, status: StatusView | None, plan: Receipt, seconds: int
) -> tuple[Block, ...]:
    """Return per venue what a panic sells: quantity, value and estimated slippage, as tables."""
    total = sum((line.value_krw for line in plan.panic), _ZERO)
    title = voice.plainly(
        commands.PANIC_TITLE, count=len(plan.panic), value=figures.money(total, "KRW")
    )
    blocks: list[Block] = [_titled(voice, status, f"⛔ {title}")]
    if not plan.panic:
        blocks.append(voice.say(commands.PANIC_NOTHING))
    for venue in dict.fromkeys(line.venue for line in plan.panic):
        blocks += _panic_venue(voice, status, [p for p in plan.panic if p.venue == venue])
    blocks += _lines(voice, plan)
    blocks += [
        voice.say(commands.PANIC_LATCH),
        voice.say(commands.CONFIRM_WITHIN, seconds=seconds),
    ]
    return tuple(blocks)


def panic_started_blocks(
    voice: Voice, status: StatusView | None, receipt: Receipt, at: datetime
) -> tuple[Block, ...]:
    """Return the answer to a confirmed panic."""
    return (
        _titled(voice, status, voice.plainly(commands.PANIC_STARTED, at=voice.moment(at))),
        *_lines(voice, receipt),
        voice.say(commands.PANIC_RECEIPTS),
    )


def unanswered_blocks(voice: Voice, since: datetime | None, command: str) -> tuple[Block, ...]:
    """Return what to do when a confirmed command got no answer."""
    blocks: list[Block] = [
        bold(silent_line(voice, since)),
        voice.say(commands.AMBIGUOUS),
    ]
    if command == "panic":
        blocks.append(voice.say(commands.PANIC_SHELL, line=code(SHELL_PANIC)))
    return tuple(blocks)


def choice(
    voice: Voice, nonce: str, digest: str, *, panic: bool, retry: bool = False
) -> tuple[tuple[Button, ...], ...]:
    """Return the two buttons of a confirmation."""
    words = commands.RETRY if retry else commands.YES_PANIC if panic else commands.YES
    return (
        (
            Button(voice.plainly(words), f"y:{nonce}:{digest}"),
            Button(voice.plainly(commands.NO), f"n:{nonce}:{digest}"),
        ),
    )


def _lines(voice: Voice, receipt: Receipt) -> list[Html]:
    return [escape(told(voice, line), _LONG) for line in receipt.lines]


def _titled(voice: Voice, status: StatusView | None, title: str) -> Html:
    return joined((bold(title), mode_label(voice, status) if status else ""))


def _panic_venue(
    voice: Voice, status: StatusView | None, lines: Sequence[PanicLine]
) -> list[Block]:
    venue = lines[0].venue
    value = sum((line.value_krw for line in lines), _ZERO)
    cost = sum((line.value_krw * line.slippage_percent for line in lines), _ZERO)
    name = f"{venue_name(voice, venue)} {venue_mode(voice, status, venue)}".strip()
    heading = voice.plainly(
        commands.PANIC_VENUE,
        venue=name,
        value=figures.money(value, "KRW"),
        slippage=figures.percent(cost / value if value else _ZERO),
    )
    columns = (
        commands.COLUMN_SYMBOL,
        commands.COLUMN_QUANTITY,
        commands.COLUMN_VALUE,
        commands.COLUMN_SLIPPAGE,
    )
    rows = [tuple(voice.plainly(words) for words in columns)]
    rows += [
        (
            symbol_name(line.symbol, line.name),
            figures.quantity(line.quantity),
            figures.money(line.value, line.quote),
            figures.percent(line.slippage_percent),
        )
        for line in lines
    ]
    return [Html(""), bold(heading), table(rows)]
