"""Bring the candles of a search in, market by market, and never hold the loop up with them."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil

import numpy as np

from engine.core.context import DeskContext
from engine.core.desk import Desk
from engine.core.market import longer
from engine.core.tuning_entries import MarketSeries
from engine.core.tuning_plan import Plan
from engine.core.tuning_search import SearchTask
from engine.domain.candle import Candle, Timeframe
from engine.domain.errors import PasuError
from engine.domain.instrument import Instrument
from engine.settings import Market
from strategies.registry import strategy
from strategies.simulator.rules import Costs

SLIPPAGE = 0.0005
"""What a market order is assumed to lose against its price, as a share, beside the fee."""

_AT_ONCE = 500

_log = logging.getLogger(__name__)


async def gather(desks: Sequence[Desk], plan: Plan, now: datetime) -> SearchTask | None:
    """Return the search over every market that its desks may enter, None without any candles.

    A market whose history does not reach back over the whole span is left out, and so is one whose
    venue does not answer.
    """
    found: list[MarketSeries] = []
    for desk in desks:
        if Market.of(desk.name) is not plan.market:
            continue
        for symbol in desk.universe.symbols:
            market = desk.context.markets.get(symbol)
            if market is not None:
                series = await _series(desk.context, market.instrument, plan, now)
                found += [series] if series is not None else []
    if not found:
        return None
    start = now - plan.span if plan.span is not None else _start(found, plan.candles)
    return SearchTask(
        plan.parameters,
        plan.grid,
        plan.objective,
        plan.min_trades,
        tuple(found),
        start,
        now,
    )


async def _series(
    context: DeskContext, instrument: Instrument, plan: Plan, now: datetime
) -> MarketSeries | None:
    base = context.profile.base_timeframes.get(instrument.symbol, Timeframe.M1)
    timeframe = longer(base, plan.parameters.timeframe)
    lead = strategy(replace(plan.parameters, timeframe=timeframe)).warmup
    needed = plan.candles if plan.span is None else ceil(plan.span / timeframe.delta)
    try:
        candles = await context.venue.candles(instrument.symbol, timeframe, needed + lead)
    except PasuError as e:
        _log.warning("tuning.no_candles symbol=%s cause=%s", instrument.symbol, e)
        return None
    if plan.span is not None:
        reaches = bool(candles) and candles[0].opened_at <= now - plan.span
    else:
        reaches = len(candles) >= plan.candles
    if not reaches:
        return None
    costs = Costs(float(instrument.taker_fee), SLIPPAGE, float(instrument.sell_tax))
    name = f"{instrument.venue.value} {instrument.symbol}"
    return await _columns(name, timeframe, costs, candles, context)


async def _columns(
    name: str, timeframe: Timeframe, costs: Costs, candles: Sequence[Candle], context: DeskContext
) -> MarketSeries:
    """Turn candles into columns, some at a time: ten thousand of them are no short work."""
    day_of = context.profile.sessions.day
    opened = np.empty(len(candles), np.int64)
    days, columns = np.empty(len(candles), np.int64), np.empty((5, len(candles)))
    for first in range(0, len(candles), _AT_ONCE):
        part = candles[first : first + _AT_ONCE]
        rows = slice(first, first + len(part))
        opened[rows] = [int(candle.opened_at.timestamp()) for candle in part]
        days[rows] = [day_of(candle.opened_at).toordinal() for candle in part]
        columns[:, rows] = np.array([candle[1:] for candle in part]).T
        await asyncio.sleep(0)
    return MarketSeries(name, timeframe, costs, opened, days, columns)


def _start(found: Sequence[MarketSeries], candles: int) -> datetime:
    from_first = min(int(series.opened[-candles]) for series in found)
    return datetime.fromtimestamp(from_first, UTC)
