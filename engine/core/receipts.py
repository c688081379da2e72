"""The answer to a command: made of phrases, and kept on disk as it was given."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from engine.contract import DecodeError, PanicLine, Receipt, decode, encode, line_of
from engine.core.command import Command
from engine.domain.errors import StateCorrupt
from engine.domain.events import CommandAnswered
from engine.phrases.replies import Reply
from engine.phrases.written import write


def done(
    command: str, said: Sequence[str], order: Command, panic: tuple[PanicLine, ...] = ()
) -> Receipt:
    """Return the receipt of a command that changed something."""
    return Receipt(command, True, False, tuple(map(line_of, said)), order.key, panic)


def planned(
    command: str, said: Sequence[str], order: Command, panic: tuple[PanicLine, ...] = ()
) -> Receipt:
    """Return what a command would do, or that it found nothing to do."""
    return Receipt(command, False, order.dry_run, tuple(map(line_of, said)), order.key, panic)


def stored(receipt: Receipt) -> str:
    """Return the receipt as text for the disk: its lines are phrases, as in every fact."""
    lines = [write(o.code, o.figures) if o.code else o.text for o in receipt.lines]
    return orjson.dumps({**encode(receipt), "lines": lines}).decode()


def restored(answer: CommandAnswered) -> Receipt:
    """Return the receipt that was given for a command.

    Raises:
        StateCorrupt: it is not readable.
    """
    try:
        record: Mapping[str, Any] = orjson.loads(answer.receipt)
        bare = decode(Receipt, {**record, "lines": []})
        return replace(bare, lines=tuple(line_of(str(text)) for text in record["lines"]))
    except (orjson.JSONDecodeError, DecodeError, KeyError, TypeError) as e:
        message = f"the receipt of {answer.command} {answer.key!r} is unreadable"
        raise StateCorrupt(message) from e


def outcome(receipt: Receipt) -> str:
    """Return the lines of a receipt as one, in English."""
    return "; ".join(line.text for line in receipt.lines) or str(Reply.CARRIED_OUT.value)
