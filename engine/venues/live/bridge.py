"""Prices by REST for as long as the stream does not tell them."""

import asyncio

from engine.ports.venue import SurfaceName
from engine.venues.live.budget import Budget
from engine.venues.live.candles import BaseCandles
from engine.venues.live.lines import Lines

BRIDGE_S = 2.0


async def bridge_while_lost(candles: BaseCandles, lines: Lines, budget: Budget) -> None:
    """Tell every followed market's price at once when the stream is lost, and then every 2 s.

    Runs beside the stream until cancelled; a venue that asked to be left alone is.
    """
    while True:
        await lines.until_lost(SurfaceName.PRICES)
        if budget.closed_until is None:
            await candles.bridge()
        await asyncio.sleep(BRIDGE_S)
