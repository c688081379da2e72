"""One file of the journal: lines of JSON, each with its number and a CRC32 over its content."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any
from zlib import crc32

import orjson

from engine.domain.errors import Malformed, StateCorrupt

_NAME = re.compile(r"(\d{12})\.jsonl")
_OPEN, _MIDDLE, _CLOSE = b'{"crc":"', b'","entry":', b"}\n"
_CRC_END = len(_OPEN) + 8
_BODY = _CRC_END + len(_MIDDLE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A numbered record of the journal."""

    seq: int
    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """What a segment holds: the checked bytes of its entries, and how many bytes they take."""

    bodies: Sequence[bytes]
    size: int


def segment_name(first: int) -> str:
    """Return the file name of the segment that begins with that number."""
    return f"{first:012d}.jsonl"


def first_of(name: str) -> int | None:
    """Return the first number of a segment by its file name, None for another file."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


def encode_line(seq: int, record: Mapping[str, Any]) -> bytes:
    """Return a record as its line.

    Raises:
        Malformed: the record would not read back as it is.
    """
    try:
        content = orjson.dumps(record)
    except TypeError as e:
        raise Malformed(f"not storable: {e}") from e
    # NaN and infinity become null on the way: better refused now than found at the next start.
    if orjson.loads(content) != record:
        raise Malformed(f"record {seq} would not read back as it is: {record!r}")
    body = b'{"seq":%d,"record":%s}' % (seq, content)
    return _framed(body)


def decode_body(body: bytes) -> Entry:
    """Return the entry of checked bytes."""
    content = orjson.loads(body)
    return Entry(content["seq"], content["record"])


def read_segment(raw: bytes, first: int, *, last: bool) -> Content:
    """Return what a segment holds, without a torn line at the end of the `last` segment.

    Raises:
        StateCorrupt: a line is damaged, or a number is missing or repeated.
    """
    lines = BytesIO(raw).readlines()
    bodies: list[bytes] = []
    size = 0
    for number, line in enumerate(lines, 1):
        body = _unframed(line)
        if body is None:
            if last and number == len(lines) and _is_torn(line):
                break
            raise _corrupt(first, number, "is damaged")
        seq = first + number - 1
        if not _is_numbered(body, seq):
            raise _corrupt(first, number, f"is not fact {seq}: a gap or a repetition")
        bodies.append(body)
        size += len(line)
    return Content(bodies, size)


def slice_segment(raw: bytes, first: int, after: int, count: int) -> Sequence[Entry]:
    """Return the `count` entries numbered above `after`, looking at no other lines.

    Raises:
        StateCorrupt: one of these lines is missing, damaged, or carries another number.
    """
    skipped = max(0, after + 1 - first)
    entries = []
    for seq, line in enumerate(islice(BytesIO(raw), skipped, skipped + count), first + skipped):
        body = _unframed(line)
        if body is None or not _is_numbered(body, seq):
            raise _corrupt(first, seq - first + 1, "is damaged")
        entries.append(decode_body(body))
    if len(entries) != count:
        raise _corrupt(first, skipped + len(entries) + 1, "is missing")
    return entries


def _is_numbered(body: bytes, seq: int) -> bool:
    return body.startswith(b'{"seq":%d,' % seq)


def _framed(body: bytes) -> bytes:
    return b"%s%08x%s%s%s" % (_OPEN, crc32(body), _MIDDLE, body, _CLOSE)


def _unframed(line: bytes) -> bytes | None:
    body = line[_BODY : -len(_CLOSE)]
    return body if body and _framed(body) == line else None


def _is_torn(line: bytes) -> bool:
    # A second beginning means that a confirmed line has lost its end: no write leaves that behind.
    return _OPEN not in line[1:]


def _corrupt(first: int, line: int, what: str) -> StateCorrupt:
    return StateCorrupt(f"journal/{segment_name(first)} line {line} {what}")
