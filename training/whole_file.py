"""Replaces a file in one step: a reader and a crash find the old one or the new one."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from engine.domain.errors import DiskFailed


def replaced(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write a file beside the path, make it durable and rename it over.

    Raises:
        DiskFailed: the new file is not certain; the old one is untouched.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as e:
        raise DiskFailed(f"{path} was not written: {e}") from e


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
