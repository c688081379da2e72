"""One sentence in both languages."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The languages the bot speaks."""

    KO = "ko"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Words:
    """A template in Korean and English; `{name}` marks what is filled in, never markup."""

    ko: str
    en: str

    def template(self, language: Language) -> str:
        """Return the template in one language."""
        return self.ko if language is Language.KO else self.en
