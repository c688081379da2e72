"""Telegram HTML: the one place that escapes, measures and splits it."""

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
_MOST = 200
_TAG = re.compile(r"</?[a-z]+>")
_WIDE = frozenset("WF")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Html(str):
    """Text that is markup already; everything else is escaped before it is sent."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Raw lines of equal columns, shown in a fixed-width font."""

    lines: tuple[str, ...]


Block = Html | Table


def escape(value: object, most: int = _MOST) -> Html:
    """Return any value as one line of markup-safe text of at most `most` characters."""
    if isinstance(value, Html):
        return value
    text = clean(str(value), most)
    return Html(html.escape(text, quote=False))


def clean(text: str, most: int = _MOST) -> str:
    """Return text on one line, without control or direction characters, cut at `most`."""
    flat = _CONTROL.sub("", text.replace("\n", " ").replace("\r", " ").replace("\t", " "))
    flat = flat.encode("utf-8", "replace").decode("utf-8")
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def bold(value: object) -> Html:
    """Return the value in bold."""
    return Html(f"<b>{escape(value)}</b>")


def code(value: object) -> Html:
    """Return the value in a fixed-width font, which a tap copies."""
    return Html(f"<code>{escape(value)}</code>")


def joined(parts: Iterable[object], separator: str = " · ") -> Html:
    """Return the parts that are not empty, escaped and joined."""
    return Html(separator.join(escape(part) for part in parts if part))


def table(rows: Sequence[Sequence[str]], left: int = 1) -> Table:
    """Return rows as aligned columns; the first `left` columns are flush left."""
    columns = max((len(row) for row in rows), default=0)
    cells = [[clean(cell, 40) for cell in row] for row in rows]
    widths = [max(width(row[i]) for row in cells if i < len(row)) for i in range(columns)]
    return Table(
        tuple(
            "  ".join(_padded(cell, widths[i], i < left) for i, cell in enumerate(row)).rstrip()
            for row in cells
        )
    )


def width(text: str) -> int:
    """Return how many columns of a fixed-width font the text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in _WIDE else 1 for c in text)


def plain(markup: str) -> str:
    """Return what a reader sees of the markup."""
    return html.unescape(_TAG.sub("", markup))


def length(text: str) -> int:
    """Return the length as Telegram counts it: UTF-16 units."""
    return len(text.encode("utf-16-le", "replace")) // 2


def pages(blocks: Sequence[Block], limit: int = TEXT_LIMIT, first: int = 0) -> tuple[Html, ...]:
    """Return the blocks as messages under the limit, split at line ends; `first` may be shorter."""
    found: list[Html] = []
    current: list[Block] = []
    room = first or limit
    for block in _pieces(blocks, min(limit, first or limit)):
        if current and _size([*current, block]) > room:
            found.append(_rendered(current))
            current, room = [], limit
        current.append(block)
    if current:
        found.append(_rendered(current))
    return tuple(found) or (Html("…"),)


def _pieces(blocks: Sequence[Block], limit: int) -> Iterable[Block]:
    for block in blocks:
        if isinstance(block, Table):
            yield from (Table((_cut(line, limit),)) for line in block.lines)
        elif length(plain(block)) > limit:
            yield escape(_cut(plain(block), limit), limit)
        else:
            yield block


def _cut(text: str, limit: int) -> str:
    while length(text) > limit:
        text = text[: -max(1, (length(text) - limit) // 2)]
    return text


def _size(blocks: Sequence[Block]) -> int:
    return length(plain(_rendered(blocks)))


def _rendered(blocks: Sequence[Block]) -> Html:
    parts: list[str] = []
    raw: list[str] = []
    for block in (*blocks, None):
        if isinstance(block, Table):
            raw += block.lines
            continue
        if raw:
            body = html.escape("\n".join(raw), quote=False)
            parts.append(f"<pre>{body}</pre>")
            raw = []
        if block is not None:
            parts.append(block)
    return Html("\n".join(parts))


def _padded(cell: str, columns: int, flush_left: bool) -> str:
    gap = " " * (columns - width(cell))
    return cell + gap if flush_left else gap + cell
