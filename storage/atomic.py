"""A TinyDB storage that survives a crash at any point: the old file or the new, never neither."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tinydb import Storage

from engine.domain.errors import DiskFailed, Malformed
from storage.disk import Disk
from storage.migration import Layout, Migrations
from storage.seal import ENVELOPE, dump, format_of, layout_of_envelope, seal, tables_of, unseal

LEFTOVER = ".tmp"


def previous_of(path: Path) -> Path:
    """Return where the generation before the present one of a file is kept."""
    return path.with_name(path.name + ".1")


def layout_of(seq: int, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> Layout:
    """Return whole tables in TinyDB's shape, to be written in one step as of fact `seq`.

    Raises:
        Malformed: a table has the name that the envelope needs.
    """
    if ENVELOPE in tables:
        raise Malformed(f"no name for a table: {ENVELOPE!r}")
    numbered = {
        table: {str(number): dict(document) for number, document in enumerate(documents, 1)}
        for table, documents in tables.items()
    }
    return {**layout_of_envelope(seq), **numbered}


class AtomicStorage(Storage):
    """Keep one file as a whole: temp file, fsync, rename over, fsync of the folder.

    The file stays plain TinyDB JSON; its table `_envelope` holds format, fact number and checksum.
    The generation before is kept as `<name>.1`, a file of an older format as `<name>.format<n>`.
    A storage that is not `durable` replaces the file in one step, without fsync and without a
    generation before: for a heartbeat, which is no truth.
    """

    def __init__(
        self,
        path: Path,
        *,
        disk: Disk | None = None,
        migrations: Migrations | None = None,
        durable: bool = True,
    ) -> None:
        self._path = path
        self._temp = path.with_name(path.name + LEFTOVER)
        self._disk = disk or Disk()
        self._migrations = migrations or Migrations()
        self._durable = durable
        self._decoded: Layout | None = None

    def verify(self) -> bool:
        """Return whether the file exists, after proving its seal, of whatever format it is.

        Raises:
            StateCorrupt: the file is damaged.
            DiskFailed: the file could not be read.
        """
        return self._unsealed() is not None

    def read(self) -> Layout | None:
        """Return all tables in the current format, None if there is no file.

        Raises:
            StateCorrupt: the file is damaged or of a newer format.
            DiskFailed: the file could not be read.
        """
        if self._decoded is None:
            layout = self._unsealed()
            self._decoded = None if layout is None else self._migrated(layout)
        return self._decoded

    def write(self, data: Layout) -> None:
        """Replace the file by these tables; what is on disk afterwards is whole.

        Raises:
            DiskFailed: the new file is not certain; nothing of it is remembered here.
            Malformed: a value cannot be stored; the file was not touched.
        """
        # TinyDB edits decoded documents in place: until the disk agrees, they are not the truth.
        self._decoded = None
        layout = seal(data, self._migrations.current)
        raw = dump(layout)
        try:
            self._replace(raw)
        except OSError as e:
            with contextlib.suppress(OSError):
                self._disk.remove(self._temp)
            raise DiskFailed(f"{self._path.name} was not written: {e}") from e
        self._decoded = layout

    def _unsealed(self) -> Layout | None:
        try:
            raw = self._disk.read(self._path)
        except FileNotFoundError:
            return None
        except OSError as e:
            raise DiskFailed(f"{self._path.name} was not read: {e}") from e
        return unseal(raw, self._path.name)

    def _migrated(self, layout: Layout) -> Layout:
        stored = format_of(layout)
        if stored == self._migrations.current:
            return layout
        tables = self._migrations.apply(tables_of(layout), stored, self._path.name)
        kept = self._path.with_name(f"{self._path.name}.format{stored}")
        try:
            with contextlib.suppress(FileExistsError):
                self._disk.link(self._path, kept)
                self._disk.sync_folder(self._path.parent)
        except OSError as e:
            raise DiskFailed(f"{kept.name} was not kept: {e}") from e
        return {ENVELOPE: layout[ENVELOPE], **tables}

    def _replace(self, raw: bytes) -> None:
        fd = self._disk.create(self._temp)
        try:
            written = self._disk.write(fd, raw)
            if written != len(raw):
                raise OSError(f"{written} of {len(raw)} bytes were taken")
            if self._durable:
                self._disk.sync(fd)
        finally:
            self._disk.close(fd)
        if self._durable:
            self._keep_previous()
        self._disk.replace(self._temp, self._path)
        if self._durable:
            self._disk.sync_folder(self._path.parent)

    def _keep_previous(self) -> None:
        previous = previous_of(self._path)
        second = previous.with_name(previous.name + LEFTOVER)
        self._disk.remove(second)
        try:
            self._disk.link(self._path, second)
        except FileNotFoundError:
            return
        self._disk.replace(second, previous)
        # Where a kill has left both names on one file, that rename did nothing and left a third.
        self._disk.remove(second)
