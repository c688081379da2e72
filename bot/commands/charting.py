"""The chart command: an equity curve, or candles with the trades made on them."""

import re

from bot.card import Card
from bot.chart_data import candle_chart, equity_chart
from bot.charts import ChartFailed
from bot.commands import arguments
from bot.commands.desk import Ask, BadUsage, Command, Desk
from bot.texts import cards, commands
from bot.views.charts import candles_caption, equity_caption

_DAYS, _MOST_DAYS = 30, 365
_CANDLES = 120
_TIMEFRAME = re.compile(r"^(1|3|5|15|30)m$|^(1|4)h$|^1d$")
_MIN_POINTS = 2


async def _chart(desk: Desk, ask: Ask) -> Card:
    venue, symbol, timeframe, days = "", "", "", _DAYS
    for word in ask.args:
        named = arguments.venue(word)
        if named:
            venue = named
        elif _TIMEFRAME.match(word.lower()):
            timeframe = word.lower()
        elif word.removesuffix("일").removesuffix("d").isdecimal() and len(word) <= len("365일"):
            days = arguments.bounded(word, _MOST_DAYS)
        elif symbol:
            raise BadUsage
        else:
            symbol = arguments.symbol(word)
    await ask.busy()
    try:
        if symbol:
            return await _candles(desk, symbol, venue, timeframe)
        return await _equity(desk, venue or "all", days)
    except ChartFailed:
        return Card((desk.voice.say(cards.CHART_FAILED),))


async def _equity(desk: Desk, venue: str, days: int) -> Card:
    status = await desk.engine.status()
    view = await desk.engine.equity(venue, days)
    if len(view.points) < _MIN_POINTS:
        return Card((desk.voice.say(cards.CHART_EMPTY),))
    picture = await desk.charts.draw(equity_chart(desk.voice, view, days))
    return Card(equity_caption(desk.voice, status, view, days), picture=picture)


async def _candles(desk: Desk, symbol: str, venue: str, timeframe: str) -> Card:
    status = await desk.engine.status()
    view = await desk.engine.candles(symbol, venue, timeframe, _CANDLES)
    if len(view.candles) < _MIN_POINTS:
        return Card((desk.voice.say(cards.CHART_EMPTY),))
    picture = await desk.charts.draw(candle_chart(desk.voice, view))
    return Card(candles_caption(desk.voice, status, view), picture=picture)


COMMANDS = (Command("chart", commands.CHART, "/chart upbit 30 · /chart BTC 1h", ("차트",), _chart),)
