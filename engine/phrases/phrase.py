"""The kind that every table of phrases is of."""

from enum import Enum

from engine.phrases.written import write


class Phrase(Enum):
    """One sentence of the engine: its value is the English with blanks, its name the code.

    What is kept on disk and travels is the code with a figure for each blank: whoever shows it to a
    person finds the words.
    """

    @property
    def code(self) -> str:
        """Return the code, with the table before it: `cause.prices_stale`."""
        return f"{type(self).__name__}.{self.name}".lower()

    def say(self, **figures: object) -> str:
        """Return the written line with a figure for every blank."""
        return write(self.code, figures)
