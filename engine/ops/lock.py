"""Hold the data directory for one engine alone."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.domain.errors import DiskFailed, StateLocked

FILE_NAME = "engine.lock"
_MAX_PID_BYTES = 32


class EngineLock:
    """A lock that the kernel frees when the process ends, however it ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        """Return the lock, which is held already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go."""
        self.release()

    def release(self) -> None:
        """Let go of the directory; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def acquire(data_dir: Path) -> EngineLock:
    """Return the lock of a data directory, which is made (0700) where it is missing.

    The file stays when the lock is freed: removing it would let two engines lock two files of the
    same name.

    Raises:
        StateLocked: another engine holds it; the message names its process.
        DiskFailed: the directory or the file cannot be made.
    """
    path = data_dir / FILE_NAME
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
    except OSError as e:
        message = f"{path} cannot be opened: {e.strerror}"
        raise DiskFailed(message) from e
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError as e:
        holder = os.pread(descriptor, _MAX_PID_BYTES, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        message = f"another engine (process {holder or 'unknown'}) is running on {data_dir}"
        raise StateLocked(message) from e
    except OSError as e:
        os.close(descriptor)
        message = f"{path} cannot be written: {e.strerror}"
        raise DiskFailed(message) from e
    return EngineLock(descriptor)
