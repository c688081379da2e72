"""A portfolio as the tables of its state file, and back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.codec import DecodeError, decode, encode
from engine.core.portfolio import EntryMark, Portfolio
from engine.domain.errors import StateCorrupt
from engine.domain.events import PositionClosed
from engine.domain.ids import TradeId
from engine.domain.ledger import Ledger, Posting
from engine.domain.order import Order
from engine.domain.position import Position
from engine.ports.store import Tables

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a person reading the file wants to know beside the numbers.

    `mode` is where the book's fills came from: it is never carried over into another mode.
    """

    strategy: str
    timeframe: str
    selected_symbols: tuple[str, ...]
    clock: datetime
    mode: str = ""


def to_tables(portfolio: Portfolio, equity: Decimal, metadata: Metadata) -> Tables:
    """Return the tables of design §5, and beside them those that make the book whole again."""
    return {
        "initial_capital": [{"amount": encode(portfolio.initial_capital)}],
        "current_capital": [{"amount": encode(equity), "cash": encode(portfolio.cash)}],
        "positions": [encode(position) for position in portfolio.positions.values()],
        "entry_prices": [
            {"symbol": symbol, "price": encode(position.entry_price)}
            for symbol, position in portfolio.positions.items()
        ],
        "trade_history": [_trade_row(closed) for closed in portfolio.history],
        "metadata": [encode(metadata)],
        "orders": [encode(order) for order in portfolio.orders.values()],
        "ledger": [
            {"account": account, "asset": asset, "amount": encode(amount)}
            for (account, asset), amount in portfolio.ledger.balances.items()
            if amount
        ],
        "entry_decisions": [
            {"symbol": symbol, **encode(mark)} for symbol, mark in portfolio.entries.items()
        ],
        "exits_sent": [{"symbol": s, "count": n} for s, n in portfolio.exits_sent.items()],
        "liquidation_steps": [{"symbol": s, "step": n} for s, n in portfolio.ladder.items()],
        "paused": [{"symbol": s, "why": why} for s, why in portfolio.paused.items()],
        "totals": [
            {
                "closed_trades": portfolio.closed_trades,
                "realized": encode(portfolio.realized),
                "foreign_fees": encode(portfolio.foreign_fees),
                "dust": portfolio.dust,
                "settled_funding": list(portfolio.settled_funding),
            }
        ],
    }


def restore(portfolio: Portfolio, tables: Tables) -> None:
    """Fill an empty portfolio from its tables.

    Raises:
        StateCorrupt: a row is missing or unreadable, or the ledger does not sum to zero.
    """
    try:
        _restore(portfolio, tables)
    except (DecodeError, KeyError, ValueError, TypeError) as e:
        message = f"{portfolio.venue}_portfolio: unreadable row: {e}"
        raise StateCorrupt(message) from e


def metadata_of(tables: Tables) -> Metadata | None:
    """Return what was noted beside the tables: the venue's clock, the mode; None without any."""
    rows = tables.get("metadata", ())
    return decode(Metadata, dict(rows[0])) if rows else None


def _restore(portfolio: Portfolio, tables: Tables) -> None:
    portfolio.initial_capital = _amount(_only(tables["initial_capital"])["amount"])
    portfolio.ledger = Ledger()
    portfolio.ledger.post(_posting(row) for row in tables["ledger"])
    for row in tables["positions"]:
        position = decode(Position, dict(row))
        portfolio.positions[position.symbol] = position
    for row in tables["orders"]:
        portfolio.put(decode(Order, dict(row)))
    portfolio.history.extend(_closed(tables["trade_history"]))
    for row in tables["entry_decisions"]:
        mark = EntryMark(str(row["decision"]), int(row["attempts"]), taken=bool(row["taken"]))
        portfolio.entries[str(row["symbol"])] = mark
    portfolio.exits_sent = {str(row["symbol"]): int(row["count"]) for row in tables["exits_sent"]}
    portfolio.ladder = {str(row["symbol"]): str(row["step"]) for row in tables["liquidation_steps"]}
    portfolio.paused = {str(row["symbol"]): str(row["why"]) for row in tables.get("paused", ())}
    totals = _only(tables["totals"])
    portfolio.closed_trades = int(totals["closed_trades"])
    portfolio.realized = _amount(totals["realized"])
    portfolio.foreign_fees = _amount(totals["foreign_fees"])
    portfolio.dust = int(totals["dust"])
    portfolio.settled_funding.extend(TradeId(item) for item in totals["settled_funding"])


def _trade_row(closed: PositionClosed) -> Row:
    return {
        "timestamp": closed.at.isoformat(),
        "symbol": closed.symbol,
        "type": "sell",
        "pnl": encode(closed.pnl),
        "pnl_percent": encode(closed.pnl_percent),
        "trade": encode(closed),
    }


def _closed(rows: Sequence[Row]) -> Iterable[PositionClosed]:
    return (decode(PositionClosed, dict(row["trade"])) for row in rows)


def _posting(row: Row) -> Posting:
    return Posting(str(row["account"]), str(row["asset"]), _amount(row["amount"]))


def _amount(value: object) -> Decimal:
    return decode(Decimal, value)


def _only(rows: Sequence[Row]) -> Row:
    if len(rows) != 1:
        message = f"expected one row, found {len(rows)}"
        raise ValueError(message)
    return rows[0]
