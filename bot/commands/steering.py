"""Commands that change the engine: each shows its plan first; pause alone acts at once."""

from bot.card import Card
from bot.commands import arguments
from bot.commands.desk import Ask, BadUsage, Command, Desk, ask_first, status_if_any
from bot.confirm import Action
from bot.texts import commands
from bot.views.lists import presets_card
from bot.views.plans import receipt_blocks

_MARKET_AND_NAME = 2
_CRYPTO = "crypto"


async def _preset(desk: Desk, ask: Ask) -> Card:
    if not ask.args:
        return presets_card(desk.voice, await desk.engine.status(), await desk.engine.presets())
    market = arguments.market(ask.args[0]) if len(ask.args) == _MARKET_AND_NAME else _CRYPTO
    if market is None or len(ask.args) > _MARKET_AND_NAME:
        raise BadUsage
    name = ask.args[-1].lower()
    known = [preset.name for preset in await desk.engine.presets()]
    if name not in known:
        refusal = desk.voice.say(commands.NO_PRESET, name=name, names=", ".join(known))
        return Card((refusal,))
    action = Action("preset", (("name", name), ("market", market)), f"preset {market} {name}")
    return await ask_first(desk, ask, action)


async def _set(desk: Desk, ask: Ask) -> Card:
    words = " ".join(ask.args).replace("=", " ", 1).split(maxsplit=1)
    if len(words) != _MARKET_AND_NAME:
        raise BadUsage
    key, value = words[0].upper(), words[1]
    action = Action("set", (("key", key), ("value", value)), f"set {key} {value}")
    return await ask_first(desk, ask, action)


async def _sell(desk: Desk, ask: Ask) -> Card:
    if len(ask.args) != 1:
        raise BadUsage
    symbol = arguments.symbol(ask.args[0])
    return await ask_first(desk, ask, Action("sell", (("symbol", symbol),), f"sell {symbol}"))


async def _pause(desk: Desk, ask: Ask) -> Card:
    why = " ".join(ask.args)
    receipt = await desk.engine.carry_out("pause", {"why": why}, ask.actor, ask.key)
    status = await status_if_any(desk)
    return Card(receipt_blocks(desk.voice, status, receipt, "pause"))


async def _pause_after_asking(desk: Desk, ask: Ask) -> Card:
    return await ask_first(desk, ask, Action("pause", (("why", ""),), "pause"))


async def _resume(desk: Desk, ask: Ask) -> Card:
    why = " ".join(ask.args)
    return await ask_first(desk, ask, Action("resume", (("why", why),), "resume"))


async def _optimize(desk: Desk, ask: Ask) -> Card:
    return await _plain(desk, ask, "optimize")


async def _undo(desk: Desk, ask: Ask) -> Card:
    return await _plain(desk, ask, "undo")


async def _restart(desk: Desk, ask: Ask) -> Card:
    return await _plain(desk, ask, "restart")


async def _plain(desk: Desk, ask: Ask, command: str) -> Card:
    if ask.args:
        raise BadUsage
    return await ask_first(desk, ask, Action(command, (), command))


COMMANDS = (
    Command("preset", commands.PRESET, "/preset stock swing", ("프리셋",), _preset, changes=True),
    Command(
        "pause",
        commands.PAUSE,
        "/pause",
        ("정지", "일시정지", "중지"),
        _pause,
        changes=True,
        pressed=_pause_after_asking,
    ),
    Command(
        "resume",
        commands.RESUME,
        "/resume",
        ("재개", "다시시작"),
        _resume,
        changes=True,
        pressed=_resume,
    ),
    Command("sell", commands.SELL, "/sell BTC", ("매도",), _sell, changes=True),
    Command("set", commands.SET, "/set CRYPTO_K_VALUE 0.5", ("변경",), _set, changes=True),
    Command("optimize", commands.OPTIMIZE, "/optimize", ("최적화",), _optimize, changes=True),
    Command("undo", commands.UNDO, "/undo", ("되돌리기",), _undo, changes=True, pressed=_undo),
    Command("restart", commands.RESTART, "/restart", ("재시작",), _restart, changes=True),
)
