"""What the engine says in the owner's language: sentences by their code, figures untouched."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from bot.markup import clean
from bot.texts import errors, gates, names, tuning
from bot.texts.sentences import SENTENCES
from bot.texts.words import Language, Words
from bot.voice import Voice
from engine.contract import Line, line_of

_LONG = 300
# A word by itself may be a code, a symbol or a name; two in a row are a sentence.
_ENGLISH = re.compile(r"(?<![\w-])[A-Za-z][a-z'’]+,? [a-z]+(?![\w-])")
_KIND = re.compile(r"(?P<kind>[A-Za-z_]\w*|HTTP \d{3}|-\d{4,5})(?=:|$)")

_PLACES: Mapping[str, Mapping[str, Words]] = MappingProxyType(
    {
        "venue": names.VENUES,
        "market": names.MARKETS,
        "mode": names.MODES,
        "side": names.SIDES,
        "line": names.LINES,
        "reason": names.REASONS,
        "place": names.PLACES,
        "status": names.ORDER_STATES,
        "obstacle": tuning.OBSTACLES,
        "objective": tuning.OBJECTIVES,
        "state": {**names.VENUE_STATES, **names.STATES},
        "before": {**names.MODES, **names.STATES},
        "after": names.STATES,
        "key": names.OWN_KEYS,
        "error": errors.OS_ERRORS,
    }
)
_WORDS: Mapping[str, Words] = MappingProxyType(
    {**gates.GATES, **names.STATES, **gates.FLAGS, **gates.WORDS}
)
_WORD = re.compile(
    r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(_WORDS, key=len, reverse=True))) + r")(?!\w)"
)


def told(voice: Voice, line: Line) -> str:
    """Return a sentence of the engine; one without a code is somebody's own words."""
    words = SENTENCES.get(line.code)
    if words is None:
        return clean(line.text, _LONG)
    figures = {name: _figure(voice, name, value) for name, value in line.figures.items()}
    try:
        return clean(words.template(voice.language).format_map(figures), 2 * _LONG)
    except (KeyError, IndexError):
        return clean(line.text, _LONG)  # an engine of another version


def told_text(voice: Voice, text: str) -> str:
    """Return a sentence as a fact of the engine keeps it."""
    return told(voice, line_of(text))


def cause(voice: Voice, line: Line) -> str:
    """Return why something failed: a sentence of ours, or what a venue or a library said."""
    return told(voice, line) if line.code else foreign(voice, line.text)


def cause_text(voice: Voice, text: str) -> str:
    """Return the same for a text that a fact keeps."""
    return cause(voice, line_of(text))


def foreign(voice: Voice, text: str) -> str:
    """Return the words of a venue or a library, in a language that the owner reads.

    A code that is known is told in our words. For a reader of Korean other English is left to the
    server's own command line.
    """
    found = _KIND.match(text)
    kind = "" if found is None else found["kind"]
    words = errors.VENUE_CODES.get(kind)
    if words is None:
        words = next((w for part, w in errors.FAILURES.items() if part in kind), None)
    if words is not None:
        return voice.plainly(errors.CODED, told=voice.plainly(words), code=kind)
    if voice.language is not Language.KO or not _ENGLISH.search(text):
        return clean(text, _LONG)
    return voice.plainly(errors.OF_KIND, kind=kind) if kind else voice.plainly(errors.IN_ENGLISH)


def in_words(voice: Voice, text: str) -> str:
    """Return what a gate saw or asks for: figures untouched, words of the closed set told."""
    line = line_of(text)
    if line.code:
        return told(voice, line)
    return _WORD.sub(lambda match: voice.plainly(_WORDS[match[0]]), clean(text, _LONG))


def reason(voice: Voice, text: str) -> str:
    """Return why a trade was decided, or which gate kept it from being made."""
    name, colon, rest = text.partition(": ")
    if colon and name in gates.GATES:
        return f"{gate_name(voice, name)}: {in_words(voice, rest)}"
    return in_words(voice, text)


def gate_name(voice: Voice, name: str) -> str:
    """Return what a gate is called; one of an owner's own strategy keeps its name."""
    words = gates.GATES.get(name)
    return clean(name, 40) if words is None else voice.plainly(words)


def actor(voice: Voice, who: str) -> str:
    """Return who asked: telegram:7, shell:root, engine."""
    kind, colon, name = who.partition(":")
    words = names.ACTORS.get(kind)
    return clean(who, 60) if words is None else clean(voice.plainly(words) + colon + name, 60)


def _figure(voice: Voice, name: str, value: str) -> str:
    words = _PLACES.get(name, {}).get(value)
    if words is not None:
        return voice.plainly(words)
    if name in {"refusal", "error"}:
        return cause_text(voice, value)
    return told_text(voice, value)
