"""One log record as one line: time in KST, level, logger, event and fields, secrets taken out."""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime

from engine.domain.venue import KST

_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_MOST_CHARS = 4000
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class RedactingFormatter(logging.Formatter):
    """Formats `event field=value …`; nothing that was logged can fake a line of its own."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """Return the whole line, and below it the traceback where there is one."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone(KST)
        stamp = f"{at:%Y-%m-%d %H:%M:%S}.{int(record.msecs):03d} KST"
        head = f"{stamp} {record.levelname:<8} {record.name} "
        return self._redact(head) + self.message(record) + self._redact(self._below(record))

    def message(self, record: logging.LogRecord) -> str:
        """Return the event with its fields on one line, without time and level."""
        fields = [
            f"{name}={_BREAKS.sub(' ', str(value))}"
            for name, value in vars(record).items()
            if name not in _ORDINARY
        ]
        text = " ".join([_BREAKS.sub(" ", record.getMessage()), *fields])
        redacted = self._redact(text)  # before it is cut: half a secret is still one
        return redacted if len(redacted) <= _MOST_CHARS else f"{redacted[:_MOST_CHARS]}…"

    def _below(self, record: logging.LogRecord) -> str:
        parts = []
        if record.exc_info:
            parts.append(self.formatException(record.exc_info))
        if record.stack_info:
            parts.append(self.formatStack(record.stack_info))
        return "".join(f"\n    {line}" for part in parts for line in part.splitlines())
