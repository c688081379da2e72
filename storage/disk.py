"""The few system calls that storage makes, in one place where a test can break them."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
# Where fdatasync does not exist, the stronger call stands in.
_sync_data = getattr(os, "fdatasync", os.fsync)


class Disk:
    """Make the system calls of storage; a subclass puts faults between them.

    Every method raises OSError as the call does. Files are created for the owner alone.
    """

    def create(self, path: Path) -> int:
        """Open a file for writing from its beginning, emptied if it exists."""
        return os.open(path, _WRITE | os.O_TRUNC, _FILE_MODE)

    def create_new(self, path: Path) -> int:
        """Open a file for appending that must not exist yet."""
        return os.open(path, _WRITE | os.O_APPEND | os.O_EXCL, _FILE_MODE)

    def open_end(self, path: Path) -> int:
        """Open an existing file for appending."""
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    def write(self, fd: int, data: bytes) -> int:
        """Write bytes and return how many of them were taken."""
        return os.write(fd, data)

    def truncate(self, fd: int, size: int) -> None:
        """Cut an open file to a size in bytes."""
        os.ftruncate(fd, size)

    def sync(self, fd: int) -> None:
        """Force an open file to the disk with all that is known about it."""
        os.fsync(fd)

    def sync_data(self, fd: int) -> None:
        """Force the content of an open file to the disk, and its size where that has grown."""
        _sync_data(fd)

    def sync_folder(self, folder: Path) -> None:
        """Force the names in a folder to the disk."""
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def close(self, fd: int) -> None:
        """Close an open file."""
        os.close(fd)

    def link(self, path: Path, name: Path) -> None:
        """Give a file a second name that must not exist yet."""
        os.link(path, name)

    def replace(self, path: Path, name: Path) -> None:
        """Rename a file over another in one step."""
        path.replace(name)

    def remove(self, path: Path) -> None:
        """Remove a file, which may be missing."""
        with contextlib.suppress(FileNotFoundError):
            path.unlink()

    def make_folder(self, folder: Path) -> None:
        """Create a folder, unless it exists, for the owner alone and make its name durable."""
        if not folder.is_dir():
            folder.mkdir(_FOLDER_MODE, parents=True, exist_ok=True)
            self.sync_folder(folder.parent)

    def names(self, folder: Path) -> Sequence[str]:
        """Return the names in a folder in order; none where there is no folder."""
        try:
            return sorted(path.name for path in folder.iterdir())
        except FileNotFoundError:
            return ()

    def read(self, path: Path) -> bytes:
        """Return the content of a file."""
        return path.read_bytes()
