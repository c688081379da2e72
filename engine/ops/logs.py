"""Set up the log: a rotating file, standard error, and the last lines kept for the API."""

import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from engine.contract import LogLine
from engine.domain.errors import DiskFailed
from engine.ops.log_format import RedactingFormatter
from engine.ops.redaction import Redactor

FILE_NAME = "trading_bot.log"
MAX_BYTES = 10 * 1024 * 1024
BACKUPS = 10
RING_LINES = 2000
# Their INFO lines print whole URLs and headers.
_TALKATIVE = ("aiohttp", "apscheduler", "asyncio", "httpcore", "httpx", "sentry_sdk", "urllib3")


class LogRing(logging.Handler):
    """Keeps the last redacted records in memory, for `GET /v1/logs`."""

    def __init__(self, formatter: RedactingFormatter, most: int = RING_LINES) -> None:
        super().__init__()
        self._formatter = formatter
        self._lines: deque[tuple[int, LogLine]] = deque(maxlen=most)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record as a line, its traceback left to the file."""
        try:
            message = self._formatter.message(record)
        except Exception:  # noqa: BLE001 - a record that cannot be formatted must stop nothing
            self.handleError(record)
            return
        at = datetime.fromtimestamp(record.created, UTC)
        self._lines.append((record.levelno, LogLine(at, record.levelname, message)))

    def lines(self, most: int, level: str = "DEBUG") -> Sequence[LogLine]:
        """Return the newest lines of at least that level, oldest first.

        Raises:
            ValueError: there is no such level.
        """
        floor = logging.getLevelNamesMapping().get(level.upper())
        if floor is None:
            message = f"there is no log level {level!r}"
            raise ValueError(message)
        self.acquire()
        try:
            kept = [line for number, line in self._lines if number >= floor]
        finally:
            self.release()
        return tuple(kept[-most:]) if most > 0 else ()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Tell that a record was lost; logging's own way prints its arguments unredacted."""
        _lost(record)


class _File(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        return os.fdopen(os.open(self.baseFilename, flags, 0o600), "a", encoding="utf-8")

    def close(self) -> None:
        try:
            super().close()
        except OSError as e:  # a full disk must not hide why the process ends
            sys.stderr.write(f"the end of the log is lost: {e.strerror}\n")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        _lost(record)


class _Console(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        _lost(record)


class Logs:
    """The log of this process while it is set up; `ring` answers the API."""

    def __init__(self, directory: Path, level: str, redact: Redactor, console: str) -> None:
        formatter = RedactingFormatter(redact)
        self.ring = LogRing(formatter)
        self._handlers: tuple[logging.Handler, ...] = (
            _File(directory / FILE_NAME, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8"),
            self.ring,
            _Console(sys.stderr),
        )
        for handler in self._handlers:
            handler.setFormatter(formatter)
        self._handlers[-1].setLevel(console)
        self._level = level
        self._before: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        """Send every logger of the process here, and unhandled exceptions too."""
        root = logging.getLogger()
        quiet = [logging.getLogger(name) for name in _TALKATIVE]
        old = (root.handlers[:], root.level, [one.level for one in quiet])
        hooks = (sys.excepthook, threading.excepthook)
        root.handlers[:] = self._handlers
        root.setLevel(self._level)
        for one in quiet:
            one.setLevel(logging.WARNING)
        logging.captureWarnings(capture=True)
        sys.excepthook = _log_exception
        threading.excepthook = _log_thread_exception

        def restore() -> None:
            root.handlers[:] = old[0]
            root.setLevel(old[1])
            for one, level in zip(quiet, old[2], strict=True):
                one.setLevel(level)
            logging.captureWarnings(capture=False)
            sys.excepthook, threading.excepthook = hooks

        self._before = restore
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Put the process's logging back as it was and close the file."""
        self._before()
        for handler in self._handlers:
            handler.close()


def open_logs(
    data_dir: Path, level: str, secrets: Collection[str], console: str = "WARNING"
) -> Logs:
    """Return the log in `data_dir`/logs, to be entered with `with`.

    Args:
        data_dir: where the state lies; the folder logs is made when missing, 0700.
        level: the least level that is kept.
        secrets: values that must not appear in any line, in any encoding.
        console: the least level that also goes to standard error.

    Raises:
        DiskFailed: the folder or the file cannot be written.
    """
    directory = data_dir / "logs"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Logs(directory, level, Redactor(secrets), console)
    except OSError as e:
        message = f"the log in {directory} cannot be written: {e.strerror}"
        raise DiskFailed(message) from e


def _log_exception(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    logging.getLogger("engine").critical("process.failed", exc_info=(kind, error, traceback))


def _log_thread_exception(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None:
        _log_exception(failed.exc_type, failed.exc_value, failed.exc_traceback)


def _lost(record: logging.LogRecord) -> None:
    kind, error, _ = sys.exc_info()
    # The words of an OSError (disk full, file gone) are the host's and hold no argument.
    why = str(error) if isinstance(error, OSError) else getattr(kind, "__name__", "unknown")
    sys.stderr.write(f"log line lost at {record.pathname}:{record.lineno}: {why}\n")
