"""What a picture shows, ready to draw: plain numbers and finished words, small enough to send."""

import math
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from bot import figures
from bot.texts import cards
from bot.texts.words import Language
from bot.views.naming import quote_of, venue_name
from bot.voice import Voice
from engine.contract import CandlesView, EquityView

_MOST_POINTS = 1500


@dataclass(frozen=True, slots=True)
class EquityChart:
    """An equity curve with its drawdown in percent; times are seconds, shifted to local time."""

    title: str
    headline: str
    drawdown_label: str
    initial_label: str
    times: tuple[float, ...]
    equity: tuple[float, ...]
    drawdown: tuple[float, ...]
    initial: float
    currency: str
    korean: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """An entry or an exit on the candle chart; `position` is an index into the candles."""

    position: int
    price: float
    entry: bool


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line with a word: entry, target, stop."""

    label: str
    price: float
    kind: str


@dataclass(frozen=True, slots=True)
class CandleChart:
    """Candles with marks and levels; `times` label them and are evenly spaced by index."""

    title: str
    headline: str
    entry_label: str
    exit_label: str
    times: tuple[float, ...]
    opens: tuple[float, ...]
    highs: tuple[float, ...]
    lows: tuple[float, ...]
    closes: tuple[float, ...]
    volumes: tuple[float, ...]
    marks: tuple[Mark, ...]
    levels: tuple[Level, ...]
    korean: bool


Chart = EquityChart | CandleChart


def equity_chart(voice: Voice, view: EquityView, days: int) -> EquityChart:
    """Return the drawing of an equity curve, thinned to what a screen can show."""
    step = max(1, math.ceil(len(view.points) / _MOST_POINTS))
    points = (*view.points[:-1:step], view.points[-1])
    equity = tuple(float(point.equity) for point in points)
    change = equity[-1] / equity[0] - 1 if equity[0] else 0.0
    return EquityChart(
        title=voice.plainly(cards.CHART_EQUITY, venue=venue_name(voice, view.venue), days=days),
        headline=f"{figures.money(view.points[-1].equity, view.currency)}  "
        f"{figures.percent(change * 100, signed=True)}",
        drawdown_label=voice.plainly(cards.CHART_DRAWDOWN),
        initial_label=voice.plainly(cards.CHART_INITIAL),
        times=tuple(_local(voice, point.at.timestamp()) for point in points),
        equity=equity,
        drawdown=drawdown(equity),
        initial=float(view.initial),
        currency=view.currency,
        korean=voice.language is Language.KO,
    )


def candle_chart(voice: Voice, view: CandlesView) -> CandleChart:
    """Return the drawing of candles with the trades that fall inside them."""
    candles = view.candles
    times = tuple(candle.at.timestamp() for candle in candles)
    change = candles[-1].close / candles[0].open - 1 if candles[0].open else 0.0
    close = figures.price_by_size(Decimal(str(candles[-1].close)), quote_of(view.venue))
    title = voice.plainly(
        cards.CHART_CANDLES,
        symbol=view.symbol,
        venue=venue_name(voice, view.venue),
        timeframe=view.timeframe,
    )
    return CandleChart(
        title=title,
        headline=f"{close}  {figures.percent(change * 100, signed=True)}",
        entry_label=voice.plainly(cards.CHART_ENTRY),
        exit_label=voice.plainly(cards.CHART_EXIT),
        times=tuple(_local(voice, at) for at in times),
        opens=tuple(candle.open for candle in candles),
        highs=tuple(candle.high for candle in candles),
        lows=tuple(candle.low for candle in candles),
        closes=tuple(candle.close for candle in candles),
        volumes=tuple(candle.volume for candle in candles),
        marks=_marks(view, times),
        levels=_levels(voice, view),
        korean=voice.language is Language.KO,
    )


def drawdown(equity: tuple[float, ...]) -> tuple[float, ...]:
    """Return the distance of each point from the highest before it, in percent, never positive."""
    peaks = accumulate(equity, max)
    return tuple(
        (value / peak - 1) * 100 if peak > 0 else 0.0
        for value, peak in zip(equity, peaks, strict=True)
    )


def _marks(view: CandlesView, times: tuple[float, ...]) -> tuple[Mark, ...]:
    wanted = [
        (moment, float(price), entry)
        for trade in view.trades
        for moment, price, entry in (
            (trade.opened_at.timestamp(), trade.entry_price, True),
            (trade.closed_at.timestamp(), trade.exit_price, False),
        )
    ]
    if view.position is not None:
        opened = view.position.opened_at.timestamp()
        wanted.append((opened, float(view.position.entry_price), True))
    # A candle holds the moments up to the next one's start; the last is as long as the others.
    step = times[1] - times[0]
    return tuple(
        Mark(max(i for i, at in enumerate(times) if at <= moment), price, entry)
        for moment, price, entry in sorted(wanted)
        if times[0] <= moment < times[-1] + step
    )


def _levels(voice: Voice, view: CandlesView) -> tuple[Level, ...]:
    held = view.position
    if held is None:
        return ()
    named = (
        (voice.plainly(cards.CHART_ENTRY), held.entry_price, "entry"),
        (voice.plainly(cards.CHART_TARGET), held.take_profit, "target"),
        (voice.plainly(cards.CHART_STOP), held.stop_loss, "stop"),
        (voice.plainly(cards.CHART_TRAILING), held.trailing_stop, "stop"),
    )
    return tuple(
        Level(f"{label} {figures.price(price, held.tick)}", float(price), kind)
        for label, price, kind in named
        if price is not None
    )


def _local(voice: Voice, timestamp: float) -> float:
    moment = voice.at(timestamp)
    offset = moment.utcoffset()
    return timestamp + (offset.total_seconds() if offset else 0.0)
