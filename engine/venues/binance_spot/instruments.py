"""Markets of Binance spot and their filters, from exchangeInfo.

Source: binance-spot-api-docs, filters.md.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.domain.errors import Malformed
from engine.domain.instrument import Instrument
from engine.domain.money import ZERO, single_tick
from engine.domain.venue import VenueName
from engine.venues.binance_spot.figures import text
from engine.venues.live.answers import amount, row, rows

QUOTE = "USDT"
USUAL_FEE = Decimal("0.001")
_TRADING = "TRADING"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Fees:
    """The account's commissions, as shares of notional."""

    maker: Decimal = USUAL_FEE
    taker: Decimal = USUAL_FEE


@dataclass(frozen=True, slots=True)
class Listing:
    """A market with its name at Binance ("BTCUSDT") and the most that one market order may be."""

    instrument: Instrument
    venue_symbol: str
    market_max: Decimal | None


def listings(answer: Any, fees: Fees) -> Sequence[Listing]:  # noqa: ANN401 - exchangeInfo
    """Return the USDT markets of spot; one that does not trade is flagged with its status.

    A market whose entry cannot be read is left out. Raises Malformed when there is no list.
    """
    found = []
    for entry in rows(row(answer).get("symbols")):
        if entry.get("quoteAsset") != QUOTE or not entry.get("isSpotTradingAllowed"):
            continue
        try:
            found.append(_listing(entry, fees))
        except Malformed as e:
            _log.warning("market.unreadable symbol=%s cause=%s", entry.get("symbol"), e)
    return found


def _listing(entry: Mapping[str, Any], fees: Fees) -> Listing:
    filters = {text(one, "filterType"): one for one in rows(entry.get("filters"))}
    lots = _need(filters, "LOT_SIZE")
    market_lots = filters.get("MARKET_LOT_SIZE", lots)
    notional = filters.get("NOTIONAL") or _need(filters, "MIN_NOTIONAL")
    base, status = text(entry, "baseAsset"), text(entry, "status")
    # Sizes are for market orders too, whose step is the coarser one where they have their own.
    lot = max(amount(lots, "stepSize"), amount(market_lots, "stepSize"))
    least = max(amount(lots, "minQty"), amount(market_lots, "minQty"))
    tick = amount(_need(filters, "PRICE_FILTER"), "tickSize")
    if lot <= ZERO or tick <= ZERO:
        raise Malformed("a step of zero")
    most = amount(market_lots, "maxQty")
    instrument = Instrument(
        venue=VenueName.BINANCE_SPOT,
        symbol=f"{base}/{QUOTE}",
        base=base,
        quote=QUOTE,
        ticks=single_tick(tick),
        lot=lot,
        min_quantity=max(least, lot),
        min_notional=amount(notional, "minNotional"),
        maker_fee=fees.maker,
        taker_fee=fees.taker,
        flagged="" if status == _TRADING else status,
    )
    return Listing(instrument, text(entry, "symbol"), most if most > ZERO else None)


def _need(filters: Mapping[str, Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    if name not in filters:
        raise Malformed(f"no filter {name}")
    return filters[name]
