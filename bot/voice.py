"""How the owner is spoken to: the language, and moments in the owner's time zone."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.markup import Html, clean, escape
from bot.texts.words import Language, Words


@dataclass(frozen=True, slots=True)
class Voice:
    """One language and one time zone."""

    language: Language
    zone: ZoneInfo

    def say(self, words: Words, **values: object) -> Html:
        """Return the sentence as markup, everything filled in escaped."""
        template = words.template(self.language)
        return Html(template.format(**{name: escape(value) for name, value in values.items()}))

    def plainly(self, words: Words, **values: object) -> str:
        """Return the sentence without markup, for buttons, toasts, tables and charts."""
        template = words.template(self.language)
        return template.format(**{name: clean(str(value)) for name, value in values.items()})

    def at(self, timestamp: float) -> datetime:
        """Return the moment of a Unix time in the owner's zone."""
        return datetime.fromtimestamp(timestamp, self.zone)

    def moment(self, at: datetime) -> str:
        """Return a moment as 11-23 14:42:02 KST."""
        return at.astimezone(self.zone).strftime("%m-%d %H:%M:%S %Z")

    def clock(self, at: datetime) -> str:
        """Return the time of day of a moment."""
        return at.astimezone(self.zone).strftime("%H:%M:%S")

    def day(self, at: datetime) -> str:
        """Return the owner's day that holds the moment, as 2026-11-23."""
        return at.astimezone(self.zone).strftime("%Y-%m-%d")

    def minute(self, at: datetime) -> str:
        """Return a moment as 11-23 14:42."""
        return at.astimezone(self.zone).strftime("%m-%d %H:%M")
