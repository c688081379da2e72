"""Commands that only look: status, positions, orders, trades, results, decisions."""

import asyncio

from bot.card import Card
from bot.commands import arguments
from bot.commands.desk import Ask, BadUsage, Command, Desk
from bot.texts import commands
from bot.views.lists import why_card
from bot.views.positions import orders_card, positions_card
from bot.views.results import pnl_card, trades_card
from bot.views.status import status_card

_WEEK = 7
_MOST_DAYS = 365


async def _status(desk: Desk, _ask: Ask) -> Card:
    return status_card(desk.voice, await desk.engine.status())


async def _positions(desk: Desk, _ask: Ask) -> Card:
    status, positions = await asyncio.gather(desk.engine.status(), desk.engine.positions())
    return positions_card(desk.voice, status, positions)


async def _orders(desk: Desk, _ask: Ask) -> Card:
    status, orders = await asyncio.gather(desk.engine.status(), desk.engine.orders())
    return orders_card(desk.voice, status, orders)


async def _trades(desk: Desk, ask: Ask) -> Card:
    days = arguments.number(ask.args, _WEEK, _MOST_DAYS)
    status, trades = await asyncio.gather(desk.engine.status(), desk.engine.trades(days))
    return trades_card(desk.voice, status, trades, days)


async def _pnl(desk: Desk, ask: Ask) -> Card:
    days = arguments.number(ask.args, _WEEK, _MOST_DAYS)
    status, trades = await asyncio.gather(desk.engine.status(), desk.engine.trades(days))
    return pnl_card(desk.voice, status, trades, days)


async def _why(desk: Desk, ask: Ask) -> Card:
    if len(ask.args) != 1:
        raise BadUsage
    asked = arguments.symbol(ask.args[0])
    status, decisions = await asyncio.gather(desk.engine.status(), desk.engine.why(asked))
    return why_card(desk.voice, status, decisions, asked)


COMMANDS = (
    Command("status", commands.STATUS, "/status", ("상태",), _status),
    Command("positions", commands.POSITIONS, "/positions", ("포지션", "보유"), _positions),
    Command("orders", commands.ORDERS, "/orders", ("주문", "미체결"), _orders),
    Command("trades", commands.TRADES, "/trades 7", ("거래", "거래내역"), _trades),
    Command("pnl", commands.PNL, "/pnl 30", ("손익", "수익"), _pnl),
    Command("why", commands.WHY, "/why BTC", ("왜", "이유"), _why),
)
