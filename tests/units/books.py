"""What a journal on disk says: no order twice, and what is held by the sum of the fills."""

import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

Held = dict[tuple[str, str], Decimal]


def raw(data: Path) -> bytes:
    """Return the journal, byte for byte."""
    return b"".join(path.read_bytes() for path in sorted((data / "journal").glob("*.jsonl")))


def facts(journal: bytes, kind: str) -> list[dict[str, Any]]:
    """Return the facts of one kind."""
    records = [json.loads(line)["entry"]["record"] for line in journal.splitlines()]
    return [record for record in records if record["kind"] == kind]


def held(journal: bytes) -> Held:
    """Return what is held of each market: bought less sold, fees in kind, and dropped dust."""
    found: Held = defaultdict(Decimal)
    for fill in facts(journal, "OrderFilled"):
        sign = 1 if fill["side"] == "buy" else -1
        found[fill["venue"], fill["symbol"]] += sign * Decimal(fill["quantity"])
        if fill["fee_asset"] == fill["symbol"].partition("/")[0]:
            found[fill["venue"], fill["symbol"]] -= Decimal(fill["fee"])
    for dust in facts(journal, "DustDropped"):
        found[dust["venue"], dust["symbol"]] -= Decimal(dust["quantity"])
    return {market: quantity for market, quantity in found.items() if quantity}


def assert_nothing_doubled(journal: bytes) -> None:
    """Assert that each order was meant once, each trade booked once, each decision bought once.

    What was meant as the engine died and never reached the venue may be decided anew.
    """
    intents = [fact["intent"] for fact in facts(journal, "OrderIntended")]
    fills = facts(journal, "OrderFilled")
    there = {fact["client_id"] for fact in facts(journal, "OrderAccepted")}
    bought = [i for i in intents if i["purpose"] == "entry" and i["client_id"] in there]
    for what in (
        [intent["client_id"] for intent in intents],
        [(fill["venue"], fill["trade_id"]) for fill in fills],
        [(intent["venue"], intent["symbol"], intent["decision"]) for intent in bought],
    ):
        assert what
        twice = [one for one, times in Counter(what).items() if times > 1]
        assert twice == [], f"twice: {twice}"
