"""Receipts of commands: phrases on disk, lines on the wire, and those of former engines."""

from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest

from engine.contract import Line, PanicLine
from engine.core.command import Command
from engine.core.receipts import done, outcome, planned, restored, stored
from engine.domain.errors import StateCorrupt
from engine.domain.events import CommandAnswered
from engine.phrases.replies import Reply

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ORDER = Command("k1", "telegram:7")
PANIC = PanicLine(
    "upbit", "BTC/KRW", "비트코인", "KRW", Decimal("0.1"), Decimal(2), Decimal(2), Decimal(1)
)


def answered(receipt: str) -> CommandAnswered:
    return CommandAnswered("k1", "telegram:7", "pause", "", receipt, NOON)


def test_a_receipt_comes_back_from_disk_as_it_was_given():
    said = (Reply.STATE_CHANGES.say(before="running", after="paused"), "CRYPTO_K_VALUE: 0.5 → 0.6")
    given = done("pause", said, ORDER, (PANIC,))
    assert restored(answered(stored(given))) == given
    assert given.lines == (
        Line("reply.state_changes", {"before": "running", "after": "paused"}, "running → paused"),
        Line("", {}, "CRYPTO_K_VALUE: 0.5 → 0.6"),
    )
    assert orjson.loads(stored(given))["lines"] == list(said)
    assert outcome(given) == "running → paused; CRYPTO_K_VALUE: 0.5 → 0.6"


def test_a_receipt_without_lines_was_carried_out():
    assert outcome(planned("panic", (), ORDER)) == "carried out"


def test_a_receipt_of_a_former_engine_is_told_in_its_own_words():
    former = (
        '{"command":"pause","changed":true,"dry_run":false,"lines":["running → paused"],'
        '"key":"k1","panic":[]}'
    )
    receipt = restored(answered(former))
    assert (receipt.command, receipt.changed, receipt.key) == ("pause", True, "k1")
    assert receipt.lines == (Line("", {}, "running → paused"),)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"lines": 1}', '{"lines": []}', '{"lines": '])
def test_a_receipt_that_cannot_be_read_is_no_answer(text: str):
    with pytest.raises(StateCorrupt, match="the receipt of pause 'k1'"):
        restored(answered(text))
