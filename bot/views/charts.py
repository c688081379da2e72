"""Captions: the numbers of a picture, so that they can be read, searched and copied."""

from decimal import Decimal

from bot import figures
from bot.chart_data import drawdown
from bot.markup import Block, bold
from bot.texts import cards
from bot.views.head import short_head
from bot.views.naming import quote_of, venue_name
from bot.voice import Voice
from engine.contract import CandlesView, EquityView, StatusView

_HUNDRED = Decimal(100)


def equity_caption(
    voice: Voice, status: StatusView, view: EquityView, days: int
) -> tuple[Block, ...]:
    """Return period, return, deepest drawdown and equity of a curve."""
    title = voice.plainly(cards.CHART_EQUITY, venue=venue_name(voice, view.venue), days=days)
    first, last = view.points[0], view.points[-1]
    change = (last.equity / first.equity - 1) * _HUNDRED if first.equity else Decimal(0)
    deepest = min(drawdown(tuple(float(point.equity) for point in view.points)))
    return (
        short_head(voice, status, title),
        voice.say(cards.CHART_SPAN, start=voice.minute(first.at), end=voice.minute(last.at)),
        voice.say(
            cards.CHART_EQUITY_CAPTION,
            change=bold(f"{figures.arrow(change)}{figures.percent(change, signed=True)}"),
            drawdown=figures.percent(deepest),
            equity=bold(figures.money(last.equity, view.currency)),
        ),
    )


def candles_caption(voice: Voice, status: StatusView, view: CandlesView) -> tuple[Block, ...]:
    """Return period, last price, change, range and number of trades of a candle chart."""
    title = voice.plainly(
        cards.CHART_CANDLES,
        symbol=view.symbol,
        venue=venue_name(voice, view.venue),
        timeframe=view.timeframe,
    )
    first, last = view.candles[0], view.candles[-1]
    change = Decimal(str(last.close / first.open - 1 if first.open else 0.0)) * _HUNDRED
    quote = quote_of(view.venue)

    def shown(value: float) -> str:
        return figures.price_by_size(Decimal(str(value)), quote)

    return (
        short_head(voice, status, title),
        voice.say(cards.CHART_SPAN, start=voice.minute(first.at), end=voice.minute(last.at)),
        voice.say(
            cards.CHART_CANDLES_CAPTION,
            price=bold(shown(last.close)),
            change=f"{figures.arrow(change)}{figures.percent(change, signed=True)}",
            high=shown(max(candle.high for candle in view.candles)),
            low=shown(min(candle.low for candle in view.candles)),
            trades=len(view.trades),
        ),
    )
