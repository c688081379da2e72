"""Commands that look under the hood: settings, log, checks, audit, events."""

import asyncio

from bot.card import Card
from bot.commands import arguments
from bot.commands.desk import Ask, BadUsage, Command, Desk
from bot.texts import commands
from bot.views.lists import audit_card, health_card, logs_card, settings_card
from bot.views.pushes import events_card

_LINES, _MOST_LINES = 20, 200
_EVENTS, _MOST_EVENTS = 10, 100
_LEVELS = ("debug", "info", "warning", "error", "critical")


async def _settings(desk: Desk, ask: Ask) -> Card:
    status, found = await asyncio.gather(desk.engine.status(), desk.engine.settings())
    wanted = [word.upper() for word in ask.args]
    shown = [s for s in found if all(word in s.key.upper() for word in wanted)]
    return settings_card(desk.voice, status, shown)


async def _logs(desk: Desk, ask: Ask) -> Card:
    lines, level = _LINES, ""
    for word in ask.args:
        if word.lower() in _LEVELS:
            level = word.lower()
        else:
            lines = arguments.bounded(word, _MOST_LINES)
    status, found = await asyncio.gather(desk.engine.status(), desk.engine.logs(lines, level))
    return logs_card(desk.voice, status, found)


async def _health(desk: Desk, _ask: Ask) -> Card:
    status, checks = await asyncio.gather(desk.engine.status(), desk.engine.health())
    return health_card(desk.voice, status, checks)


async def _audit(desk: Desk, _ask: Ask) -> Card:
    status, entries = await asyncio.gather(desk.engine.status(), desk.engine.audit())
    return audit_card(desk.voice, status, entries)


async def _events(desk: Desk, ask: Ask) -> Card:
    if len(ask.args) > 1:
        raise BadUsage
    count = arguments.number(ask.args, _EVENTS, _MOST_EVENTS)
    status = await desk.engine.status()
    found = await desk.engine.events(max(0, status.last_seq - count), 0, count)
    return events_card(desk.voice, status, found.events)


COMMANDS = (
    Command("settings", commands.SETTINGS, "/settings crypto", ("설정",), _settings),
    Command("logs", commands.LOGS, "/logs 50 warning", ("로그",), _logs),
    Command("health", commands.HEALTH, "/health", ("점검",), _health),
    Command("audit", commands.AUDIT, "/audit", ("명령기록",), _audit),
    Command("events", commands.EVENTS, "/events 20", ("이벤트", "알림"), _events),
)
