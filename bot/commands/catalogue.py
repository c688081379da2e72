"""Every command there is, found by its name or by a Korean word, or by what it was meant to be."""

import difflib
from collections.abc import Mapping

from bot.card import Card
from bot.commands import charting, inspecting, panic, reading, steering
from bot.commands.desk import Ask, Command, Desk
from bot.markup import Block, Html, bold, joined
from bot.texts import commands
from bot.views.head import head
from bot.voice import Voice

_GUESSES = 3
_LIKENESS = 0.5


async def _start(desk: Desk, _ask: Ask) -> Card:
    status = await desk.engine.status()
    greeting = desk.voice.say(commands.GREETING)
    hint = desk.voice.say(commands.TRY)
    return Card((greeting, *head(desk.voice, status), hint), keyboard=True)


async def _help(desk: Desk, _ask: Ask) -> Card:
    blocks: list[Block] = [bold(desk.voice.plainly(commands.HELP_TITLE))]
    for command in ALL:
        name = joined((f"/{command.name}", *command.words[:1]), " ")
        blocks.append(joined((name, desk.voice.plainly(command.description)), " · "))
    blocks += [Html(""), desk.voice.say(commands.HELP_SAFETY)]
    return Card(tuple(blocks), keyboard=True)


ALL = (
    Command("start", commands.START, "/start", ("시작",), _start),
    Command("help", commands.HELP, "/help", ("도움말", "도움"), _help),
    *reading.COMMANDS,
    *charting.COMMANDS,
    *steering.COMMANDS,
    *panic.COMMANDS,
    *inspecting.COMMANDS,
)
_BY_WORD: Mapping[str, Command] = {
    word: command for command in ALL for word in (command.name, *command.words)
}


def find(word: str) -> Command | None:
    """Return the command of a name or a Korean word, however it was typed."""
    return _BY_WORD.get(word.removeprefix("/").split("@")[0].casefold())


def guesses(word: str) -> tuple[str, ...]:
    """Return the names of the commands that come nearest, best first."""
    given = word.removeprefix("/").split("@")[0].casefold()
    near = difflib.get_close_matches(given, _BY_WORD, n=_GUESSES, cutoff=_LIKENESS)
    return tuple(dict.fromkeys(f"/{_BY_WORD[word].name}" for word in near))


def unknown_card(voice: Voice, word: str) -> Card:
    """Return the answer to a command nobody knows, with the nearest ones."""
    lines = [voice.say(commands.UNKNOWN, given=word)]
    near = guesses(word)
    if near:
        lines.append(voice.say(commands.NEAREST, names=" ".join(near)))
    lines.append(voice.say(commands.SEE_HELP))
    return Card(tuple(lines))


def keyboard(voice: Voice) -> tuple[tuple[str, ...], ...]:
    """Return the persistent keyboard; panic is not on it, where a thumb could hit it."""
    rows = (
        (commands.K_STATUS, commands.K_PNL, commands.K_CHART),
        (commands.K_POSITIONS, commands.K_PRESET, commands.K_HELP),
    )
    return tuple(tuple(voice.plainly(words) for words in row) for row in rows)
