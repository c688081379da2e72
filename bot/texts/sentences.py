"""Every sentence of the engine in both languages: the English is the engine's own."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.texts.causes import CAUSES, INCIDENTS, NOTES
from bot.texts.faults import FAULTS
from bot.texts.replies import REFUSALS, REPLIES
from bot.texts.words import Words
from engine.contract import PHRASES

KOREAN: Mapping[str, str] = MappingProxyType(
    {**REPLIES, **REFUSALS, **CAUSES, **INCIDENTS, **NOTES, **FAULTS}
)
SENTENCES: Mapping[str, Words] = MappingProxyType(
    {code: Words(KOREAN[code], str(phrase.value)) for code, phrase in PHRASES.items()}
)
