"""Tell the service manager how the process is doing, in the protocol of sd_notify(3)."""

import logging
import socket
from collections.abc import Mapping

_log = logging.getLogger(__name__)
_MICROSECONDS = 1_000_000
_BEATS = 3
"""So many beats may be late or lost before a process counts as hung."""


class Notifier:
    """Sends notices to the socket in NOTIFY_SOCKET; without one it does nothing."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._patience = _microseconds(environ)
        self._has_failed = False

    def ready(self, status: str, *, beat_s: float = 0.0) -> bool:
        """Tell that the start is over; true when somebody was told.

        A manager that would not wait for three beats, one every `beat_s` seconds, is asked to.
        """
        least = int(_BEATS * beat_s * _MICROSECONDS)
        longer = (f"WATCHDOG_USEC={least}",) if 0 < self._patience < least else ()
        return self._send("READY=1", _status(status), *longer)

    def watchdog(self) -> bool:
        """Tell that the loop turns; true when somebody was told."""
        return self._send("WATCHDOG=1")

    def status(self, status: str) -> bool:
        """Tell what the process is doing, in one line; true when somebody was told."""
        return self._send(_status(status))

    def stopping(self, status: str = "stopping") -> bool:
        """Tell that the end has begun; true when somebody was told."""
        return self._send("STOPPING=1", _status(status))

    def extend_timeout(self, seconds: float) -> bool:
        """Ask for that much more time to start or to stop; true when somebody was told."""
        return self._send(f"EXTEND_TIMEOUT_USEC={int(seconds * _MICROSECONDS)}")

    def _send(self, *lines: str) -> bool:
        if not self._address:
            return False
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        try:
            with socket.socket(socket.AF_UNIX, kind) as channel:
                channel.connect(self._address)
                channel.sendall("\n".join(lines).encode())
        except OSError as e:
            # Told once: a manager that is gone must not fill the log beat by beat.
            if not self._has_failed:
                _log.warning("notify.failed", extra={"error": str(e)})
            self._has_failed = True
            return False
        self._has_failed = False
        return True


def watchdog_interval_s(environ: Mapping[str, str], pid: int) -> float | None:
    """Return how often to send WATCHDOG=1: half of what the manager waits, None if it does not.

    Args:
        environ: the environment of the process.
        pid: the process that asks; WATCHDOG_PID may name another one, a parent's.
    """
    wait, watched = _microseconds(environ), environ.get("WATCHDOG_PID", "")
    if wait == 0 or (watched and watched != str(pid)):
        return None
    return wait / _MICROSECONDS / 2


def _microseconds(environ: Mapping[str, str]) -> int:
    wait = environ.get("WATCHDOG_USEC", "")
    return int(wait) if wait.isdecimal() else 0


def _status(text: str) -> str:
    return "STATUS=" + " ".join(text.split())
