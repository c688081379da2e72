"""Every phrase there is, and the English of what was written down."""

from collections.abc import Mapping
from types import MappingProxyType

from engine.phrases.causes import Cause
from engine.phrases.faults import Fault
from engine.phrases.incidents import Incident
from engine.phrases.notes import Note
from engine.phrases.phrase import Phrase
from engine.phrases.refusals import Refusal
from engine.phrases.replies import Reply
from engine.phrases.written import read

TABLES: tuple[type[Phrase], ...] = (Reply, Refusal, Cause, Fault, Incident, Note)
PHRASES: Mapping[str, Phrase] = MappingProxyType(
    {phrase.code: phrase for table in TABLES for phrase in table}
)


def recognised(text: str) -> tuple[Phrase, dict[str, str]] | None:
    """Return the phrase and the figures of a written line, None where it is no phrase of ours."""
    found = read(text)
    phrase = None if found is None else PHRASES.get(found[0])
    return None if phrase is None or found is None else (phrase, found[1])


def english(text: str) -> str:
    """Return a written line in English, figures that are phrases too; other text as it is."""
    found = recognised(text)
    if found is None:
        return text
    phrase, figures = found
    told = {name: english(value) for name, value in figures.items()}
    try:
        return str(phrase.value).format_map(told)
    except (KeyError, IndexError):
        return text  # a line of another version, with other blanks
