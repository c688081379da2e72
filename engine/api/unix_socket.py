"""Open the engine's Unix socket where nothing else may be overwritten, and take it away again."""

import os
import socket
import stat
from pathlib import Path

from engine.domain.errors import BadConfiguration, Problem

SOCKET_MODE = 0o660
_BACKLOG = 128
_CONNECT_TIMEOUT_S = 1.0


def open_socket(path: Path) -> tuple[socket.socket, int]:
    """Return a listening socket at the path, mode 0660, and its inode; a stale one is replaced.

    Raises:
        BadConfiguration: the path holds something else, or a socket that somebody answers on, or
            cannot be used.
    """
    try:
        _make_way(path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    except OSError as e:
        raise _unusable(path, e.strerror or str(e)) from e
    try:
        # Linux makes the file with the mode of the unbound socket, so that it is never wider.
        os.fchmod(listener.fileno(), SOCKET_MODE)
        listener.bind(str(path))
        path.chmod(SOCKET_MODE)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
        inode = path.lstat().st_ino
    except OSError as e:
        listener.close()
        raise _unusable(path, e.strerror or str(e)) from e
    return listener, inode


def remove_socket(path: Path, inode: int) -> None:
    """Take the socket with that inode away; what else may lie there by now stays."""
    try:
        if path.lstat().st_ino == inode:
            path.unlink()
    except OSError:
        return  # gone already, or not ours to remove: the next start says so


def _make_way(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise _unusable(path, "something that is no socket lies there: move it away")
    if found.st_uid != os.geteuid():
        raise _unusable(path, "a socket of another user lies there")
    if _answers(path):
        raise _unusable(path, "another process answers there: stop it, or choose another path")
    path.unlink()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as probe:
        probe.settimeout(_CONNECT_TIMEOUT_S)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return False
        except TimeoutError:
            return True
    return True


def _unusable(path: Path, why: str) -> BadConfiguration:
    return BadConfiguration([Problem("SOCKET_PATH", f"{path} cannot be used: {why}")])
