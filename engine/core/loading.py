"""Bring a market's history in, so that its strategy stands where it would had it never slept."""

import logging
from dataclasses import replace

from engine.core.context import DeskContext
from engine.core.market import MTF_PERIOD, Market, longer
from engine.domain.candle import Timeframe
from engine.domain.errors import PasuError
from engine.domain.instrument import Instrument
from engine.domain.money import from_float
from engine.domain.position import Position
from strategies.indicators import Ema
from strategies.registry import strategy

_log = logging.getLogger(__name__)


async def load(context: DeskContext, instrument: Instrument) -> Market:
    """Return a market with its history fed in, up to the newest closed base candle.

    Raises:
        VenueDown: the history could not be had.
        BadConfiguration: the rules name a strategy that does not exist.
    """
    profile, parameters = context.profile, context.rules.parameters
    base = profile.base_timeframes.get(instrument.symbol, Timeframe.M1)
    timeframe = longer(base, parameters.timeframe)
    chosen = strategy(replace(parameters, timeframe=timeframe))
    market = Market(instrument, base, profile.sessions, timeframe, chosen)
    decision = await context.venue.candles(instrument.symbol, market.timeframe, chosen.warmup)
    hour = longer(base, Timeframe.H1)
    count = Ema.settling(MTF_PERIOD) if parameters.use_mtf and instrument.venue.is_crypto else 1
    hourly = await context.venue.candles(instrument.symbol, hour, count)
    recent = await context.venue.candles(instrument.symbol, base, _per_candle(market, hour))
    market.prime(decision, hourly, recent)
    market.refresh_level()
    return market


async def restore_high(context: DeskContext, market: Market, position: Position) -> None:
    """Set a position's high to what the market has seen since its entry.

    Highs are no facts: the candles know those between two snapshots, and they alone tell a replay
    that resumes what it knew at that moment. A venue that does not answer leaves the high where it
    was: prices to come will raise it.
    """
    held = context.clock.now() - position.opened_at
    count = int(held.total_seconds() // market.base.seconds) + 1
    try:
        candles = await context.venue.candles(position.symbol, market.base, count)
    except PasuError as e:
        _log.warning("high.not_restored symbol=%s cause=%s", position.symbol, e)
        return
    context.portfolio.positions[position.symbol] = replace(position, high=position.entry_price)
    for candle in candles:
        if candle.opened_at + market.base.delta > position.opened_at:
            high = market.instrument.ticks.near(from_float(candle.high))
            context.portfolio.see(position.symbol, high)


def _per_candle(market: Market, hour: Timeframe) -> int:
    longest = longer(market.timeframe, hour)
    return longest.seconds // market.base.seconds
