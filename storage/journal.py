"""The append-only journal: what it has confirmed survives any crash, in order and without a gap."""

from collections import deque
from collections.abc import Mapping, Sequence
from itertools import islice, zip_longest
from pathlib import Path
from threading import Lock
from typing import Any

from engine.domain.errors import DiskFailed, StateCorrupt
from engine.phrases.incidents import Incident
from storage.disk import Disk
from storage.segment import (
    Content,
    Entry,
    decode_body,
    encode_line,
    first_of,
    read_segment,
    segment_name,
    slice_segment,
)

SEGMENT_BYTES = 8 * 1024 * 1024
RECENT = 10_000


class Journal:
    """Append numbered records to segment files in a folder.

    `load` looks without changing anything, `start` mends a torn end and opens for appending. After
    a failed write the journal refuses everything until it is loaded anew: what the disk holds is
    then unknown. One thread appends; another may `read` meanwhile.
    """

    def __init__(
        self,
        folder: Path,
        *,
        disk: Disk | None = None,
        segment_bytes: int = SEGMENT_BYTES,
        recent: int = RECENT,
    ) -> None:
        self._folder = folder
        self._disk = disk or Disk()
        self._limit = segment_bytes
        self._firsts: tuple[int, ...] = ()
        self._recent: deque[Entry] = deque(maxlen=recent)
        self._last = 0
        self._fd: int | None = None
        self._size = 0
        self._torn = 0
        self._refusal = "it was not started"
        self._shared = Lock()

    @property
    def first_seq(self) -> int:
        """Return the number of the oldest record there is, or of the first there will be."""
        return self._firsts[0] if self._firsts else 1

    @property
    def last_seq(self) -> int:
        """Return the number of the newest confirmed record, 0 if there is none."""
        return self._last

    def load(self, after: int) -> Sequence[Entry]:
        """Return all records numbered above `after`, reading no segment that lies wholly before.

        Raises:
            StateCorrupt: a line is damaged or a number missing or repeated, but for a torn end.
            DiskFailed: a segment could not be read.
        """
        try:
            names = self._disk.names(self._folder)
            self._firsts = tuple(n for n in map(first_of, names) if n is not None)
            entries = self._load_segments(after)
        except OSError as e:
            raise DiskFailed(f"the journal was not read: {e}") from e
        self._recent.extend(entries)
        return entries

    def start(self) -> Sequence[str]:
        """Cut off a torn end, make durable what was loaded, and return what the owner should know.

        Raises:
            DiskFailed: the journal cannot be appended to.
        """
        try:
            self._disk.make_folder(self._folder)
            self._disk.sync_folder(self._folder)
            if self._firsts:
                self._open_last()
        except OSError as e:
            raise DiskFailed(f"the journal was not opened: {e}") from e
        self._refusal = ""
        if not self._torn:
            return ()
        file = f"journal/{segment_name(self._firsts[-1])}"
        return (Incident.JOURNAL_TORN.say(file=file, bytes=self._torn, seq=self._last),)

    def append(self, records: Sequence[Mapping[str, Any]]) -> int:
        """Write records in one go, wait for the disk, and return the number of the first.

        Raises:
            DiskFailed: nothing may be assumed of these records, and no more are taken.
            Malformed: a record would not read back as it is; nothing was written.
        """
        first = self._last + 1
        lines = b"".join(encode_line(seq, record) for seq, record in enumerate(records, first))
        if self._refusal:
            raise DiskFailed(f"the journal takes no more facts: {self._refusal}")
        if not records:
            return first
        # Stands if anything at all interrupts the write, so that no number is ever given twice.
        self._refusal = "a write was interrupted"
        try:
            self._write(lines, first)
        except OSError as e:
            self._refusal = str(e)
            raise DiskFailed(f"the journal was not written: {e}") from e
        with self._shared:
            self._recent.extend(Entry(seq, record) for seq, record in enumerate(records, first))
            self._last += len(records)
        self._refusal = ""
        return first

    def read(self, after: int, most: int) -> Sequence[Entry]:
        """Return up to `most` records numbered above `after`, oldest first; old ones from disk.

        Raises:
            StateCorrupt: an old line is damaged.
            DiskFailed: an old segment could not be read.
        """
        after = max(after, self.first_seq - 1)
        with self._shared:
            floor = self._recent[0].seq if self._recent else self._last + 1
            skipped = max(0, after + 1 - floor)
            recent = list(islice(self._recent, skipped, skipped + max(0, most)))
            firsts = self._firsts
        older = self._read_older(firsts, after, min(most, floor - 1 - after))
        return [*older, *recent][: max(0, most)]

    def close(self) -> None:
        """Let go of the open segment; nothing can be appended afterwards."""
        self._refusal = self._refusal or "it was closed"
        fd, self._fd = self._fd, None
        if fd is not None:
            self._disk.close(fd)

    def _load_segments(self, after: int) -> list[Entry]:
        entries: list[Entry] = []
        for index, first in enumerate(self._firsts):
            last = first == self._firsts[-1]
            if not last and self._firsts[index + 1] <= after + 1:
                continue
            raw = self._disk.read(self._folder / segment_name(first))
            content = read_segment(raw, first, last=last)
            self._last = first + len(content.bodies) - 1
            if not last and self._last + 1 != self._firsts[index + 1]:
                raise StateCorrupt(
                    f"journal/{segment_name(first)} ends at fact {self._last}, but the next "
                    f"segment begins at fact {self._firsts[index + 1]}"
                )
            self._size, self._torn = content.size, len(raw) - content.size
            entries += _entries(content, max(0, after + 1 - first))
        return entries

    def _open_last(self) -> None:
        self._fd = self._disk.open_end(self._folder / segment_name(self._firsts[-1]))
        if self._torn:
            self._disk.truncate(self._fd, self._size)
        # A killed writer may have left lines that were never forced to the disk.
        self._disk.sync(self._fd)

    def _write(self, lines: bytes, first: int) -> None:
        if self._fd is None or self._size >= self._limit:
            self._begin_segment(first)
        fd = self._fd
        if fd is None:
            raise OSError("no segment is open")
        written = self._disk.write(fd, lines)
        if written != len(lines):
            raise OSError(f"{written} of {len(lines)} bytes were taken")
        self._disk.sync_data(fd)
        self._size += len(lines)

    def _begin_segment(self, first: int) -> None:
        old, self._fd = self._fd, None
        if old is not None:
            self._disk.close(old)
        self._fd = self._disk.create_new(self._folder / segment_name(first))
        self._disk.sync_folder(self._folder)
        self._size = 0
        with self._shared:
            self._firsts += (first,)

    def _read_older(self, firsts: Sequence[int], after: int, most: int) -> Sequence[Entry]:
        found: list[Entry] = []
        stop = after + most + 1
        for first, following in zip_longest(firsts, firsts[1:], fillvalue=stop):
            count = min(following, stop) - max(first, after + 1)
            if count <= 0:
                continue
            try:
                raw = self._disk.read(self._folder / segment_name(first))
            except OSError as e:
                raise DiskFailed(f"the journal was not read: {e}") from e
            found += slice_segment(raw, first, after, count)
        return found


def _entries(content: Content, skipped: int) -> list[Entry]:
    return [decode_body(body) for body in content.bodies[skipped:]]
