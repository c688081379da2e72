"""Everything a book knows, in a form that can be compared."""

from typing import Any

from engine.core.portfolio import Portfolio


def state_of(portfolio: Portfolio) -> dict[str, Any]:
    """Return the whole state of a book; balances of zero are no state."""
    return {
        "capital": portfolio.initial_capital,
        "cash": portfolio.cash,
        "balances": {key: n for key, n in portfolio.ledger.balances.items() if n},
        "positions": dict(portfolio.positions),
        "orders": list(portfolio.orders.items()),
        "pending": sorted(order.intent.client_id for order in portfolio.pending()),
        "history": list(portfolio.history),
        "entries": dict(portfolio.entries),
        "exits": dict(portfolio.exits_sent),
        "paused": dict(portfolio.paused),
        "funding": list(portfolio.settled_funding),
        "totals": (portfolio.closed_trades, portfolio.realized, portfolio.dust),
    }
