"""Identifiers: the same decision always makes the same client id."""

import hashlib
from typing import NewType

ClientOrderId = NewType("ClientOrderId", str)
VenueOrderId = NewType("VenueOrderId", str)
TradeId = NewType("TradeId", str)

_PREFIX = "pasu-"
_DIGITS = 26


def client_order_id(*parts: str) -> ClientOrderId:
    """Return the client id of a decision: strategy, symbol, moment, leg and attempt.

    The id is at most 31 characters of [a-z0-9-], which every venue that takes one accepts.
    """
    digest = hashlib.sha256("|".join(parts).encode()).hexdigest()
    return ClientOrderId(_PREFIX + digest[:_DIGITS])


def is_ours(client_id: str) -> bool:
    """Return whether an order at a venue carries an id that Pasu made."""
    return client_id.startswith(_PREFIX)
