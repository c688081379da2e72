"""The seal of a state file: format, number of its newest fact, and a checksum over everything."""

import hashlib
import json
from typing import Any

import orjson

from engine.domain.errors import Malformed, StateCorrupt
from storage.migration import Layout

ENVELOPE = "_envelope"
_DOCUMENT = "1"


def layout_of_envelope(seq: int) -> Layout:
    """Return the table by which a writer says up to which fact its tables reach."""
    return {ENVELOPE: {_DOCUMENT: {"seq": seq}}}


def seq_of(layout: Layout) -> int:
    """Return up to which fact a layout reaches; 0 where it does not say."""
    return int(layout.get(ENVELOPE, {}).get(_DOCUMENT, {}).get("seq", 0))


def format_of(layout: Layout) -> int:
    """Return the format of a layout that was unsealed."""
    return int(layout[ENVELOPE][_DOCUMENT]["format"])


def tables_of(layout: Layout) -> Layout:
    """Return the tables of a layout without its envelope."""
    return {name: table for name, table in layout.items() if name != ENVELOPE}


def seal(layout: Layout, current: int) -> Layout:
    """Return the layout with a fresh envelope in the current format.

    Raises:
        Malformed: a value cannot be stored and read back as it is.
    """
    tables, seq = tables_of(layout), seq_of(layout)
    try:
        sha = _digest(tables, current, seq)
    except TypeError as e:
        raise Malformed(f"not storable: {e}") from e
    return {ENVELOPE: {_DOCUMENT: {"format": current, "seq": seq, "sha": sha}}, **tables}


def dump(layout: Layout) -> bytes:
    """Return a layout as the bytes of its file.

    Raises:
        Malformed: a number is not finite or a text is not Unicode.
    """
    # The standard encoder refuses NaN and infinity; the faster one would store them as null.
    try:
        text = json.dumps(layout, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        return text.encode()
    except ValueError as e:
        raise Malformed(f"not storable: {e}") from e


def unseal(raw: bytes, name: str) -> Layout:
    """Return the layout of a file whose seal is whole, whatever its format.

    Raises:
        StateCorrupt: the file cannot be decoded, has no envelope, or its checksum does not fit.
    """
    try:
        layout = orjson.loads(raw)
    except orjson.JSONDecodeError as e:
        raise StateCorrupt(f"{name} is unreadable") from e
    envelope = _envelope(layout)
    if envelope is None:
        raise StateCorrupt(f"{name} has no envelope")
    if not _is_layout(layout):
        raise StateCorrupt(f"{name} holds no tables")
    expected = _digest(tables_of(layout), envelope["format"], envelope["seq"])
    if envelope.get("sha") != expected:
        raise StateCorrupt(f"the checksum of {name} does not fit")
    return dict(layout)


def _digest(tables: Layout, current: int, seq: int) -> str:
    # Format and number are covered too: a flipped bit in the number would skip or repeat facts.
    content = {"format": current, "seq": seq, "tables": tables}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _envelope(layout: object) -> dict[str, Any] | None:
    table = layout.get(ENVELOPE) if isinstance(layout, dict) else None
    document = table.get(_DOCUMENT) if isinstance(table, dict) else None
    if not isinstance(document, dict):
        return None
    numbers = [document.get("format"), document.get("seq")]
    if not all(type(number) is int and number >= 0 for number in numbers):
        return None
    return document


def _is_layout(layout: dict[str, Any]) -> bool:
    return all(
        isinstance(table, dict) and all(isinstance(document, dict) for document in table.values())
        for table in layout.values()
    )
