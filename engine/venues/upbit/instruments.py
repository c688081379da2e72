"""Upbit's markets with their rules: ticks, minimum, fees, and what the venue warns of.

The price steps are a table of our own, because the clients' tables are missing or out of date; the
venue names the step of each market at its present price, and where that differs its word counts
(docs.upbit.com, KRW market information; GET /v1/orderbook/instruments).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.domain.errors import Malformed
from engine.domain.instrument import Instrument
from engine.domain.money import TickTable, single_tick
from engine.domain.venue import VenueName
from engine.venues.live.answers import amount
from engine.venues.rules import KRW_TICKS

QUOTE = "KRW"
LOT = Decimal("0.00000001")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every KRW market: fees as shares of notional, the least order in won."""

    bid_fee: Decimal = Decimal("0.0005")
    ask_fee: Decimal = Decimal("0.0005")
    min_total: Decimal = Decimal(5000)


def instruments(
    markets: Sequence[Mapping[str, Any]],
    ticks: Mapping[str, Decimal],
    prices: Mapping[str, Decimal],
    terms: Terms,
) -> tuple[Instrument, ...]:
    """Return the KRW markets; `ticks` and `prices` are what the venue says now, by symbol.

    Raises:
        Malformed: the list of markets is none.
    """
    try:
        return tuple(
            _instrument(row, ticks, prices, terms)
            for row in markets
            if str(row["market"]).startswith(f"{QUOTE}-")
        )
    except (KeyError, TypeError, AttributeError) as e:
        message = f"Upbit's list of markets makes no sense: {e!r}"
        raise Malformed(message) from e


def terms_of(chance: Mapping[str, Any]) -> Terms:
    """Return the account's terms as GET /v1/orders/chance names them.

    Raises:
        Malformed: a figure is missing.
    """
    try:
        sides = chance["market"]
        least = max(amount(sides[side], "min_total") for side in ("bid", "ask"))
        return Terms(amount(chance, "bid_fee"), amount(chance, "ask_fee"), least)
    except (KeyError, TypeError, AttributeError) as e:
        message = f"Upbit's order terms make no sense: {e!r}"
        raise Malformed(message) from e


def symbol_of(code: str) -> str:
    """Return "BTC/KRW" for "KRW-BTC"."""
    quote, _, base = code.partition("-")
    return f"{base}/{quote}"


def code_of(symbol: str) -> str:
    """Return "KRW-BTC" for "BTC/KRW"."""
    base, _, quote = symbol.partition("/")
    return f"{quote}-{base}"


def _instrument(
    row: Mapping[str, Any],
    ticks: Mapping[str, Decimal],
    prices: Mapping[str, Decimal],
    terms: Terms,
) -> Instrument:
    symbol = symbol_of(row["market"])
    return Instrument(
        venue=VenueName.UPBIT,
        symbol=symbol,
        base=symbol.partition("/")[0],
        quote=QUOTE,
        ticks=_ticks(symbol, ticks.get(symbol), prices.get(symbol)),
        lot=LOT,
        min_quantity=LOT,
        min_notional=terms.min_total,
        maker_fee=max(terms.bid_fee, terms.ask_fee),
        taker_fee=max(terms.bid_fee, terms.ask_fee),
        name=row.get("korean_name") or "",
        flagged=_flag(row.get("market_event") or {}),
    )


def _ticks(symbol: str, told: Decimal | None, price: Decimal | None) -> TickTable:
    if not told or not price or told == KRW_TICKS.tick_at(price):
        return KRW_TICKS
    _log.info("tick.differs symbol=%s venue=%s price=%s", symbol, told, price)
    return single_tick(told)


def _flag(event: Mapping[str, Any]) -> str:
    """Return what the venue warns of: an investment warning first, then each caution."""
    cautions = event.get("caution") or {}
    named = [name.lower() for name, raised in cautions.items() if raised]
    return ", ".join((["warning"] if event.get("warning") else []) + named)
