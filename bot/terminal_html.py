"""Telegram's HTML on a terminal, as strict as Telegram: what it would refuse is refused here."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser

_STYLES: Mapping[str, str] = {
    "a": "4",
    "b": "1",
    "blockquote": "2",
    "code": "36",
    "del": "9",
    "em": "3",
    "i": "3",
    "ins": "4",
    "pre": "36",
    "s": "9",
    "strong": "1",
    "tg-spoiler": "7",
    "u": "4",
}
_RESET = "\x1b[0m"
_STRAY = re.compile(r"<(?!/?[a-zA-Z])")


class BadMarkup(ValueError):
    """Raised when Telegram would answer that it cannot parse the entities."""


def render(markup: str, *, colour: bool) -> tuple[str, str]:
    """Return the text for the terminal, styled or not, and what a reader sees of it.

    Raises:
        BadMarkup: a tag is unknown, unclosed or crossed.
    """
    if _STRAY.search(markup):
        raise BadMarkup('can\'t parse entities: unsupported start tag ""')
    parser = _Styler(colour)
    parser.feed(markup)
    parser.close()
    if parser.open:
        raise BadMarkup(f"can't parse entities: can't find end tag for \"{parser.open[-1]}\"")
    return "".join(parser.styled), "".join(parser.seen)


class _Styler(HTMLParser):
    def __init__(self, colour: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.colour = colour
        self.open: list[str] = []
        self.styled: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _STYLES:
            raise BadMarkup(f'can\'t parse entities: unsupported start tag "{tag}"')
        self.open.append(tag)
        self._style(_STYLES[tag])

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            raise BadMarkup(f'can\'t parse entities: unexpected end tag "{tag}"')
        self.open.pop()
        if self.colour:
            self.styled.append(_RESET)
            for name in self.open:
                self._style(_STYLES[name])

    def handle_data(self, data: str) -> None:
        self.styled.append(data)
        self.seen.append(data)

    def handle_comment(self, data: str) -> None:
        raise BadMarkup('can\'t parse entities: unsupported start tag "!--"')

    def _style(self, number: str) -> None:
        if self.colour:
            self.styled.append(f"\x1b[{number}m")
