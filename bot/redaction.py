"""Keep the bot token out of every log line, traceback and crash message."""

import logging
import sys
import traceback
from collections.abc import Sequence
from types import TracebackType
from urllib.parse import quote

_MASK = "***"
_LOUD = ("httpx", "httpcore", "telegram", "apscheduler", "matplotlib")
_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class RedactingFormatter(logging.Formatter):
    """Formats a record, traceback included, and then takes the secrets out.

    A filter on the message would let tracebacks through: the exception for a refused token
    repeats the token.
    """

    def __init__(self, secrets: Sequence[str], pattern: str = _FORMAT) -> None:
        """Keep the secrets in every form they travel in."""
        super().__init__(pattern)
        self._forms = _forms(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line without secrets."""
        return self.redact(super().format(record))

    def redact(self, text: str) -> str:
        """Return the text with each secret masked."""
        for form in self._forms:
            text = text.replace(form, _MASK)
        return text


def start_logging(secrets: Sequence[str], level: str) -> RedactingFormatter:
    """Send redacted logs to stderr and route uncaught exceptions through the same mask."""
    formatter = RedactingFormatter(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.WARNING)

    def redacted(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(formatter.redact(text))

    sys.excepthook = redacted
    return formatter


def _forms(secrets: Sequence[str]) -> tuple[str, ...]:
    found = {form for secret in secrets if secret for form in (secret, quote(secret, safe=""))}
    return tuple(sorted(found, key=len, reverse=True))
